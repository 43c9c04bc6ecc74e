package live

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"parley/domain"
	"parley/domain/fair"

	"github.com/stretchr/testify/require"
)

var greedy, modest = fair.Holder{User: "greedy"}, fair.Holder{User: "modest"}

// wood is a grove with some branches, b0 and so on.
func wood(branches int) *grove {
	g := newGrove()
	g.append("talks", small("talks", 0, 3)...)
	for i := range branches {
		g.open("talks", domain.BranchOpened{Branch: domain.NewID(fmt.Sprint("b", i)), Parent: domain.RecordName, At: "3"})
	}
	return g
}

// One user may have all branches published that a process publishes. Who comes then gets
// one all the same, in the place of the one that the other asked for last; its keys go at
// once, and he is told when he asks again.
func TestGreedyLeaserKeepsNobodyOut(t *testing.T) {
	b, g := startBroker(t), wood(8)
	p := b.branches(g, time.Hour)
	p.publisher.most = 4
	lease := func(by fair.Holder, i int) error {
		_, err := p.publisher.LeaseFor(t.Context(), by, "talks", fmt.Sprint("b", i))
		return err
	}
	for i := range 4 {
		require.NoError(t, lease(greedy, i))
	}
	var crowded *CrowdedError
	require.ErrorAs(t, lease(greedy, 4), &crowded)
	require.Equal(t, 4, crowded.Held)
	require.NoError(t, lease(modest, 5))
	b.branchPublished(g, "b5", "record:3;b5:6")
	require.Eventually(t, func() bool {
		for _, m := range b.inspect().Branches() {
			if m.Branch.Name == "b3" {
				return false
			}
		}
		return true
	}, soon, 10*time.Millisecond, "what nobody keeps up to date is taken away")
	require.ErrorAs(t, lease(greedy, 3), &crowded)
	require.NoError(t, lease(greedy, 0), "what he has he keeps")
	require.NoError(t, lease(modest, 6))
	require.ErrorAs(t, lease(modest, 7), &crowded)
	require.Equal(t, 2, crowded.Held)
	require.NoError(t, lease(modest, 0), "what others have takes no place")
	p.publisher.mu.Lock()
	defer p.publisher.mu.Unlock()
	require.Len(t, p.publisher.leases, 4)
}

// A lease that two have asked for is not taken from both because one of them has many.
func TestSharedLeaseIsKept(t *testing.T) {
	b, g := startBroker(t), wood(4)
	p := b.branches(g, time.Hour)
	p.publisher.most = 2
	third := fair.Holder{User: "third"}
	lease := func(by fair.Holder, i int) error {
		_, err := p.publisher.LeaseFor(t.Context(), by, "talks", fmt.Sprint("b", i))
		return err
	}
	require.NoError(t, lease(greedy, 0))
	require.NoError(t, lease(greedy, 1))
	require.NoError(t, lease(modest, 1))
	require.NoError(t, lease(third, 2), "in the place of b0, although b1 came later")
	require.NoError(t, lease(modest, 1))
	p.publisher.mu.Lock()
	defer p.publisher.mu.Unlock()
	require.Contains(t, p.publisher.leases, "talks.b1")
}

// Branches that are followed are shared out as well. Who loses one hears so, and what
// the process itself watches is left to it.
func TestGreedyFollowerKeepsNobodyOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, stop := running(t, wood(8), Options{Branches: wood(8)})
		all := r.Branches()
		all.most = 4
		watch := func(by fair.Holder, i int) (*Branch, error) {
			return all.WatchFor(t.Context(), by, "talks", fmt.Sprint("b", i))
		}
		own, err := all.Watch(t.Context(), "talks", "b0")
		require.NoError(t, err)
		var had []*Branch
		for i := 1; i < 4; i++ {
			b, err := watch(greedy, i)
			require.NoError(t, err)
			had = append(had, b)
		}
		sub, err := had[2].Subscribe(t.Context(), Request{}, nil)
		require.NoError(t, err)
		for b, err := sub.Next(t.Context()); ; b, err = sub.Next(t.Context()) {
			require.NoError(t, err)
			if !b.More {
				break
			}
		}
		mine, err := watch(modest, 4)
		require.NoError(t, err)
		_, err = sub.Next(t.Context())
		var yielded *YieldedError
		require.ErrorAs(t, err, &yielded)
		require.Equal(t, YieldedError{"talks", "b3"}, *yielded)
		var crowded *CrowdedError
		_, err = watch(greedy, 3)
		require.ErrorAs(t, err, &crowded)
		require.Equal(t, CrowdedError{"followed", 4, 2}, *crowded)
		require.NoError(t, own.hub.Ended())
		sub.Close()
		for _, b := range had {
			b.LeaveFor(greedy)
		}
		mine.LeaveFor(modest)
		own.Leave()
		_, err = watch(greedy, 3)
		require.NoError(t, err, "as another one, for it has ended")
		require.NoError(t, stop())
	})
}
