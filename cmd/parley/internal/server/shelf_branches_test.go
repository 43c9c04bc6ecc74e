package server

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"parley/domain"
	"parley/projections"

	"github.com/stretchr/testify/require"
)

// A branch that is asked for again is not folded again, and takes in what was appended
// since; books are bounded in number and in what they hold.
func TestBranchShelf(t *testing.T) {
	s := serve(t, nil)
	for i := range maxBranchBooks + 3 {
		require.Equal(t, 201, s.send(http.MethodPost, of("/branches"), fmt.Sprintf(`{"branch":"b%d","author":"A","purpose":"P"}`, i)).status)
		require.Equal(t, 200, s.get(of("/state", "branch", fmt.Sprint("b", i))).status)
	}
	shelf := &s.branchShelf
	require.Len(t, shelf.kept, maxBranchBooks)
	require.Equal(t, fmt.Sprint("b", maxBranchBooks+2), shelf.kept[0].branch)
	require.Equal(t, 200, s.get(of("/state", "branch", "b9")).status)
	warm := shelf.kept[0]
	require.Equal(t, "b9", warm.branch)
	book := warm.book

	var asking sync.WaitGroup
	for i := range 8 {
		asking.Go(func() {
			if i%2 == 0 {
				s.send(http.MethodPost, of("/branches/b9/events"), statement(fmt.Sprint("own-", i)))
			}
			require.Equal(t, 200, s.get(of("/state", "branch", "b9")).status)
		})
	}
	asking.Wait()
	require.Equal(t, 201, s.send(http.MethodPost, of("/events"), statement("recorded")).status)
	require.Equal(t, 200, s.get(of("/state", "branch", "b9")).status)
	require.Same(t, book, shelf.kept[0].book, "it went on")
	require.Equal(t, 5, shelf.kept[0].own)

	shelf.weigh(shelf.kept[0], maxBranchBookEntries+1)
	require.Len(t, shelf.kept, 1)
}

// Whoever read the log before others is shown what those have read.
func TestBranchShelfNeverGoesBack(t *testing.T) {
	s := serve(t, nil)
	require.Equal(t, 201, s.send(http.MethodPost, of("/branches"), `{"branch":"b1","author":"A","purpose":"P","followParent":true}`).status)
	line := func() domain.Lineage {
		l, err := s.store.Lineage(t.Context(), example, "b1")
		require.NoError(t, err)
		return l
	}
	early := line()
	require.Equal(t, 201, s.send(http.MethodPost, of("/branches/b1/events"), statement("own")).status)
	require.Equal(t, 201, s.send(http.MethodPost, of("/events"), statement("recorded")).status)
	late := line()
	var shelf branchShelf
	for _, l := range []domain.Lineage{early, late, early} {
		pic, seen, err := shelf.picture(example, l, projections.View{Branch: "b1"})
		require.NoError(t, err)
		want, err := projections.Suppose(example, seen, projections.View{Branch: "b1"})
		require.NoError(t, err)
		require.Equal(t, want.Seen(), pic.Seen())
		if len(shelf.kept[0].line.Record) == len(late.Record) {
			require.Equal(t, late.Position(nil), seen.Position(nil))
		}
	}
	require.Len(t, shelf.kept[0].line.Record, len(late.Record))
}
