package projections_test

import (
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"parley/domain"
	"parley/projections"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestLawContinuationIsAppended: a continuation comes to what the record comes to if
// its events are appended, whether they stand for themselves or not, and in whatever
// order; the base is left as it was.
func TestLawContinuationIsAppended(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := history(t, 16)
		start := rapid.IntRange(2, len(log)).Draw(t, "start")
		base, err := projections.NewBase(negotiation, domain.Lineage{Record: log[:start]}, projections.View{})
		require.NoError(t, err)
		before := base.Outcome()
		var events []*domain.Event
		for _, e := range log[start:] {
			events = append(events, e.Event)
		}
		got, err := base.Continue(events)
		require.NoError(t, err)
		require.Equal(t, project(t, log, "").Outcome(), before.With(got))
		require.Equal(t, before, base.Outcome())
		require.Equal(t, before, project(t, log[:start], "").Outcome())
	})
}

// TestLawContinuationOfCutBase: the cuts of a base hold for what it goes on from, and
// not for what is supposed. So does a lens.
func TestLawContinuationOfCutBase(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := history(t, 16)
		start := rapid.IntRange(2, len(log)).Draw(t, "start")
		view := rapid.SampledFrom(views).Draw(t, "view")
		v, err := projections.ParseView(view)
		require.NoError(t, err)
		base, err := projections.NewBase(negotiation, domain.Lineage{Record: log[:start]}, v)
		require.NoError(t, err)
		// What stands for itself is evaluated without folding. Its twin names, beside
		// what it says, that it followed something its date need not follow: the whole
		// is folded then, and comes to the same where that is no order.
		var plain, folded []*domain.Event
		for _, e := range log[start:] {
			if e.Event.Control() {
				continue
			}
			one := *e.Event
			one.After, one.Links = nil, domain.Links{}
			plain = append(plain, &one)
			two := one
			two.After = []domain.EventRef{"nothing-of-this-name"}
			folded = append(folded, &two)
		}
		quick, err := base.Continue(plain)
		require.NoError(t, err)
		slow, err := base.Continue(folded)
		require.NoError(t, err)
		require.Equal(t, slow, quick, "view %q", view)
	})
}

func TestContinuationsRunTogether(t *testing.T) {
	log := long(300)
	base, err := projections.NewBase(negotiation, domain.Lineage{Record: log}, projections.View{})
	require.NoError(t, err)
	want, err := base.Continue(continuationOf(10, 1))
	require.NoError(t, err)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 50 {
				got, err := base.Continue(continuationOf(10, 1))
				if err != nil || !maps.Equal(got.Positions, want.Positions) || got.Agreement != want.Agreement {
					t.Errorf("another outcome, %v", err)
				}
			}
		})
	}
	all.Wait()
}

// continuationOf makes hypothetical events after those of long, from a seed.
func continuationOf(n int, seed uint64) []*domain.Event {
	log := long(n + 1)
	out := make([]*domain.Event, n)
	for i := range out {
		e := *log[i+1].Event
		e.Key = fmt.Sprintf("h-%d-%d", seed, i)
		e.ID = domain.KeyedID(negotiation, e.Key)
		e.Occurred, e.Reported = domain.MustEDTF(fmt.Sprintf("2026-01-%02d", i%28+1)), domain.EDTF{}
		e.After, e.Links = nil, domain.Links{}
		out[i] = &e
	}
	return out
}

// wide makes a log of n events in which drafts and issues grow in number with it, as
// in talks that go on for years, so that each has about as many events.
func wide(n int) []domain.Entry {
	log := long(n)
	for i, e := range log {
		era := i / 500
		switch act := e.Event.Act.(type) {
		case domain.DraftFinalized:
			act.Draft = domain.DraftID(fmt.Sprint("d", i/20))
			e.Event.Act = act
		case domain.VerbalConfirmationGiven:
			act.Draft = domain.DraftID(fmt.Sprint("d", i/20))
			e.Event.Act = act
		case domain.CommitmentRetracted:
			act.Draft = domain.DraftID(fmt.Sprint("d", i/20))
			e.Event.Act = act
		case domain.DemandMade:
			act.Issue = domain.IssueID(fmt.Sprint(act.Issue, "-", era))
			e.Event.Act = act
		case domain.PositionStated:
			act.Issue = domain.IssueID(fmt.Sprint(act.Issue, "-", era))
			e.Event.Act = act
		case domain.AssuranceGiven:
			act.Issue = domain.IssueID(fmt.Sprint(act.Issue, "-", era))
			e.Event.Act = act
		case domain.ProposalAnswered:
			act.Issue = domain.IssueID(fmt.Sprint(act.Issue, "-", era))
			e.Event.Act = act
		default:
		}
	}
	return log
}

// BenchmarkContinue evaluates runs of ten hypothetical events, on one core, on records of
// 1,000 and of 100,000 events, and folds 1,000 again with one of them. In a wide record
// drafts and issues grow in number with the events; in a long one they are few, so that
// each holds ever more of them. All are done in turns, so that what else the machine does
// falls on each of them, and the least time of each is reported: ns a run, how many times
// as long folding takes (x-refold), and how many times as long a run takes on the longer
// record (x-growth).
func BenchmarkContinue(b *testing.B) {
	var runs [][]*domain.Event
	for seed := range uint64(16) {
		runs = append(runs, continuationOf(10, seed))
	}
	shapes := map[string]func(int) []domain.Entry{"wide": wide, "long": long}
	for _, name := range []string{"wide", "long"} {
		shape := shapes[name]
		continuing := func(n int) func() {
			base, err := projections.NewBase(negotiation, domain.Lineage{Record: shape(n)}, projections.View{})
			require.NoError(b, err)
			return func() {
				for _, run := range runs {
					_, err := base.Continue(run)
					require.NoError(b, err)
				}
			}
		}
		whole := shape(1000)
		for i, e := range runs[0] {
			whole = append(whole, domain.Entry{Position: uint64(1000 + i + 1), Event: e})
		}
		things := []func(){continuing(1000), continuing(100_000), func() { _ = project(b, whole, "").Outcome() }}
		b.Run(name, func(b *testing.B) {
			for _, do := range things { // what the runs touch is made ready once
				do()
			}
			least := make([]time.Duration, len(things))
			for b.Loop() {
				for i, do := range things {
					start := time.Now()
					do()
					if took := time.Since(start); least[i] == 0 || took < least[i] {
						least[i] = took
					}
				}
			}
			n := float64(len(runs))
			b.ReportMetric(float64(least[0])/n, "ns/run")
			b.ReportMetric(float64(least[2])*n/float64(least[0]), "x-refold")
			b.ReportMetric(float64(least[1])/float64(least[0]), "x-growth")
		})
	}
}

// A continuation allocates as much on a record of 20,000 events as on one of 1,000,
// though its drafts and cells hold twenty times as many: nothing is read again as a
// whole.
func TestContinuationDoesNotGrow(t *testing.T) {
	for name, shape := range map[string]func(int) []domain.Entry{"wide": wide, "long": long} {
		var allocated []float64
		for _, n := range []int{1000, 20_000} {
			base, err := projections.NewBase(negotiation, domain.Lineage{Record: shape(n)}, projections.View{})
			require.NoError(t, err)
			run := continuationOf(10, 1)
			require.True(t, base.Stands(run))
			allocated = append(allocated, testing.AllocsPerRun(10, func() { _, _ = base.Continue(run) }))
		}
		require.LessOrEqual(t, allocated[1], 1.2*allocated[0], name)
	}
}
