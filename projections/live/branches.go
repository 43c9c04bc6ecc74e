package live

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

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
}

// limb names a branch.
type limb struct{ negotiation, branch string }

func newBranches(source BranchSource, r *Runner) *Branches {
	return &Branches{source: source, runner: r, most: branchesMax, linger: lingering, fold: (*footing).picture, began: make(chan struct{}), followed: map[limb]*Branch{}}
}

// CrowdedError says that as many branches are followed as can be.
type CrowdedError struct{ Most int }

func (e *CrowdedError) Error() string {
	return fmt.Sprintf("%d branches are followed here, and no more are", e.Most)
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
func (all *Branches) Watch(ctx context.Context, negotiation, branch string) (*Branch, error) {
	if err := all.follows(ctx); err != nil {
		return nil, err
	}
	b, err := all.enter(limb{negotiation, branch})
	if err != nil {
		return nil, err
	}
	if err := b.hub.WaitFor(ctx, negotiation, 0); err != nil {
		b.Leave()
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
func (all *Branches) enter(id limb) (*Branch, error) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.life == nil {
		return nil, errors.Join(ErrEnded, all.ended)
	}
	b := all.followed[id]
	if b == nil {
		if len(all.followed) >= all.most && !all.evict() {
			return nil, &CrowdedError{all.most}
		}
		b = all.begin(id)
	}
	b.watchers++
	if b.leaving != nil {
		b.leaving.Stop()
		b.leaving = nil
	}
	return b, nil
}

func (all *Branches) begin(id limb) *Branch {
	b := &Branch{of: all, id: id, hub: newHub(all.runner.options.Now), stir: make(chan struct{}, 1)}
	var ctx context.Context
	ctx, b.stop = context.WithCancel(all.life)
	all.followed[id] = b
	all.running.Go(func() {
		err := b.run(ctx)
		all.mu.Lock()
		all.forget(b)
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
		if b.watchers == 0 && (oldest == nil || b.left.Before(oldest.left)) {
			oldest = b
		}
	}
	if oldest == nil {
		return false
	}
	all.forget(oldest)
	return true
}

// Leave ends the watching.
func (b *Branch) Leave() {
	all := b.of
	all.mu.Lock()
	defer all.mu.Unlock()
	b.watchers--
	if b.watchers > 0 || all.followed[b.id] != b {
		return
	}
	b.left = all.runner.options.Now()
	b.leaving = time.AfterFunc(all.linger, func() {
		all.mu.Lock()
		defer all.mu.Unlock()
		if b.watchers == 0 {
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
