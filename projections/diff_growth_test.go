package projections_test

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"parley/domain"
	"parley/projections"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
)

// flooded is a short record, and a branch of it with n events: most are statements, one
// in seven signs one of so many drafts.
func flooded(t testing.TB, n, drafts int) (from, to *projections.Picture) {
	t.Helper()
	log := record(t, talk)
	o := domain.BranchOpened{Branch: "flood", Parent: domain.RecordName, At: fmt.Sprint(log[len(log)-1].Position), Author: "A", Purpose: "P"}
	own := domain.BranchLog{Opened: o, Entries: []domain.Entry{{Position: 1, Event: &domain.Event{Negotiation: negotiation, Recorded: clock, Body: domain.Body{Act: o}}}}}
	for i := range n {
		b := domain.Body{Key: fmt.Sprint("said-", i), Occurred: domain.MustEDTF("2025-11-02"), Actors: []domain.ActorID{"a", "b"}, Act: domain.StatementIssued{Content: "…"}}
		if i%7 == 0 {
			draft := domain.DraftID(fmt.Sprint("d", i/7%drafts))
			b.Key, b.Act = fmt.Sprint("signed-", draft, "-", i), domain.AgreementSigned{Draft: draft, Version: 1, Form: "signature"}
		}
		e := &domain.Event{ID: domain.KeyedID(negotiation, b.Key), Negotiation: negotiation, Recorded: clock.Add(time.Second), Body: b}
		own.Entries = append(own.Entries, domain.Entry{Position: uint64(i + 2), Event: e})
	}
	l := domain.Lineage{Record: log, Branches: []domain.BranchLog{own}}
	return project(t, log, ""), supposeOn(t, l, "flood")
}

func supposeOn(t testing.TB, l domain.Lineage, branch string) *projections.Picture {
	t.Helper()
	p, err := projections.Suppose(negotiation, l, projections.View{Branch: branch})
	require.NoError(t, err)
	return p
}

// What a comparison takes, and what it answers, grows with the events that differ, and
// not with their square.
func TestCompareGrowsWithWhatDiffers(t *testing.T) {
	cost := func(n int) (answer, held float64) {
		from, to := flooded(t, n, n/140)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		d, err := projections.Compare(t.Context(), from, to)
		require.NoError(t, err)
		runtime.ReadMemStats(&after)
		require.Len(t, d.Events, n)
		text, err := json.Marshal(d)
		require.NoError(t, err)
		return float64(len(text)), float64(after.TotalAlloc - before.TotalAlloc)
	}
	answer, held := cost(1000)
	more, holds := cost(4000)
	require.Less(t, more/answer, 5.0, "four times as many events make an answer of so many times the bytes")
	require.Less(t, holds/held, 6.0, "and take so many times the memory")
}

// A value that rests on no event by itself, as the name of a draft or the number of a
// version, is there for the events of that draft, and for no others.
func TestCompareNamesTheEventsOfTheThing(t *testing.T) {
	from, to := flooded(t, 200, 3)
	d, err := projections.Compare(t.Context(), from, to)
	require.NoError(t, err)
	for _, path := range []string{"drafts/d1/id", "drafts/d1/versions/1/version", "drafts/d1/versions/1/stands"} {
		c := changeAt(t, d, path)
		require.NotEmpty(t, c.Events, path)
		for _, e := range c.Events {
			require.True(t, strings.HasPrefix(e, "signed-d1-"), "%s: %s", path, e)
		}
	}
}

// Of the events behind one value so many are named, and the rest are counted.
func TestCompareCountsWhatItDoesNotName(t *testing.T) {
	from, to := flooded(t, 7*3*projections.MaxBehind, 1)
	d, err := projections.Compare(t.Context(), from, to)
	require.NoError(t, err)
	c := changeAt(t, d, "drafts/d0/versions/1/stands")
	require.Len(t, c.Events, projections.MaxBehind)
	require.Equal(t, 2*projections.MaxBehind, c.More)
	require.Equal(t, []projections.Sort{projections.Supposed}, c.Sorts)
}

// ending is a context that ends when it has been asked so many times whether it has.
type ending struct {
	context.Context
	in, asked int
}

func (e *ending) Err() error {
	if e.asked++; e.asked > e.in {
		return context.Canceled
	}
	return nil
}

// A comparison ends with its context, wherever it is.
func TestCompareEndsWithItsContext(t *testing.T) {
	from, to := flooded(t, 1000, 20)
	whole := &ending{Context: context.WithoutCancel(t.Context()), in: math.MaxInt}
	_, err := projections.Compare(whole, from, to)
	require.NoError(t, err)
	for at := 0; at < whole.asked; at += 1 + whole.asked/50 {
		ctx := &ending{Context: context.WithoutCancel(t.Context()), in: at}
		d, err := projections.Compare(ctx, from, to)
		require.ErrorIs(t, err, context.Canceled)
		require.True(t, d == nil)
		require.LessOrEqual(t, ctx.asked, at+2, "nothing is done after the end")
	}
}
