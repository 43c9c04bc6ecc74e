package live

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"parley/projections"
)

// Filter says which entities somebody wants. Empty parts match everything. A long id
// may be given as [FormatID] has it.
type Filter struct{ Negotiation, Projection, ID string }

func (f Filter) admits(k Key) bool {
	return (f.Negotiation == "" || f.Negotiation == k.Negotiation) &&
		(f.Projection == "" || f.Projection == k.Projection) && (f.ID == "" || k.isNamed(f.ID))
}

// Request is what somebody subscribes to.
type Request struct {
	Filters []Filter // what any of them admits; everything if there is none
	// Cursor is that of the last batch the reader has taken in, 0 if it begins.
	Cursor uint64
	// Late is that of the same batch.
	Late map[string]uint64
	// Sum is that of the same batch: of another log the cursor says nothing. 0 if the
	// reader has been with this hub all the time.
	Sum uint64
	// Reset is why what the reader has cannot be gone on from, if he has anything else.
	Reset string
	// Stall is how long a reader may leave changes lying before it is dropped, a
	// minute if not given.
	Stall time.Duration

	// had is what the reader of a branch has, if he has anything.
	had map[name]digest
}

// Batch is what a reader has to take in.
type Batch struct {
	// Snapshot says that the changes are everything there is: forget what you had.
	Snapshot bool
	// Reset is why there is a snapshot although a cursor was given.
	Reset string
	// Entities is how many there are as a snapshot begins, and Positions what each
	// negotiation reflects at least once it is whole.
	Entities  int
	Positions map[string]uint64
	// More says that more follows at once, before which the changes are not to be shown
	// and the cursor is none to go on from.
	More bool
	// Changes are, of each negotiation, in the order of their positions. None is told
	// twice unless it changed again. They are shared, and not to be written to.
	Changes []*Change
	// Cursor is where to go on from once all changes are taken in, with Late: of these
	// negotiations less is reflected, up to their own positions, 0 for nothing.
	Cursor uint64
	Late   map[string]uint64
	Sum    uint64 // of the log up to there, for whoever goes on with another hub
	// Branch is what the changes are supposed by, at the position to go on from; nil for
	// the record.
	Branch *projections.Branch
}

const (
	stallDefault = time.Minute
	// aheadMax is how long a reader waits for this process to reach the cursor that
	// it got from another one.
	aheadMax = 5 * time.Second
)

// Subscription is one reader of a hub. Its methods are for one goroutine, except
// [Subscription.Gone] and [Subscription.Close].
type Subscription struct {
	hub  *Hub
	want Request

	begun    bool
	pieces   pieces
	deadline time.Time // until when to wait for a cursor that is ahead

	// Guarded by the hub.
	cursor  uint64    // position that has been told
	turn    uint64    // up to which changes have been told; 0 if none
	waiting bool      // within Next
	told    time.Time // when Next returned last
	dropped *DroppedError
	closed  bool
	gone    chan struct{}
}

// DroppedError says why a subscription was ended.
type DroppedError struct {
	Reason string
	Behind uint64 // positions that the reader had not taken in
}

func (e *DroppedError) Error() string {
	return fmt.Sprintf("dropped: %s, %d positions behind", e.Reason, e.Behind)
}

// Subscribe begins to read. It does not wait, and must be ended by Close.
func (h *Hub) Subscribe(want Request) *Subscription {
	if want.Stall <= 0 {
		want.Stall = stallDefault
	}
	now := h.now()
	s := &Subscription{hub: h, want: want, deadline: now.Add(aheadMax), told: now, cursor: want.Cursor, gone: make(chan struct{})}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.subs[s] = struct{}{}
	return s
}

// Subscriptions counts the readers.
func (h *Hub) Subscriptions() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.subs)
}

// Gone is closed when the subscription is dropped or closed.
func (s *Subscription) Gone() <-chan struct{} { return s.gone }

// Close ends the subscription.
func (s *Subscription) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.hub.release(s)
}

func (h *Hub) release(s *Subscription) {
	if !s.closed {
		s.closed = true
		delete(h.subs, s)
		close(s.gone)
	}
}

// drop ends the subscriptions that have left changes lying for too long.
func (h *Hub) drop() {
	now := h.now()
	for s := range h.subs {
		if behind := now.Sub(s.told); !s.waiting && behind > s.want.Stall && s.cursor < h.position {
			s.dropped = &DroppedError{
				Reason: fmt.Sprintf("nothing was read for %s", behind.Truncate(time.Millisecond)), Behind: h.position - s.cursor,
			}
			h.release(s)
		}
	}
}

// Next waits for changes and returns them, all that there are since the last call:
// of an entity that changed several times, the latest. The first call returns at
// once, as soon as the runner has caught up with the log; it may then be empty. Next
// fails with ctx, and may be called again then; with a [DroppedError]; and with
// [ErrEnded].
func (s *Subscription) Next(ctx context.Context) (Batch, error) {
	s.setWaiting(true)
	defer s.setWaiting(false)
	for {
		batch, changed, err := s.look()
		if err != nil || changed == nil {
			return batch, err
		}
		var ahead <-chan time.Time
		if !s.begun && s.want.Cursor > 0 {
			t := time.NewTimer(max(0, s.deadline.Sub(s.hub.now())) + time.Millisecond)
			defer t.Stop()
			ahead = t.C
		}
		select {
		case <-ctx.Done():
			return Batch{}, ctx.Err()
		case <-s.gone:
		case <-changed:
		case <-ahead:
		}
	}
}

