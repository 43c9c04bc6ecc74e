package live

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"parley/domain"
	"parley/projections"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// running runs a runner until the test ends, and tells how it ended.
func running(t *testing.T, source Source, o Options) (*Runner, func() error) {
	t.Helper()
	r := New(source, o)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	stop := func() error {
		cancel()
		return <-ended
	}
	return r, stop
}

// TestLawLiveIsFresh: whatever arrives, in whatever portions, a reader has what a
// fold from nothing comes to.
func TestLawLiveIsFresh(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		logs := map[string][]domain.Entry{"one": drawn(rt, "one", 10), "two": drawn(rt, "two", 6)}
		first := rapid.IntRange(0, 4).Draw(rt, "first")
		portions := rapid.SliceOfN(rapid.IntRange(1, 5), 1, 20).Draw(rt, "portions")
		held := false // a bubble cannot fail the law by itself
		synctest.Test(t, func(t *testing.T) {
			m := newMemory()
			taken := map[string]int{}
			more := func(n string, count int) {
				count = min(count, len(logs[n])-taken[n])
				m.append(n, logs[n][taken[n]:taken[n]+count]...)
				taken[n] += count
			}
			more("one", first)
			r, stop := running(t, m, Options{})
			sub := r.Hub().Subscribe(Request{})
			defer sub.Close()
			var client reader
			read := func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				if b, err := sub.Next(ctx); err == nil { // else the entries changed nothing
					client.take(t, b)
				}
				client.shows(t, map[string][]domain.Entry{"one": m.log("one"), "two": m.log("two")})
			}
			read()
			for i, count := range portions {
				n := []string{"one", "two"}[i%2]
				if taken[n] == len(logs[n]) {
					continue
				}
				more(n, count)
				if i%3 == 0 {
					continue // what comes next is told together with this
				}
				head, _ := m.Head(t.Context())
				require.NoError(t, r.Hub().WaitFor(t.Context(), n, head))
				read()
			}
			require.NoError(t, stop())
			held = true
		})
		require.True(rt, held)
	})
}

// Whichever read fails, every entry is taken in, once and in order.
func TestFailingReads(t *testing.T) {
	log := small("talks", 0, 8)
	for failing := 1; failing <= 10; failing++ {
		synctest.Test(t, func(t *testing.T) {
			m := newMemory()
			failed := false
			m.fail = func(read int) error {
				if read == failing || read == failing+1 { // and the attempt after it
					failed = true
					return errRead
				}
				return nil
			}
			m.append("talks", log[:3]...)
			r, stop := running(t, m, Options{})
			for _, e := range log[3:] {
				time.Sleep(time.Millisecond)
				m.append("talks", e)
			}
			require.NoError(t, r.Hub().WaitFor(t.Context(), "talks", 8))
			var client reader
			sub := r.Hub().Subscribe(Request{})
			b, err := sub.Next(t.Context())
			require.NoError(t, err)
			sub.Close()
			client.take(t, b)
			client.shows(t, map[string][]domain.Entry{"talks": m.log("talks")})
			require.Equal(t, 8, r.Hub().Summaries()[0].Events)
			require.NoError(t, stop())
			require.Equal(t, failing < 10, failed, "read %d of %d failed", failing, m.reads)
		})
	}
}

// A source that goes on failing ends the runner, with the reason, and its readers.
func TestSourceFailsForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		m.append("talks", small("talks", 0, 3)...)
		m.fail = func(read int) error {
			if read > 3 {
				return errRead
			}
			return nil
		}
		r := New(m, Options{})
		require.ErrorIs(t, r.Run(t.Context()), errRead)
		sub := r.Hub().Subscribe(Request{})
		defer sub.Close()
		_, err := sub.Next(t.Context())
		require.ErrorIs(t, err, ErrEnded)
		require.ErrorIs(t, r.Hub().WaitFor(t.Context(), "talks", 9), errRead)
	})
}

// A long import costs a few steps, and each comes within its time.
func TestBurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		var steps atomic.Int64
		r, stop := running(t, m, Options{Stepped: func(Stepped) { steps.Add(1) }})
		for i := range 5000 {
			m.append("talks", small("talks", i, 1)...)
			if i%50 == 0 {
				time.Sleep(100 * time.Microsecond)
			}
		}
		begun := time.Now()
		require.NoError(t, r.Hub().WaitFor(t.Context(), "talks", 5000))
		require.LessOrEqual(t, time.Since(begun), 2*everyDefault)
		require.LessOrEqual(t, steps.Load(), int64(10))
		require.NoError(t, stop())
	})
}

// A fold that ends in a panic is told with its reason, and stops no other.
func TestFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		m.append("good", small("good", 0, 2)...)
		m.append("bad", small("bad", 0, 1)...)
		r := New(m, Options{})
		view := r.view
		r.view = func(b *projections.Book) (*projections.Picture, error) {
			p, err := view(b)
			if p != nil && p.Negotiation == "bad" && p.Head >= 4 {
				panic("broken")
			}
			return p, err
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- r.Run(ctx) }()
		require.NoError(t, r.Hub().WaitFor(t.Context(), "bad", 3))
		m.append("bad", small("bad", 1, 1)...)
		m.append("good", small("good", 2, 1)...)
		var fault *FaultError
		require.ErrorAs(t, r.Hub().WaitFor(t.Context(), "bad", 4), &fault)
		require.Equal(t, uint64(4), fault.Position)
		require.Contains(t, fault.Reason, "broken")
		require.NoError(t, r.Hub().WaitFor(t.Context(), "good", 5))
		require.NoError(t, r.Hub().WaitFor(t.Context(), "bad", 3), "what was shown stays")
		cancel()
		require.NoError(t, <-ended)
	})
}

// Whoever waits for a position gives up when he wants.
func TestWaitFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, stop := running(t, newMemory(), Options{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, r.Hub().WaitFor(ctx, "talks", 1), context.DeadlineExceeded)
		require.NoError(t, stop())
		require.ErrorIs(t, r.Hub().WaitFor(t.Context(), "talks", 1), ErrEnded)
	})
}
