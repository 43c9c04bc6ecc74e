package projections_test

import (
	"fmt"
	"slices"
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

// TestLawWarmBranchesAreViews: the same on a branch, while the record grows too.
func TestLawWarmBranchesAreViews(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := history(t, 12)
		fork := rapid.IntRange(1, len(log)).Draw(t, "fork")
		o := domain.BranchOpened{Branch: "b1", Parent: domain.RecordName, At: fmt.Sprint(fork), FollowParent: rapid.Bool().Draw(t, "follows")}
		l := domain.Lineage{Record: log[:fork:fork], Branches: []domain.BranchLog{opened(o)}}
		book := projections.NewBranchBook(negotiation, l)
		for _, e := range log[fork:] {
			if rapid.Bool().Draw(t, "supposed") {
				e.Position = uint64(len(l.Branches[0].Entries) + 1)
				own := append(slices.Clone(l.Branches[0].Entries), e)
				l.Branches = []domain.BranchLog{{Opened: o, Entries: own}}
				book.Suppose(e)
			} else {
				l.Record = append(slices.Clone(l.Record), e)
				book.Add(e)
			}
			for range 2 {
				v, err := projections.ParseView(rapid.SampledFrom(views).Draw(t, "view"))
				require.NoError(t, err)
				v.Branch = rapid.SampledFrom([]string{"", "b1", "b1"}).Draw(t, "branch")
				cold, err := projections.Suppose(negotiation, l, v)
				require.NoError(t, err)
				warm, err := book.View(v)
				require.NoError(t, err)
				require.Equal(t, cold.Seen(), warm.Seen(), "view %q", v)
				require.Equal(t, printState(t, cold, cold.State), printState(t, warm, warm.State), "view %q", v)
			}
		}
	})
}

// ask compares a view of the book with a fold from nothing.
func ask(t fataler, book *projections.Book, log []domain.Entry, view string) {
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

// An event whose clock lies outside of its date is an anomaly in a warm book too.
func TestWarmBookSeesClockAgainstDate(t *testing.T) {
	log := record(t)
	book := projections.NewBook(negotiation, log)
	ask(t, book, log, "")
	noon := clock
	odd := &domain.Event{Negotiation: negotiation, ID: domain.KeyedID(negotiation, "odd"), Recorded: clock, Body: domain.Body{
		Key: "odd", Occurred: domain.MustEDTF("2025-11-01"), Actors: []domain.ActorID{"a"},
		Clock: &domain.Clock{Start: noon, End: noon}, Act: domain.DemandMade{Issue: "w", Polarity: domain.For},
	}}
	e := domain.Entry{Position: log[len(log)-1].Position + 1, Event: odd}
	book.Add(e)
	ask(t, book, append(log, e), "")
}
