package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"parley/domain"
	"parley/domain/fair"
	"parley/projections"
)

// Branch is a branch that is followed, as one who watches it holds it. Its hub has
// what it comes to; the positions of that hub count its steps.
//
// A reader goes on from the position of a branch, record:43;b1:7, which stands for the
// same state in every process: what it came to there can be folded again, so nothing
// has to be remembered for readers who come back.
type Branch struct {
	of   *Branches
	id   limb
	hub  *Hub
	stop context.CancelFunc
	stir chan struct{} // something has come

	opened uint64 // position of its opening, which tells it from others of its name; known once it is folded

	number int // of all that were ever followed

	// Guarded by the branches.
	watchers map[fair.Holder]int // how often each of them watches it
	yielded  bool                // it ended so that another branch can be followed
	left     time.Time           // when the last watcher did
	leaving  *time.Timer

	ears struct { // of the follower, which waits for no fold
		sync.Mutex
		late  []Supposed      // heard, and not yet taken in
		chain map[string]bool // the branches that are listened to; nil: any
	}

	mu    sync.Mutex
	on    *footing // nil until it was read
	steps uint64
	were  []past
	press press
}

// past is what the branch came to at a position that somebody had.
type past struct {
	at  string
	had map[name]digest
}

// pastMax bounds how many of them are kept: those who were cut off together had the
// same.
const pastMax = 4

// Hub has what the branch comes to.
func (b *Branch) Hub() *Hub { return b.hub }

// hear takes note of what was appended to a branch of the negotiation.
func (b *Branch) hear(e Supposed) {
	b.ears.Lock()
	listens := b.ears.chain == nil || b.ears.chain[e.Branch]
	if listens {
		b.ears.late = append(b.ears.late, e)
	}
	b.ears.Unlock()
	if !listens {
		return
	}
	select {
	case b.stir <- struct{}{}:
	default: // it is known already
	}
}

// run reads the branch, folds it, and folds it again whenever it has changed, until
// ctx ends or the branch is dropped. It returns why it ended.
func (b *Branch) run(ctx context.Context) error {
	if err := b.read(ctx); err != nil {
		return err
	}
	for {
		var changed <-chan struct{}
		if b.on.sees(0) {
			changed = b.of.runner.hub.next()
		}
		moved, err := b.catchUp()
		if err != nil {
			return err
		}
		if moved {
			begun := time.Now()
			if _, err := b.step(ctx); err != nil { // of a fault the log is told
				return err
			}
			// Folding never takes more than half of a processor.
			if pause(ctx, max(b.of.runner.options.Every, time.Since(begun))) != nil {
				return ErrEnded
			}
			continue
		}
		select {
		case <-ctx.Done():
			return ErrEnded
		case <-b.stir:
		case <-changed:
			if b.of.runner.hub.Ended() != nil {
				return ErrEnded
			}
		}
	}
}

// read reads the branch, as it is by now. What is appended from now on is heard.
func (b *Branch) read(ctx context.Context) error {
	runner := b.of.runner
	begun, wait := runner.options.Now(), retryFirst
	for {
		logs, err := b.of.source.BranchLogs(ctx, b.id.negotiation, b.id.branch)
		_, gone := errors.AsType[*GoneError](err)
		switch {
		case ctx.Err() != nil:
			return ErrEnded
		case err == nil:
			return b.begin(ctx, logs)
		case gone || runner.options.Now().Sub(begun) > runner.options.Patience:
			return err
		}
		if pause(ctx, wait) != nil {
			return ErrEnded
		}
		wait = min(2*wait, retryMax)
	}
}

// begin folds the branch for the first time, once the record is read as far as it is
// needed.
func (b *Branch) begin(ctx context.Context, logs []domain.BranchLog) error {
	b.ears.Lock()
	b.ears.chain = map[string]bool{}
	for _, l := range logs {
		b.ears.chain[string(l.Opened.Branch)] = true
	}
	b.ears.Unlock()
	book, err := b.of.runner.Reach(ctx, b.id.negotiation, recordOf(logs))
	if err != nil {
		return ErrEnded
	}
	b.mu.Lock()
	b.on = newFooting(b.id, book.Log(), logs)
	b.opened = logs[len(logs)-1].Entries[0].Position
	b.mu.Unlock()
	if _, err := b.catchUp(); err != nil {
		return err
	}
	fault, err := b.step(ctx)
	if err != nil {
		return err
	}
	if fault != "" {
		return fmt.Errorf("branch %s of %s cannot be folded: %s", b.id.branch, b.id.negotiation, fault)
	}
	b.hub.open()
	return nil
}

