package live

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"parley/domain/fair"
	"parley/projections"
)

const (
	// branchesMax bounds how many branches are followed at once.
	branchesMax = 256
	// lingering is how long a branch is followed that nobody watches any more: who was
	// cut off finds it warm.
	lingering = 30 * time.Second
)

// Branches follows the branches that somebody watches. What a branch comes to is
// folded from when the first watcher comes until some time after the last one has
// gone; branches that nobody watches cost nothing, however many are stored.
//
// One follower reads what is appended to any branch. It never waits for a fold: each
// branch that is watched has a goroutine of its own.
type Branches struct {
	source  BranchSource
	runner  *Runner
	most    int
	linger  time.Duration
	fold    func(*footing) (*projections.Picture, error)
	running sync.WaitGroup

	mu       sync.Mutex
	life     context.Context // of the follower; nil while it does not follow
	began    chan struct{}   // closed when it follows
	ended    error           // why it does not, and will not soon
	followed map[limb]*Branch
	begun    int // how many branches ever were
}

// limb names a branch.
type limb struct{ negotiation, branch string }

func newBranches(source BranchSource, r *Runner) *Branches {
	return &Branches{source: source, runner: r, most: branchesMax, linger: lingering, fold: (*footing).picture, began: make(chan struct{}), followed: map[limb]*Branch{}}
}

// CrowdedError says that as many branches are followed, or published, as can be, and
// that nobody has so many more than who asks that he had to give one up.
type CrowdedError struct {
	Doing string // followed or published
	Most  int
	Held  int // of them by who asks
}

func (e *CrowdedError) Error() string {
	return fmt.Sprintf("%d branches are %s here, and no more are; %d of them for you, and for nobody many more", e.Most, e.Doing, e.Held)
}

// YieldedError says that a branch is not followed or published any more for who has
// many, because somebody who has fewer wanted one.
type YieldedError struct {
	Negotiation, Branch string
}

func (e *YieldedError) Error() string {
	return fmt.Sprintf("all branches that can be watched at once are, and the place of %s of %s went to somebody who watches fewer", e.Branch, e.Negotiation)
}

// Count is how many branches are followed.
func (all *Branches) Count() int {
	all.mu.Lock()
	defer all.mu.Unlock()
	return len(all.followed)
}

// Watch begins to watch a branch. It returns once the branch is folded, and must be
// ended by [Branch.Leave]. It fails with a [GoneError], with a [CrowdedError], with
// [ErrEnded], and with ctx.
//
// It is for the process itself, which never yields a branch. For others there is
// WatchFor.
func (all *Branches) Watch(ctx context.Context, negotiation, branch string) (*Branch, error) {
	return all.WatchFor(ctx, fair.Holder{}, negotiation, branch)
}

// WatchFor is Watch for somebody with whom the branches are shared out ([fair.Yield]).
// It must be ended by [Branch.LeaveFor], also where the hub of the branch ends with a
// [YieldedError].
func (all *Branches) WatchFor(ctx context.Context, by fair.Holder, negotiation, branch string) (*Branch, error) {
	if err := all.follows(ctx); err != nil {
		return nil, err
	}
	b, err := all.enter(limb{negotiation, branch}, by)
	if err != nil {
		return nil, err
	}
	if err := b.hub.WaitFor(ctx, negotiation, 0); err != nil {
		b.LeaveFor(by)
		return nil, err
	}
	return b, nil
}

