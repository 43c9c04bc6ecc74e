package server

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"parley/projections/live"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
)

// anyName is an access that takes what somebody shows for his name.
type anyName struct{}

func (anyName) RoleOf(*http.Request) (Role, error) { return Analyst, nil }

func (anyName) NameOf(r *http.Request) (name, grant string) { return r.Header.Get("Authorization"), "" }

// One user may have all streams open. Who comes then gets one all the same, in the place
// of the one that the other opened last; he is told why it ended, and why he gets none
// again.
func TestGreedyReaderKeepsNobodyOut(t *testing.T) {
	s := serveLive(t, func(o *Options) { o.Access, o.limits.streams = anyName{}, 4 })
	open := func(name string) *watcher {
		w := s.watch(t, pathStream, "Authorization", name)
		w.batch()
		return w
	}
	refused := func(name string) {
		t.Helper()
		answer := s.get(pathStream, "Authorization", name)
		answer.problem(t, http.StatusServiceUnavailable)
		require.NotEmpty(t, answer.header.Get("Retry-After"))
	}
	var greedy []*watcher
	for range 4 {
		greedy = append(greedy, open("greedy"))
	}
	refused("greedy")
	for i := range 2 {
		open("modest")
		e := greedy[3-i].next()
		require.Equal(t, eventGone, e.Name)
		require.Contains(t, string(e.Data), "somebody who has fewer")
		refused("greedy")
	}
	refused("modest")
	s.post(draft(1))
	greedy[0].batch()
	eventually(t, func() bool { return s.streams.open() == 4 })
	require.Contains(t, s.get(pathMetrics).body, `parley_streams_ended_total{reason="yielded"} 2`)
}

// One user may have all ensembles and sessions open, and leave them idle. Who comes then
// has one all the same. What had to go is told of, and so is a limit of one's own.
func TestGreedySimulatorKeepsNobodyOut(t *testing.T) {
	s := serve(t, func(o *Options) { o.Access, o.limits.ensembles, o.limits.ensemblesOfOne = anyName{}, 4, 3 })
	s.desk.places.most, s.desk.places.mostOfOne = 4, 3
	for _, c := range []struct{ open, body, at, use, with string }{
		{"/ensembles", `{}`, "/v1/ensembles/", "/runs", part(t, 1, runsOf(1))},
		{"/sessions", session, "/v1/sessions/", "/events", statement("x")},
	} {
		open := func(name string) got { return s.send(http.MethodPost, of(c.open), c.body, "Authorization", name) }
		opened := func(name string) string {
			t.Helper()
			var o struct{ Ensemble, Session string }
			answer := open(name)
			require.Equal(t, http.StatusCreated, answer.status, answer.body)
			require.NoError(t, json.Unmarshal([]byte(answer.body), &o, json.MatchCaseInsensitiveNames(true)))
			return c.at + o.Ensemble + o.Session
		}
		used := func(at string) got { return s.send(http.MethodPost, at+c.use, c.with) }
		var greedy []string
		for range 3 {
			greedy = append(greedy, opened("greedy"))
		}
		require.Contains(t, open("greedy").problem(t, http.StatusServiceUnavailable).Detail, "you have 3", "it is his own limit")
		opened("modest")
		other := opened("other")
		eventually(t, func() bool { return used(greedy[2]).status == http.StatusNotFound })
		require.Contains(t, used(greedy[2]).problem(t, http.StatusNotFound).Hint, "somebody who has fewer")
		require.Less(t, used(greedy[1]).status, http.StatusMultipleChoices)
		require.Less(t, used(other).status, http.StatusMultipleChoices)
		require.Contains(t, open("modest").problem(t, http.StatusServiceUnavailable).Detail, "nobody has many more than you")
	}
}

// A what-if that is under way in one request gives its place up as well.
func TestWhatifUnderWayYields(t *testing.T) {
	s := serve(t, func(o *Options) { o.Access, o.limits.ensembles = anyName{}, 2 })
	s.stuck(runOf("1") + "\n")
	eventually(t, func() bool { return s.crowded() == 1 })
	_, later := s.stuck(runOf("1") + "\n")
	eventually(t, func() bool { return s.crowded() == 2 })
	asked := s.send(http.MethodPost, of("/whatif"), runsOf(1), "Content-Type", typeNDJSON, "Authorization", "modest")
	require.Equal(t, http.StatusOK, asked.status, asked.body)
	require.Contains(t, s.answer(later).problem(t, http.StatusServiceUnavailable).Detail, "somebody who has fewer")
	eventually(t, func() bool { return s.crowded() == 1 })
}

// The branches that streams follow are shared out as the streams are, with all that a
// process follows.
func TestGreedyReaderOfBranchesKeepsNobodyOut(t *testing.T) {
	s := serveLive(t, func(o *Options) { o.Access = anyName{} })
	most := s.live.Branches().Most()
	watch := func(from, to int) (all []string) {
		for i := from; i < to; i++ {
			all = append(all, fmt.Sprint(example, "/drafts?branch=b", i))
		}
		return all
	}
	for i := range most + 1 {
		s.open(fmt.Sprint("b", i), "")
	}
	open := func(name string, watch []string) *viewer {
		v := &viewer{of: map[string]map[live.Key]changed{}}
		v.watcher = s.watch(t, pathStream+"?"+url.Values{paramWatch: watch}.Encode(), "Authorization", name)
		for range watch {
			v.batch()
		}
		return v
	}
	var last *viewer
	for from := 0; from < most; from += maxBranchesWatched {
		last = open("greedy", watch(from, min(from+maxBranchesWatched, most)))
	}
	one := watch(most, most+1)
	answer := s.get(pathStream+"?"+url.Values{paramWatch: one}.Encode(), "Authorization", "greedy")
	require.Contains(t, answer.problem(t, http.StatusServiceUnavailable).Detail, fmt.Sprintf("%d of them for you", most))
	open("modest", one)
	e := last.next()
	require.Equal(t, eventGone, e.Name)
	require.Contains(t, string(e.Data), fmt.Sprintf("the place of b%d of %s went to somebody who watches fewer", most-1, example))
	require.LessOrEqual(t, s.live.Branches().Count(), most)
}
