package projections

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Gone through from the end of a topological order, what leads to a marked node is what
// a search for each of them finds.
func TestLawReaching(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "nodes")
		node := rapid.IntRange(0, n-1)
		var edges [][2]int
		for range rapid.IntRange(0, 3*n).Draw(t, "edges") {
			edges = append(edges, [2]int{node.Draw(t, "from"), node.Draw(t, "to")})
		}
		g := newGraph(n, edges)
		r := g.from()
		var marked []int
		for _, i := range slices.Backward(g.sorted) {
			if rapid.Bool().Draw(t, "asked") {
				want := slices.ContainsFunc(marked, func(m int) bool { return g.reaches(i, m) })
				require.Equal(t, want, r.reaches(i), "%v: from %d to %v", edges, i, marked)
			}
			if rapid.Bool().Draw(t, "marked") {
				marked = append(marked, i)
				r.mark(i)
			}
		}
		require.False(t, r.reaches(n+1), "a node beyond the graph")
	})
}
