package live

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"parley/projections"

	"github.com/go-json-experiment/json/jsontext"
)

// Hub holds the present state of all negotiations, entity by entity, and tells
// whoever subscribes what changes. A [Runner] fills it. Nothing that a reader does,
// or leaves undone, delays the runner or another reader: the hub keeps no queue for
// a reader, only how far it has read, and every entity once, with the position at
// which it last changed. A reader that falls behind gets the latest state of what
// it missed, and one that does not read at all costs nothing. A batch comes in pieces
// ([Batch.More]), so that a reader who stops in the midst of a large one costs little.
//
// # Positions
//
// Negotiations share one log, so positions compare across them. The hub takes in
// changes in steps; a step ends at a position of the log, and everything up to
// there is reflected, but for what is late: a negotiation that takes long to fold is
// not waited for. A change carries the position of its negotiation at that step.
// Within the life of a hub, and for a reader that goes on from a cursor also across
// hubs, the positions of a negotiation never go back. Those of several negotiations
// rise together unless one of them is late.
//
// A cursor is a position, with those of the negotiations that are late
// ([Batch.Late]), so a reader can go on with the hub of another process, or
// of this one after a restart. Hubs step at different positions, though, and what
// changes within a step and back again is no change to one hub, and was shown by the
// other. So a hub goes on from a cursor only if it knows the state that the reader
// has: where it stood itself, or what was published. From any other the reader begins
// anew.
//
// # How it is read
//
// A reader calls [Hub.Subscribe] with the cursor that it has, or 0, and then
// [Subscription.Next] in a loop. Next waits with a context, and can be called again
// when that has ended: nothing is lost. After [Request.Stall] without a call, and
// with changes lying there, the hub drops the subscription, and [Subscription.Gone]
// is closed for whoever waits elsewhere. The server-sent events of cmd/parley are
// such a reader.
type Hub struct {
	now func() time.Time

	mu       sync.RWMutex
	ready    bool
	ended    error
	position uint64              // everything up to here is reflected, but for what is late
	steps    uint64              // how many there were
	late     map[string]Late     // what is not folded yet, by negotiation
	branch   *projections.Branch // as it is reflected; nil for the record
	sum      uint64              // of a branch at that position
	talks    map[string]*talks
	trail    trail
	order    recency       // all records, the one that changed last at its end
	changed  chan struct{} // closed and made anew with every step
	subs     map[*Subscription]struct{}
	gone     int    // records of entities that are no more
	forgot   uint64 // turn of the last of them that was forgotten
}

// talks is one negotiation in the hub.
type talks struct {
	records map[name]*record
	summary Summary
	floor   uint64 // what vanished up to here is forgotten
	forgot  uint64 // turn of the last of that
	blurs   []blur // within them the state is not known
	behind  uint64 // position of the first entry that could not be folded, 0 if all could
	step    uint64 // that changed it last
	head    uint64 // position of the last entry that the log has of it, as far as it was read
}

// Summary tells how a negotiation stands in the hub.
type Summary struct {
	Negotiation string
	Position    uint64 // the state reflects the log up to here
	Sum         uint64 // of that log, see [FormatSum]; 0 if it is not known
	Events      int    // accounts that the state rests on
	Happenings  int
	Parked      int // entries that are no events
	Entities    int
	Fault       string // why the state is not as new as the log; empty if it is
	FaultAt     uint64 // position of the log that could not be folded
	Late        Late   // what is not folded yet
}

// goneMax bounds how many entities are remembered that are no more.
const goneMax = 1 << 14

func newHub(now func() time.Time) *Hub {
	h := &Hub{now: now, talks: map[string]*talks{}, changed: make(chan struct{}), subs: map[*Subscription]struct{}{}}
	h.order.init()
	return h
}

// Change is an entity that changed, as it is now.
type Change struct {
	Key
	After    string         // id of the entity of the same projection that is shown before this one
	Position uint64         // the position at which it was seen to have changed
	Value    jsontext.Value // canonical JSON, shared: not to be written to; nil if Deleted
	Deleted  bool           // there is no such entity any more
	// Branch is what supposes it, at the position at which the entity was seen to have
	// changed; shared, and nil for the record. Position counts steps then.
	Branch *projections.Branch
}

// step takes in the new state of some negotiations. Everything in the log up to
// position is reflected then.
type step struct {
	position uint64
	states   []state
	late     map[string]Late // but for this; shared, and not written to any more
}

// state is one negotiation as a step has it. If it has a fault, the entities stay.
type state struct {
	Summary
	since    uint64 // position of the first entry since the step before
	entities []entity
	branch   *projections.Branch // that it is the state of, nil for the record
	sum      uint64              // of that
}

