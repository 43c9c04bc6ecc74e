package eventstore

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"parley/domain"

	"github.com/google/uuid"
)

// AppendOptions says how to append.
type AppendOptions struct {
	Handling domain.Handling
	DryRun   bool                  // decide, but record nothing
	Progress func(done, total int) // events recorded so far, of those to be recorded
	// GiveAway hands the input over, so that what has been recorded takes no memory
	// any more. Afterwards a candidate is left where its event was known before; the
	// others are empty. With corrections nothing is given away.
	GiveAway bool
}

// Recorded is an event of the caller's that this call recorded.
type Recorded struct {
	Negotiation string
	ID          uuid.UUID
	Position    uint64 // 0 in a dry run
}

// Receipt says what became of an input.
type Receipt struct {
	Appended  []Recorded // in the order of the log
	Known     int        // events that were recorded before
	Corrected int        // of Appended: corrections made of changed events
	Keyless   int        // of Appended: events without a key, to which edits cannot be told
	Heads     map[string]uint64
}

// Limits of one append.
const (
	// MaxBatch is how many events are recorded whole or not at all.
	MaxBatch = 1000
	// MaxBatchBytes is their size together, encoded.
	MaxBatchBytes = 8 << 20

	conflictTries = 20
	retryFirst    = 50 * time.Millisecond
)

// Append records an input: it looks up what is known, refuses the whole input
// with all its faults (domain.Faults), stamps the rest and appends it where the
// caller expects the log to be. Up to MaxBatch events and MaxBatchBytes are
// recorded whole or not at all, also over several negotiations. Longer input is
// recorded in such batches one after the other; when that is interrupted, the same
// call again records the rest. The receipt says what was recorded even then.
//
// Input that is known whole succeeds under any expectation: there is nothing to
// append.
func (s *Store) Append(ctx context.Context, expect Expect, in []domain.Candidate, opt AppendOptions) (Receipt, error) {
	return s.append(ctx, "", expect, in, opt)
}

// append is Append to the record, or to a branch.
func (s *Store) append(ctx context.Context, branch string, expect Expect, in []domain.Candidate, opt AppendOptions) (Receipt, error) {
	if s.link.life.Err() != nil {
		return Receipt{}, ErrClosed
	}
	negotiations := negotiationsOf(in)
	if err := expect.check(negotiations); err != nil {
		return Receipt{}, err
	}
	if err := s.mayWrite(); err != nil && !opt.DryRun {
		return Receipt{}, fmt.Errorf("append: %w", err)
	}
	held, release, err := s.books.take(ctx, branch, negotiations)
	if err != nil {
		return Receipt{}, fmt.Errorf("append: %w", err)
	}
	defer release()
	d := newDoor(s, expect, in, opt, held)
	err = d.run(ctx)
	d.receipt.Heads = make(map[string]uint64, len(held))
	for n, k := range held {
		d.receipt.Heads[n] = k.head()
	}
	// Several logs may have been caught up one after the other.
	slices.SortStableFunc(d.receipt.Appended, func(a, b Recorded) int { return cmp.Compare(a.Position, b.Position) })
	if err == nil {
		d.receipt.Known = len(in) - len(d.receipt.Appended)
	}
	return d.receipt, err
}

// door is one append under way.
type door struct {
	store   *Store
	expect  Expect
	opt     AppendOptions
	in      []domain.Candidate // what is not yet known to be recorded
	books   map[string]*book
	ledgers map[string]*domain.Ledger
	receipt Receipt
	total   int  // events recorded and to be recorded
	left    int  // events to be recorded
	stale   bool // the ledgers must be caught up before the next decision

	given map[uuid.UUID]bool     // ids of the input, where corrections are made
	heads map[string]uint64      // of the logs, as far as this call has brought them
	doubt map[uuid.UUID][][]byte // what was sent and may have been recorded
}

func newDoor(s *Store, expect Expect, in []domain.Candidate, opt AppendOptions, held map[string]*book) *door {
	d := &door{store: s, expect: expect, opt: opt, in: in, books: held, left: len(in)}
	d.ledgers = make(map[string]*domain.Ledger, len(held))
	d.doubt = map[uuid.UUID][][]byte{}
	for n, k := range held {
		d.ledgers[n] = k.ledger
		d.stale = d.stale || !k.read || len(k.ground) > 0
	}
	if opt.Handling.Correct != "" {
		d.given = make(map[uuid.UUID]bool, len(in))
		for _, c := range in {
			d.given[c.Event.ID] = true
		}
	}
	return d
}