// catchUp takes in what was heard and what the record has more, and tells whether
// that changes anything. It fails where the branch is dropped.
func (b *Branch) catchUp() (moved bool, err error) {
	b.ears.Lock()
	late := b.ears.late
	b.ears.late = nil
	b.ears.Unlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range late {
		if e.Branch == b.id.branch && !e.Entry.Parked() {
			if dropped, ok := e.Entry.Event.Act.(domain.BranchDropped); ok {
				return false, &GoneError{b.id.negotiation, b.id.branch, true, dropped.Reason}
			}
		}
		moved = b.on.suppose(e.Branch, e.Entry) || moved
	}
	if b.on.sees(0) {
		book, ok := b.of.runner.Book(b.id.negotiation)
		moved = ok && b.on.record(book.Log()) || moved
	}
	return moved, nil
}

// step folds the branch, and gives the hub what it comes to. Where it cannot be
// folded, it says why, and the hub has what it had. When ctx ends it fails at once: a
// fold that is under way goes on, and nobody hears of it.
func (b *Branch) step(ctx context.Context) (fault string, err error) {
	came := make(chan state, 1)
	go func() { came <- b.develop(ctx) }()
	var st state
	select {
	case <-ctx.Done():
		return "", ErrEnded
	case st = <-came:
	}
	if ctx.Err() != nil {
		return "", ErrEnded // it may have been given up
	}
	if st.Fault != "" {
		b.of.runner.log.Error("a branch cannot be folded", slog.String("negotiation", b.id.negotiation), slog.String("branch", b.id.branch),
			slog.String("position", st.branch.Position), slog.String("why", st.Fault))
	}
	b.hub.take(step{position: st.Position, states: []state{st}})
	return st.Fault, nil
}

func (b *Branch) develop(ctx context.Context) state {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.steps++
	st := state{Summary: Summary{Negotiation: b.id.negotiation, Position: b.steps}, branch: b.on.branch(), sum: b.on.sum(b.on.at)}
	st.develop(ctx, &b.press, func() (*projections.Picture, error) { return b.of.fold(b.on) })
	return st
}

// Subscribe begins to read a branch. after is the position that the reader has taken
// in, nil if it begins; the cursors of the request are the hub's own and not given. The
// first batch of a reader that has something is a snapshot only where that cannot be
// gone on from.
func (b *Branch) Subscribe(ctx context.Context, want Request, after *domain.Position) (*Subscription, error) {
	if after == nil {
		return b.hub.Subscribe(want), nil
	}
	want.Cursor = 0
	had, why, err := b.had(ctx, *after, want.Sum)
	if err != nil {
		return nil, err
	}
	want.had, want.Reset = had, why
	return b.hub.Subscribe(want), nil
}

// had is what a reader has, or why that is not known.
func (b *Branch) had(ctx context.Context, after domain.Position, sum uint64) (had map[name]digest, why string, err error) {
	ctx, stop := context.WithTimeout(ctx, aheadMax)
	defer stop()
	for {
		changed := b.hub.next()
		had, ahead, why, err := b.been(after, sum)
		if !ahead {
			return had, why, err
		}
		if ended := b.hub.Ended(); ended != nil {
			return nil, "", ended
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Sprintf("%s is ahead of the branch, which ends at %s", after, b.position()), nil
		case <-changed:
		}
	}
}

func (b *Branch) position() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.on.at.String()
}

// been is what the branch came to at a position.
func (b *Branch) been(p domain.Position, sum uint64) (had map[name]digest, ahead bool, why string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if ahead, why = b.on.behind(p); ahead || why != "" {
		return nil, ahead, why, nil
	}
	if sum != 0 && sum != b.on.sum(p) {
		return nil, false, p.String() + " is of another record, or of one that this was restored from", nil
	}
	at := p.String()
	for _, was := range b.were {
		if was.at == at {
			return was.had, false, "", nil
		}
	}
	picture, err := projections.Suppose(b.id.negotiation, b.on.line.UpTo(p), projections.View{Branch: b.id.branch})
	if err != nil {
		return nil, false, "", err
	}
	all, err := entitiesOf(picture)
	if err != nil {
		return nil, false, "", err
	}
	had = make(map[name]digest, len(all))
	for _, e := range all {
		had[e.name] = e.digest
	}
	if len(b.were) >= pastMax {
		b.were = b.were[1:]
	}
	b.were = append(b.were, past{at, had})
	return had, false, "", nil
}
