package projections_test

import (
	"fmt"
	"testing"

	"parley/domain"
	"parley/projections"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestLawWarmViewsAreViews: whatever has been asked and added before, a book shows
// what a fold from nothing shows.
func TestLawWarmViewsAreViews(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := history(t, 16)
		start := rapid.IntRange(2, len(log)).Draw(t, "start")
		book := projections.NewBook(negotiation, log[:start:start])
		for n := start; ; n++ {
			for range 3 {
				ask(t, book, log[:n], rapid.SampledFrom(views).Draw(t, "view"))
			}
			ask(t, book, log[:n], fmt.Sprintf("as-of=@e-%d", rapid.IntRange(0, n).Draw(t, "key")))
			if n == len(log) {
				return
			}
			book.Add(log[n])
		}
	})
}

// ask compares a view of the book with a fold from nothing.
func ask(t *rapid.T, book *projections.Book, log []domain.Entry, view string) {
	t.Helper()
	v, err := projections.ParseView(view)
	require.NoError(t, err)
	cold, coldErr := projections.Project(negotiation, log, v)
	warm, warmErr := book.View(v)
	if coldErr != nil {
		require.Equal(t, coldErr, warmErr)
		return
	}
	require.NoError(t, warmErr)
	require.Equal(t, cold.Seen(), warm.Seen(), "view %q", view)
	require.Equal(t, printState(t, cold, cold.State), printState(t, warm, warm.State), "view %q", view)
}