// run is the one loop in which an append is tried again: after a conflict, a
// bounded number of times; while the server does not answer, or refuses the place
// though nothing was appended there, for a bounded time. The latter is what a leader
// without its quorum says: a write is in flight, and stays so until the others are
// back. Progress, also that of others with the same input, starts all counts anew.
func (d *door) run(ctx context.Context) error {
	var (
		tries  int
		held   standstill
		silent time.Time // since when the server has not answered
		wait   = retryFirst
		left   = len(d.in)
	)
	for {
		err := d.try(ctx)
		if err == nil {
			return nil
		}
		if d.left < left {
			left, tries, silent, wait = d.left, 0, time.Time{}, retryFirst
			held = standstill{}
		}
		if ctx.Err() != nil {
			return d.fail(ctx, ctx.Err())
		}
		if d.store.link.life.Err() != nil {
			return d.fail(ctx, ErrClosed)
		}
		d.stale = true
		switch judge(err) {
		case refused:
			return d.fail(ctx, err)
		case overrun:
			if !held.lasts(d.books) {
				tries++
			} else if held.tell() {
				d.store.opts.Notify(fmt.Sprintf("a write that was sent before is not settled (%v); trying for %s", err, d.store.opts.Patience))
			}
			if tries >= conflictTries {
				return d.outrun(ctx, tries, held.moved)
			}
			if held.stood > d.store.opts.Patience {
				return d.fail(ctx, &UnreachableError{d.store.where, fmt.Errorf("it refuses the position that follows, though nothing was appended there: %w", err)})
			}
			if held.rows > 0 {
				d.store.roam(held.begun)
			}
			// Short against single events of others, long against an import.
			if limit := min(time.Millisecond<<min(held.rows+tries, conflictTries), retryMax); pause(ctx, limit/2+rand.N(limit/2)) != nil {
				return d.fail(ctx, ctx.Err())
			}
		case unsettled, notNow:
			if silent.IsZero() {
				silent = time.Now()
			}
			d.store.log.Warn("append waits for the server", slog.Any("error", err))
			if time.Since(silent) > d.store.opts.Patience {
				return d.fail(ctx, err)
			}
			if wait == 2*retryFirst {
				d.store.opts.Notify(fmt.Sprintf("the server does not answer (%v); trying for %s", err, d.store.opts.Patience))
			}
			d.store.roam(silent)
			if pause(ctx, wait+rand.N(wait)) != nil {
				return d.fail(ctx, ctx.Err())
			}
			wait = min(2*wait, retryMax)
		}
	}
}

// try decides and publishes once.
func (d *door) try(ctx context.Context) error {
	decision, err := d.decide(ctx)
	if err != nil {
		return err
	}
	d.left = len(decision.Append)
	d.total = len(d.receipt.Appended) + d.left
	if d.opt.DryRun {
		if faults := d.tooLarge(decision.Append); len(faults) > 0 {
			return faults
		}
		for _, e := range decision.Append {
			d.receipt.Appended = append(d.receipt.Appended, Recorded{e.Negotiation, e.ID, 0})
		}
		d.receipt.Corrected, d.receipt.Keyless = decision.Corrected, decision.Keyless
		return nil
	}
	if d.expect.kind == expectHead && len(decision.Append) > MaxBatch {
		return &ExpectError{fmt.Sprintf("%s is kept by one batch of at most %d events, and these are %d", d.expect, MaxBatch, len(decision.Append))}
	}
	d.forgetKnown(decision)
	return d.publish(ctx, decision.Append)
}

// decide tells what is to be appended. Ledgers in memory may be behind the log.
// That does not matter where an append follows, since it expects each log to be
// where its ledger is; before anything else is concluded, they are caught up.
func (d *door) decide(ctx context.Context) (domain.Decision, error) {
	var decision domain.Decision
	var faults domain.Faults
	undecided := d.stale
	if !undecided {
		decision, faults = domain.Decide(d.ledgers, d.in, d.opt.Handling)
		if len(faults) == 0 && d.provesAll(decision) && d.expected() == nil && !d.opt.DryRun && d.room(decision) == nil {
			return decision, nil
		}
	}
	for n, k := range d.books {
		moved, err := d.store.closeIn(ctx, k, d.settle)
		if err != nil {
			return domain.Decision{}, err
		}
		d.ledgers[n] = k.ledger
		undecided = undecided || moved
	}
	d.stale = false
	if undecided {
		decision, faults = domain.Decide(d.ledgers, d.in, d.opt.Handling)
	}
	if len(faults) > 0 {
		return domain.Decision{}, slices.Concat(faults, d.alsoTooLarge())
	}
	if len(decision.Append) > 0 {
		if err := d.expected(); err != nil {
			return domain.Decision{}, err
		}
	}
	return decision, d.room(decision)
}

