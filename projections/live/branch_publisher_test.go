package live

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/domain"
	"parley/projections"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

// branching is a process that follows a grove and publishes branches of it.
type branching struct {
	*Runner
	publisher *BranchPublisher
	stop      func()
}

// branches runs such a process. A lease lasts for as long as a test takes, unless it
// says otherwise.
func (b *broker) branches(g *grove, term time.Duration) *branching {
	b.t.Helper()
	return b.branchesBy(g, term, PublisherOptions{})
}

func (b *broker) branchesBy(g *grove, term time.Duration, o PublisherOptions) *branching {
	b.t.Helper()
	nc, js := b.connect()
	p := &branching{Runner: New(g, Options{Branches: g})}
	p.publisher = NewPublisher(nc, js, o).Branches(p.Runner.Branches())
	p.publisher.term = term
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = p.Run(ctx) })
	running.Go(func() { p.publisher.Run(ctx) })
	p.stop = sync.OnceFunc(func() {
		cancel()
		running.Wait()
	})
	b.t.Cleanup(p.stop)
	require.Eventually(b.t, func() bool {
		p.publisher.mu.Lock()
		defer p.publisher.mu.Unlock()
		return p.publisher.life != nil
	}, soon, time.Millisecond)
	return p
}

// inspect reads what is published of the branches; nothing of the record is.
func (b *broker) inspect() *Inspection {
	b.t.Helper()
	nc, js := b.connect()
	defer nc.Close() // it is asked often
	ctx, cancel := context.WithTimeout(b.t.Context(), soon)
	defer cancel()
	i := &Inspection{talks: assembly{}, branches: assembly{}}
	kv, err := js.KeyValue(ctx, BranchBucket)
	require.NoError(b.t, err)
	require.NoError(b.t, read(ctx, kv, i.branches))
	return i
}

// branchPublished waits until a branch is published up to a position, and demands that
// this is what a fold from nothing comes to.
func (b *broker) branchPublished(g *grove, branch, position string) *Inspection {
	b.t.Helper()
	for begun := time.Now(); ; time.Sleep(2 * time.Millisecond) {
		i := b.inspect()
		for _, m := range i.Branches() {
			if m.Branch.Name == branch && m.Branch.Position == position {
				g.mu.Lock()
				logs, err := g.logs("talks", branch)
				g.mu.Unlock()
				require.NoError(b.t, err)
				p, err := projections.Suppose("talks", domain.Lineage{Record: g.log("talks"), Branches: logs}, projections.View{Branch: branch})
				require.NoError(b.t, err)
				different, err := i.Compare(p)
				require.NoError(b.t, err)
				require.Empty(b.t, different)
				return i
			}
		}
		if time.Since(begun) > soon {
			require.FailNow(b.t, "not published", "%s at %s: %+v", branch, position, i.Branches())
		}
	}
}

func startGrove() *grove {
	g := newGrove()
	g.append("talks", small("talks", 0, 3)...)
	g.open("talks", domain.BranchOpened{Branch: "b", Parent: domain.RecordName, At: "3", FollowParent: true})
	return g
}

// A branch that somebody asks for is published, and what changes in it and in its
// parent; who asks again finds it. Nothing is published of others.
func TestBranchPublished(t *testing.T) {
	b, g := startBroker(t), startGrove()
	g.open("talks", domain.BranchOpened{Branch: "other", Parent: domain.RecordName, At: "3"})
	p := b.branches(g, time.Hour)
	l, err := p.publisher.Lease(t.Context(), "talks", "b")
	require.NoError(t, err)
	require.Equal(t, "talks.b.> parley-branches record:3;b:1 A P", strings.Join([]string{l.Keys, l.Bucket, l.Branch.Position, l.Branch.Author, l.Branch.Purpose}, " "))
	require.NotZero(t, l.Epoch)
	b.branchPublished(g, "b", "record:3;b:1")
	g.suppose("talks", "b", small("talks", 10, 1)[0])
	b.branchPublished(g, "b", "record:3;b:3")
	g.append("talks", small("talks", 3, 1)...)
	i := b.branchPublished(g, "b", "record:4;b:3")
	require.Len(t, i.Branches(), 1)
	again, err := p.publisher.Lease(t.Context(), "talks", "b")
	require.NoError(t, err)
	require.Equal(t, "record:4;b:3", again.Branch.Position)
	require.Equal(t, 1, p.Branches().Count())
	_, err = p.publisher.Lease(t.Context(), "talks", "none")
	require.EqualError(t, err, "talks has no branch none")
	p.publisher.most = 1
	_, err = p.publisher.Lease(t.Context(), "talks", "other")
	var crowded *CrowdedError
	require.ErrorAs(t, err, &crowded)
}

