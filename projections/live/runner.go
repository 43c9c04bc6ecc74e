package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"parley/projections"
)

// Options says how a runner runs. The zero value will do.
type Options struct {
	// Every is the least time between two steps, 5 ms if not given. A step that
	// takes longer has at least as long a pause after it, and so has the fold of a
	// negotiation: none takes more than half of a processor.
	Every time.Duration
	// Patience is how long the source may fail without a single entry, 30 seconds if
	// not given.
	Patience time.Duration
	// Published is what was published before, if it is known: what did not change
	// since keeps its position. It is asked once, when the log has been read.
	Published func(context.Context) (Published, error)
	// Branches are the branches that can be followed as well; nil: none can.
	Branches BranchSource
	// Stepped is called after every step, for each negotiation that was folded, from
	// the runner's goroutine.
	Stepped func(Stepped)

	Logger *slog.Logger     // none if nil
	Now    func() time.Time // time.Now if nil
}

const (
	everyDefault    = 5 * time.Millisecond
	patienceDefault = 30 * time.Second
	publishedMax    = 10 * time.Second // for the answer to what was published
	retryFirst      = 50 * time.Millisecond
	retryMax        = 5 * time.Second
	entriesAhead    = 1024 // read, and not yet taken in
)

// Stepped is what a step did to a negotiation.
type Stepped struct {
	Summary
	Appended int           // entries that it took in
	Took     time.Duration // to fold and to print it
}

// Runner follows the log, keeps every negotiation folded, and fills a [Hub]. There
// is one for a process.
type Runner struct {
	source   Source
	options  Options
	log      *slog.Logger
	hub      *Hub
	branches *Branches // nil if none can be followed
	view     func(*projections.Book) (*projections.Picture, error)

	mu    sync.RWMutex
	books map[string]*projections.Book
	read  map[string]uint64 // position of the last entry in each book
	grown chan struct{}     // closed when a book grows; nil if nobody waits for it

	// Of the goroutine that runs.
	lanes  map[string]*lane
	fresh  map[string]*lane  // those with entries that are not folded
	passed []Located         // entries since the last step
	press  map[string]*press // of the negotiations that changed last
	at     uint64            // position of the last entry taken in
	opened bool
	done   chan folded // what folds have come to
	turns  int         // folds under way,
	slow   int         // and of them those that are known to take long
	begun  int         // how many there were
	free   time.Time   // when the next round may be
	due    *time.Timer // for it
	dueAt  time.Time   // zero if it is not set
}

// New makes a runner. [Runner.Run] runs it.
func New(source Source, o Options) *Runner {
	if o.Every <= 0 {
		o.Every = everyDefault
	}
	if o.Patience <= 0 {
		o.Patience = patienceDefault
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	r := &Runner{
		source: source, options: o, log: o.Logger, hub: newHub(o.Now), books: map[string]*projections.Book{}, read: map[string]uint64{},
		lanes: map[string]*lane{}, fresh: map[string]*lane{}, press: map[string]*press{}, done: make(chan folded, turnsMax),
		view: func(b *projections.Book) (*projections.Picture, error) { return b.View(projections.View{}) },
	}
	if o.Branches != nil {
		r.branches = newBranches(o.Branches, r)
	}
	return r
}

// Hub is what the runner fills.
func (r *Runner) Hub() *Hub { return r.hub }

// Branches are the branches as the runner follows them, nil if it follows none.
func (r *Runner) Branches() *Branches { return r.branches }

// Book is the log of a negotiation, kept warm for views. It may be some entries
// ahead of the hub, and is never behind it.
func (r *Runner) Book(negotiation string) (*projections.Book, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	b, ok := r.books[negotiation]
	return b, ok
}

// Reach is Book once it holds what a negotiation has up to a position: all that was
// acknowledged, if that is its head. It fails when ctx ends first, and with
// [ErrEnded].
func (r *Runner) Reach(ctx context.Context, negotiation string, position uint64) (*projections.Book, error) {
	for {
		r.mu.Lock()
		book, reached := r.books[negotiation], r.read[negotiation] >= position
		if r.grown == nil {
			r.grown = make(chan struct{})
		}
		grown := r.grown
		r.mu.Unlock()
		if reached && book != nil {
			return book, nil
		}
		if ended := r.hub.Ended(); ended != nil {
			return nil, ended
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-grown:
		}
	}
}

// wake tells whoever waits for a book.
func (r *Runner) wake() {
	if r.grown != nil {
		close(r.grown)
		r.grown = nil
	}
}

// Run follows the log until ctx ends, or until the source has failed for longer than
// its patience. It does not wait for folds that are under way then: what they come to
// is heard by nobody.
func (r *Runner) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	var reading sync.WaitGroup
	entries := make(chan Located, entriesAhead)
	var failed error
	reading.Go(func() {
		defer close(entries)
		failed = r.pull(ctx, entries)
	})
	if r.branches != nil {
		reading.Go(func() { r.branches.run(ctx) })
	}
	head, err := r.head(ctx)
	if err == nil {
		r.follow(ctx, entries, head)
	}
	outer := ctx.Err()
	stop()
	for range entries { // until the reader has ended
	}
	reading.Wait()
	switch {
	case outer != nil:
		err = nil
	case err == nil:
		err = failed
	}
	r.hub.end(errors.Join(ErrEnded, err))
	r.mu.Lock()
	r.wake()
	r.mu.Unlock()
	return err
}

// head asks where the log ends: until there, nothing is shown.
func (r *Runner) head(ctx context.Context) (head uint64, err error) {
	begun, wait := r.options.Now(), retryFirst
	for {
		if head, err = r.source.Head(ctx); err == nil {
			return head, nil
		}
		if r.options.Now().Sub(begun) > r.options.Patience {
			return 0, fmt.Errorf("head of the log: %w", err)
		}
		if pause(ctx, wait) != nil {
			return 0, ctx.Err()
		}
		wait = min(2*wait, retryMax)
	}
}

// pull passes on the entries of the source.
func (r *Runner) pull(ctx context.Context, entries chan<- Located) error {
	return puller[Located]{
		options: r.options, log: r.log, what: "the log", follow: r.source.Follow,
		position: func(e Located) uint64 { return e.Position },
		take: func(e Located) bool {
			select {
			case entries <- e:
				return true
			case <-ctx.Done():
				return false
			}
		},
	}.run(ctx, 1)
}

// pause waits, or returns why it was not worth while.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
