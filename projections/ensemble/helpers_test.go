package ensemble_test

import (
	"bytes"
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"parley/domain"
	"parley/domain/intake"
	"parley/projections"
	"parley/projections/ensemble"

	"github.com/stretchr/testify/require"
)

const negotiation = "talks"

// record is a record in which a text has been finalized and a ceasefire holds.
const record = `{"key":"reg-n","type":"NegotiationRegistered","act":{"title":"Talks","timeZone":"Asia/Karachi"}}
{"key":"reg-a","type":"ActorRegistered","act":{"actor":"a","name":"Party A","kind":"party"}}
{"key":"reg-b","type":"ActorRegistered","act":{"actor":"b","name":"Party B","kind":"party"}}
{"key":"reg-w","type":"IssueRegistered","act":{"issue":"w","title":"It shall be in writing"}}
{"key":"reg-c","type":"CeasefireRegistered","act":{"ceasefire":"c","title":"The ceasefire","parties":["a","b"]}}
{"key":"final","type":"DraftFinalized","occurred":"2025-11-01","actors":["a","b"],"act":{"draft":"d","version":1,"completeness":"final"}}
{"key":"holds","type":"CeasefireStatusDeclared","occurred":"2025-11-02","actors":["a"],"act":{"ceasefire":"c","status":"holding"}}
{"key":"demand","type":"DemandMade","occurred":"2025-11-02","actors":["a"],"act":{"issue":"w","polarity":"for"}}
`

// lines reads events as import would, on top of a ledger, and gives their entries.
func lines(t testing.TB, ledger *domain.Ledger, text string) []domain.Entry {
	t.Helper()
	text = strings.ReplaceAll(text, "{\"key\"", `{"negotiation":"talks","key"`)
	in, faults := intake.Lines("record", strings.NewReader(text))
	require.Empty(t, faults)
	d, faults := domain.Decide(map[string]*domain.Ledger{negotiation: ledger}, in, domain.Handling{})
	require.Empty(t, faults)
	var out []domain.Entry
	for _, e := range d.Append {
		e.Recorded = time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC)
		entry := domain.Entry{Position: ledger.Head() + 1, Event: e}
		ledger.Apply(entry)
		out = append(out, entry)
	}
	return out
}

func newBase(t testing.TB, view string) *projections.Base {
	t.Helper()
	v, err := projections.ParseView(view)
	require.NoError(t, err)
	base, err := projections.NewBase(negotiation, domain.Lineage{Record: lines(t, domain.NewLedger(negotiation), record)}, v)
	require.NoError(t, err)
	return base
}

// baseOn is the base of a record with one more event.
func baseOn(t testing.TB, event string) *projections.Base {
	t.Helper()
	log := lines(t, domain.NewLedger(negotiation), record+event)
	base, err := projections.NewBase(negotiation, domain.Lineage{Record: log}, projections.View{})
	require.NoError(t, err)
	return base
}

// acts are what the random runs of the tests are made of.
var acts = []string{
	`"type":"VerbalConfirmationGiven","actors":["b"],"act":{"draft":"d","version":1}`,
	`"type":"CommitmentRetracted","actors":["b"],"act":{"draft":"d","version":1,"what":"confirmation"}`,
	`"type":"AgreementSigned","actors":["a","b"],"act":{"draft":"d","version":1,"form":"signature"}`,
	`"type":"CeasefireStatusDeclared","actors":["a"],"act":{"ceasefire":"c","status":"ended"}`,
	`"type":"CeasefireStatusDeclared","actors":["b"],"act":{"ceasefire":"c","status":"violated"}`,
	`"type":"ProcessStatusDeclared","actors":["a"],"act":{"status":"suspended"}`,
	`"type":"PositionStated","actors":["b"],"act":{"issue":"w","stance":"accepts"}`,
	`"type":"PositionStated","modality":"planned","actors":["b"],"act":{"issue":"w","stance":"rejects"}`,
	`"type":"StatementIssued","actors":["a"],"act":{"content":"…"}`,
}

// ndjson makes n runs from a seed.
func ndjson(n int, seed uint64) string {
	random := rand.New(rand.NewPCG(seed, 1))
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"run":"r-%d","events":[`, i+1)
		day := 0
		for k := range random.IntN(6) {
			if k > 0 {
				b.WriteString(",")
			}
			day += 1 + random.IntN(9)
			fmt.Fprintf(&b, `{"key":"h-%d","occurred":"%s",%s}`, k, time.Date(2025, 11, 2+day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), acts[random.IntN(len(acts))])
		}
		b.WriteString("]}\n")
	}
	return b.String()
}

// read gives the runs of NDJSON as events in Go.
func read(t testing.TB, base *projections.Base, text string) []ensemble.Run {
	t.Helper()
	reader := ensemble.NewReader(base)
	var out []ensemble.Run
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		r, err := reader.Line(domain.Place{Row: i + 1}, []byte(line))
		require.NoError(t, err)
		out = append(out, r)
	}
	return out
}

func sequence(runs []ensemble.Run) iter.Seq2[ensemble.Run, error] {
	return func(yield func(ensemble.Run, error) bool) {
		for _, r := range runs {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// evaluate sums up NDJSON.
func evaluate(t testing.TB, base *projections.Base, text string, o ensemble.Options) (*ensemble.Summary, error) {
	t.Helper()
	return ensemble.Evaluate(t.Context(), base, ensemble.NewReader(base).Lines("runs", bytes.NewReader([]byte(text))), o)
}

func printed(t testing.TB, s *ensemble.Summary, err error) string {
	t.Helper()
	require.NoError(t, err)
	text, err := s.JSON()
	require.NoError(t, err)
	return string(text)
}

func faultsOf(t testing.TB, err error) domain.Faults {
	t.Helper()
	var faults domain.Faults
	require.ErrorAs(t, err, &faults)
	return faults
}