// take takes in a step. Only the runner calls it, and never twice at a time.
func (h *Hub) take(s step) {
	slices.SortFunc(s.states, func(a, b state) int { return cmp.Compare(a.Position, b.Position) })
	var news [][]*record
	for _, st := range s.states {
		news = append(news, h.compare(st)) // only this goroutine writes, so it reads without the lock
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drop()
	h.steps++
	h.position, h.late = max(h.position, s.position), s.late
	for i, st := range s.states {
		t := h.negotiation(st.Negotiation)
		t.step = h.steps
		t.passOver(st)
		if st.Fault != "" {
			t.summary.Fault, t.summary.FaultAt = st.Fault, st.FaultAt
			continue
		}
		t.summary = st.Summary
		t.summary.Sum = h.trail.sum(st.Position)
		t.summary.Entities = len(st.entities)
		h.branch, h.sum = st.branch, st.sum
		for _, r := range news[i] {
			h.put(t, r)
		}
	}
	h.forget()
	h.wake()
}

// compare finds what a state changes.
func (h *Hub) compare(st state) []*record {
	if st.Fault != "" {
		return nil
	}
	var news []*record
	t := h.talks[st.Negotiation]
	seen := make(map[name]bool, len(st.entities))
	for _, e := range st.entities {
		seen[e.name] = true
		if t != nil {
			if old, ok := t.records[e.name]; ok && old.digest == e.digest && !old.Deleted {
				if old.Value == nil { // of before this process, and nobody has been let in yet
					old.After, old.Value = e.after, e.value
				}
				continue
			}
		}
		news = append(news, &record{digest: e.digest, Change: Change{
			Key: Key{st.Negotiation, e.projection, e.id}, After: e.after, Position: st.Position, Value: e.value, Branch: st.branch,
		}})
	}
	if t != nil {
		for n, old := range t.records {
			if !seen[n] && !old.Deleted {
				news = append(news, &record{Change: Change{Key: old.Key, Position: st.Position, Deleted: true, Branch: st.branch}})
			}
		}
	}
	return news
}

func (h *Hub) negotiation(id string) *talks {
	t := h.talks[id]
	if t == nil {
		t = &talks{records: map[name]*record{}, summary: Summary{Negotiation: id}}
		h.talks[id] = t
	}
	return t
}

// put puts a record in place of the one before it.
func (h *Hub) put(t *talks, r *record) {
	n := name{r.Projection, r.ID}
	if old := t.records[n]; old != nil {
		if old.Deleted {
			h.gone--
		}
		h.order.remove(old)
	}
	if r.Deleted {
		h.gone++
	}
	t.records[n] = r
	h.order.push(r, max(h.position, r.Position))
}

// forget lets go of the entities that have been gone longest. Who has not heard of
// them by then has to begin anew.
func (h *Hub) forget() {
	for r := h.order.first(); h.gone > goneMax && r != nil; {
		next := h.order.next(r)
		if r.Deleted {
			t := h.talks[r.Negotiation]
			t.floor, t.forgot = max(t.floor, r.Position), max(t.forgot, r.turn)
			delete(t.records, name{r.Projection, r.ID})
			h.order.remove(r)
			h.forgot = max(h.forgot, r.turn)
			h.gone--
		}
		r = next
	}
}

func (h *Hub) wake() {
	close(h.changed)
	h.changed = make(chan struct{})
}

// next is closed with the next step.
func (h *Hub) next() <-chan struct{} {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.changed
}

// open lets readers in: the state is as new as the log was when the runner began.
func (h *Hub) open() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ready = true
	h.wake()
}

// ErrEnded says that the runner has ended, and nothing new will come.
var ErrEnded = fmt.Errorf("the projections are not followed any more")

// end tells all readers that nothing more will come. What it says first holds.
func (h *Hub) end(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended == nil {
		h.ended = err
		h.wake()
	}
}

// Ended is why nothing new will come, nil while the runner runs.
func (h *Hub) Ended() error {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.ended
}

// Ready tells whether the runner has caught up with the log as it was when it began.
func (h *Hub) Ready() bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.ready
}

// Summaries tells how every negotiation stands, by id.
func (h *Hub) Summaries() []Summary {
	h.mu.RLock()
	defer h.mu.RUnlock()
	out := make([]Summary, 0, len(h.talks))
	for id, t := range h.talks {
		of := t.summary
		of.Late = h.late[id]
		out = append(out, of)
	}
	slices.SortFunc(out, func(a, b Summary) int { return cmp.Compare(a.Negotiation, b.Negotiation) })
	return out
}

// FaultError says that a negotiation could not be folded.
type FaultError struct {
	Negotiation string
	Position    uint64
	Reason      string
}

func (e *FaultError) Error() string {
	return fmt.Sprintf("%s cannot be folded at #%d: %s", e.Negotiation, e.Position, e.Reason)
}

// state is what the hub of a branch has.
func (h *Hub) state() (records []*record, summary Summary, branch *projections.Branch, ended error) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, t := range h.talks {
		records, summary = t.sorted(), t.summary
	}
	return records, summary, h.branch, h.ended
}

// WaitFor returns once everything that a negotiation has up to a position is
// reflected in the hub, in the runner's books, and in what subscriptions tell. It
// fails when ctx ends first, with a [FaultError] if the negotiation cannot be
// folded so far, and with [ErrEnded].
func (h *Hub) WaitFor(ctx context.Context, negotiation string, position uint64) error {
	for {
		h.mu.RLock()
		reached, ended, changed := h.ready && h.tried(negotiation, position), h.ended, h.changed
		var summary Summary
		if t := h.talks[negotiation]; t != nil {
			summary = t.summary
		}
		h.mu.RUnlock()
		switch {
		case reached && summary.Fault != "" && summary.Position < position:
			return &FaultError{negotiation, summary.FaultAt, summary.Fault}
		case reached:
			return nil
		case ended != nil:
			return ended
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}
