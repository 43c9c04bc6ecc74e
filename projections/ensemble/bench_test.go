package ensemble_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"parley/domain"
	"parley/projections"
	"parley/projections/ensemble"

	"github.com/stretchr/testify/require"
)

// longRecord is a record of n events in which drafts and issues grow in number with
// it, as in talks that go on for years.
func longRecord(b *testing.B, n int) []domain.Entry {
	b.Helper()
	ledger := domain.NewLedger(negotiation)
	log := lines(b, ledger, record)
	start := time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)
	parties := []domain.ActorID{"a", "b"}
	for i := len(log); i < n; i++ {
		body := domain.Body{Key: fmt.Sprint("e-", i), Occurred: domain.MustEDTF(start.AddDate(0, 0, i*3900/n).Format(time.DateOnly)), Actors: parties[i%2 : i%2+1]}
		draft, issue := domain.DraftID(fmt.Sprint("d-", i/20)), domain.IssueID("w")
		if i%500 == 0 {
			ledger.Apply(entry(ledger, domain.Body{Key: fmt.Sprint("reg-", i), Act: domain.IssueRegistered{Issue: domain.NewID(fmt.Sprint("w-", i)), Title: "T"}}))
		}
		switch i % 5 {
		case 0:
			body.Act = domain.DraftFinalized{Draft: draft, Version: 1, Completeness: domain.Final}
		case 1:
			body.Act = domain.VerbalConfirmationGiven{Draft: draft, Version: 1}
		case 2:
			body.Act = domain.CommitmentRetracted{Draft: draft, Version: 1, What: domain.RetractedConfirmation}
		default:
			if i%50 > 2 {
				body.Act = domain.StatementIssued{Content: "…"}
				break
			}
			body.Act = domain.PositionStated{Issue: issue, Stance: domain.Accepts}
		}
		e := entry(ledger, body)
		ledger.Apply(e)
		log = append(log, e)
	}
	return log
}

func entry(ledger *domain.Ledger, body domain.Body) domain.Entry {
	e := &domain.Event{Negotiation: negotiation, ID: domain.KeyedID(negotiation, body.Key), Body: body, Recorded: time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC)}
	return domain.Entry{Position: ledger.Head() + 1, Event: e}
}

// tenEach makes n runs of ten events.
func tenEach(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"run":"%d","events":[`, i+1)
		for k := range 10 {
			if k > 0 {
				b.WriteString(",")
			}
			fmt.Fprintf(&b, `{"key":"h-%d","occurred":"2025-11-%02d",%s}`, k, 3+k+i%9, acts[(i+k)%len(acts)])
		}
		b.WriteString("]}\n")
	}
	return b.String()
}

// related makes n runs of ten events of which one is another account of another, so that
// the whole view is folded for each.
func related(n int) string {
	return strings.ReplaceAll(tenEach(n), `{"key":"h-9",`, `{"key":"h-9","links":{"corroborates":["h-0"]},`)
}

// BenchmarkEnsemble sums up runs of ten hypothetical events, on one core: made in Go, read
// from NDJSON, and those that relate to one another, on records of 1,000 and of 100,000
// events; and folds all of the record again, as is done where nothing is kept. All are
// done in turns, so that what else the machine does falls on each of them, and the least
// time of each is reported: ns a run, how many times as long folding 1,000 again takes
// (x-refold), and how many times as long it takes on the longer record (x-growth).
func BenchmarkEnsemble(b *testing.B) {
	const n, few, turns = 256, 4, 5
	bases := map[int]*projections.Base{}
	for _, size := range []int{1000, 100_000} {
		base, err := projections.NewBase(negotiation, domain.Lineage{Record: longRecord(b, size)}, projections.View{})
		require.NoError(b, err)
		bases[size] = base
	}
	inGo := func(size int, text string) func() {
		runs := read(b, bases[size], text)
		return func() {
			_, err := ensemble.Evaluate(b.Context(), bases[size], sequence(runs), ensemble.Options{Workers: 1})
			require.NoError(b, err)
		}
	}
	byLines := func(size int, text string) func() {
		reader := ensemble.NewReader(bases[size])
		return func() {
			_, err := ensemble.Evaluate(b.Context(), bases[size], reader.Lines("runs", strings.NewReader(text)), ensemble.Options{Workers: 1})
			require.NoError(b, err)
		}
	}
	for _, c := range []struct {
		name  string
		how   func(size int, text string) func()
		text  string
		runs  int
		turns int
	}{
		{"go", inGo, tenEach(n), n, turns},
		{"ndjson", byLines, tenEach(n), n, turns},
		{"related", inGo, related(few), few, 1},
	} {
		b.Run(c.name, func(b *testing.B) {
			short, long, refold := c.how(1000, c.text), c.how(100_000, c.text), refolding(b)
			short()
			long() // what they touch is made ready once
			var least [3]time.Duration
			for b.Loop() {
				for range c.turns {
					for i, do := range []func(){short, long, refold} {
						start := time.Now()
						do()
						if took := time.Since(start); least[i] == 0 || took < least[i] {
							least[i] = took
						}
					}
				}
			}
			b.ReportMetric(float64(least[0])/float64(c.runs), "ns/run")
			b.ReportMetric(float64(least[2])*float64(c.runs)/float64(least[0]), "x-refold")
			b.ReportMetric(float64(least[1])/float64(least[0]), "x-growth")
		})
	}
}

// refolding folds a record of 1,000 events with a run of ten.
func refolding(b *testing.B) func() {
	whole := longRecord(b, 1000)
	base, err := projections.NewBase(negotiation, domain.Lineage{Record: whole}, projections.View{})
	require.NoError(b, err)
	for _, e := range read(b, base, tenEach(1))[0].Events {
		whole = append(whole, domain.Entry{Position: whole[len(whole)-1].Position + 1, Event: e})
	}
	return func() {
		p, err := projections.Project(negotiation, whole, projections.View{})
		require.NoError(b, err)
		_ = p.Outcome()
	}
}
