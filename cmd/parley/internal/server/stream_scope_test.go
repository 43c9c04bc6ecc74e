package server

import (
	"maps"
	"slices"
	"testing"

	"parley/projections/live"

	"github.com/stretchr/testify/require"
)

// What a reader watched holds all that is as wide or narrower, and nothing else.
func TestScopes(t *testing.T) {
	whole, drafts, one := live.Filter{Negotiation: "a"}, live.Filter{Negotiation: "a", Projection: "drafts"}, live.Filter{Negotiation: "a", Projection: "drafts", ID: "x"}
	everywhere, other := live.Filter{Projection: "drafts"}, live.Filter{Negotiation: "b", Projection: "drafts", ID: "x"}
	for _, test := range []struct {
		had, want []live.Filter
		lacks     string
	}{
		{nil, nil, ""},
		{nil, []live.Filter{one, other}, ""},
		{[]live.Filter{{}}, nil, ""},
		{[]live.Filter{whole}, nil, "*/*/*"},
		{[]live.Filter{whole}, []live.Filter{drafts, one}, ""},
		{[]live.Filter{whole, one}, []live.Filter{drafts, other}, "b/drafts/x"},
		{[]live.Filter{drafts}, []live.Filter{whole}, "a/*/*"},
		{[]live.Filter{drafts}, []live.Filter{everywhere}, "*/drafts/*"},
		{[]live.Filter{everywhere}, []live.Filter{drafts, one, other}, ""},
		{[]live.Filter{one}, []live.Filter{drafts}, "a/drafts/*"},
		{[]live.Filter{one, other}, []live.Filter{other, one, one}, ""},
	} {
		had := scopeOf(test.had)
		require.Equal(t, had, parseScope(had.String()))
		lacks, _ := had.lacks(test.want)
		require.Equal(t, test.lacks, lacks, "%v %v", test.had, test.want)
	}
	require.Equal(t, scopeOf([]live.Filter{whole, other}), scopeOf([]live.Filter{other, one, whole, drafts, whole}), "it is as short as can be")
}

// A reader who comes back for more than he watched gets what he was never told of. Who
// comes back for as much, or less, goes on.
func TestStreamWatchesMore(t *testing.T) {
	s := serveLive(t, nil)
	v := s.view(t, nil, example+"/drafts", example+"/rounds")
	v.batch()
	s.post(draft(1)) // while he is away
	for _, test := range []struct {
		watch  []string
		lacked string
	}{
		{[]string{example + "/rounds", example + "/drafts"}, ""},
		{[]string{example + "/drafts"}, ""},
		{[]string{example + "/drafts/new-1", example + "/rounds"}, ""},
		{[]string{example + "/drafts", example + "/positions"}, example + "/positions/*"},
		{[]string{example}, example + "/*/*"},
		{[]string{"*/drafts", example + "/rounds"}, "*/drafts/*"},
		{[]string{"*"}, "*/*/*"},
		{nil, "*/*/*"},
	} {
		anew := s.view(t, nil, test.watch...)
		anew.batch()
		again := s.view(t, &viewer{watcher: &watcher{id: v.id, answer: anew.answer}, of: map[string]map[live.Key]changed{"": maps.Clone(v.of[""])}}, test.watch...)
		again.batch()
		if test.lacked == "" {
			require.Equal(t, []string{eventChange}, again.names, "%v: only the draft is new", test.watch)
			require.Equal(t, anew.of[""], within(again.of[""], anew.of[""]))
			continue
		}
		require.Equal(t, eventReset, again.names[0], test.watch)
		require.Contains(t, again.resets[0], test.lacked)
		require.Equal(t, anew.of[""], again.of[""])
	}
}

// within is what of some entities is among others as well.
func within(some, others map[live.Key]changed) map[live.Key]changed {
	both := map[live.Key]changed{}
	for k, c := range some {
		if _, ok := others[k]; ok {
			c.Last = others[k].Last // of what they came with
			both[k] = c
		}
	}
	return both
}

// Of what is watched as before nothing is told twice because more is watched elsewhere:
// another branch, or more of one.
func TestStreamWatchesMoreElsewhere(t *testing.T) {
	s := serveLive(t, nil)
	s.open("b1", "")
	s.open("b2", "")
	v := s.view(t, nil, example+"/drafts", example+"/drafts?branch=b1")
	v.batch()
	v.batch()
	s.post(draft(1))
	s.suppose("b1", draft(2))
	again := s.view(t, v, example+"/drafts", example+"?branch=b1", example+"/drafts?branch=b2")
	again.until("", "new-1")
	again.until("b1", "new-2")
	again.until("b2", "istanbul-draft")
	names := slices.Clone(again.names)
	slices.Sort(names)
	require.Equal(t, []string{eventReset, eventSnapshot}, slices.DeleteFunc(names, func(n string) bool { return n == eventChange }), "of b1, and of b2")
	require.ElementsMatch(t, []string{"", example + "/*/* was not watched by whoever was given the id"}, again.resets)
	again.shows(s, "b1")

	// Before what is new was told as a whole no id says that he has it.
	cut := s.view(t, nil, example+"/drafts")
	cut.batch()
	half := s.watch(t, pathStream+"?watch="+example+"/drafts&watch="+example+"?branch=b1", headerLastEvent, cut.id)
	require.Equal(t, eventSnapshot, half.next().Name)
	half.next()
	had, why := parseID(half.LastID())
	require.Empty(t, why)
	require.Empty(t, had.branches)
	require.Positive(t, had.record)
}

// Whoever is cut off in the midst of a snapshot has forgotten what he had, and his id
// says so: no server goes on from what he had before.
func TestStreamCutInASnapshot(t *testing.T) {
	s := serveLive(t, nil)
	known := s.watch(t, pathStream)
	known.batch()
	old := formatID([]string{formatHeld("3", s.live.Hub().Sum(3), scopeOf(nil))})
	for name, id := range map[string]string{"first": "", "reset": old} {
		w := s.watch(t, pathStream, headerLastEvent, id)
		w.next()
		require.Equal(t, eventChange, w.next().Name)
		require.NotEqual(t, id, w.LastID(), name)
		again := s.watch(t, pathStream, headerLastEvent, w.LastID())
		again.batch()
		require.Equal(t, eventSnapshot, again.names[0], name)
		again.shows(s)
	}
}
