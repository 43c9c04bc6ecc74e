package reply

import (
	"testing"

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
		pic, err := projections.Project(w.Negotiation, log, v)
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
