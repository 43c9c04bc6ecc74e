package live

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"parley/domain"
	"parley/projections"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// slowly makes the folds of a runner wait before they end, for as long as a function
// of the negotiation and the position says.
func slowly(r *Runner, wait func(negotiation string, head uint64)) {
	view := r.view
	r.view = func(b *projections.Book) (*projections.Picture, error) {
		p, err := view(b)
		if p != nil {
			wait(p.Negotiation, p.Head)
		}
		return p, err
	}
}

// stuck is a runner of a log in which the folds of heavy end when they are let go, from
// a position on.
func stuck(m *memory, from uint64, o Options) (r *Runner, letGo chan struct{}) {
	r, letGo = New(m, o), make(chan struct{})
	slowly(r, func(n string, head uint64) {
		if n == "heavy" && head >= from {
			<-letGo
		}
	})
	return r, letGo
}

// A negotiation that takes long to fold holds up no other: neither the readers of both,
// nor whoever waits for another. It is told how far it is behind, and what it comes to
// is what a fold from nothing comes to.
func TestHeavyDelaysNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		m.append("heavy", small("heavy", 0, 2)...)
		m.append("light", small("light", 0, 2)...)
		r, letGo := stuck(m, 5, Options{})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- r.Run(ctx) }()
		sub := r.Hub().Subscribe(Request{})
		defer sub.Close()
		var client reader
		client.take(t, next(t, sub))
		begun := time.Now()
		m.append("heavy", small("heavy", 2, 1)...)
		for i := range 20 {
			m.append("light", small("light", 2+i, 1)...)
			require.NoError(t, r.Hub().WaitFor(t.Context(), "light", uint64(6+i)))
			b := next(t, sub)
			require.Equal(t, map[string]uint64{"heavy": 2}, b.Late)
			require.Equal(t, uint64(6+i), b.Cursor)
			client.take(t, b)
		}
		require.LessOrEqual(t, time.Since(begun), 2*roundPatience+21*everyDefault)
		m.append("heavy", small("heavy", 3, 1)...)
		require.NoError(t, r.Hub().WaitFor(t.Context(), "light", 26))
		late := r.Hub().Summaries()[0].Late
		require.Equal(t, 2, late.Entries)
		require.EqualValues(t, 5, late.From)
		require.Equal(t, begun, late.Since)
		require.EqualValues(t, 4, r.Hub().Position())
		require.Zero(t, r.Hub().Summaries()[1].Late)

		letGo <- struct{}{}
		require.NoError(t, r.Hub().WaitFor(t.Context(), "heavy", 5))
		require.EqualValues(t, 25, r.Hub().Position())
		letGo <- struct{}{}
		require.NoError(t, r.Hub().WaitFor(t.Context(), "heavy", 26))
		require.Zero(t, r.Hub().Summaries()[0].Late)
		for client.last["heavy"] < 26 {
			client.take(t, next(t, sub))
		}
		client.shows(t, map[string][]domain.Entry{"heavy": m.log("heavy"), "light": m.log("light")})
		stop()
		require.NoError(t, <-ended)
	})
}

// When it is to end, a runner waits for no fold, nor do the branches.
func TestEndWaitsForNoFold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := startGrove()
		g.append("heavy", small("heavy", 0, 1)...)
		r, letGo := stuck(g.memory, 5, Options{Branches: g})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- r.Run(ctx) }()
		require.NoError(t, r.Hub().WaitFor(ctx, "heavy", 4))
		folding := make(chan struct{})
		r.Branches().fold = func(*footing) (*projections.Picture, error) {
			close(folding)
			<-letGo
			return nil, ErrEnded
		}
		g.append("heavy", small("heavy", 1, 1)...)
		watched := make(chan error, 1)
		go func() {
			_, err := r.Branches().Watch(t.Context(), "talks", "b")
			watched <- err
		}()
		<-folding
		synctest.Wait()
		stop()
		require.NoError(t, <-ended)
		require.ErrorIs(t, <-watched, ErrEnded)
		close(letGo)
	})
}

// While all are read for the first time, some of them slow, nobody is let in; and as
// many are folded at once as there are turns.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		n := 4 * turnsMax
		for i := range n {
			m.append(fmt.Sprint("t", i), small(fmt.Sprint("t", i), 0, 1)...)
		}
		r := New(m, Options{})
		var now, most atomic.Int64
		slowly(r, func(string, uint64) {
			if at := now.Add(1); at > most.Load() {
				most.Store(at)
			}
			time.Sleep(5 * roundPatience)
			now.Add(-1)
		})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- r.Run(ctx) }()
		require.NoError(t, r.Hub().WaitFor(t.Context(), "", 0))
		require.EqualValues(t, n, r.Hub().Position())
		require.EqualValues(t, turnsMax, most.Load())
		most.Store(0)
		for i := range n { // all are known to take long by now
			m.append(fmt.Sprint("t", i), small(fmt.Sprint("t", i), 1, 1)...)
		}
		require.NoError(t, r.Hub().WaitFor(t.Context(), "", uint64(2*n)))
		require.EqualValues(t, turnsMax/2, most.Load())
		stop()
		require.NoError(t, <-ended)
	})
}

