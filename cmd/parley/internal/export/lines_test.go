package export

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"parley/domain"
	"parley/domain/domaintest"
	"parley/domain/intake"
	"parley/projections"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// forImport are the formats that import reads.
var forImport = map[string]struct {
	write func(io.Writer, Log) (Tally, error)
	read  func(string, io.Reader) ([]domain.Candidate, domain.Faults)
}{
	"ndjson":      {Lines, intake.Lines},
	"csv":         {Table, intake.Table},
	"cloudevents": {CloudEvents, intake.Lines},
}

// again is the log that the export of a log makes of an empty one, a day later.
func again(t fataler, format string, log []domain.Entry) []domain.Entry {
	t.Helper()
	f := forImport[format]
	file := text(t, func(w io.Writer) (Tally, error) { return f.write(w, held(log)) })
	out := recorded(t, log[0].Event.Negotiation, func() ([]domain.Candidate, domain.Faults) { return f.read("export", strings.NewReader(file)) })
	for i := range out {
		out[i].Event.Recorded = out[i].Event.Recorded.AddDate(0, 0, 1)
	}
	return out
}

func state(t fataler, pic *projections.Picture) string {
	t.Helper()
	n, err := pic.Print("")
	require.NoError(t, err)
	out, err := json.Marshal(n)
	require.NoError(t, err)
	return string(out)
}

// TestLawRoundTrip: a log, its export, and the log that the export makes: the export
// of that has the same bytes, and every view that does not ask when something was
// recorded shows the same.
func TestLawRoundTrip(t *testing.T) {
	check := func(t fataler, log []domain.Entry) {
		for format, f := range forImport {
			other := again(t, format, log)
			if format != "cloudevents" { // those say when they were recorded
				one := text(t, func(w io.Writer) (Tally, error) { return f.write(w, held(log)) })
				two := text(t, func(w io.Writer) (Tally, error) { return f.write(w, held(other)) })
				require.Equal(t, one, two)
			}
			for _, view := range []string{"", "as-of=2025-10-27", "as-of=2025-10-27&possibly", "lens=source.side+%3D%3D+%22here%22"} {
				require.Equal(t, state(t, seen(t, log, view)), state(t, seen(t, other, view)), format+" "+view)
			}
		}
	}
	t.Run("worked example", func(t *testing.T) { check(t, example(t)) })
	t.Run("golden", func(t *testing.T) { check(t, golden(t)) })
	t.Run("random", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			events := domaintest.Talks.History(12).Draw(t, "events")
			check(t, domaintest.Record(events))
		})
	})
}

// TestLinesLeaveOut: what is no event, and what stands twice, is counted and left
// out, and what import would refuse is counted.
func TestLinesLeaveOut(t *testing.T) {
	log := golden(t)
	foreign := *log[5].Event
	foreign.Body.Key, foreign.ID, foreign.Note = "foreign", domain.KeyedID("talks", "foreign"), " no import takes this "
	log = append(log, log[5], domain.Entry{Raw: []byte("x"), Fault: io.EOF}, domain.Entry{Event: &foreign})
	for i := range log {
		log[i].Position = uint64(i) + 1
	}
	for _, write := range []func(io.Writer, Log) (Tally, error){Lines, Table} {
		tally, err := write(io.Discard, held(log))
		require.NoError(t, err)
		require.Equal(t, Tally{Written: 17, Parked: 1, Twice: 1, Refused: 1}, tally)
		require.Equal(t, []string{
			"1 parked entry is no event and was left out; --as cloudevents keeps it",
			"1 entry repeats the id of an earlier one and was left out, as every view does",
			"1 event was written by another program in a way that parley import refuses",
		}, tally.Notes())
	}
}