// long is an entry that takes more than one page.
func long(negotiation string) domain.Entry {
	e := small(negotiation, 1<<20, 1)[0]
	e.Event.Act = domain.DemandMade{Issue: "w", Polarity: domain.For, Content: strings.Repeat("x", pageBytes+1)}
	return e
}

// Long values go in pages, and many in several batches, of a branch as of the record.
func TestBranchPublishedInBatches(t *testing.T) {
	b, g := startBroker(t), newGrove()
	g.append("talks", small("talks", 0, batchMessages)...)
	g.append("talks", long("talks"))
	g.open("talks", domain.BranchOpened{Branch: "b", Parent: domain.RecordName, At: "1001"})
	p := b.branches(g, time.Hour)
	_, err := p.publisher.Lease(t.Context(), "talks", "b")
	require.NoError(t, err)
	i := b.branchPublished(g, "b", "record:1001;b:1")
	require.NotEmpty(t, i.branches["talks.b"].pages)
}

// When its time is up a branch is taken out of the bucket, by whichever process is
// there, and when it is dropped; the deletion of its mark says why.
func TestBranchIsTakenAway(t *testing.T) {
	b, g := startBroker(t), startGrove()
	g.open("talks", domain.BranchOpened{Branch: "brief", Parent: domain.RecordName, At: "3"})
	one := b.branches(g, time.Hour)
	_, js := b.connect()
	_, err := one.publisher.Lease(t.Context(), "talks", "b")
	require.NoError(t, err)
	two := b.branches(g, -leaseGrace)
	for err = ErrEnded; errors.Is(err, ErrEnded); { // its time may be up before it is published
		_, err = two.publisher.Lease(t.Context(), "talks", "brief")
	}
	require.NoError(t, err)
	two.stop()
	kv, err := js.KeyValue(t.Context(), BranchBucket)
	require.NoError(t, err)
	watch, err := kv.Watch(t.Context(), "talks.*._position")
	require.NoError(t, err)
	defer stopWatch(watch)
	ended := func(key, why string) {
		t.Helper()
		for e := range watch.Updates() {
			if e != nil && e.Key() == key && e.Operation() != jetstream.KeyValuePut {
				require.Contains(t, string(e.Value()), why)
				return
			}
		}
	}
	ended("talks.brief._position", `"ended":"nobody has asked for it since"`)
	g.drop("talks", "b", "answered")
	ended("talks.b._position", `"ended":"branch b of talks was dropped: answered"`)
	require.Empty(t, b.inspect().Branches())
	for _, left := range b.inspect().branches {
		require.Empty(t, left.values)
	}
	_, err = one.publisher.Lease(t.Context(), "talks", "b")
	var gone *GoneError
	require.ErrorAs(t, err, &gone)

	stream, err := js.Stream(t.Context(), StreamOf(BranchBucket))
	require.NoError(t, err)
	last, err := stream.GetLastMsgForSubject(t.Context(), "$KV."+BranchBucket+".talks.b._position")
	require.NoError(t, err)
	require.Equal(t, markerLife, last.Header.Get(lifeHeader), "the deletion itself does not stay")

	// Who publishes it again does not know where the deletion stands.
	_, err = one.publisher.Lease(t.Context(), "talks", "brief")
	require.NoError(t, err)
	b.branchPublished(g, "brief", "record:3;brief:2")
}

