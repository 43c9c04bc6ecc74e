package live

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"parley/domain"
	"parley/domain/domaintest"
	"parley/projections"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestLawBranchLiveIsFresh: whatever is recorded and supposed, in whatever order, a
// reader of a branch has what a fold from nothing comes to; also one who is cut off
// and goes on from the position that he has, with a process that never stood there.
func TestLawBranchLiveIsFresh(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		record, own, parents := drawn(rt, "talks", 10), drawn(rt, "talks", 8), drawn(rt, "talks", 5)
		fork := rapid.IntRange(1, len(record)).Draw(rt, "fork")
		second := rapid.IntRange(fork, len(record)).Draw(rt, "fork of the branch on it")
		follows := [2]bool{rapid.Bool().Draw(rt, "parent follows"), rapid.Bool().Draw(rt, "follows")}
		steps := rapid.SliceOfN(rapid.IntRange(0, 4), 1, 25).Draw(rt, "steps")
		held := false // a bubble cannot fail the law by itself
		synctest.Test(t, func(t *testing.T) {
			g := newGrove()
			g.append("talks", record[:fork]...)
			g.open("talks", domain.BranchOpened{Branch: "parent", Parent: domain.RecordName, At: fmt.Sprint(fork), FollowParent: follows[0]})
			seen := fork
			if follows[0] {
				seen = second
			}
			g.append("talks", record[fork:second]...)
			g.open("talks", domain.BranchOpened{Branch: "b", Parent: "parent", At: fmt.Sprintf("record:%d;parent:1", seen), FollowParent: follows[1]})
			record = record[second:]
			r, stop := running(t, g, Options{Branches: g})
			b, err := r.Branches().Watch(t.Context(), "talks", "b")
			require.NoError(t, err)
			sub, err := b.Subscribe(t.Context(), Request{}, nil)
			require.NoError(t, err)
			client, at := &reader{}, domain.Position{}
			read := func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				for { // until nothing comes any more
					batch, err := sub.Next(ctx)
					if err != nil {
						break
					}
					if at.Record > 0 && len(client.last) == 0 {
						require.False(t, batch.Snapshot, batch.Reset)
					}
					client.take(t, batch)
					at, err = domain.ParsePosition(batch.Branch.Position)
					require.NoError(t, err)
				}
				client.showsBranch(t, g, "talks", "b")
			}
			read()
			next := func(log *[]domain.Entry, add func(domain.Entry)) {
				if len(*log) > 0 {
					add((*log)[0])
					*log = (*log)[1:]
				}
			}
			for _, s := range steps {
				switch s {
				case 0:
					next(&record, func(e domain.Entry) { g.append("talks", e) })
				case 1:
					next(&own, func(e domain.Entry) { g.suppose("talks", "b", e) })
				case 2:
					next(&parents, func(e domain.Entry) { g.suppose("talks", "parent", e) })
				case 3:
					read()
				case 4: // another process goes on
					sub.Close()
					b.Leave()
					require.NoError(t, stop())
					r, stop = running(t, g, Options{Branches: g})
					b, err = r.Branches().Watch(t.Context(), "talks", "b")
					require.NoError(t, err)
					sub, err = b.Subscribe(t.Context(), Request{}, &at)
					require.NoError(t, err)
					client.last = nil // the positions of a hub are its own
					for k, c := range client.state {
						c.Position = 0
						client.state[k] = c
					}
				}
			}
			read()
			sub.Close()
			b.Leave()
			require.NoError(t, stop())
			held = true
		})
		require.True(rt, held)
	})
}

// Branches that nobody watches are not even read; one is let go of some time after
// the last watcher has left, and no more are followed than may be.
func TestBranchesAreFollowedWhileTheyAreWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGrove()
		g.append("talks", small("talks", 0, 3)...)
		const stored = 10_000
		for i := range stored {
			g.open("talks", domain.BranchOpened{Branch: domain.NewID(fmt.Sprint("b", i)), Parent: domain.RecordName, At: "3"})
		}
		r, stop := running(t, g, Options{Branches: g})
		all := r.Branches()
		all.most = 3
		require.NoError(t, r.Hub().WaitFor(t.Context(), "talks", 3))
		require.Zero(t, g.reads)
		watch := func(i int) *Branch {
			b, err := all.Watch(t.Context(), "talks", fmt.Sprint("b", i))
			require.NoError(t, err)
			return b
		}
		one, same, two := watch(1), watch(1), watch(2)
		require.Same(t, one, same)
		require.Equal(t, 2, g.reads)
		three := watch(3)
		_, err := all.Watch(t.Context(), "talks", "b4")
		var crowded *CrowdedError
		require.ErrorAs(t, err, &crowded)
		one.Leave()
		_, err = all.Watch(t.Context(), "talks", "b4")
		require.ErrorAs(t, err, &crowded, "it is watched still")
		same.Leave()
		four := watch(4)
		require.Equal(t, 3, all.Count(), "the one that nobody watches makes room")
		two.Leave()
		time.Sleep(lingering - time.Millisecond)
		require.Same(t, two, watch(2), "who comes back soon finds it warm")
		two.Leave()
		time.Sleep(lingering - time.Millisecond)
		require.Equal(t, 3, all.Count())
		time.Sleep(2 * time.Millisecond)
		require.Equal(t, 2, all.Count())
		three.Leave()
		four.Leave()
		require.NoError(t, stop())
	})
}