func (s *Subscription) setWaiting(waiting bool) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.waiting, s.told = waiting, s.hub.now()
}

// look collects what is new. If that is nothing, changed tells when to look again.
func (s *Subscription) look() (_ Batch, changed <-chan struct{}, err error) {
	h := s.hub
	h.mu.RLock()
	defer h.mu.RUnlock()
	switch {
	case s.dropped != nil:
		return Batch{}, nil, s.dropped
	case s.closed:
		return Batch{}, nil, ErrEnded
	case h.ended != nil:
		return Batch{}, nil, h.ended
	case !h.ready:
		return Batch{}, h.changed, nil
	}
	if !s.begun && s.cursor > 0 && h.ahead(s.want) && h.now().Before(s.deadline) {
		return Batch{}, h.changed, nil
	}
	goesOn := s.pieces.more
	batch := s.collect()
	if s.begun && !goesOn && len(batch.Changes) == 0 && !batch.Snapshot {
		s.cursor, s.turn = h.position, h.order.turn // only this reader and drop look at them
		return Batch{}, h.changed, nil
	}
	s.begun = true
	if !batch.More {
		s.cursor, s.turn = h.position, h.order.turn
	}
	return batch, nil, nil
}

func (s *Subscription) collect() Batch {
	h := s.hub
	b := Batch{Cursor: h.position, Late: h.lateOf(s.want), Sum: cmp.Or(h.sum, h.trail.sum(h.position)), Branch: h.branch}
	switch {
	case s.pieces.more && h.forgot > max(s.pieces.turn, s.pieces.from):
		b.Snapshot, b.Reset = true, "what vanished while it was told is forgotten"
	case s.pieces.more:
		s.cut(&b)
		return b
	case !s.begun && s.want.had != nil:
		b.Changes, s.want.had = s.since(s.want.had), nil
		return b
	case s.begun:
		for id, t := range h.talks {
			if t.forgot > s.turn && s.want.Admits(id) {
				b.Snapshot, b.Reset = true, fmt.Sprintf("what changed in %s before #%d is forgotten", id, t.floor)
			}
		}
	case s.cursor == 0:
		b.Snapshot, b.Reset = true, s.want.Reset
	case s.want.Sum != 0 && s.cursor <= h.position && s.want.Sum != h.trail.sum(s.cursor):
		b.Snapshot, b.Reset = true, fmt.Sprintf("the cursor #%d is of another record, or of one that this was restored from", s.cursor)
	case s.cursor > h.position:
		b.Snapshot, b.Reset = true, fmt.Sprintf("the cursor #%d is ahead of the log, which ends at #%d", s.cursor, h.position)
	default:
		for id, t := range h.talks {
			if why := h.unknown(id, t, s.want.at(id)); why != "" && s.want.Admits(id) {
				b.Snapshot, b.Reset = true, why
			}
		}
	}
	s.pieces = pieces{turn: s.turn, goesOn: !s.begun && !b.Snapshot}
	if !b.Snapshot {
		s.cut(&b)
		return b
	}
	s.pieces.turn = 0
	s.pieces.from = h.order.turn
	b.Positions = map[string]uint64{}
	for id, t := range h.talks {
		if t.step == 0 || !s.want.Admits(id) {
			continue
		}
		b.Positions[id] = t.summary.Position
		for _, r := range t.records {
			if !r.Deleted && s.wants(r.Key) {
				b.Entities++
			}
		}
	}
	s.cut(&b)
	return b
}

func byPosition(x, y *Change) int {
	return cmp.Or(cmp.Compare(x.Position, y.Position), cmp.Compare(x.Negotiation, y.Negotiation),
		cmp.Compare(x.Projection, y.Projection), cmp.Compare(x.ID, y.ID))
}

// since is what is otherwise than a reader has it.
func (s *Subscription) since(had map[name]digest) []*Change {
	var changes []*Change
	for id, t := range s.hub.talks {
		for n, r := range t.records {
			if have, ok := had[n]; s.wants(r.Key) && (ok && (r.Deleted || have != r.digest) || !ok && !r.Deleted) {
				changes = append(changes, &r.Change)
			}
		}
		for n := range had {
			if k := (Key{id, n.projection, n.id}); t.records[n] == nil && s.wants(k) {
				changes = append(changes, &Change{Key: k, Position: s.hub.position, Deleted: true, Branch: s.hub.branch})
			}
		}
	}
	slices.SortFunc(changes, byPosition)
	return changes
}

// Admits tells whether anything of a negotiation can be wanted.
func (w Request) Admits(negotiation string) bool {
	return len(w.Filters) == 0 || slices.ContainsFunc(w.Filters, func(f Filter) bool {
		return f.Negotiation == "" || f.Negotiation == negotiation
	})
}

func (s *Subscription) wants(k Key) bool {
	return len(s.want.Filters) == 0 || slices.ContainsFunc(s.want.Filters, func(f Filter) bool { return f.admits(k) })
}
