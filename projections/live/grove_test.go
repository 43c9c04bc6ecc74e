package live

import (
	"context"
	"iter"
	"sync"

	"parley/domain"
	"parley/domain/domaintest"
	"parley/projections"

	"github.com/stretchr/testify/require"
)

// grove is a record with branches, in memory.
type grove struct {
	*memory
	mu       sync.Mutex
	supposed []Supposed
	more     chan struct{}
	reads    int    // of branches
	reading  func() // called before each of them
	fail     error
}

func newGrove() *grove { return &grove{memory: newMemory(), more: make(chan struct{})} }

func (g *grove) add(negotiation, branch string, e domain.Entry) {
	g.mu.Lock()
	defer g.mu.Unlock()
	e.Position = uint64(len(g.supposed) + 1)
	g.supposed = append(g.supposed, Supposed{negotiation, branch, e})
	close(g.more)
	g.more = make(chan struct{})
}

// open opens a branch.
func (g *grove) open(negotiation string, o domain.BranchOpened) {
	o.Author, o.Purpose = "A", "P"
	g.add(negotiation, string(o.Branch), domain.Entry{Event: &domain.Event{
		ID: domain.KeyedID(negotiation, "open "+string(o.Branch)), Negotiation: negotiation, Recorded: domaintest.Start, Body: domain.Body{Act: o},
	}})
}

func (g *grove) drop(negotiation, branch, reason string) {
	g.add(negotiation, branch, domain.Entry{Event: &domain.Event{
		Negotiation: negotiation, Recorded: domaintest.Start, Body: domain.Body{Act: domain.BranchDropped{Branch: domain.BranchID(branch), Reason: reason}},
	}})
}

// suppose supposes an event that the record could have had.
func (g *grove) suppose(negotiation, branch string, e domain.Entry) {
	if e.Event != nil {
		event := *e.Event
		event.SupposedBy = domain.BranchID(branch)
		e.Event = &event
	}
	g.add(negotiation, branch, e)
}

func (g *grove) FollowBranches(ctx context.Context, from uint64) iter.Seq2[Supposed, error] {
	return func(yield func(Supposed, error) bool) {
		for at := from; ; {
			g.mu.Lock()
			more, fail := g.more, g.fail
			var e Supposed
			there := at <= uint64(len(g.supposed))
			if there {
				e = g.supposed[at-1]
			}
			g.mu.Unlock()
			switch {
			case fail != nil:
				yield(Supposed{}, fail)
				return
			case there:
				if !yield(e, nil) {
					return
				}
				at++
				continue
			}
			select {
			case <-ctx.Done():
				return
			case <-more:
			}
		}
	}
}

func (g *grove) BranchesEnd(context.Context) (uint64, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return uint64(len(g.supposed)), g.fail
}

func (g *grove) BranchLogs(_ context.Context, negotiation, branch string) ([]domain.BranchLog, error) {
	if g.reading != nil {
		g.reading()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.reads++
	return g.logs(negotiation, branch)
}

func (g *grove) logs(negotiation, branch string) (logs []domain.BranchLog, err error) {
	for branch != domain.RecordName {
		var l domain.BranchLog
		for _, e := range g.supposed {
			if e.Negotiation == negotiation && e.Branch == branch {
				if len(l.Entries) == 0 {
					l.Opened = e.Entry.Event.Act.(domain.BranchOpened)
				}
				if !e.Entry.Parked() {
					if d, ok := e.Entry.Event.Act.(domain.BranchDropped); ok {
						return nil, &GoneError{negotiation, branch, true, d.Reason}
					}
				}
				l.Entries = append(l.Entries, e.Entry)
			}
		}
		if len(l.Entries) == 0 {
			return nil, &GoneError{Negotiation: negotiation, Branch: branch}
		}
		logs = append([]domain.BranchLog{l}, logs...)
		branch = l.Opened.Parent
	}
	return logs, nil
}

// shows demands that a reader has of a branch what a fold from nothing comes to.
func (r *reader) showsBranch(t require.TestingT, g *grove, negotiation, branch string) {
	g.mu.Lock()
	logs, err := g.logs(negotiation, branch)
	g.mu.Unlock()
	require.NoError(t, err)
	p, err := projections.Suppose(negotiation, domain.Lineage{Record: g.log(negotiation), Branches: logs}, projections.View{Branch: branch})
	require.NoError(t, err)
	all, err := entitiesOf(p)
	require.NoError(t, err)
	want, have := map[Key]string{}, map[Key]string{}
	for _, e := range all {
		want[Key{negotiation, e.projection, e.id}] = e.after + " " + string(e.value)
	}
	for k, c := range r.state {
		have[k] = c.After + " " + string(c.Value)
		require.Equal(t, branch, c.Branch.Name)
		require.True(t, c.Branch.Hypothetical)
	}
	require.Equal(t, want, have)
}
