package server

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"parley/projections"
	"parley/projections/live"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"
)

// viewer is a client of a stream that tells of the record and of branches.
type viewer struct {
	*watcher
	of      map[string]map[live.Key]changed // by branch; the record has no name
	dropped []dropped
	resets  []string
}

// view opens a stream, where another viewer was if it is given.
func (s *served) view(t *testing.T, before *viewer, watch ...string) *viewer {
	t.Helper()
	v := &viewer{of: map[string]map[live.Key]changed{}}
	var headers []string
	if before != nil {
		v.of, headers = before.of, []string{headerLastEvent, before.id}
		require.NoError(t, before.answer.Body.Close())
	}
	v.watcher = s.watch(t, pathStream+"?"+url.Values{paramWatch: watch}.Encode(), headers...)
	return v
}

// batch takes in what belongs together, and tells what it is of.
func (v *viewer) batch() string {
	v.t.Helper()
	for {
		e := v.next()
		v.names = append(v.names, e.Name)
		switch e.Name {
		case eventSnapshot, eventReset:
			var b begun
			require.NoError(v.t, json.Unmarshal(e.Data, &b))
			v.of[nameOf(b.Branch)] = map[live.Key]changed{}
			v.resets = append(v.resets, b.Reason)
			if b.Entities == 0 {
				v.id = e.ID
				return nameOf(b.Branch)
			}
		case eventChange:
			var c changed
			require.NoError(v.t, json.Unmarshal(e.Data, &c))
			require.Equal(v.t, c.Branch != nil, c.Hypothetical)
			of := v.of[nameOf(c.Branch)]
			require.NotNil(v.t, of, "a snapshot comes first")
			if of[c.Key] = c; c.Deleted {
				delete(of, c.Key)
			}
			if c.Last {
				v.id = e.ID
				return nameOf(c.Branch)
			}
		case eventDropped:
			var d dropped
			require.NoError(v.t, json.Unmarshal(e.Data, &d))
			v.dropped = append(v.dropped, d)
			return d.Branch
		default:
			require.Fail(v.t, "an event that is none", "%s: %s", e.Name, e.Data)
		}
	}
}

func nameOf(b *projections.Branch) string {
	if b == nil {
		return ""
	}
	return b.Name
}

// until reads on until a branch has a draft, or the record if it has no name.
func (v *viewer) until(branch, draft string) {
	v.t.Helper()
	for {
		if _, ok := v.of[branch][live.Key{Negotiation: example, Projection: "drafts", ID: draft}]; ok {
			return
		}
		v.batch()
	}
}

// shows demands that a viewer has of a branch what somebody gets who begins now, and
// that this is what is answered to a question.
func (v *viewer) shows(s *served, branch string) {
	v.t.Helper()
	anew := s.view(v.t, nil, example+"?branch="+branch)
	anew.batch()
	want, have := map[live.Key]string{}, map[live.Key]string{}
	for k, c := range anew.of[branch] {
		want[k] = c.After + " " + string(c.Value)
		if !slices.Contains([]string{"drafts", "rounds", "positions"}, k.Projection) {
			continue
		}
		var answer struct {
			State jsontext.Value `json:"state"`
		}
		s.get(of("/state", "path", k.Projection+"/"+k.ID, "branch", branch)).ok(v.t, &answer)
		require.JSONEq(v.t, string(answer.State), string(c.Value), k)
	}
	for k, c := range v.of[branch] {
		have[k] = c.After + " " + string(c.Value)
	}
	require.NotEmpty(v.t, want)
	require.Equal(v.t, want, have)
	require.NoError(v.t, anew.answer.Body.Close())
}

// open opens a branch, of which more may be said.
func (s *served) open(name, more string) {
	s.t.Helper()
	answer := s.send(http.MethodPost, of("/branches"), fmt.Sprintf(`{"branch":%q,"author":"A","purpose":"P"%s}`, name, more))
	require.Equal(s.t, http.StatusCreated, answer.status, answer.body)
}

func (s *served) suppose(branch, events string) {
	s.t.Helper()
	answer := s.send(http.MethodPost, of("/branches/"+branch+"/events"), events)
	require.Equal(s.t, http.StatusCreated, answer.status, answer.body)
}

func (s *served) dropBranch(name, reason string) {
	s.t.Helper()
	answer := s.send(http.MethodDelete, of("/branches/"+name, "reason", reason), "")
	require.Equal(s.t, http.StatusOK, answer.status, answer.body)
}

