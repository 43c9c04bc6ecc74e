package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"parley/projections"
)

// Options says how a runner runs. The zero value will do.
type Options struct {
	// Every is the least time between two steps, 5 ms if not given. A step that
	// takes longer has at least as long a pause after it, so that folding never
	// takes more than half of a processor.
	Every time.Duration
	// Patience is how long the source may fail without a single entry, 30 seconds if
	// not given.
	Patience time.Duration
	// Published is what was published before, if it is known: what did not change
	// since keeps its position. It is asked once, when the log has been read.
	Published func(context.Context) (Published, error)
	// Branches are the branches that can be followed as well; nil: none can.
	Branches BranchSource
	// Stepped is called after every step, for each negotiation that got entries, from
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
	heads  map[string]uint64
	parked map[string]int
	fresh  map[string]arrived // entries since the last step
	passed []Located          // the same, in turn
	steps  int
	press  map[string]*press // of the negotiations that changed last
	at     uint64            // position of the last entry taken in
	opened bool
}

// arrived is what came since the last step.
type arrived struct {
	entries int
	since   uint64 // position of the first of them
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
		source: source, options: o, log: o.Logger, hub: newHub(o.Now), books: map[string]*projections.Book{},
		heads: map[string]uint64{}, parked: map[string]int{}, fresh: map[string]arrived{}, read: map[string]uint64{}, press: map[string]*press{},
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
// its patience.
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
		err = r.follow(ctx, entries, head)
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

// follow takes in entries, and makes a step whenever there are none left or the last
// step is long enough ago.
func (r *Runner) follow(ctx context.Context, entries <-chan Located, head uint64) error {
	if head == 0 {
		r.step(ctx, head)
	}
	due := time.NewTimer(time.Hour)
	due.Stop()
	defer due.Stop()
	waiting := false
	var free time.Time // when the next step may be
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-due.C:
			waiting = false
			free = r.timed(ctx, head)
		case e, open := <-entries:
			if !open {
				r.timed(ctx, head)
				return nil
			}
			r.add(e)
			switch now := r.options.Now(); {
			case r.at < head: // not caught up: nobody is let in before that
			case !now.Before(free) && len(entries) == 0:
				waiting = false
				due.Stop()
				free = r.timed(ctx, head)
			case !waiting:
				waiting = true
				wait := free.Sub(now)
				if wait <= 0 {
					wait = r.options.Every
				}
				due.Reset(wait)
			}
		}
	}
}

// timed makes a step, and tells when the next may be.
func (r *Runner) timed(ctx context.Context, head uint64) time.Time {
	begun := r.options.Now()
	r.step(ctx, head)
	ended := r.options.Now()
	return ended.Add(max(r.options.Every, ended.Sub(begun)))
}

func (r *Runner) add(e Located) {
	b, ok := r.books[e.Negotiation]
	if !ok {
		b = projections.NewBook(e.Negotiation, nil)
	}
	b.Add(e.Entry)
	r.mu.Lock()
	r.books[e.Negotiation], r.read[e.Negotiation] = b, e.Position
	r.wake()
	r.mu.Unlock()
	if e.Parked() {
		r.parked[e.Negotiation]++
	}
	r.passed = append(r.passed, e)
	r.heads[e.Negotiation], r.at = e.Position, e.Position
	f := r.fresh[e.Negotiation]
	r.fresh[e.Negotiation] = arrived{f.entries + 1, cmp.Or(f.since, e.Position)}
}

// step folds what changed and hands it to the hub.
func (r *Runner) step(ctx context.Context, head uint64) {
	s := step{position: r.at}
	var told []Stepped
	for _, n := range slices.Sorted(maps.Keys(r.fresh)) {
		begun := r.options.Now()
		st := r.fold(n)
		if r.opened { // before that, seed tells what is known
			st.since = r.fresh[n].since
		}
		s.states = append(s.states, st)
		told = append(told, Stepped{st.Summary, r.fresh[n].entries, r.options.Now().Sub(begun)})
	}
	clear(r.fresh)
	r.hub.pass(r.passed)
	r.passed = nil
	caughtUp := !r.opened && r.at >= head
	if caughtUp {
		r.seed(ctx)
	}
	r.hub.take(s)
	if caughtUp {
		r.opened = true
		r.hub.open()
	}
	if r.options.Stepped != nil {
		for _, t := range told {
			r.options.Stepped(t)
		}
	}
}

// fold folds a negotiation. A fold that fails, or ends in a panic, stops nothing
// but itself.
func (r *Runner) fold(negotiation string) (st state) {
	st.Summary = Summary{Negotiation: negotiation, Position: r.heads[negotiation], Parked: r.parked[negotiation]}
	st.develop(r.pressOf(negotiation), func() (*projections.Picture, error) { return r.view(r.books[negotiation]) })
	if st.Fault != "" {
		r.log.Error("a negotiation cannot be folded", slog.String("negotiation", negotiation), slog.Uint64("position", st.Position), slog.String("why", st.Fault))
	}
	return st
}

// develop folds a view and prints it, or notes as a fault why it cannot.
func (st *state) develop(on *press, view func() (*projections.Picture, error)) {
	fail := func(why any) { st.Fault, st.FaultAt, st.entities = fmt.Sprint(why), st.Position, nil }
	defer func() {
		if why := recover(); why != nil {
			fail(why)
		}
	}()
	picture, err := view()
	if err == nil {
		st.entities, err = on.print(picture)
	}
	if err != nil {
		fail(err)
		return
	}
	st.Events, st.Happenings, st.Entities = len(picture.Accounts), len(picture.Happenings), len(st.entities)
}

// pressMax bounds how many negotiations keep what they printed last.
const pressMax = 32

// pressOf is what prints a negotiation. A new one takes the place of that which was
// used the longest ago.
func (r *Runner) pressOf(negotiation string) *press {
	x := r.press[negotiation]
	if x == nil {
		if len(r.press) >= pressMax {
			oldest := ""
			for id, other := range r.press {
				if oldest == "" || other.printed < r.press[oldest].printed {
					oldest = id
				}
			}
			delete(r.press, oldest)
		}
		x = &press{}
		r.press[negotiation] = x
	}
	r.steps++
	x.printed = r.steps
	return x
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
