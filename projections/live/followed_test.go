package live

import (
	"testing"
	"testing/synctest"

	"parley/domain"

	"github.com/stretchr/testify/require"
)

// Branches that are followed are listed with how many watch, and where they stand.
func TestFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGrove()
		g.append("talks", small("talks", 0, 3)...)
		for _, name := range []string{"b2", "b1", "b3"} {
			g.open("talks", domain.BranchOpened{Branch: domain.NewID(name), Parent: domain.RecordName, At: "3"})
		}
		r, stop := running(t, g, Options{Branches: g})
		all := r.Branches()
		require.Empty(t, all.Followed())
		var held []*Branch
		for _, name := range []string{"b2", "b1", "b2"} {
			b, err := all.Watch(t.Context(), "talks", name)
			require.NoError(t, err)
			held = append(held, b)
		}
		held[1].Leave()
		told := all.Followed()
		require.Len(t, told, 2)
		require.Equal(t, Followed{Negotiation: "talks", Branch: "b1", Position: "record:3;b1:2", Watchers: 0}, told[0], "it is kept warm")
		require.Equal(t, Followed{Negotiation: "talks", Branch: "b2", Position: "record:3;b2:1", Watchers: 2}, told[1])
		require.Equal(t, all.most, all.Most())
		require.NoError(t, stop())
	})
}
