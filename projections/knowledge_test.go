package projections_test

import (
	"testing"

	"parley/domain"
	"parley/projections"

	"github.com/stretchr/testify/require"
)

func TestLearn(t *testing.T) {
	log := record(t, ladder)
	var steps []projections.Learning
	for l, err := range projections.Learn(negotiation, domain.Lineage{Record: log}, projections.View{}) {
		require.NoError(t, err)
		steps = append(steps, l)
	}
	require.Len(t, steps, 2)
	require.Equal(t, "2025-10-28", steps[0].Known)
	require.Equal(t, []string{"wd"}, steps[0].Events)
	require.NotEmpty(t, steps[0].Changes)
	require.True(t, steps[1].Undated, "the eyewitness's report has no latest date")
	require.Equal(t, []string{"f1", "f2", "f3", "re", "vc"}, steps[1].Events)
	paths := map[string]string{}
	for _, c := range steps[1].Changes {
		if c.To != nil {
			paths[c.Path] = c.To.Text()
		}
	}
	require.Equal(t, "finalized", paths["drafts/d/versions/3/stands"])
}

func TestLearnStopsWhenAskedTo(t *testing.T) {
	steps := 0
	for _, err := range projections.Learn(negotiation, domain.Lineage{Record: record(t, ladder)}, projections.View{}) {
		require.NoError(t, err)
		steps++
		break
	}
	require.Equal(t, 1, steps)
}

func TestLearnTellsEveryEventOnce(t *testing.T) {
	log := record(t, ladder)
	for _, view := range []string{"", "as-of=@vc", "as-of=@wd"} {
		v, err := projections.ParseView(view)
		require.NoError(t, err)
		told := map[string]int{}
		for l, err := range projections.Learn(negotiation, domain.Lineage{Record: log}, v) {
			require.NoError(t, err)
			for _, e := range l.Events {
				told[e]++
			}
		}
		for _, a := range under(t, log, view).Accounts {
			require.Equal(t, 1, told[a.Name()], "%s under %q", a.Name(), view)
		}
	}
}
