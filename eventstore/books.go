package eventstore

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"parley/domain"
)

// books are the ledgers of the negotiations that this store has appended to. They
// stay in memory between calls and are caught up from where they stand.
type books struct {
	mu   sync.Mutex
	open map[string]*book
}

// book is the ledger of one negotiation. Whoever holds it appends to that
// negotiation, so that writers of one process do not run into each other.
type book struct {
	held    chan struct{} // holds a token while the book is held
	users   int           // who holds it or waits for it; guarded by books.mu
	subject string
	ledger  *domain.Ledger
	read    bool // the log has been read up to ledger.Head() at least once
}

// take holds the books of some negotiations until release is called. It takes
// them in one order, so that two callers cannot wait for each other.
func (b *books) take(ctx context.Context, negotiations []string) (held map[string]*book, release func(), err error) {
	held = make(map[string]*book, len(negotiations))
	release = func() {
		for n, book := range held {
			<-book.held
			b.leave(n, book)
		}
	}
	for _, n := range slices.Sorted(slices.Values(negotiations)) {
		book, err := b.enter(n)
		if err != nil {
			release()
			return nil, nil, err
		}
		select {
		case book.held <- struct{}{}:
			held[n] = book
		case <-ctx.Done():
			b.leave(n, book)
			release()
			return nil, nil, fmt.Errorf("wait for another append to %s: %w", n, ctx.Err())
		}
	}
	return held, release, nil
}

func (b *books) enter(negotiation string) (*book, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	k := b.open[negotiation]
	if k == nil {
		subject, err := FormatSubject(Subject{Negotiation: negotiation})
		if err != nil {
			return nil, err
		}
		k = &book{held: make(chan struct{}, 1), subject: subject, ledger: domain.NewLedger(negotiation)}
		if b.open == nil {
			b.open = map[string]*book{}
		}
		b.open[negotiation] = k
	}
	k.users++
	return k, nil
}

// leave forgets books of negotiations that have no log: any name can be asked for.
func (b *books) leave(negotiation string, k *book) {
	b.mu.Lock()
	defer b.mu.Unlock()
	k.users--
	if k.users == 0 && k.ledger.Head() == 0 {
		delete(b.open, negotiation)
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
	head, err := s.head(ctx, RecordStream, k.subject)
	if err != nil {
		return false, err
	}
	was := k.ledger.Head()
	if head < was {
		return false, &behindError{&DamageError{
			Stream: RecordStream, Where: s.where, Lost: []Range{{head + 1, was}},
			Detail: fmt.Sprintf("%s ends at %s, though this process has seen #%d", k.subject, place(head), was),
		}}
	}
	if head > was {
		err = s.scan(ctx, RecordStream, k.subject, was+1, head, func(e domain.Entry) bool {
			k.ledger.Apply(e)
			seen(e)
			return true
		})
	}
	if err == nil && k.ledger.Head() != head {
		panic(fmt.Sprintf("eventstore: read %s up to #%d, but it ends at #%d", k.subject, k.ledger.Head(), head))
	}
	if err == nil {
		k.read = true
	}
	return k.ledger.Head() != was, err
}
