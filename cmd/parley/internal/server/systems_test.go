package server

import (
	"net/http"
	"testing"

	"parley/eventstore"
	"parley/projections/live"

	"github.com/stretchr/testify/require"
)

const pathSystem = "/v1/system"

// It tells how far the projections are, which branches are followed and by how many,
// and who else listens.
func TestSystem(t *testing.T) {
	s := serveLive(t, nil)
	head, err := s.store.End(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.live.Hub().WaitFor(t.Context(), example, head))
	var told system
	s.get(pathSystem).ok(t, &told)
	require.True(t, told.Ready)
	require.Equal(t, "test", told.Version)
	require.Equal(t, &projectionsStand{Version: live.Version, Running: true, CaughtUp: true, Position: head, Head: head}, told.Projections)
	require.Len(t, told.Negotiations, 1)
	n := told.Negotiations[0]
	require.Positive(t, n.Entities)
	require.Equal(t, projectedTalks{Negotiation: example, Position: head, Head: head, Entries: head, Entities: n.Entities}, n)
	require.Equal(t, branchesStand{Most: 256, Followed: []followedLine{}}, told.Branches)
	require.Equal(t, 0, told.Streams.Open)

	s.send(http.MethodPost, of("/branches"), openB1).ok(t, new(map[string]any))
	reader := s.watch(t, pathStream+"?watch="+example+"/rounds?branch=b1")
	reader.batch()
	s.get(pathSystem).ok(t, &told)
	require.Equal(t, []followedLine{{example, "b1", true, "record:185;b1:1", 1, ""}}, told.Branches.Followed)
	require.Equal(t, streamsStand{1, maxStreams}, told.Streams)

	s.get(pathSystem+"?troubled").ok(t, &told)
	require.Empty(t, told.Negotiations)
	require.Len(t, s.get(pathSystem+"?troubled=perhaps&limit=0").problem(t, http.StatusBadRequest).Faults, 2)
}

// What lags behind is counted, and what cannot be folded is told with its reason and
// its place.
func TestSystemLagsAndFaults(t *testing.T) {
	var stop func()
	s := serve(t, func(o *Options) { o.Live, stop = follow(t, o.Store) })
	head, err := s.store.End(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.live.Hub().WaitFor(t.Context(), example, head))
	stop()
	for _, key := range []string{"one", "two"} {
		require.Equal(t, http.StatusCreated, s.send(http.MethodPost, of("/events"), statement(key)).status)
	}
	var told system
	s.get(pathSystem+"?troubled=true").ok(t, &told)
	require.False(t, told.Ready)
	require.Contains(t, told.NotReady, "not followed any more")
	require.False(t, told.Projections.Running)
	require.EqualValues(t, 2, told.Projections.Lag)
	require.Len(t, told.Negotiations, 1)
	require.Equal(t, 2, told.Negotiations[0].Lag)

	all := []eventstore.Negotiation{{ID: "a", Head: 3, Count: 3}, {ID: "b", Head: 7, Count: 4}, {ID: "c", Head: 9, Count: 2}, {ID: "d", Head: 12, Count: 1}}
	known := []live.Summary{{Negotiation: "a", Position: 3}, {Negotiation: "b", Position: 5, Fault: "it broke", FaultAt: 7}, {Negotiation: "c", Position: 9}}
	page, next := projectedPage(all, known, "", 1, true)
	require.Equal(t, []projectedTalks{{Negotiation: "b", Position: 5, Head: 7, Lag: 1, Entries: 4, Fault: "it broke", FaultAt: 7}}, page)
	page, end := projectedPage(all, known, next, 1, true)
	require.Equal(t, []projectedTalks{{Negotiation: "d", Head: 12, Lag: 1, Entries: 1}}, page, "nothing of it is reflected")
	require.Empty(t, end)
	page, next = projectedPage(all, known, "", 2, false)
	require.Len(t, page, 2)
	require.Equal(t, "b", next)
}

// It names no folder, whatever the matter is, and it tells nobody who may not read.
func TestSystemKeepsTheMachineToItself(t *testing.T) {
	s := serveLive(t, func(o *Options) {
		o.Publishing = func() error {
			return &eventstore.BranchError{Branch: "/srv/secret", Negotiation: "nats://user:secret@host"}
		}
	})
	text := s.get(pathSystem).body
	require.Contains(t, text, `"unpublished":true,"unpublishedWhy":"`)
	require.NotContains(t, text, "secret")
	require.NoError(t, s.store.Close())
	var told system
	answer := s.get(pathSystem)
	answer.ok(t, &told)
	require.False(t, told.Ready)
	require.NotEmpty(t, told.NotReady)
	require.NotContains(t, answer.body, s.dir)

	closed := serve(t, func(o *Options) { o.Access = fixed{""} })
	closed.get(pathSystem).problem(t, http.StatusUnauthorized)
}

// Where nothing is followed that is said, and the rest all the same.
func TestSystemWithoutProjections(t *testing.T) {
	s := serve(t, nil)
	var told map[string]any
	s.get(pathSystem).ok(t, &told)
	require.NotContains(t, told, "projections")
	require.Equal(t, true, told["ready"])
	require.Nil(t, s.unready(t.Context()))
}
