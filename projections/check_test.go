package projections_test

import (
	"strings"
	"testing"
	"time"

	"parley/domain"
	"parley/domain/intake"
	"parley/projections"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"
	_ "time/tzdata"
)

const negotiation = "talks"

// registry introduces the names that the tests use.
const registry = `key,type,act.title,act.timeZone,act.actor,act.name,act.kind,act.issue,act.ceasefire
reg-n,NegotiationRegistered,Talks,Asia/Karachi,,,,,
reg-a,ActorRegistered,,,a,Party A,party,,
reg-b,ActorRegistered,,,b,Party B,party,,
reg-m,ActorRegistered,,,m,Mediator,mediator,,
reg-k,ActorRegistered,,,k,Capital,principal,,
reg-w,IssueRegistered,It shall be in writing,,,,,w,
reg-x,IssueRegistered,It shall be verified,,,,,x,
reg-c,CeasefireRegistered,The ceasefire,,,,,,c
`

// clock is when the test records its first event; each table is recorded a day
// after the one before.
var clock = time.Date(2025, 12, 1, 12, 0, 0, 0, time.UTC)

// record imports tables one after another, as the door would, and gives the log.
func record(t testing.TB, tables ...string) []domain.Entry {
	t.Helper()
	ledger := domain.NewLedger(negotiation)
	var log []domain.Entry
	for i, table := range append([]string{registry}, tables...) {
		for _, e := range decide(t, ledger, table, domain.Handling{}).Append {
			log = append(log, stamp(ledger, e, clock.AddDate(0, 0, i)))
		}
	}
	return log
}

// decide reads a table, in which the negotiation is left out, and decides on it.
func decide(t testing.TB, ledger *domain.Ledger, table string, h domain.Handling) domain.Decision {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(table), "\n")
	for i := range lines {
		if i == 0 {
			lines[i] += ",negotiation"
		} else {
			lines[i] += "," + negotiation
		}
	}
	in, faults := intake.Table("test.csv", strings.NewReader(strings.Join(lines, "\n")))
	require.Empty(t, faults)
	d, faults := domain.Decide(map[string]*domain.Ledger{negotiation: ledger}, in, h)
	require.Empty(t, faults, "%v", faults)
	return d
}

func stamp(ledger *domain.Ledger, e *domain.Event, at time.Time) domain.Entry {
	e.Recorded, e.Writer = at, "test"
	entry := domain.Entry{Position: ledger.Head() + 1, Event: e}
	ledger.Apply(entry)
	return entry
}

// under projects a log under a view in its string form.
func under(t testing.TB, log []domain.Entry, view string) *projections.Picture {
	t.Helper()
	v, err := projections.ParseView(view)
	require.NoError(t, err)
	p, err := projections.Project(negotiation, log, v)
	require.NoError(t, err)
	return p
}

// value is the JSON of the value at a path of all projections under a view, or
// "absent".
func value(t testing.TB, log []domain.Entry, view, path string) string {
	t.Helper()
	all, err := under(t, log, view).Print("")
	require.NoError(t, err)
	n, err := all.Walk(path)
	if err != nil {
		return "absent"
	}
	b, err := json.Marshal(n, jsontext.SpaceAfterComma(false))
	require.NoError(t, err)
	return string(b)
}

// check demands values at paths under a view.
func check(t *testing.T, log []domain.Entry, view string, want map[string]string) {
	t.Helper()
	for path, w := range want {
		require.Equal(t, w, value(t, log, view, path), "%s under %q", path, view)
	}
}

// printed is the whole state under a view as JSON.
func printed(t testing.TB, log []domain.Entry, view string) string {
	t.Helper()
	all, err := under(t, log, view).Print("")
	require.NoError(t, err)
	b, err := json.Marshal(all, jsontext.WithIndent(" "))
	require.NoError(t, err)
	return string(b)
}

// fataler is what a law and a test have in common.
type fataler interface {
	require.TestingT
	Helper()
}

func project(t fataler, log []domain.Entry, view string) *projections.Picture {
	t.Helper()
	v, err := projections.ParseView(view)
	require.NoError(t, err)
	p, err := projections.Project(negotiation, log, v)
	require.NoError(t, err)
	return p
}

func state(t fataler, log []domain.Entry, view string) string {
	t.Helper()
	p := project(t, log, view)
	return printState(t, p, p.State)
}

func printState(t fataler, p *projections.Picture, s projections.State) string {
	t.Helper()
	q := *p
	q.State = s
	all, err := q.Print("")
	require.NoError(t, err)
	b, err := json.Marshal(all, jsontext.WithIndent(" "))
	require.NoError(t, err)
	return string(b)
}