// Two processes publish one branch, one of them begins again and again: what stands
// is always a fold, and positions never go back.
func TestBranchOfTwoProcesses(t *testing.T) {
	b, g := startBroker(t), startGrove()
	processes := []*branching{b.branches(g, time.Hour), b.branches(g, time.Hour)}
	for _, p := range processes {
		_, err := p.publisher.Lease(t.Context(), "talks", "b")
		require.NoError(t, err)
	}
	_, js := b.connect()
	kv, err := js.KeyValue(t.Context(), BranchBucket)
	require.NoError(t, err)
	watch, err := kv.Watch(t.Context(), "talks.b._position")
	require.NoError(t, err)
	defer stopWatch(watch)
	for i := range 40 {
		if i%2 == 0 {
			g.suppose("talks", "b", small("talks", 100+i, 1)[0])
		} else {
			g.append("talks", small("talks", 3+i, 1)...)
		}
		if i%8 == 5 {
			processes[0].stop()
			processes[0] = b.branches(g, time.Hour)
			_, err := processes[0].publisher.Lease(t.Context(), "talks", "b")
			require.NoError(t, err)
		}
	}
	b.branchPublished(g, "b", "record:23;b:21")
	var last Mark
	for e := range watch.Updates() {
		if e == nil {
			continue
		}
		a := assembly{}
		a.take(e)
		m := a["talks.b"].mark
		require.False(t, beyond(last, m.Branch.Position, 1), "%v after %v", m.Branch, last.Branch)
		if last = m; m.Branch.Position == "record:23;b:21" {
			break
		}
	}
}

// A process that is behind in one log of the branch, and ahead in another, publishes
// nothing.
func TestBranchBehindPublishesNothing(t *testing.T) {
	b, g := startBroker(t), startGrove()
	one := b.branches(g, time.Hour)
	_, err := one.publisher.Lease(t.Context(), "talks", "b")
	require.NoError(t, err)
	g.append("talks", small("talks", 3, 2)...)
	b.branchPublished(g, "b", "record:5;b:1")
	one.stop()
	behind := startGrove()
	behind.suppose("talks", "b", small("talks", 10, 1)[0])
	two := b.branches(behind, time.Hour)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = two.publisher.Lease(ctx, "talks", "b")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Equal(t, "record:5;b:1", b.inspect().Branches()[0].Branch.Position)
	behind.append("talks", g.log("talks")[3:]...)
	_, err = two.publisher.Lease(t.Context(), "talks", "b")
	require.NoError(t, err)
	b.branchPublished(behind, "b", "record:5;b:2")
}

// What a stranger wrote is put right by a rebuild, and by whoever publishes; what is
// left of a branch that is no more is taken away.
func TestBranchesRebuilt(t *testing.T) {
	b, g := startBroker(t), startGrove()
	g.open("talks", domain.BranchOpened{Branch: "short", Parent: domain.RecordName, At: "3"})
	p := b.branches(g, time.Hour)
	for _, name := range []string{"b", "short"} {
		_, err := p.publisher.Lease(t.Context(), "talks", name)
		require.NoError(t, err)
	}
	p.stop()
	g.drop("talks", "short", "")
	_, js := b.connect()
	kv, err := js.KeyValue(t.Context(), BranchBucket)
	require.NoError(t, err)
	_, err = kv.PutString(t.Context(), "talks.b.timeline.e-0", "{}")
	require.NoError(t, err)
	mark, err := kv.Get(t.Context(), "talks.b._position")
	require.NoError(t, err)
	_, err = kv.Put(t.Context(), mark.Key(), mark.Value())
	require.NoError(t, err)
	nc, js := b.connect()
	r, stop := running(t, g, Options{Branches: g})
	n, err := NewPublisher(nc, js, PublisherOptions{}).Branches(r.Branches()).RebuildBranches(t.Context())
	require.NoError(t, err)
	require.Equal(t, 2, n)
	require.NoError(t, stop())
	i := b.branchPublished(g, "b", "record:3;b:1")
	require.Len(t, i.Branches(), 1)
}

// A branch of another life of the name is overwritten, however far it had come.
func TestBeyond(t *testing.T) {
	m := func(position string) Mark { return Mark{Branch: &projections.Branch{Name: "b", Position: position}} }
	for _, c := range []struct {
		there, mine string
		opened      uint64
		beyond      bool
	}{
		{"record:3;b:7", "record:3;b:7", 1, false},
		{"record:3;b:7", "record:3;b:8", 1, false},
		{"record:3;b:8", "record:3;b:7", 1, true},
		{"record:4;b:7", "record:3;b:8", 1, true},
		{"record:3;a:5;b:7", "record:4;a:4;b:8", 1, true},
		{"record:9;b:7", "record:3;b:9", 9, false},
		{"record:3;a:5;b:7", "record:3;b:7", 1, false},
	} {
		require.Equal(t, c.beyond, beyond(m(c.there), c.mine, c.opened), c)
	}
	require.False(t, beyond(Mark{}, "record:3;b:7", 1))
}
