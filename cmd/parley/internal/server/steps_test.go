package server

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"parley/cmd/parley/internal/reply"
	"parley/projections"

	"github.com/stretchr/testify/require"
)

// A state through a step is what the changes of the replay up to it come to.
func TestStateThroughStep(t *testing.T) {
	s := serve(t, nil)
	var replay reply.Replay
	s.get(of("/replay")).ok(t, &replay)
	const path = "drafts/istanbul-draft/versions/3/stands"
	stands, compared := "", 0
	for _, step := range replay.Steps {
		for _, c := range step.Changes {
			if c.Path == path {
				stands, _, _ = strings.Cut(c.New, " (")
			}
		}
		if stands == "" {
			continue
		}
		var state struct {
			Step  string `json:"step"`
			State string `json:"state"`
		}
		s.get(of("/state", "path", path, "step", step.Event)).ok(t, &state)
		require.Equal(t, stands, state.State, step.Event)
		require.Equal(t, step.Event, state.Step)
		compared++
	}
	require.Greater(t, compared, 10)

	// Any account of a step names it, also in why; what comes later is no reason.
	for _, name := range []string{"s1-retraction", "s1-withdrawal"} {
		var why struct {
			Step  string `json:"step"`
			Value string `json:"value"`
		}
		s.get(of("/why", "path", path, "step", name)).ok(t, &why)
		require.Equal(t, "finalized", why.Value)
		require.Equal(t, name, why.Step)
	}
	var before, after struct {
		View projections.Seen `json:"view"`
	}
	s.get(of("/state/timeline", "step", "s1-retraction")).ok(t, &before)
	s.get(of("/state/timeline")).ok(t, &after)
	require.Less(t, before.View.Events, after.View.Events)
	require.Equal(t, after.View.Events, before.View.Events+before.View.Hidden)

	one := s.get(of("/state/drafts", "step", "s1-retraction")).header.Get("ETag")
	other := s.get(of("/state/drafts", "step", "s1-verbal-confirmation")).header.Get("ETag")
	require.NotEqual(t, one, other)
	require.Equal(t, http.StatusNotModified, s.get(of("/state/drafts", "step", "s1-retraction"), "If-None-Match", one).status)

	p := s.get(of("/state", "step", "s1-retraction", "known-by", "2025-10-27")).problem(t, http.StatusNotFound)
	require.Contains(t, p.Detail, "s1-retraction")
	require.NotEmpty(t, p.Hint)
}

// Some projections are asked for at once, and no others come.
func TestSomeProjections(t *testing.T) {
	s := serve(t, nil)
	var all, some struct {
		State map[string]jsontext.Value `json:"state"`
	}
	s.get(of("/state")).ok(t, &all)
	s.get(of("/state", "projections", "drafts,rounds")).ok(t, &some)
	require.Len(t, some.State, 3, "rounds come with the process")
	for _, name := range []string{"drafts", "rounds", "process"} {
		require.JSONEq(t, string(all.State[name]), string(some.State[name]))
	}
	faults := s.get(of("/state", "projections", "drafts,draft,drafts")).problem(t, http.StatusBadRequest).Faults
	require.Len(t, faults, 2)
	require.Contains(t, faults[0].Hint, "drafts")
}

// A summary tells what the registry and the projections tell.
func TestSummary(t *testing.T) {
	s := serve(t, nil)
	var sum negotiationSummary
	s.get(of("")).ok(t, &sum)
	require.Equal(t, []namedActor{{"afghan-taliban", "Afghan Taliban"}, {"pakistan", "Pakistan"}}, sum.Parties)
	require.Equal(t, 185, sum.Entries)
	require.Equal(t, "conditional", sum.Truces[0].Status)
	var disagreements struct {
		State struct {
			Disagreements []any `json:"disagreements"`
		} `json:"state"`
	}
	s.get(of("/state/disagreements")).ok(t, &disagreements)
	require.Equal(t, len(disagreements.State.Disagreements), sum.Contested)
	var replay reply.Replay
	s.get(of("/replay")).ok(t, &replay)
	require.Equal(t, replay.Steps[len(replay.Steps)-1].Event, sum.Last.Event)

	var names registered
	s.get(of("/registry")).ok(t, &names)
	require.Equal(t, sum.Title, names.Title)
	require.Len(t, names.Actors, sum.Actors)
	require.Len(t, names.Issues, sum.Issues)
	require.Equal(t, "party", names.Actors[0].Kind)

	var early negotiationSummary
	s.get(of("", "recorded-by", "#3")).ok(t, &early)
	require.Nil(t, early.Last)
	require.Equal(t, 3, early.Entries)
	require.Zero(t, early.Contested)
}

// The pages of a replay are the replay, whatever their size.
func TestReplayInPages(t *testing.T) {
	s := serve(t, nil)
	var whole reply.Replay
	s.get(of("/replay")).ok(t, &whole)
	require.Empty(t, whole.Next)
	for _, limit := range []string{"7", "50", "139", "140", "1000"} {
		var steps []reply.Step
		for after := ""; ; {
			query := []string{"limit", limit}
			if after != "" {
				query = append(query, "after", after)
			}
			var page reply.Replay
			s.get(of("/replay", query...)).ok(t, &page)
			steps = append(steps, page.Steps...)
			if after = page.Next; after == "" {
				break
			}
		}
		require.Equal(t, whole.Steps, steps, limit)
	}
	one := s.get(of("/replay", "limit", "5")).header.Get("ETag")
	require.NotEqual(t, one, s.get(of("/replay", "limit", "6")).header.Get("ETag"))
	s.get(of("/replay", "after", "no-such-event")).problem(t, http.StatusNotFound)
	require.Len(t, s.get(of("/replay", "after", "s1-retraction", "limit", "5", "order", "knowledge")).problem(t, http.StatusBadRequest).Faults, 2)
}

// Between two days of the list a cut shows the same, and on each of them more or less.
func TestDays(t *testing.T) {
	s := serve(t, nil)
	var days dayList
	s.get(of("/days")).ok(t, &days)
	require.Equal(t, "Asia/Karachi", days.TimeZone)
	require.Contains(t, days.Happened, "2025-10-28")
	for key, list := range map[string][]string{"as-of": days.Happened, "known-by": days.Known} {
		require.Greater(t, len(list), 2)
		for i, day := range list {
			var at, before struct {
				View projections.Seen `json:"view"`
			}
			eve, err := time.Parse(time.DateOnly, day)
			require.NoError(t, err)
			s.get(of("", key, day)).ok(t, &at)
			s.get(of("", key, eve.AddDate(0, 0, -1).Format(time.DateOnly))).ok(t, &before)
			require.NotEqual(t, []int{before.View.Events, len(before.View.Straddling)}, []int{at.View.Events, len(at.View.Straddling)}, "%s %s", key, day)
			if i > 0 {
				var last struct {
					View projections.Seen `json:"view"`
				}
				s.get(of("", key, list[i-1])).ok(t, &last)
				require.Equal(t, last.View.Events, before.View.Events, "%s %s", key, day)
			}
		}
	}
}
