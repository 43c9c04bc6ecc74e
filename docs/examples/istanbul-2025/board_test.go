package istanbul2025_test

import (
	"encoding/csv"
	"io/fs"
	"slices"
	"strings"
	"testing"

	istanbul2025 "parley/docs/examples/istanbul-2025"
	"parley/domain"
	"parley/projections"

	"github.com/stretchr/testify/require"
)

// topics reads contradictions.tsv: for each topic, the events that carry one of its
// quotes.
func topics(t *testing.T, log []domain.Entry) map[string][]string {
	t.Helper()
	b, err := fs.ReadFile(istanbul2025.Files, "contradictions.tsv")
	require.NoError(t, err)
	r := csv.NewReader(strings.NewReader(string(b)))
	r.Comma, r.LazyQuotes = '\t', true
	rows, err := r.ReadAll()
	require.NoError(t, err)
	out := map[string][]string{}
	for _, row := range rows[1:] {
		for _, e := range log {
			s := e.Event.Source
			if s != nil && s.Document == row[2] && strings.Contains(s.Quote, row[3]) && !slices.Contains(out[row[0]], e.Event.Key) {
				out[row[0]] = append(out[row[0]], e.Event.Key)
			}
		}
	}
	return out
}

// TestBoardOfDisagreements: the board holds the topics on which the accounts dispute
// a fact, and none that differ only in scope, time, wording or spelling.
func TestBoardOfDisagreements(t *testing.T) {
	log := record(t)
	board, err := under(t, log, "").Print("disagreements")
	require.NoError(t, err)
	entries, err := board.Walk("disagreements")
	require.NoError(t, err)
	var disputed []string
	for topic, events := range topics(t, log) {
		for _, entry := range entries.Items() {
			if valuesThatHold(entry, events) > 1 {
				disputed = append(disputed, topic)
				break
			}
		}
	}
	slices.Sort(disputed)
	require.Equal(t, []string{"C1", "C10", "C11", "C21", "C3", "C4", "C5", "C6", "C7", "C8", "C9"}, disputed)
}

// valuesThatHold counts the values of an entry that rest on one of the events.
func valuesThatHold(entry *projections.Node, events []string) int {
	values, _ := entry.Get("values")
	n := 0
	for _, v := range values.Items() {
		by, _ := v.Get("events")
		if slices.ContainsFunc(by.Items(), func(e *projections.Node) bool { return slices.Contains(events, e.Text()) }) {
			n++
		}
	}
	return n
}

// TestBoardCountsSidesAndOrigins: the length of the October round. The sources of
// 000, the minister (in 001 and, by the same statement, in 004) and the sources of
// 001 are three origins; only the minister is of a known side.
func TestBoardCountsSidesAndOrigins(t *testing.T) {
	board, err := under(t, record(t), "").Print("disagreements")
	require.NoError(t, err)
	entries, err := board.Walk("disagreements")
	require.NoError(t, err)
	for _, entry := range entries.Items() {
		field, _ := entry.Get("field")
		if field.Text() != "act.days" {
			continue
		}
		for _, want := range []struct{ path, value string }{
			{"values/4/events", "s0-four-days, s1-four-days, s4-ended"},
			{"values/4/origins", "2"},
			{"values/4/sides", "pakistan, unknown"},
			{"values/3/events", "s1-three-days"},
			{"values/3/origins", "1"},
			{"origins", "3"},
		} {
			n, err := entry.Walk(want.path)
			require.NoError(t, err)
			require.Equal(t, want.value, n.Text(), want.path)
		}
		return
	}
	require.Fail(t, "the board does not hold the length of the round")
}

// TestNoIdentifiedAfghanOrMediatorVoice: all that is known of the Afghan side and of
// the mediators is told by others.
func TestNoIdentifiedAfghanOrMediatorVoice(t *testing.T) {
	p := under(t, record(t), "")
	require.Equal(t, `["afghan-taliban","qatar","turkiye"]`, value(t, p, "coverage/silent"))
	require.NotEqual(t, "absent", value(t, p, "coverage/unknownSide/accounts"))
}

