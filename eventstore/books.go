package eventstore

import (
	"container/list"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"parley/domain"
)

// Limits on the ledgers that are kept for later.
const (
	// booksKept is how many of them there are at most.
	booksKept = 1000
	// linesKept is how many events they have together, at some 100 bytes each. The
	// one that was used last is kept whatever its length, for reading a long log
	// before each append would be worse.
	linesKept = 1_000_000
)

// books are the ledgers of the logs that this store has appended to. They stay in
// memory between calls and are caught up from where they stand. Those that were not
// used for longest are forgotten when there are too many; their logs are read again
// when they are needed.
type books struct {
	mu    sync.Mutex
	open  map[Subject]*book
	idle  list.List // of *book, the last used first
	lines int       // of the idle ones
}

// book is the ledger of one log: a negotiation in the record, or in a branch.
// Whoever holds it appends to that log, so that writers of one process do not run
// into each other.
type book struct {
	held    chan struct{} // holds a token while the book is held
	users   int           // who holds it or waits for it; guarded by books.mu
	at      Subject
	subject string
	ledger  *domain.Ledger
	read    bool // the log has been read up to the head at least once

	// Of a branch only.
	layer     int      // how many branches its log stands on, itself counted
	ground    []ground // where its parent's later events count too
	leavesOut bool     // it, or one that it stands on
	entries   int      // of its own, the opening among them
	bytes     int64    // that they take

	idle  *list.Element // in books.idle, nil while there are users
	lines int           // counted in books.lines while it is idle
}

// stream is where the log is.
func (k *book) stream() string {
	if k.at.Branch == "" {
		return RecordStream
	}
	return BranchStream
}

// head is the position of the last entry in the log's own stream.
func (k *book) head() uint64 {
	_, position := domain.SplitOrdinal(k.ledger.Head())
	return position
}

// take holds the books of some negotiations, of the record or of one branch, until
// release is called. It takes them in one order, so that two callers cannot wait for
// each other.
func (b *books) take(ctx context.Context, branch string, negotiations []string) (held map[string]*book, release func(), err error) {
	held = make(map[string]*book, len(negotiations))
	release = func() {
		for _, book := range held {
			<-book.held
			b.leave(book)
		}
	}
	for _, n := range slices.Sorted(slices.Values(negotiations)) {
		book, err := b.enter(Subject{Branch: branch, Negotiation: n})
		if err != nil {
			release()
			return nil, nil, err
		}
		select {
		case book.held <- struct{}{}:
			held[n] = book
		case <-ctx.Done():
			b.leave(book)
			release()
			return nil, nil, fmt.Errorf("wait for another append to %s: %w", n, ctx.Err())
		}
	}
	return held, release, nil
}

func (b *books) enter(at Subject) (*book, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	k := b.open[at]
	if k == nil {
		subject, err := FormatSubject(at)
		if err != nil {
			return nil, err
		}
		k = &book{held: make(chan struct{}, 1), at: at, subject: subject, ledger: domain.NewLedger(at.Negotiation)}
		if b.open == nil {
			b.open = map[Subject]*book{}
		}
		b.open[at] = k
	}
	if k.idle != nil {
		b.idle.Remove(k.idle)
		b.lines -= k.lines
		k.idle = nil
	}
	k.users++
	return k, nil
}

// leave keeps a book for later. Those of negotiations that have no log are not
// kept, for any name can be asked for.
func (b *books) leave(k *book) {
	b.mu.Lock()
	defer b.mu.Unlock()
	k.users--
	switch {
	case k.users > 0:
		return
	case k.ledger.Head() == 0:
		delete(b.open, k.at)
		return
	}
	k.lines = k.ledger.Len()
	k.idle = b.idle.PushFront(k)
	b.lines += k.lines
	for n := b.idle.Len(); n > 1 && (n > booksKept || b.lines > linesKept); n-- {
		oldest, _ := b.idle.Remove(b.idle.Back()).(*book)
		b.lines -= oldest.lines
		delete(b.open, oldest.at)
	}
}

// negotiationsOf lists the negotiations that an input names rightly, sorted.
func negotiationsOf(in []domain.Candidate) []string {
	names := map[string]bool{}
	for _, c := range in {
		if c.Event != nil && domain.ValidID(c.Event.Negotiation) {
			names[c.Event.Negotiation] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// catchUp brings a ledger up to the head that the leader has, and shows each new
// entry to seen. It tells whether there were any.
func (s *Store) catchUp(ctx context.Context, k *book, seen func(domain.Entry)) (moved bool, err error) {
	head, err := s.head(ctx, k.stream(), k.subject)
	if err != nil {
		return false, err
	}
	was := k.head()
	if k.at.Branch != "" && (head < was || !k.read) {
		return s.readBranch(ctx, k, seen)
	}
	if len(k.ground) > 0 {
		return s.readOn(ctx, k, head, seen)
	}
	if head < was {
		return false, &behindError{&DamageError{
			Stream: RecordStream, Where: s.where, Lost: []Range{{head + 1, was}},
			Detail: fmt.Sprintf("%s ends at %s, though this process has seen #%d", k.subject, place(head), was),
		}}
	}
	if head > was {
		var gone error
		err = s.scan(ctx, k.stream(), k.subject, was+1, head, func(e domain.Entry) bool {
			if gone = k.dropped(e); gone != nil {
				return false
			}
			k.apply(e)
			seen(e)
			return true
		})
		if gone != nil {
			k.read = false // whoever comes next reads that it was dropped
			return k.head() != was, gone
		}
	}
	if err == nil && k.head() != head {
		panic(fmt.Sprintf("eventstore: read %s up to #%d, but it ends at #%d", k.subject, k.head(), head))
	}
	if err == nil {
		k.read = true
	}
	return k.head() != was, err
}

// closings is how often a log is looked at again before a decision.
const closings = 5

// closeIn is catchUp, and that again as long as others appended much meanwhile. To read
// much takes long; what is decided after it would be out of date, and who comes seldom
// would never get in beside who appends all the time.
func (s *Store) closeIn(ctx context.Context, k *book, seen func(domain.Entry)) (moved bool, err error) {
	for range closings {
		entries := 0
		some, err := s.catchUp(ctx, k, func(e domain.Entry) {
			entries++
			seen(e)
		})
		moved = moved || some
		if err != nil || entries <= singlesFirst {
			return moved, err
		}
	}
	return moved, nil
}

// dropped is the error of a branch that ends with this entry. Nothing follows it, so
// no writer may go on from there.
func (k *book) dropped(e domain.Entry) error {
	if k.at.Branch == "" {
		return nil
	}
	if d, ok := isDropped(e); ok {
		return &BranchError{Branch: k.at.Branch, Negotiation: k.at.Negotiation, Dropped: true, Reason: d.Reason}
	}
	return nil
}

// apply takes an entry of the log's own into the ledger.
func (k *book) apply(e domain.Entry) {
	k.ledger.Apply(k.own(e))
	k.grow(e)
	if len(k.ground) > 0 && k.relinks(e) {
		k.read = false
	}
}

// own marks an entry as the branch's.
func (k *book) own(e domain.Entry) domain.Entry {
	if k.at.Branch == "" {
		return e
	}
	return e.Of(domain.BranchID(k.at.Branch), k.layer)
}