// Whoever watches a branch hears that it was dropped and why, and who has its name
// afterwards is another branch.
func TestBranchDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGrove()
		g.append("talks", small("talks", 0, 3)...)
		g.open("talks", domain.BranchOpened{Branch: "b", Parent: domain.RecordName, At: "3"})
		r, stop := running(t, g, Options{Branches: g})
		b, err := r.Branches().Watch(t.Context(), "talks", "b")
		require.NoError(t, err)
		sub, err := b.Subscribe(t.Context(), Request{}, nil)
		require.NoError(t, err)
		first, err := sub.Next(t.Context())
		require.NoError(t, err)
		g.drop("talks", "b", "answered")
		_, err = sub.Next(t.Context())
		var gone *GoneError
		require.ErrorAs(t, err, &gone)
		require.Equal(t, "branch b of talks was dropped: answered", gone.Error())
		b.Leave()
		_, err = r.Branches().Watch(t.Context(), "talks", "b")
		require.ErrorAs(t, err, &gone)
		_, err = r.Branches().Watch(t.Context(), "talks", "none")
		require.EqualError(t, err, "talks has no branch none")

		// The store lets nobody take a name twice, but whoever owns the streams may.
		g.mu.Lock()
		for i := range g.supposed {
			g.supposed[i].Branch = "purged"
		}
		g.mu.Unlock()
		g.open("talks", domain.BranchOpened{Branch: "b", Parent: domain.RecordName, At: "3"})
		b, err = r.Branches().Watch(t.Context(), "talks", "b")
		require.NoError(t, err)
		at, err := domain.ParsePosition(first.Branch.Position)
		require.NoError(t, err)
		sub, err = b.Subscribe(t.Context(), Request{}, &at)
		require.NoError(t, err)
		batch, err := sub.Next(t.Context())
		require.NoError(t, err)
		require.True(t, batch.Snapshot)
		require.Contains(t, batch.Reset, "another branch had this name")
		b.Leave()
		require.NoError(t, stop())
	})
}

// What came while a branch was read is taken in once; parked entries are counted.
func TestBranchIsReadWhileItGrows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGrove()
		g.append("talks", small("talks", 0, 3)...)
		g.open("talks", domain.BranchOpened{Branch: "b", Parent: domain.RecordName, At: "3"})
		g.reading = func() {
			g.suppose("talks", "b", domain.Entry{Raw: []byte("?"), Fault: errRead})
			synctest.Wait() // until it is heard
		}
		r, stop := running(t, g, Options{Branches: g})
		b, err := r.Branches().Watch(t.Context(), "talks", "b")
		require.NoError(t, err)
		sub, err := b.Subscribe(t.Context(), Request{}, nil)
		require.NoError(t, err)
		batch, err := sub.Next(t.Context())
		require.NoError(t, err)
		client := &reader{}
		client.take(t, batch)
		client.showsBranch(t, g, "talks", "b")
		b.Leave()
		require.NoError(t, stop())
	})
}

// Who goes on with a process that never saw what he has is told what is no more.
func TestBranchResumesWithoutWhatVanished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGrove()
		g.append("talks", small("talks", 0, 3)...)
		g.open("talks", domain.BranchOpened{Branch: "b", Parent: domain.RecordName, At: "3"})
		g.suppose("talks", "b", small("talks", 10, 1)[0])
		g.suppose("talks", "b", domain.Entry{Event: &domain.Event{
			ID: domain.KeyedID("talks", "away"), Negotiation: "talks", Recorded: domaintest.Start,
			Body: domain.Body{Act: domain.EventWithdrawn{Target: "e-10", Reason: "miscoded"}},
		}})
		r, stop := running(t, g, Options{Branches: g})
		b, err := r.Branches().Watch(t.Context(), "talks", "b")
		require.NoError(t, err)
		at, err := domain.ParsePosition("record:3;b:2")
		require.NoError(t, err)
		sub, err := b.Subscribe(t.Context(), Request{Filters: []Filter{{Projection: "timeline"}}}, &at)
		require.NoError(t, err)
		batch, err := sub.Next(t.Context())
		require.NoError(t, err)
		require.False(t, batch.Snapshot)
		require.True(t, slices.ContainsFunc(batch.Changes, func(c *Change) bool { return c.ID == "e-10" && c.Deleted }))
		require.Equal(t, "record:3;b:3", batch.Branch.Position)
		b.Leave()
		require.NoError(t, stop())
	})
}

