package eventstore

import (
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

// All branches are followed at once, in the order of their stream, with the word that
// one was dropped, and without what was purged then.
func TestFollowBranches(t *testing.T) {
	s := openDir(t, t.TempDir())
	begin(t, s, "talks")
	end, err := s.BranchesEnd(t.Context())
	require.NoError(t, err)
	require.Zero(t, end)
	for _, name := range []string{"b1", "b2"} {
		_, err := s.OpenBranch(t.Context(), opening(name))
		require.NoError(t, err)
	}
	_, err = s.AppendBranch(t.Context(), "b1", Any(), statements("talks", "own", 1), AppendOptions{})
	require.NoError(t, err)
	require.NoError(t, s.DropBranch(t.Context(), "talks", "b2", "test", "done"))
	_, err = s.js.Publish(t.Context(), branchPrefix+"B.talks", []byte("of nobody"))
	require.NoError(t, err)
	_, err = s.js.Publish(t.Context(), branchPrefix+"b1.talks", []byte("poison"))
	require.NoError(t, err)
	end, err = s.BranchesEnd(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 6, end)
	for from, want := range map[uint64][]string{
		0: {"b1#1 opened", "b1#3 own", "b2#4 dropped", "b1#6 parked"},
		4: {"b2#4 dropped", "b1#6 parked"},
	} {
		var seen []string
		for e, err := range s.FollowBranches(t.Context(), from) {
			require.NoError(t, err)
			require.Equal(t, "talks", e.In.Negotiation)
			what := "own"
			if _, ok := isDropped(e.Entry); ok {
				what = "dropped"
			} else if _, ok := openingOf(e.Entry); ok {
				what = "opened"
			} else if e.Parked() {
				what = "parked"
			}
			if seen = append(seen, fmt.Sprintf("%s#%d %s", e.In.Branch, e.Position, what)); len(seen) == len(want) {
				break
			}
		}
		require.Equal(t, want, seen)
	}
}

// What the stream of a bucket forgets after a while, the copy that dashboards watch
// forgets too.
func TestCopiesForget(t *testing.T) {
	s := openDir(t, t.TempDir(), listening)
	_, err := s.js.CreateStream(t.Context(), jetstream.StreamConfig{
		Name: "KV_parley-branches", Subjects: []string{"$KV.parley-branches.>"}, Storage: jetstream.MemoryStorage,
		MaxMsgsPerSubject: 1, AllowDirect: true, AllowRollup: true, DenyDelete: true, AllowMsgTTL: true,
	})
	require.NoError(t, err)
	require.NoError(t, s.Share(t.Context(), []string{"KV_parley-branches"}))
	_, err = s.js.Publish(t.Context(), "$KV.parley-branches.talks.b.goes", []byte("x"), jetstream.WithMsgTTL(time.Second))
	require.NoError(t, err)
	_, err = s.js.Publish(t.Context(), "$KV.parley-branches.talks.b.stays", []byte("x"))
	require.NoError(t, err)
	js, err := jetstream.New(dashboard(t, s.URL()))
	require.NoError(t, err)
	mine, err := js.KeyValue(t.Context(), "parley-branches")
	require.NoError(t, err)
	has := func(key string) bool {
		_, err := mine.Get(t.Context(), "talks.b."+key)
		return err == nil
	}
	require.Eventually(t, func() bool { return has("stays") }, soon, 5*time.Millisecond, "what came before it has come too")
	require.Eventually(t, func() bool { return !has("goes") }, soon, 5*time.Millisecond)
	require.True(t, has("stays"))
}