// One stream tells of the record and of a branch. Each has its own changes; what is of
// the branch says so, by whom it was opened, what for, and where it forks.
func TestStreamBranch(t *testing.T) {
	s := serveLive(t, nil)
	s.open("b1", `,"without":["s1-retraction"]`)
	v := s.view(t, nil, example, example+"?branch=b1")
	both := []string{v.batch(), v.batch()}
	require.ElementsMatch(t, []string{"", "b1"}, both)
	draftKey := live.Key{Negotiation: example, Projection: "drafts", ID: "istanbul-draft"}
	require.NotEqual(t, string(v.of[""][draftKey].Value), string(v.of["b1"][draftKey].Value), "what is left out makes a difference")
	require.Nil(t, v.of[""][draftKey].Branch)
	said := v.of["b1"][draftKey].Branch
	require.Equal(t, "b1 A P record 185", strings.Join([]string{said.Name, said.Author, said.Purpose, said.Parent, said.Fork}, " "))
	require.EqualValues(t, 185, v.of["b1"][draftKey].Position)
	v.shows(s, "b1")

	s.suppose("b1", draft(1))
	v.until("b1", "new-1")
	require.NotContains(t, v.of[""], live.Key{Negotiation: example, Projection: "drafts", ID: "new-1"})
	v.shows(s, "b1")
	s.post(draft(2))
	v.until("", "new-2")
	require.NotContains(t, v.of["b1"], live.Key{Negotiation: example, Projection: "drafts", ID: "new-2"})
	v.shows(s, "b1")
	require.Regexp(t, `^v[0-9]+~`+example+`/record:185;b1:[0-9]+\.[0-9a-f]+\.[0-9a-f]{10}~186\.[0-9a-f]+\.[0-9a-f]{10}$`, v.id)

	// Cut off, it goes on where it was, of each.
	s.suppose("b1", "["+draft(3)+","+draft(4)+"]")
	s.post(draft(5))
	again := s.view(t, v, example, example+"?branch=b1")
	again.until("b1", "new-4")
	again.until("", "new-5")
	require.NotContains(t, again.names, eventSnapshot)
	require.NotContains(t, again.names, eventReset)
	again.shows(s, "b1")

	// branch is said once for all that is watched.
	one := s.watch(t, pathStream+"?watch="+example+"/drafts&branch=b1")
	one.batch()
	require.Contains(t, one.state, live.Key{Negotiation: example, Projection: "drafts", ID: "new-4"})
	for k := range one.state {
		require.Equal(t, "drafts", k.Projection)
	}
}

// A branch that follows its parent changes when that does, on a branch too; one that
// does not, stays.
func TestStreamBranchFollowsItsParent(t *testing.T) {
	s := serveLive(t, nil)
	s.open("fixed", "")
	s.open("following", `,"followParent":true`)
	s.open("on-fixed", `,"parent":"fixed","followParent":true`)
	s.open("on-following", `,"parent":"following","followParent":true`)
	s.open("deep-fixed", `,"parent":"following"`)
	names := []string{"fixed", "following", "on-fixed", "on-following", "deep-fixed"}
	var watch []string
	for _, n := range names {
		watch = append(watch, example+"?branch="+n)
	}
	v := s.view(t, nil, watch...)
	for range names {
		v.batch()
	}
	s.post(draft(1))
	s.suppose("fixed", draft(2))
	s.suppose("following", draft(3))
	s.suppose("on-following", draft(4))
	sees := map[string][]string{
		"fixed": {"new-2"}, "following": {"new-1", "new-3"}, "on-fixed": {"new-2"}, "on-following": {"new-1", "new-3", "new-4"}, "deep-fixed": nil,
	}
	for name, drafts := range sees {
		for _, d := range drafts {
			v.until(name, d)
		}
	}
	for name, drafts := range sees {
		for i := range 4 {
			d := fmt.Sprint("new-", i+1)
			_, has := v.of[name][live.Key{Negotiation: example, Projection: "drafts", ID: d}]
			require.Equal(t, slices.Contains(drafts, d), has, "%s sees %s", name, d)
		}
		v.shows(s, name)
	}
}

