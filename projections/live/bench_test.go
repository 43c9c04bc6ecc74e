package live

import (
	"context"
	"fmt"
	"testing"
	"time"

	"parley/projections"

	"github.com/stretchr/testify/require"
)

// BenchmarkCommit is what the commit of changed keys costs, with the bucket in memory
// and on a disk that is synced with every write, as a folder's is.
func BenchmarkCommit(b *testing.B) {
	for _, where := range []string{"memory", "disk"} {
		for _, changed := range []int{1, 10, 100, 900} {
			b.Run(fmt.Sprint(where, "/keys=", changed), func(b *testing.B) { benchCommit(b, where == "disk", changed) })
		}
	}
}

func benchCommit(b *testing.B, onDisk bool, changed int) {
	broker := startBroker(b)
	nc, js := broker.connect()
	p := NewPublisher(nc, js, PublisherOptions{OnDisk: onDisk})
	r, err := p.openRack(b.Context())
	require.NoError(b, err)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	s, err := openShelf(ctx, ctx, r.kv[BlueBucket], nil)
	require.NoError(b, err)
	defer s.close()
	go func() {
		for range s.watch.Updates() { // somebody has to take them
		}
	}()
	records := make([]*record, 1000)
	at := uint64(0)
	for b.Loop() {
		at++
		for i := range records {
			if at == 1 || i < changed {
				records[i] = &record{Change: Change{
					Key: Key{"talks", "rounds", fmt.Sprint(i)}, Position: at, Value: raw(fmt.Sprintf("%0500d", at)),
				}}
			}
		}
		require.NoError(b, s.fill(ctx, nc, records, Summary{Negotiation: "talks", Position: at}))
	}
}

// BenchmarkStep is what a step costs after one entry, by the length of the
// negotiation: to fold, to print all of it, and to find what changed.
func BenchmarkStep(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(fmt.Sprint("events=", n), func(b *testing.B) {
			log := small("talks", 0, n)
			h := newHub(time.Now)
			p, err := projections.Project("talks", log, projections.View{})
			require.NoError(b, err)
			at := uint64(0)
			for b.Loop() {
				at++
				all, err := entitiesOf(p)
				require.NoError(b, err)
				h.take(step{position: at, states: []state{{Summary: Summary{Negotiation: "talks", Position: at}, entities: all}}})
			}
		})
	}
}
