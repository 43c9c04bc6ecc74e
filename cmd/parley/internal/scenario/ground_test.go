package scenario_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"parley/cmd/parley/internal/scenario"
	"parley/domain"
	"parley/projections"
	"parley/projections/ensemble"

	"github.com/stretchr/testify/require"
)

// bothWays evaluates a scenario directly and by way of NDJSON, which come to the same.
func bothWays(t *testing.T, s *scenario.Scenario, base *projections.Base, runs int) (*ensemble.Summary, error) {
	t.Helper()
	zone := base.Picture().Registry.Zone()
	var lines bytes.Buffer
	for i := range runs {
		lines.Write(s.Run(zone, 1, uint64(i+1)).Line())
	}
	direct, err := ensemble.Evaluate(t.Context(), base, s.Runs(zone, 1, runs), s.Options(1))
	piped, refused := ensemble.Evaluate(t.Context(), base, ensemble.NewReader(base).Lines("runs", &lines), s.Options(1))
	require.Equal(t, refused == nil, err == nil, "direct: %v\npiped: %v", err, refused)
	require.Equal(t, piped, direct)
	return direct, err
}

// A scenario goes on from a path of its own that was stored, and from one of which
// only some later event was.
func TestOnStoredPath(t *testing.T) {
	s, err := scenario.Read("small.yaml", []byte(small))
	require.NoError(t, err)
	path := s.Run(time.UTC, 1, 1).Events
	require.Len(t, path, 5)
	for name, stored := range map[string][]*domain.Event{"all of it": path, "the second of a loop": path[2:3]} {
		t.Run(name, func(t *testing.T) {
			base := example(t, "", "", stored...)
			on, err := s.On(base)
			require.NoError(t, err)
			summary, err := bothWays(t, on, base, 3)
			require.NoError(t, err)
			require.Equal(t, 15, summary.Events, "all events of all runs are new")
			again := on.Run(time.UTC, 1, 1).Events
			on, err = s.On(example(t, "", "", append(stored, again...)...))
			require.NoError(t, err)
			require.NotEqual(t, again[0].Key, on.Run(time.UTC, 1, 1).Events[0].Key)
		})
	}
}

// What a run names without having registered it is refused, whichever way it comes.
func TestRegisteredInSomeRuns(t *testing.T) {
	s, err := scenario.Read("new.yaml", []byte(`scenario: new
version: 1
negotiation: pak-afg-2025
author: A
purpose: P
start: 2025-10-29
horizon: 10
begin: a
states:
  a:
    next:
      - {to: b, probability: 0.5, wait: 1, append: [{type: ActorRegistered, act: {actor: new, name: New, kind: party}}]}
      - {to: b, probability: 0.5, wait: 1}
  b:
    next:
      - {to: c, wait: 1, append: [{type: StatementIssued, actors: [new], act: {content: x}}]}
  c:
`))
	require.NoError(t, err)
	base := example(t, "", "")
	s, err = s.On(base)
	require.NoError(t, err)
	_, err = bothWays(t, s, base, 12)
	var faults domain.Faults
	require.ErrorAs(t, err, &faults)
	require.Equal(t, []any{domain.Unregistered, "new.yaml", 16}, []any{faults[0].Problem, faults[0].File, faults[0].Row})
}

// An event is referred to by its name, for its key depends on the base.
func TestKeysAreNotNames(t *testing.T) {
	s, err := scenario.Read("small.yaml", []byte(strings.Replace(small, "retracts: [$said]", "retracts: [sim-said-1]", 1)))
	require.NoError(t, err)
	_, err = s.On(example(t, "", ""))
	var faults domain.Faults
	require.ErrorAs(t, err, &faults)
	require.Equal(t, []any{domain.UnknownEvent, "sim-said-1", 25}, []any{faults[0].Problem, faults[0].Read, faults[0].Row})
}

// What is about an event that did not happen in a run does not happen either; a
// reference that tells an order is left out.
func TestNotHappened(t *testing.T) {
	text := strings.Replace(small, "calls: {max: 2}", "calls: {max: -1}", 1)
	text = strings.Replace(text, "calls: {min: 3}", "calls: {max: 0}", 1)
	events := func(text string) (out []*domain.Event) {
		s, err := scenario.Read("small.yaml", []byte(text))
		require.NoError(t, err)
		s, err = s.On(example(t, "", ""))
		require.NoError(t, err)
		return s.Run(time.UTC, 1, 1).Events[1:]
	}
	require.Empty(t, events(text), "nothing was said that could be retracted")
	unnamed := events(strings.Replace(text, ", retracts: [$said]", "", 1))
	require.Len(t, unnamed, 1)
	require.Empty(t, unnamed[0].After)
	withdrawn := strings.Replace(small, "{type: CommitmentRetracted, actors: [pakistan], after: [$said], act: {draft: istanbul-draft, what: confirmation, retracts: [$said]}}",
		"{type: EventWithdrawn, act: {target: $said, reason: r}}", 1)
	all := events(withdrawn)
	require.Equal(t, domain.EventRef("sim-said-3"), all[3].Act.(domain.EventWithdrawn).Target)
}
