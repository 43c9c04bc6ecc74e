package live

import (
	"context"
	"errors"
	"testing"
	"time"

	"parley/domain"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

// Backups are older than what stands of a branch, in its own log or in the record: that
// is told as a fault, and to whoever asks for the branch; others are published all the
// same. A rebuild gets over it.
func TestBranchAheadOfTheLogs(t *testing.T) {
	for name, grow := range map[string]func(*grove){
		"record": func(g *grove) { g.append("talks", small("talks", 3, 2)...) },
		"branch": func(g *grove) { g.suppose("talks", "b", small("talks", 10, 1)[0]) },
	} {
		b := startBroker(t)
		grown, older := startGrove(), startGrove()
		for _, g := range []*grove{grown, older} {
			g.open("talks", domain.BranchOpened{Branch: "other", Parent: domain.RecordName, At: "3"})
		}
		grow(grown)
		one := b.branches(grown, time.Hour)
		was, err := one.publisher.Lease(t.Context(), "talks", "b")
		require.NoError(t, err)
		one.stop()

		two := b.branchesBy(older, time.Hour, PublisherOptions{End: older.Head})
		_, err = two.publisher.Lease(t.Context(), "talks", "b")
		var ahead *BranchAheadError
		require.ErrorAs(t, err, &ahead, name)
		require.Equal(t, BranchAheadError{"talks", "b", was.Branch.Position, "record:3;b:1"}, *ahead)
		require.True(t, IsAhead(two.publisher.Fault()))
		_, err = two.publisher.Lease(t.Context(), "talks", "other")
		require.NoError(t, err)
		b.branchPublished(older, "other", "record:3;other:2")
		require.Equal(t, was.Branch.Position, b.inspect().Branches()[0].Branch.Position, "it is left as it is")

		nc, js := b.connect()
		rebuilder := NewPublisher(nc, js, PublisherOptions{End: older.Head}).Branches(two.Branches())
		ctx, cancel := context.WithTimeout(t.Context(), soon)
		defer cancel()
		n, err := rebuilder.RebuildBranches(ctx)
		require.NoError(t, err)
		require.Equal(t, 2, n)
		b.branchPublished(older, "b", "record:3;b:1")
		require.Eventually(t, func() bool {
			l, err := two.publisher.Lease(t.Context(), "talks", "b")
			return err == nil && l.Branch.Position == "record:3;b:1" && two.publisher.Fault() == nil
		}, soon, time.Millisecond)
	}
}

// What the server refuses of one branch keeps no other back, and is told to whoever asks
// for that one.
func TestOneBranchIsRefused(t *testing.T) {
	b, g := startBroker(t), startGrove()
	g.open("talks", domain.BranchOpened{Branch: "a", Parent: domain.RecordName, At: "3"})
	g.suppose("talks", "a", invoked("talks", "k", "treaty", string(make([]byte, 30_000))))
	nc, js := b.connect()
	config := bucketConfig(BranchBucket, PublisherOptions{}.withDefaults(nc), time.Now())
	config.MaxMsgSize = 20_000
	_, err := js.CreateStream(t.Context(), config)
	require.NoError(t, err)
	p := b.branches(g, time.Hour)
	isRefused := func(err error) bool {
		_, refused := errors.AsType[*jetstream.APIError](err)
		return refused
	}
	for range 2 {
		_, err = p.publisher.Lease(t.Context(), "talks", "a")
		require.True(t, isRefused(err), "%v", err)
		require.ErrorContains(t, err, "branch a of talks is not published: ")
		require.True(t, isRefused(p.publisher.Fault()))
		_, err = p.publisher.Lease(t.Context(), "talks", "b")
		require.NoError(t, err)
	}
	g.suppose("talks", "b", small("talks", 10, 1)[0])
	b.branchPublished(g, "b", "record:3;b:4")
	g.suppose("talks", "a", withdrawn("talks", "w", "k"))
	require.Eventually(t, func() bool { return p.publisher.Fault() == nil }, soon, time.Millisecond)
	b.branchPublished(g, "a", "record:3;a:5")
}
