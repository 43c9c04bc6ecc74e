package server

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"sync"
	"testing"

	"parley/domain"
	"parley/eventstore"
	"parley/projections/live"

	"github.com/stretchr/testify/require"
)

// record is a store as a runner reads it.
type record struct{ *eventstore.Store }

func (r record) Follow(ctx context.Context, from uint64) iter.Seq2[live.Located, error] {
	return func(yield func(live.Located, error) bool) {
		for e, err := range r.FollowAll(ctx, from) {
			if !yield(live.Located{Negotiation: e.Negotiation, Entry: e.Entry}, err) {
				return
			}
		}
	}
}

func (r record) Head(ctx context.Context) (uint64, error) { return r.End(ctx) }

// FollowBranches yields the entries of all branches.
func (r record) FollowBranches(ctx context.Context, from uint64) iter.Seq2[live.Supposed, error] {
	return func(yield func(live.Supposed, error) bool) {
		for e, err := range r.Store.FollowBranches(ctx, from) {
			if !yield(live.Supposed{Negotiation: e.In.Negotiation, Branch: e.In.Branch, Entry: e.Entry}, err) {
				return
			}
		}
	}
}

// BranchLogs reads a branch.
func (r record) BranchLogs(ctx context.Context, negotiation, branch string) ([]domain.BranchLog, error) {
	logs, err := r.Store.BranchLogs(ctx, negotiation, branch)
	if e, ok := errors.AsType[*eventstore.BranchError](err); ok {
		return nil, &live.GoneError{Negotiation: negotiation, Branch: branch, Dropped: e.Dropped, Reason: e.Reason}
	}
	return logs, err
}

// follow runs a runner over a store until the test ends, or stop is called.
func follow(t *testing.T, store *eventstore.Store) (r *live.Runner, stop func()) {
	t.Helper()
	r = live.New(record{store}, live.Options{Branches: record{store}})
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() { _ = r.Run(ctx) })
	stop = func() {
		cancel()
		running.Wait()
	}
	t.Cleanup(stop)
	return r, stop
}

// leases publishes branches beside the record of a server until the test ends.
func leases(t *testing.T, o *Options) Leases {
	t.Helper()
	p := live.NewPublisher(o.Store.Conn(), o.Store.JetStream(), live.PublisherOptions{Opened: o.Store.Share}).Branches(o.Live.Branches())
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() { p.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	return p
}

// serveLive starts a server that follows its record.
func serveLive(t *testing.T, change func(*Options)) *served {
	t.Helper()
	return serve(t, func(o *Options) {
		o.Live, _ = follow(t, o.Store)
		if change != nil {
			change(o)
		}
	})
}

// A server that follows the record answers what one answers that does not, and sees
// at once what was acknowledged, by whomever.
func TestFollowedAnswersAreTheSame(t *testing.T) {
	s := serve(t, nil)
	runner, _ := follow(t, s.store)
	other, err := Open(Options{Store: s.store, Live: runner, Listen: "127.0.0.1:0", Version: "test"})
	require.NoError(t, err)
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- other.Serve(ctx) }()
	t.Cleanup(func() {
		end()
		require.NoError(t, <-ended)
	})
	followed := *s
	followed.Server = other
	head, err := s.store.End(t.Context())
	require.NoError(t, err)
	require.NoError(t, runner.Hub().WaitFor(t.Context(), example, head))
	for i := range 20 {
		require.Equal(t, http.StatusCreated, s.send(http.MethodPost, of("/events"), statement(fmt.Sprint("n-", i))).status)
		for _, view := range [][]string{
			nil,
			{"as-of", "@s1-verbal-confirmation"},
			{"as-of", "2025-11-01", "possibly", ""},
			{"known-by", "2025-10-28"},
			{"recorded-by", "#120"},
			{"lens", `source.side != "pakistan"`, "as-of", "2025-10-28"},
		} {
			require.Equal(t, s.get(of("/state", view...)).body, followed.get(of("/state", view...)).body, view)
			require.Equal(t, s.get(of("/events", view...)).body, followed.get(of("/events", view...)).body, view)
		}
	}
	v := other.shelf.volume(example)
	require.NotNil(t, v.followed)
	book, _ := runner.Book(example)
	require.Same(t, &book.Log()[0], &v.log[0], "the log is not held twice")
	_, known := runner.Book("no-such-talks")
	require.False(t, known)
	followed.get("/v1/negotiations/no-such-talks").problem(t, http.StatusNotFound)
	_, known = runner.Book("no-such-talks")
	require.False(t, known)
}

// A runner that has stopped leaves a server that answers, and is not ready.
func TestRunnerStops(t *testing.T) {
	var stop func()
	s := serve(t, func(o *Options) { o.Live, stop = follow(t, o.Store) })
	head, err := s.store.End(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.live.Hub().WaitFor(t.Context(), example, head))
	require.Equal(t, http.StatusOK, s.get(pathReady).status)
	require.Equal(t, http.StatusOK, s.get(of("/state")).status)
	reader := s.watch(t, pathStream)
	reader.batch()
	stop()
	p := s.get(pathReady).problem(t, http.StatusServiceUnavailable)
	require.Contains(t, p.Detail, reasonStopped)
	require.Equal(t, eventGone, reader.next().Name)
	require.Equal(t, http.StatusCreated, s.send(http.MethodPost, of("/events"), statement("after")).status)
	var summary negotiationSummary
	s.get(of("")).ok(t, &summary)
	require.Equal(t, head+1, summary.View.Position)
	require.Contains(t, s.get(pathMetrics).body, "\nparley_projection_running 0\n")
	require.Contains(t, s.get(pathMetrics).body, "\nparley_projection_lag_entries 1\n")
}
