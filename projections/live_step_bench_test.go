package projections

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"parley/domain"
)

// BenchmarkLiveStep is what a live step costs after one event, by the length of the
// negotiation: to fold, to print what may have changed, and of that each projection that
// is printed whole, in milliseconds.
func BenchmarkLiveStep(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		b.Run(fmt.Sprint("events=", n), func(b *testing.B) { benchLiveStep(b, n) })
	}
}

func benchLiveStep(b *testing.B, n int) {
	book := NewBook("talks", nil)
	at := 0
	for ; at < n; at++ {
		book.Add(stepEvent(at))
	}
	p, err := book.View(View{})
	if err != nil {
		b.Fatal(err)
	}
	last := p.PrintAfter(nil)
	took := map[string]time.Duration{}
	timed := func(what string, do func()) {
		begun := time.Now()
		do()
		took[what] += time.Since(begun)
	}
	for b.Loop() {
		book.Add(stepEvent(at))
		at++
		timed("fold", func() { p, err = book.View(View{}) })
		if err != nil {
			b.Fatal(err)
		}
		before := last
		timed("print", func() { last = p.PrintAfter(before) })
		timed("drafts-after", func() { p.printDraftsAfter(before) })
		timed("positions-after", func() { p.printPositionsAfter(before) })
		timed("timeline-after", func() { p.printTimelineAfter(before) })
		timed("disagreements-only", func() { p.disagreements(last.Tree) })
		for _, name := range Projections() {
			if name != "disagreements" && name != "drafts" && name != "positions" && name != "timeline" {
				timed(name, func() { printers[name](p) })
			}
		}
		timed("process", func() { p.printProcess() })
	}
	for _, what := range slices.Sorted(maps.Keys(took)) {
		b.ReportMetric(float64(took[what].Microseconds())/1000/float64(b.N), what+"-ms")
	}
}

// stepEvent is the i-th of events that move drafts and positions, four a day.
func stepEvent(i int) domain.Entry {
	key, draft := fmt.Sprint("e-", i), domain.DraftID(fmt.Sprint("d", i/100))
	return domain.Entry{Position: uint64(i + 1), Event: &domain.Event{
		ID: domain.KeyedID("talks", key), Negotiation: "talks", Recorded: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		Body: domain.Body{
			Key: key, Occurred: domain.MustEDTF(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i/4).Format(time.DateOnly)),
			Actors: []domain.ActorID{domain.ActorID(fmt.Sprint("p", i%6))}, Round: domain.RoundID(fmt.Sprint("r", i/200)),
			Source: &domain.Source{Document: fmt.Sprint(i%40, ".txt"), Side: domain.ActorID(fmt.Sprint("p", i%6))},
			Act: []domain.Act{
				domain.DraftFinalized{Draft: draft, Version: 1 + i%4, Completeness: domain.Final},
				domain.VerbalConfirmationGiven{Draft: draft, Version: 1 + i%4},
				domain.DemandMade{Issue: domain.IssueID(fmt.Sprint("i", i%8)), Polarity: domain.For},
				domain.PositionStated{Issue: domain.IssueID(fmt.Sprint("i", i%7)), Stance: domain.Accepts},
				domain.StatementIssued{Content: "the talks go on"},
			}[i%5],
		},
	}}
}