// TestAttemptsAreNotPlacedOnTheSundayOfTheirReport: the military reported on Sunday;
// when the attempts were, nobody says.
func TestAttemptsAreNotPlacedOnTheSundayOfTheirReport(t *testing.T) {
	log := record(t)
	for _, e := range log {
		if i, ok := e.Event.Act.(domain.IncidentReported); ok && i.CountBest == 2 {
			b := e.Event.Occurred.Bounds(nil)
			require.Equal(t, domain.Past, b.Earliest)
			p := under(t, log, "")
			require.Equal(t, `".."`, value(t, p, "timeline/"+e.Event.Key+"/earliest"))
			require.NotContains(t, value(t, p, "coverage/days/covered/2025-10-26"), e.Event.Key)
			return
		}
	}
	require.Fail(t, "no event tells of the two attempts")
}

// TestNamedVoicesOnly: only an unnamed eyewitness tells of a verbal confirmation.
func TestNamedVoicesOnly(t *testing.T) {
	p := under(t, record(t), `lens=source.attribution+%3D%3D+"named"`)
	require.NotContains(t, value(t, p, "drafts"), "VerbalConfirmationGiven")
}

// TestWithoutPakistansVoices: the eyewitness's side is not stated, so the retraction
// remains.
func TestWithoutPakistansVoices(t *testing.T) {
	p := under(t, record(t), `lens=source.side+!%3D+"pakistan"`)
	require.Equal(t, `["afghan-taliban"]`, value(t, p, "drafts/istanbul-draft/versions/3/retracted/s1-retraction/by"))
	require.Equal(t, `"finalized"`, value(t, p, "drafts/istanbul-draft/versions/3/stands"))
	require.Equal(t, "absent", value(t, p, "drafts/istanbul-draft/versions/3/contested"))
	require.Equal(t, `["afghan-taliban","pakistan","qatar","turkiye"]`, value(t, p, "coverage/silent"))
}

// TestDiffByBelief: what differs between two lenses differs by belief.
func TestDiffByBelief(t *testing.T) {
	log := record(t)
	d, err := projections.Compare(t.Context(), under(t, log, ""), under(t, log, `lens=source.attribution+%3D%3D+"named"`))
	require.NoError(t, err)
	require.NotEmpty(t, d.Events)
	for _, e := range d.Events {
		require.Equal(t, []projections.Sort{projections.Believed}, e.Sorts, e.Event)
	}
}

// TestDiffByKnowledge: the night's events were learned on the 29th at the earliest.
func TestDiffByKnowledge(t *testing.T) {
	log := record(t)
	d, err := projections.Compare(t.Context(), under(t, log, "known-by=2025-10-28"), under(t, log, "known-by=2025-10-29&possibly"))
	require.NoError(t, err)
	for _, key := range []string{"s1-draft-finalized-1", "s1-draft-finalized-2", "s1-draft-finalized-3", "s1-verbal-confirmation", "s1-retraction"} {
		i := slices.IndexFunc(d.Events, func(x projections.Differ) bool { return x.Event == key })
		require.GreaterOrEqual(t, i, 0, key)
		require.Equal(t, []projections.Sort{projections.Learned}, d.Events[i].Sorts, key)
	}
	d, err = projections.Compare(t.Context(), under(t, log, "as-of=@s1-verbal-confirmation"), under(t, log, "as-of=@s1-retraction"))
	require.NoError(t, err)
	i := slices.IndexFunc(d.Changes, func(c projections.Change) bool { return c.Path == "drafts/istanbul-draft/versions/3/stands" })
	require.GreaterOrEqual(t, i, 0)
	require.Equal(t, []projections.Sort{projections.Moved}, d.Changes[i].Sorts)
}
