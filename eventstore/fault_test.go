package eventstore

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"parley/domain"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// proxy stands between a store and its server, and can lose what the server says.
type proxy struct {
	listener net.Listener
	target   string
	deaf     atomic.Int32 // how many more connections lose their next answer and break
	refuse   atomic.Bool  // no new connections
	running  sync.WaitGroup
}

func startProxy(t *testing.T, ns *server.Server) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{listener: l, target: ns.Addr().String()}
	p.running.Go(p.serve)
	t.Cleanup(func() {
		_ = l.Close()
		p.running.Wait()
	})
	return p
}

func (p *proxy) url() string { return "nats://" + p.listener.Addr().String() }

func (p *proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		upstream, err := net.Dial("tcp", p.target)
		if err != nil || p.refuse.Load() {
			_ = client.Close()
			if err == nil {
				_ = upstream.Close()
			}
			continue
		}
		p.running.Go(func() { _, _ = io.Copy(upstream, client); _ = upstream.Close() })
		p.running.Go(func() {
			defer client.Close()
			buffer := make([]byte, 64<<10)
			for {
				n, err := upstream.Read(buffer)
				if err != nil || p.deaf.Load() > 0 && p.deaf.Add(-1) >= 0 {
					return
				}
				if _, err := client.Write(buffer[:n]); err != nil {
					return
				}
			}
		})
	}
}

// The acknowledgement is lost: the events are recorded, but nobody was told. The
// append finds out by looking, and does not record them again.
func TestLostAcknowledgement(t *testing.T) {
	for name, n := range map[string]int{"one event": 1, "a batch": 50, "many batches": 2 * MaxBatch} {
		t.Run(name, func(t *testing.T) {
			p := startProxy(t, startExternal(t, t.TempDir(), -1))
			s := openURL(t, p.url())
			begin(t, s, "talks")
			in := statements("talks", "a", n)
			p.deaf.Store(1)
			r, err := s.Append(t.Context(), Exactly(1), in, AppendOptions{})
			if n > MaxBatch {
				r, err = s.Append(t.Context(), Any(), in, AppendOptions{})
			}
			require.NoError(t, err)
			assert.LessOrEqual(t, p.deaf.Load(), int32(0), "an answer was lost")
			assert.Equal(t, n, len(r.Appended), "the call knows that it recorded them")
			assert.Zero(t, r.Known)
			onceEach(t, readAll(t, s, "talks", 2), in)
		})
	}
}

func TestServerGoneForGood(t *testing.T) {
	ns := startExternal(t, t.TempDir(), -1)
	p := startProxy(t, ns)
	var told atomic.Int32
	s := openURL(t, p.url(), func(o *Options) {
		o.Patience = 400 * time.Millisecond
		o.Notify = func(string) { told.Add(1) }
	})
	begin(t, s, "talks")
	in := statements("talks", "a", 3)
	p.refuse.Store(true)
	p.deaf.Store(1)
	_, err := s.Append(t.Context(), Any(), in, AppendOptions{})
	var uncertain *UncertainError
	require.ErrorAs(t, err, &uncertain, "they may have been recorded")
	var unreachable *UnreachableError
	require.ErrorAs(t, err, &unreachable)
	assert.Positive(t, told.Load(), "who waits is told why")

	_, err = s.Append(t.Context(), Any(), statements("talks", "b", 1), AppendOptions{})
	require.ErrorAs(t, err, &unreachable)
	assert.NotErrorAs(t, err, &uncertain, "nothing was sent")
	for _, err := range s.Read(t.Context(), "talks", 0) {
		require.ErrorAs(t, err, &unreachable)
	}

	p.refuse.Store(false)
	r, err := s.Append(t.Context(), Any(), in, AppendOptions{})
	for errors.As(err, &unreachable) { // until the connection is back
		r, err = s.Append(t.Context(), Any(), in, AppendOptions{})
	}
	require.NoError(t, err)
	assert.Equal(t, 3, len(r.Appended)+r.Known)
	onceEach(t, readAll(t, s, "talks", 2), in)
}