// follows waits until what is appended is followed, and the record is read.
func (all *Branches) follows(ctx context.Context) error {
	all.mu.Lock()
	began, ended := all.began, all.ended
	all.mu.Unlock()
	if ended != nil {
		return ended
	}
	if err := all.runner.hub.WaitFor(ctx, "", 0); err != nil {
		return err
	}
	select {
	case <-began:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// enter finds a branch that is followed, or begins to follow it.
func (all *Branches) enter(id limb, by fair.Holder) (*Branch, error) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.life == nil {
		return nil, errors.Join(ErrEnded, all.ended)
	}
	b := all.followed[id]
	if b == nil {
		if len(all.followed) >= all.most && !all.evict() && !all.yield(by) {
			return nil, &CrowdedError{"followed", all.most, all.held(by)}
		}
		b = all.begin(id)
	}
	b.watchers[by]++
	if b.leaving != nil {
		b.leaving.Stop()
		b.leaving = nil
	}
	return b, nil
}

func (all *Branches) begin(id limb) *Branch {
	all.begun++
	b := &Branch{of: all, id: id, hub: newHub(all.runner.options.Now), stir: make(chan struct{}, 1), watchers: map[fair.Holder]int{}, number: all.begun}
	var ctx context.Context
	ctx, b.stop = context.WithCancel(all.life)
	all.followed[id] = b
	all.running.Go(func() {
		err := b.run(ctx)
		all.mu.Lock()
		all.forget(b)
		if b.yielded {
			err = &YieldedError{id.negotiation, id.branch}
		}
		all.mu.Unlock()
		b.hub.end(err)
	})
	return b
}

// forget ends a branch, if it has not ended already. Whoever holds it hears of it.
func (all *Branches) forget(b *Branch) {
	if all.followed[b.id] == b {
		delete(all.followed, b.id)
	}
	b.stop()
}

// evict makes room, if any branch is there that nobody watches.
func (all *Branches) evict() bool {
	var oldest *Branch
	for _, b := range all.followed {
		if len(b.watchers) == 0 && (oldest == nil || b.left.Before(oldest.left)) {
			oldest = b
		}
	}
	if oldest == nil {
		return false
	}
	all.forget(oldest)
	return true
}

// yield makes room by a branch of those who watch most.
func (all *Branches) yield(by fair.Holder) bool {
	list := slices.SortedFunc(maps.Values(all.followed), func(a, b *Branch) int { return a.number - b.number })
	taken := make([]fair.Taken, len(list))
	for i, b := range list {
		taken[i] = slices.Collect(maps.Keys(b.watchers))
	}
	i, ok := fair.Yield(taken, by)
	if ok {
		list[i].yielded = true
		all.forget(list[i])
	}
	return ok
}

// held is how many branches somebody watches.
func (all *Branches) held(by fair.Holder) (n int) {
	for _, b := range all.followed {
		if b.watchers[by] > 0 {
			n++
		}
	}
	return n
}

// Leave ends the watching.
func (b *Branch) Leave() { b.LeaveFor(fair.Holder{}) }

// LeaveFor ends the watching of somebody.
func (b *Branch) LeaveFor(by fair.Holder) {
	all := b.of
	all.mu.Lock()
	defer all.mu.Unlock()
	if b.watchers[by]--; b.watchers[by] == 0 {
		delete(b.watchers, by)
	}
	if len(b.watchers) > 0 || all.followed[b.id] != b {
		return
	}
	b.left = all.runner.options.Now()
	b.leaving = time.AfterFunc(all.linger, func() {
		all.mu.Lock()
		defer all.mu.Unlock()
		if len(b.watchers) == 0 {
			all.forget(b)
		}
	})
}

// run follows what is appended to any branch until ctx ends. Where that fails for
// longer than the patience of the runner, those who watch are told, and it begins
// again.
func (all *Branches) run(ctx context.Context) {
	defer all.end(ErrEnded)
	for ctx.Err() == nil {
		if err := all.follow(ctx); ctx.Err() == nil {
			all.end(errors.Join(ErrEnded, err))
			_ = pause(ctx, retryMax) // or it ends
		}
	}
}

func (all *Branches) follow(ctx context.Context) error {
	end, err := all.source.BranchesEnd(ctx)
	if err != nil {
		return err
	}
	life, stop := context.WithCancel(ctx)
	defer stop()
	all.mu.Lock()
	all.life, all.ended = life, nil
	close(all.began)
	all.mu.Unlock()
	return puller[Supposed]{
		options: all.runner.options, log: all.runner.log, what: "what is supposed", follow: all.source.FollowBranches,
		position: func(e Supposed) uint64 { return e.Entry.Position },
		take:     func(e Supposed) bool { all.hear(e); return true },
	}.run(ctx, end+1)
}

// hear passes an entry on to the branches that may see it.
func (all *Branches) hear(e Supposed) {
	all.mu.Lock()
	defer all.mu.Unlock()
	for id, b := range all.followed {
		if id.negotiation == e.Negotiation {
			b.hear(e)
		}
	}
}

// end ends all branches that are followed.
func (all *Branches) end(why error) {
	all.mu.Lock()
	if all.life != nil {
		all.began = make(chan struct{})
	}
	all.life, all.ended = nil, why
	for _, b := range all.followed {
		if b.leaving != nil {
			b.leaving.Stop()
		}
		b.stop()
	}
	all.mu.Unlock()
	all.running.Wait()
}