// TestTableStopsWhereItBegan: a log that grows while it is exported is exported as
// it was.
func TestTableStopsWhereItBegan(t *testing.T) {
	log, rounds := golden(t), 0
	growing := func(yield func(domain.Entry, error) bool) {
		rounds++
		for _, e := range log[:min(len(log), 5+rounds)] {
			if !yield(e, nil) {
				return
			}
		}
	}
	require.Equal(t,
		text(t, func(w io.Writer) (Tally, error) { return Table(w, held(log[:6])) }),
		text(t, func(w io.Writer) (Tally, error) { return Table(w, growing) }))
}

func keysOf(log []domain.Entry) []string {
	var out []string
	for _, e := range log {
		out = append(out, e.Event.Name())
	}
	return out
}

// TestExcerpt: a view leaves its accounts as they were recorded, all registrations,
// and of corrections, withdrawals and links those that bear on what is left.
func TestExcerpt(t *testing.T) {
	log := golden(t)
	add := func(key string, act domain.Act) {
		e := &domain.Event{ID: domain.KeyedID("talks", key), Negotiation: "talks", Writer: "parley:test", Body: domain.Body{Key: key, Act: act}}
		log = append(log, domain.Entry{Position: uint64(len(log)) + 1, Event: e})
	}
	add("fix-final", domain.EventCorrected{Target: "final", Reason: "r", Replacement: domain.Replacement{Type: "DraftFinalized", Body: domain.Body{
		Occurred: domain.MustEDTF("2025-10-26"), Act: domain.DraftFinalized{Draft: "d", Version: 2, Completeness: "final"},
	}}})
	add("fix-sign", domain.EventWithdrawn{Target: "sign", Reason: "r"})
	add("fix-fix-sign", domain.EventWithdrawn{Target: "fix-sign", Reason: "r"})
	add("link", domain.EventsLinked{Relation: "corroborates", Event: "demand", Others: []domain.EventRef{"open", "sign"}})
	add("link-away", domain.EventsLinked{Relation: "corroborates", Event: "demand", Others: []domain.EventRef{"sign"}})

	out, tally := Excerpt(seen(t, log, "as-of=2025-10-27"), log)
	require.Equal(t, []string{"reg", "reg-a", "reg-b", "reg-m", "reg-i", "open", "demand", "final", "long-ago", "fix-final", "link"}, keysOf(out))
	require.Equal(t, Tally{Aside: 3, Loose: 1}, tally, "link still names sign")
	require.Equal(t, domain.DraftFinalized{Draft: "d", Version: 1, Completeness: "final"}, out[7].Event.Act, "as recorded")

	out, tally = Excerpt(seen(t, log, "recorded-by=%2317"), log)
	require.Equal(t, keysOf(log[:17]), keysOf(out), "a cut of the record is a prefix")
	require.Zero(t, tally)
}

// TestLawExcerptsAreImported: an excerpt in which nothing refers out of it can be
// imported, and shows the same under the view that left it, where no hidden link
// joins what is left.
func TestLawExcerptsAreImported(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := domaintest.Record(domaintest.Talks.History(12).Draw(t, "events"))
		view := rapid.SampledFrom([]string{
			"as-of=2025-10-26", "as-of=2025-10-28&possibly", "lens=source.side+%3D%3D+%22here%22", "recorded-by=%2312",
		}).Draw(t, "view")
		pic := seen(t, log, view)
		out, tally := Excerpt(pic, log)
		require.True(t, slices.IsSortedFunc(out, func(a, b domain.Entry) int { return int(a.Position) - int(b.Position) }))
		kept := map[string]bool{}
		for _, e := range out {
			kept[e.Event.ID.String()] = true
		}
		for _, a := range pic.Accounts {
			require.True(t, kept[a.ID.String()])
		}
		ledgers := map[string]*domain.Ledger{"talks": domain.NewLedger("talks")}
		var in []domain.Candidate
		for _, e := range out {
			in = append(in, domain.Offer(e.Event))
		}
		_, faults := domain.Decide(ledgers, in, domain.Handling{})
		for _, f := range faults {
			require.Equal(t, domain.UnknownEvent, f.Problem, fmt.Sprint(f))
		}
		require.Equal(t, tally.Loose > 0, len(faults) > 0)
	})
}