// A branch that is dropped is told of, with the reason, and a stream of nothing else
// ends; whoever comes later is told that there is none.
func TestStreamBranchDropped(t *testing.T) {
	s := serveLive(t, nil)
	s.open("b1", "")
	s.open("b2", "")
	both := s.view(t, nil, example, example+"?branch=b1", example+"?branch=b2")
	for range 3 {
		both.batch()
	}
	one := s.view(t, nil, example+"?branch=b1")
	one.batch()
	s.dropBranch("b1", "answered")
	require.Equal(t, "b1", one.batch())
	require.Equal(t, []dropped{{example, "b1", "branch b1 of " + example + " was dropped: answered"}}, one.dropped)
	require.Equal(t, eventGone, one.next().Name)
	require.Equal(t, "b1", both.batch())
	s.suppose("b2", draft(1))
	both.until("b2", "new-1")
	had, why := parseID(both.id)
	require.Empty(t, why)
	require.Len(t, had.branches, 1, "its ids name the other only")
	_, named := had.branches[0].at.Of("b1")
	require.False(t, named)

	again := s.view(t, both, example, example+"?branch=b1", example+"?branch=b2")
	require.Equal(t, "b1", again.batch())
	s.suppose("b2", draft(2))
	again.until("b2", "new-2")
	p := s.get(pathStream+"?watch="+example+"&branch=b1").problem(t, http.StatusNotFound)
	require.Contains(t, p.Detail, "was dropped: answered")
	require.Contains(t, s.get(pathMetrics).body, `parley_streams_ended_total{reason="dropped"} 1`)
}

// A position of a branch stands for the same state in every process: another one goes
// on from it, though it never stood there.
func TestStreamBranchElsewhere(t *testing.T) {
	s := serveLive(t, nil)
	s.open("b0", "")
	s.open("b1", `,"followParent":true`)
	v := s.view(t, nil, example+"?branch=b1")
	v.batch()
	for i := range 2 {
		s.suppose("b1", draft(2*i))
		v.until("b1", fmt.Sprint("new-", 2*i))
		s.post(draft(2*i + 1))
		v.until("b1", fmt.Sprint("new-", 2*i+1))
	}
	s.suppose("b1", draft(10))
	other := serveOther(t, s)
	next := other.view(t, v, example+"?branch=b1")
	next.until("b1", "new-10")
	require.Equal(t, eventChange, next.names[0])
	next.shows(other, "b1")
	back := s.view(t, next, example+"?branch=b1")
	other.suppose("b1", draft(11))
	back.until("b1", "new-11")
	require.Equal(t, eventChange, back.names[0])
	back.shows(s, "b1")

	of := scopeOf([]live.Filter{{Negotiation: example}}).String()
	for id, why := range map[string]string{
		formatID([]string{example + "/record:1;b1:1.1." + of}):        "another branch had this name",
		formatID([]string{example + "/record:186;b1:1;b2:1.1." + of}): "", // of a branch that is not watched
		formatID([]string{"7.1." + of}):                               "",
	} {
		v := s.view(t, &viewer{watcher: &watcher{id: id, answer: back.answer}, of: map[string]map[live.Key]changed{}}, example+"?branch=b1")
		v.batch()
		require.Contains(t, v.resets[0], why, id)
		require.Equal(t, why == "", v.names[0] == eventSnapshot, id)
		v.shows(s, "b1")
	}
}

// What cannot be watched is refused, with what to write instead.
func TestStreamBranchFaults(t *testing.T) {
	s := serveLive(t, nil)
	s.open("b1", "")
	p := s.get(pathStream+"?watch=*?branch=b1&watch=a?branch=B&watch=a?lens=true&watch=a?branch=b%26as-of=2025&watch=a?x=1").problem(t, http.StatusBadRequest)
	require.Len(t, p.Faults, 5, "%+v", p.Faults)
	p = s.get(pathStream+"?branch=b1").problem(t, http.StatusBadRequest)
	require.Contains(t, p.Faults[0].Hint, "watch=NEGOTIATION")
	var many strings.Builder
	for i := range maxBranchesWatched + 1 {
		fmt.Fprintf(&many, "&watch=a?branch=b%d", i)
	}
	s.get(pathStream+"?"+many.String()[1:]).problem(t, http.StatusBadRequest)
	p = s.get(pathStream+"?watch="+example+"?branch=b2").problem(t, http.StatusNotFound)
	require.Contains(t, p.Hint, "b1")
	s.get(pathStream+"?watch=none?branch=b1").problem(t, http.StatusNotFound)
}
