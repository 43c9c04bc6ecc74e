package main

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"parley/domain"
	"parley/eventstore"
	"parley/eventstore/clustertest"
	"parley/projections/live"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

// branchOnCluster is two that publish a branch on a cluster.
type branchOnCluster struct {
	t     *testing.T
	three *clustertest.Cluster
	store *eventstore.Store
	js    jetstream.JetStream
	all   []alive
}

func startBranchOnCluster(t *testing.T) *branchOnCluster {
	t.Helper()
	x := &branchOnCluster{t: t, three: clustertest.Start(t)}
	url := x.three.URL(clustertest.Writer)
	must(t, "import", "testdata/talks.csv", "--nats", url)
	must(t, "branch", "open", "guess", "--on", "talks", "--follow-parent", "--author", "A", "--purpose", "P", "--nats", url)
	var err error
	x.js, err = jetstream.New(x.three.Connect(clustertest.Writer))
	require.NoError(t, err)
	for range 2 {
		p, cmd := &program{}, &cobra.Command{}
		cmd.SetContext(t.Context())
		s, err := eventstore.Open(t.Context(), eventstore.Options{URL: url})
		require.NoError(t, err)
		b, err := p.connect(cmd, s, nil)
		require.NoError(t, err)
		a := p.newAlive(s, b, nil)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- a.run(ctx) }()
		t.Cleanup(func() {
			stop()
			require.NoError(t, <-ended)
			b.close()
			require.NoError(t, s.Close())
		})
		x.store, x.all = s, append(x.all, a)
	}
	return x
}

// statementOf is an event of the talks.
func statementOf(key string) []domain.Candidate {
	return []domain.Candidate{domain.Offer(&domain.Event{
		ID: domain.KeyedID("talks", key), Negotiation: "talks", Writer: "test", Time: time.Now(),
		Body: domain.Body{Key: key, Actors: []domain.ActorID{"north"}, Occurred: domain.MustEDTF("2026-03-09"), Act: domain.StatementIssued{Content: key}},
	})}
}

// grow records an event, and supposes another, however often it takes.
func (x *branchOnCluster) grow(key string) {
	x.t.Helper()
	for _, in := range []func() error{
		func() error {
			_, err := x.store.Append(x.t.Context(), eventstore.Any(), statementOf(key), eventstore.AppendOptions{})
			return err
		},
		func() error {
			_, err := x.store.AppendBranch(x.t.Context(), "guess", eventstore.Any(), statementOf(key+"-supposed"), eventstore.AppendOptions{})
			return err
		},
	} {
		require.Eventually(x.t, func() bool { return in() == nil }, 2*time.Minute, 100*time.Millisecond)
	}
}

// published waits until all that the logs have is published of the branch. Whenever one
// looks, what is published is what a fold from nothing comes to.
func (x *branchOnCluster) published() {
	x.t.Helper()
	for begun := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		x.ask()
		ctx, stop := context.WithTimeout(x.t.Context(), 20*time.Second)
		i, err := live.Inspect(ctx, x.js)
		var found []checked
		if err == nil {
			found, err = compareBranches(ctx, x.store, i, nil)
		}
		stop()
		for _, c := range found {
			require.Empty(x.t, c.Differences, "at %s", c.Reflects)
		}
		if err == nil && len(found) == 1 && found[0].Lag == 0 {
			return
		}
		require.Less(x.t, time.Since(begun), 2*time.Minute, "%v: %v", err, found)
	}
}

// ask asks both for the branch, as whoever watches it does.
func (x *branchOnCluster) ask() {
	for _, a := range x.all {
		ctx, stop := context.WithTimeout(x.t.Context(), time.Second)
		_, _ = a.branches.Lease(ctx, "talks", "guess") // while there is no leader it fails
		stop()
	}
}

// leader is the server that leads the bucket of the branches.
func (x *branchOnCluster) leader() (n int) {
	x.t.Helper()
	require.Eventually(x.t, func() bool {
		n = x.three.Leader(x.js, live.StreamOf(live.BranchBucket))
		return n >= 0
	}, 2*time.Minute, 20*time.Millisecond)
	return n
}

// neverBack watches the marks of the branch until ctx ends, and tells then whether any of
// its positions went back.
func (x *branchOnCluster) neverBack(ctx context.Context) (ended <-chan error) {
	x.t.Helper()
	kv, err := x.js.KeyValue(ctx, live.BranchBucket)
	require.NoError(x.t, err)
	w, err := kv.Watch(ctx, "talks.guess._position")
	require.NoError(x.t, err)
	watched := make(chan error, 1)
	go func() { watched <- branchRises(ctx, w) }()
	return watched
}

func branchRises(ctx context.Context, w jetstream.KeyWatcher) error {
	var last domain.Position
	for {
		select {
		case <-ctx.Done():
			return nil
		case e := <-w.Updates():
			if e == nil {
				continue
			}
			var m live.Mark
			if err := json.Unmarshal(e.Value(), &m); err != nil {
				return err
			}
			if e.Operation() != jetstream.KeyValuePut || m.Branch == nil {
				return fmt.Errorf("it was taken away: %s", e.Value())
			}
			at, err := domain.ParsePosition(m.Branch.Position)
			if err != nil {
				return err
			}
			if at.Record < last.Record || slices.ContainsFunc(last.Branches, func(b domain.BranchPosition) bool {
				now, _ := at.Of(b.Branch)
				return now < b.At
			}) {
				return fmt.Errorf("%s after %s", at, last)
			}
			last = at
		}
	}
}

// Two publish a branch on a cluster, with three replicas of its bucket, of which that
// which leads is killed again and again while the branch and the record under it grow.
func TestBranchOnCluster(t *testing.T) {
	x := startBranchOnCluster(t)
	x.published()
	stream, err := x.js.Stream(t.Context(), live.StreamOf(live.BranchBucket))
	require.NoError(t, err)
	require.Equal(t, 3, stream.CachedInfo().Config.Replicas)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	watched := x.neverBack(ctx)
	for i := range 2 {
		x.grow(fmt.Sprint("before-", i))
		n := x.leader()
		x.three.Kill(n)
		x.grow(fmt.Sprint("without-", i))
		x.published()
		x.three.Restart(n)
		x.grow(fmt.Sprint("after-", i))
		x.published()
	}
	stop()
	require.NoError(t, <-watched)
}