// provesAll tells whether the append will check the head of every log that the
// decision looked at.
func (d *door) provesAll(decision domain.Decision) bool {
	appended := map[string]bool{}
	for _, e := range decision.Append {
		appended[e.Negotiation] = true
	}
	return len(appended) == len(d.ledgers)
}

// expected compares the caller's expectation with the ledger.
func (d *door) expected() error {
	if d.expect.kind != expectHead {
		return nil
	}
	for n, k := range d.books {
		have := k.head()
		// What this call recorded itself is not somebody else's.
		if k := len(d.receipt.Appended); k > 0 && have == d.receipt.Appended[k-1].Position {
			continue
		}
		if have != d.expect.position {
			return &ConflictError{Negotiation: n, Want: d.expect.position, Have: have}
		}
	}
	return nil
}

// settle looks for the events in doubt among those that the log has: the same
// bytes under the same id are ours.
func (d *door) settle(e domain.Entry) {
	if e.Parked() {
		return
	}
	for _, sent := range d.doubt[e.Event.ID] {
		if bytes.Equal(sent, e.Raw) {
			d.took(e)
			return
		}
	}
}

// took notes an event that this call recorded.
func (d *door) took(e domain.Entry) {
	delete(d.doubt, e.Event.ID)
	r := &d.receipt
	r.Appended = append(r.Appended, Recorded{e.Event.Negotiation, e.Event.ID, e.Position})
	switch {
	case d.given != nil && !d.given[e.Event.ID]:
		r.Corrected++
	case e.Event.Key == "" && !e.Event.Control():
		r.Keyless++
	}
}

// forgetKnown leaves only what is not recorded for later decisions. Corrections
// are decided from the whole row, so there everything is kept.
func (d *door) forgetKnown(decision domain.Decision) {
	if d.opt.Handling.Correct != "" || len(decision.Append) == len(d.in) {
		return
	}
	open := make(map[*domain.Event]bool, len(decision.Append))
	for _, e := range decision.Append {
		open[e] = true
	}
	rest := make([]domain.Candidate, 0, len(open))
	for i, c := range d.in {
		if !open[c.Event] {
			continue
		}
		rest = append(rest, c)
		if d.opt.GiveAway {
			d.in[i] = domain.Candidate{}
		}
	}
	d.in = rest
}

// letGo drops the first candidates, which are recorded. What is left stands in the
// order of the events to be recorded ([door.forgetKnown]).
func (d *door) letGo(recorded int) {
	if !d.opt.GiveAway || d.opt.Handling.Correct != "" {
		return
	}
	clear(d.in[:recorded])
	d.in = d.in[recorded:]
}

// outrun says that others kept appending, last to this negotiation. What is in doubt is
// looked for once more.
func (d *door) outrun(ctx context.Context, tries int, negotiation string) error {
	k := d.books[negotiation]
	was := k.head()
	if _, err := d.store.catchUp(ctx, k, d.settle); err != nil && len(d.doubt) > 0 {
		return d.fail(ctx, err)
	}
	return &ConflictError{Negotiation: negotiation, Want: was, Have: k.head(), Tries: tries}
}

// fail explains why the append ended.
func (d *door) fail(ctx context.Context, err error) error {
	if faults, ok := errors.AsType[domain.Faults](err); ok {
		return faults
	}
	if _, ok := errors.AsType[*ConflictError](err); ok {
		return err
	}
	names := make([]string, 0, len(d.ledgers))
	for n := range d.ledgers {
		names = append(names, n)
	}
	err = d.store.explain(ctx, err)
	if len(d.doubt) > 0 {
		err = &UncertainError{err}
	}
	return fmt.Errorf("append to %s: %w", strings.Join(names, ", "), err)
}
