package reply

import (
	"testing"

	"parley/domain"
	"parley/domain/domaintest"
	"parley/projections"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// What a step changes, found where it may have changed something, is what differs
// between the whole prints before and after it.
func TestLawStepsAreDifferencesOfWholePrints(t *testing.T) {
	changes := 0
	rapid.Check(t, func(t *rapid.T) {
		w := domaintest.Talks
		w.Issues = append(w.Issues, "any", "contested")
		log := domaintest.Record(w.Crowd(rapid.IntRange(1, 50).Draw(t, "events")).Draw(t, "log"))
		v, err := projections.ParseView(rapid.SampledFrom(replayViews).Draw(t, "view"))
		require.NoError(t, err)
		line := domain.Lineage{Record: log}
		if rapid.Bool().Draw(t, "on a branch") {
			line = forked(w.Negotiation, log, rapid.IntRange(1, len(log)).Draw(t, "forks"))
			v.Branch, v.RecordedBy = "b", projections.Cut{}
		}
		pic, err := projections.Suppose(w.Negotiation, line, v)
		require.NoError(t, err)
		want := stepsOfWholePrints(t, pic)
		require.Equal(t, want, Steps(pic))
		from := rapid.IntRange(0, len(pic.Happenings)).Draw(t, "from")
		many := rapid.IntRange(1, 5).Draw(t, "many")
		require.Equal(t, want[from:min(from+many, len(want))], StepsFrom(pic, from, many))
		for _, x := range want {
			changes += len(x.Changes)
		}
	})
	require.Positive(t, changes, "no step changed anything")
}

// replayViews are views under which the world of the test looks otherwise.
var replayViews = []string{
	"", "", "", "as-of=2025-10-27", "as-of=2025-10-27&possibly", "known-by=2025-10-27", "recorded-by=%2315",
	"lens=reliability+<=+%22C%22", `lens=!("here"+in+actors)`, "as-of=2025-10&lens=modality+==+%22asserted%22",
}

// stepsOfWholePrints replays a picture in the plain way: everything is printed after
// every step.
func stepsOfWholePrints(t *rapid.T, pic *projections.Picture) []Step {
	so := *pic
	so.Happenings, so.State = nil, projections.State{}
	before := wholeValues(t, &so)
	out := []Step{}
	for i, h := range pic.Happenings {
		so.Happenings = pic.Happenings[:i+1]
		so.State = projections.Evolve(so.State, h)
		after := wholeValues(t, &so)
		step := stepOf(pic, i)
		step.Changes = differences(before, after)
		out = append(out, step)
		before = after
	}
	return out
}

// forked puts what comes after a position of a record onto a branch.
func forked(negotiation string, log []domain.Entry, at int) domain.Lineage {
	opened := domain.BranchOpened{Branch: "b", Parent: domain.RecordName, At: domain.Position{Record: uint64(at)}.String()}
	own := []domain.Entry{{Position: 1, Event: &domain.Event{
		ID: domain.KeyedID(negotiation, "open"), Negotiation: negotiation, Recorded: domaintest.Start, Body: domain.Body{Act: opened},
	}}}
	for _, e := range log[at:] {
		e.Position = uint64(len(own) + 1)
		own = append(own, e)
	}
	return domain.Lineage{Record: log[:at:at], Branches: []domain.BranchLog{{Opened: opened, Entries: own}}}
}
