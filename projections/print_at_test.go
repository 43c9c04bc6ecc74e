package projections_test

import (
	"testing"

	"parley/projections"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// What a path leads to is the same, whatever else is printed.
func TestPrintAt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, err := projections.Project(negotiation, history(t, 12), projections.View{})
		require.NoError(t, err)
		all, err := p.Print("")
		require.NoError(t, err)
		for name, n := range all.Children() {
			paths := []string{name}
			for child := range n.Children() {
				paths = append(paths, name+"/"+child)
			}
			for _, path := range paths {
				want, wrong := all.Walk(path)
				got, err := p.PrintAt(path)
				require.Equal(t, wrong, err)
				require.Equal(t, want, got, path)
			}
		}
		for _, path := range []string{"", "nothing", "drafts/nothing", "process/nothing", "nothing/drafts"} {
			want, wrong := all.Walk(path)
			got, err := p.PrintAt(path)
			require.Equal(t, wrong, err, path)
			require.Equal(t, want, got, path)
		}
	})
}
