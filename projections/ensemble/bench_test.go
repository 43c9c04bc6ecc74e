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

// BenchmarkEnsemble sums up runs of ten hypothetical events, on one core: made in Go,
// read from NDJSON, and against folding all of the record again for each of them, as
// is done where nothing is kept. The figures to compare are ns/run, within one run of
// the benchmark.
func BenchmarkEnsemble(b *testing.B) {
	const n = 256
	text := tenEach(n)
	for _, size := range []int{1000, 100_000} {
		base, err := projections.NewBase(negotiation, domain.Lineage{Record: longRecord(b, size)}, projections.View{})
		require.NoError(b, err)
		reader := ensemble.NewReader(base)
		runs := read(b, base, text)
		perRun := func(b *testing.B, runs int) {
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(runs), "ns/run")
		}
		b.Run(fmt.Sprintf("record=%d/go", size), func(b *testing.B) {
			for b.Loop() {
				_, err := ensemble.Evaluate(b.Context(), base, sequence(runs), ensemble.Options{Workers: 1})
				require.NoError(b, err)
			}
			perRun(b, n)
		})
		b.Run(fmt.Sprintf("record=%d/ndjson", size), func(b *testing.B) {
			for b.Loop() {
				_, err := ensemble.Evaluate(b.Context(), base, reader.Lines("runs", strings.NewReader(text)), ensemble.Options{Workers: 1})
				require.NoError(b, err)
			}
			perRun(b, n)
		})
		if size > 1000 {
			continue
		}
		b.Run(fmt.Sprintf("record=%d/refold", size), func(b *testing.B) {
			whole := longRecord(b, size)
			for i, e := range runs[0].Events {
				whole = append(whole, domain.Entry{Position: uint64(size + i + 100), Event: e})
			}
			for b.Loop() {
				p, err := projections.Project(negotiation, whole, projections.View{})
				require.NoError(b, err)
				_ = p.Outcome()
			}
			perRun(b, 1)
		})
	}
}