func TestCancelledWhileWaiting(t *testing.T) {
	ns := startExternal(t, t.TempDir(), -1)
	s := openURL(t, ns.ClientURL())
	begin(t, s, "talks")
	stopNATS(ns)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := s.Append(ctx, Any(), statements("talks", "a", 1), AppendOptions{})
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestCloseWhileAppending(t *testing.T) {
	ns := startExternal(t, t.TempDir(), -1)
	s := openURL(t, ns.ClientURL())
	begin(t, s, "talks")
	stopNATS(ns)
	done := make(chan error)
	go func() {
		_, err := s.Append(t.Context(), Any(), statements("talks", "a", 1), AppendOptions{})
		done <- err
	}()
	time.Sleep(100 * time.Millisecond)
	require.NoError(t, s.Close())
	require.ErrorIs(t, <-done, ErrClosed)
}

func TestWriterOfOneProcessWaitsForAnother(t *testing.T) {
	s := openDir(t, t.TempDir())
	begin(t, s, "talks")
	_, release, err := s.books.take(t.Context(), "", []string{"talks"})
	require.NoError(t, err)
	defer release()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = s.Append(ctx, Any(), statements("talks", "a", 1), AppendOptions{})
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

// A server that is full keeps a part of the batch that filled it. The call says
// that it failed, and the same call records the rest once there is room.
func TestFullServer(t *testing.T) {
	dir := t.TempDir()
	small := &server.Options{Host: "127.0.0.1", Port: -1, StoreDir: dir, JetStreamMaxStore: 1 << 20}
	ns := startNATS(t, small)
	s := openURL(t, ns.ClientURL(), func(o *Options) { o.answer = time.Second })
	begin(t, s, "talks")
	in := statements("talks", "a", 4*MaxBatch)
	_, err := s.Append(t.Context(), Any(), in, AppendOptions{})
	var full *StorageError
	require.ErrorAs(t, err, &full)
	for range 2 { // a restart adds nothing of its own
		stopNATS(ns)
		ns = restartNATS(t, ns, dir)
		s = openURL(t, ns.ClientURL())
		_, err = s.Append(t.Context(), Any(), in, AppendOptions{})
		require.NoError(t, err)
		onceEach(t, readAll(t, s, "talks", 2), in)
	}
}

// On a disk of our own that is told before anything is sent.
func TestFullDisk(t *testing.T) {
	s := openDir(t, t.TempDir())
	begin(t, s, "talks")
	roomy := s.diskOf
	s.diskOf = func() (disk, error) { return disk{size: 1 << 40, free: diskMargin + 1<<20}, nil }
	in := statements("talks", "a", MaxBatch)
	_, err := s.Append(t.Context(), Any(), in, AppendOptions{})
	var full *StorageError
	require.ErrorAs(t, err, &full)
	assert.NotErrorAs(t, err, new(*UncertainError))
	require.Equal(t, 1, len(readAll(t, s, "talks", 0)))
	_, err = s.Append(t.Context(), Any(), in[:10], AppendOptions{})
	require.NoError(t, err, "for a few there is room")
	s.diskOf = roomy
	_, err = s.Append(t.Context(), Any(), in, AppendOptions{})
	require.NoError(t, err)
	onceEach(t, readAll(t, s, "talks", 2), in)
}

func TestJudge(t *testing.T) {
	api := func(code jetstream.ErrorCode) error { return &jetstream.APIError{ErrorCode: code} }
	for _, c := range []struct {
		err  error
		want outcome
	}{
		{api(10071), overrun},
		{api(10164), overrun},
		{api(10201), unsettled},
		{api(10176), notNow},
		{api(10008), notNow},
		{api(10077), refused},
		{api(10054), refused},
		{nats.ErrNoResponders, notNow},
		{nats.ErrTimeout, unsettled},
		{nats.ErrDisconnected, unsettled},
		{context.DeadlineExceeded, unsettled},
		{context.Canceled, refused},
		{nats.ErrConnectionClosed, refused},
		{&net.OpError{Op: "write", Err: errors.New("broken pipe")}, unsettled},
		{&net.OpError{Op: "write", Err: syscall.EPIPE}, unsettled},
		{&fs.PathError{Op: "open", Path: "lock", Err: syscall.EROFS}, refused},
		{&behindError{&DamageError{}}, notNow},
		{&ConflictError{}, refused},
		{domain.Faults{{}}, refused},
	} {
		assert.Equal(t, c.want, judge(c.err), "%v", c.err)
	}
}
