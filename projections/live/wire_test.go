package live

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

// A connection that is closed for good is told as the reason why nothing is published.
func TestConnectionClosed(t *testing.T) {
	b, m := startBroker(t), newMemory()
	m.append("talks", small("talks", 0, 1)...)
	p := b.process(m)
	b.published(m, 1, "talks")
	p.publisher.wire.nc.Close()
	require.Eventually(t, func() bool { return errors.Is(p.publisher.Fault(), nats.ErrConnectionClosed) }, soon, time.Millisecond)
}

// A server that ends the connection for good, for a line that it does not take, keeps
// nothing from being published: another is made, also where that fails at first, which
// is told. What was made is closed in the end, and what was given is left alone.
func TestConnectionMadeAnew(t *testing.T) {
	b, g := startBroker(t), startGrove()
	given, js := b.connect()
	var refused atomic.Int32
	var mu sync.Mutex
	var made []*nats.Conn
	p := NewPublisher(given, js, PublisherOptions{Again: func(context.Context) (*nats.Conn, jetstream.JetStream, error) {
		if refused.Load() > 0 && refused.Add(-1) >= 0 {
			return nil, nil, errRead
		}
		nc, js := b.connect()
		mu.Lock()
		defer mu.Unlock()
		made = append(made, nc)
		return nc, js, nil
	}})
	r := New(g, Options{Published: p.Published, Branches: g})
	branches := p.Branches(r.Branches())
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = r.Run(ctx) })
	running.Go(func() { p.Run(ctx, r.Hub()) })
	running.Go(func() { branches.Run(ctx) })
	b.published(g.memory, 3, "talks")
	_, err := branches.Lease(t.Context(), "talks", "b")
	require.NoError(t, err)
	for i, fails := range []int32{0, 2} {
		refused.Store(fails)
		nc, _ := p.wire.now()
		require.NoError(t, nc.Publish("$KV."+strings.Repeat("x", 5000), nil))
		require.Error(t, nc.FlushTimeout(soon))
		require.True(t, nc.IsClosed())
		if fails > 0 {
			require.Eventually(t, func() bool { return errors.Is(p.Fault(), errRead) || errors.Is(branches.Fault(), errRead) }, soon, time.Millisecond)
		}
		g.append("talks", small("talks", 3+i, 1)...)
		b.published(g.memory, uint64(4+i), "talks")
		require.Eventually(t, func() bool {
			l, err := branches.Lease(t.Context(), "talks", "b")
			return err == nil && recordPart(l.Branch) == uint64(4+i)
		}, soon, time.Millisecond)
		require.Eventually(t, func() bool { return p.Fault() == nil && branches.Fault() == nil }, soon, time.Millisecond)
	}
	stop()
	running.Wait()
	p.Close()
	require.Len(t, made, 2, "both publish by the same one")
	require.True(t, made[1].IsClosed())
}