// TestLawLateIsFresh: whatever is late, and wherever a reader goes on, he has what folds
// from nothing come to; the positions of a negotiation never go back, unless he is told
// to begin anew.
func TestLawLateIsFresh(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		names := []string{"one", "two", "three"}
		logs := map[string][]domain.Entry{}
		for _, n := range names {
			logs[n] = drawn(rt, n, 6)
		}
		waits := [2][]int{}
		for i := range waits {
			waits[i] = rapid.SliceOfN(rapid.SampledFrom([]int{0, 0, 3, 50, 400}), 8, 8).Draw(rt, "waits")
		}
		portions := rapid.SliceOfN(rapid.IntRange(0, 11), 1, 20).Draw(rt, "portions")
		held := false // a bubble cannot fail the law by itself
		synctest.Test(t, func(t *testing.T) {
			m := newMemory()
			for _, n := range names {
				m.append(n, logs[n][:1]...)
			}
			var hubs []*Hub
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, len(waits))
			for _, waits := range waits {
				r := New(m, Options{})
				slowly(r, func(n string, head uint64) {
					time.Sleep(time.Duration(waits[(uint64(len(n))+head)%8]) * time.Millisecond)
				})
				go func() { ended <- r.Run(ctx) }()
				hubs = append(hubs, r.Hub())
			}
			taken := map[string]int{"one": 1, "two": 1, "three": 1}
			var client reader
			var had Batch
			read := func(hub *Hub) {
				sub := hub.Subscribe(Request{Cursor: had.Cursor, Late: had.Late, Sum: had.Sum})
				defer sub.Close()
				had = next(t, sub)
				client.take(t, had)
				for more := true; more; {
					within, done := context.WithTimeout(ctx, 10*time.Millisecond)
					b, err := sub.Next(within)
					if more = err == nil; more {
						had = b
						client.take(t, b)
					}
					done()
				}
			}
			for _, what := range portions {
				n := names[what%3]
				if taken[n] < len(logs[n]) {
					m.append(n, logs[n][taken[n]])
					taken[n]++
				}
				if what >= 6 {
					read(hubs[what%2])
				}
			}
			head, _ := m.Head(ctx)
			for _, hub := range hubs {
				require.NoError(t, hub.WaitFor(ctx, "", head))
				read(hub)
				client.shows(t, map[string][]domain.Entry{"one": m.log("one"), "two": m.log("two"), "three": m.log("three")})
			}
			stop()
			require.NoError(t, <-ended)
			require.NoError(t, <-ended)
			held = true
		})
		require.True(rt, held)
	})
}

// A negotiation that takes long to fold does not delay the publication of another. What
// a quicker process publishes of it meanwhile is not taken for that of another record,
// and does not go back.
func TestHeavyDelaysNoPublication(t *testing.T) {
	b, m := startBroker(t), newMemory()
	m.append("heavy", small("heavy", 0, 2)...)
	m.append("light", small("light", 0, 2)...)
	var letGo chan struct{}
	one := b.processOf(m, func(o Options) (r *Runner) {
		r, letGo = stuck(m, 5, o)
		return r
	})
	t.Cleanup(func() { close(letGo) })
	b.published(m, 2, "heavy")
	m.append("heavy", small("heavy", 2, 1)...)
	for i := range 10 {
		m.append("light", small("light", 2+i, 1)...)
		inspected := b.published(m, uint64(6+i), "light")
		require.EqualValues(t, 2, inspected.talks["heavy"].mark.Position)
	}
	require.Equal(t, 1, one.Hub().Summaries()[0].Late.Entries)
	two := b.process(m)
	b.published(m, 5, "heavy")
	m.append("light", small("light", 12, 1)...)
	b.published(m, 16, "light")
	require.NoError(t, one.publisher.Fault())
	two.stop()
	letGo <- struct{}{}
	require.NoError(t, one.Hub().WaitFor(t.Context(), "heavy", 5))
	m.append("heavy", small("heavy", 3, 1)...)
	letGo <- struct{}{}
	b.published(m, 17, "heavy")
	require.NoError(t, one.publisher.Fault())
}