// A branch that cannot be folded is not watched; one that cannot be folded any further
// stays as it was, and goes on when it can.
func TestBranchThatCannotBeFolded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGrove()
		g.append("talks", small("talks", 0, 3)...)
		g.open("talks", domain.BranchOpened{Branch: "b", Parent: domain.RecordName, At: "3"})
		r, stop := running(t, g, Options{Branches: g})
		all := r.Branches()
		broken := func(f *footing) (*projections.Picture, error) {
			if len(f.line.Branches[0].Entries) < 4 {
				panic("it cannot")
			}
			return f.picture()
		}
		all.fold = broken
		_, err := all.Watch(t.Context(), "talks", "b")
		require.EqualError(t, err, "branch b of talks cannot be folded: it cannot")
		all.fold = (*footing).picture
		b, err := all.Watch(t.Context(), "talks", "b")
		require.NoError(t, err)
		sub, err := b.Subscribe(t.Context(), Request{}, nil)
		require.NoError(t, err)
		client := &reader{}
		next := func() Batch {
			batch, err := sub.Next(t.Context())
			require.NoError(t, err)
			client.take(t, batch)
			return batch
		}
		next()
		synctest.Wait()
		all.fold = broken
		g.suppose("talks", "b", small("talks", 10, 1)[0])
		time.Sleep(time.Second)
		require.Equal(t, "it cannot", b.Hub().Summaries()[0].Fault)
		g.suppose("talks", "b", small("talks", 11, 1)[0])
		time.Sleep(time.Second)
		g.suppose("talks", "b", small("talks", 12, 1)[0])
		require.Equal(t, "record:3;b:4", next().Branch.Position, "it is told nothing of what could not be folded")
		client.showsBranch(t, g, "talks", "b")
		b.Leave()
		require.NoError(t, stop())
	})
}

// A reader who is ahead waits for what another process told him; if it does not come,
// he begins anew.
func TestBranchAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGrove()
		g.append("talks", small("talks", 0, 3)...)
		g.open("talks", domain.BranchOpened{Branch: "b", Parent: domain.RecordName, At: "3"})
		r, stop := running(t, g, Options{Branches: g})
		b, err := r.Branches().Watch(t.Context(), "talks", "b")
		require.NoError(t, err)
		for _, c := range []struct {
			at    string
			comes bool
			why   string
		}{
			{"record:3;b:2", true, ""},
			{"record:3;b:9", false, "is ahead of the branch, which ends at record:3;b:2"},
			{"record:4;b:2", false, "is no position of this branch"},
			{"record:3;a:2", false, "is no position of this branch"},
			{"record:3;a:1;b:2", false, "is no position of this branch"},
		} {
			if c.comes {
				go func() {
					time.Sleep(time.Second)
					g.suppose("talks", "b", small("talks", 10, 1)[0])
				}()
			}
			at, err := domain.ParsePosition(c.at)
			require.NoError(t, err)
			sub, err := b.Subscribe(t.Context(), Request{}, &at)
			require.NoError(t, err)
			batch, err := sub.Next(t.Context())
			require.NoError(t, err)
			require.Equal(t, c.why != "", batch.Snapshot)
			require.Contains(t, batch.Reset, c.why)
			sub.Close()
		}
		b.Leave()
		require.NoError(t, stop())
	})
}

// Where the branches cannot be followed for long, who watches them is told, and the
// record is followed still; later they are followed again.
func TestBranchesThatCannotBeFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGrove()
		g.append("talks", small("talks", 0, 3)...)
		g.open("talks", domain.BranchOpened{Branch: "b", Parent: domain.RecordName, At: "3"})
		r, stop := running(t, g, Options{Branches: g})
		b, err := r.Branches().Watch(t.Context(), "talks", "b")
		require.NoError(t, err)
		sub, err := b.Subscribe(t.Context(), Request{}, nil)
		require.NoError(t, err)
		_, err = sub.Next(t.Context())
		require.NoError(t, err)
		broken := func(err error) {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.fail = err
			close(g.more)
			g.more = make(chan struct{})
		}
		broken(errRead)
		_, err = sub.Next(t.Context())
		require.ErrorIs(t, err, ErrEnded)
		b.Leave()
		_, err = r.Branches().Watch(t.Context(), "talks", "b")
		require.ErrorIs(t, err, errRead)
		g.append("talks", small("talks", 3, 1)...)
		require.NoError(t, r.Hub().WaitFor(t.Context(), "talks", 4))
		broken(nil)
		time.Sleep(soon)
		b, err = r.Branches().Watch(t.Context(), "talks", "b")
		require.NoError(t, err)
		b.Leave()
		require.NoError(t, stop())
	})
}
