package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// work is one session of a publisher.
type work struct {
	publisher *Publisher
	nc        *nats.Conn
	hub       *Hub
	rack      *rack
	shelf     *shelf
	due       map[string]bool  // negotiations to look at
	faults    map[string]error // why some of them are not published
	done      uint64           // steps of the hub that were looked at
	again     <-chan time.Time
}

const (
	commitTimeout = 10 * time.Second
	fencedWait    = 20 * time.Millisecond // for the watch to tell who was faster
)

// superseded tells that a newer program publishes.
func (w *work) superseded() error {
	if v := w.rack.pointer.Version; v > Version {
		return fmt.Errorf("projections of version %d are served, this program makes version %d", v, Version)
	}
	return nil
}

// loop looks at what the hub, the bucket or the pointer says is new.
func (w *work) loop(ctx context.Context, lost <-chan nats.Status, pointers jetstream.KeyWatcher) error {
	for {
		changed, err := w.survey()
		if err != nil {
			return err
		}
		if w.done > 0 && w.rack.pointer.Version < Version {
			return w.publisher.upgrade(ctx, w.hub, w.rack)
		}
		if err := w.publish(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-lost:
			return nats.ErrDisconnected
		case <-changed:
		case <-w.again:
			w.again = nil
		case e, open := <-w.shelf.watch.Updates():
			if !open {
				return fmt.Errorf("watch %s: %w", w.shelf.bucket, errWatchEnded)
			}
			w.take(e)
		case e, open := <-pointers.Updates():
			if !open {
				return fmt.Errorf("watch the pointer: %w", errWatchEnded)
			}
			if e == nil || e.Revision() <= w.rack.revision {
				continue
			}
			if err := w.turn(ctx, e); err != nil {
				return err
			}
		}
	}
}

// take takes in what the watch tells, and all that it has to tell by now.
func (w *work) take(e jetstream.KeyValueEntry) {
	for {
		if e != nil {
			w.due[w.shelf.note(e)] = true
		}
		select {
		case more, open := <-w.shelf.watch.Updates():
			if !open {
				return // loop will see it
			}
			e = more
		default:
			return
		}
	}
}

// turn goes where the pointer points.
func (w *work) turn(ctx context.Context, e jetstream.KeyValueEntry) error {
	before := w.rack.pointer.Bucket
	if err := json.Unmarshal(e.Value(), &w.rack.pointer); err != nil {
		return fmt.Errorf("pointer: %w", err)
	}
	w.rack.revision = e.Revision()
	if w.rack.pointer.Bucket == before {
		w.tellFault()
		return nil
	}
	kv := w.rack.kv[w.rack.pointer.Bucket]
	if kv == nil {
		return fmt.Errorf("pointer: no bucket %q", w.rack.pointer.Bucket)
	}
	opening, opened := context.WithTimeout(ctx, openTimeout)
	defer opened()
	next, err := openShelf(ctx, opening, kv, nil)
	if err != nil {
		return err
	}
	w.shelf.close()
	w.shelf, w.done = next, 0
	clear(w.faults)
	w.tellFault()
	w.publisher.log.Info("another bucket is served", slog.String("bucket", next.bucket))
	return nil
}

// survey notes which negotiations have changed in the hub since it was looked at.
func (w *work) survey() (changed <-chan struct{}, err error) {
	h := w.hub
	h.mu.RLock()
	defer h.mu.RUnlock()
	if h.ended != nil {
		return nil, h.ended
	}
	if !h.ready {
		return h.changed, nil
	}
	for id, t := range h.talks {
		if w.done == 0 || t.step > w.done {
			w.due[id] = true
		}
	}
	if w.done == 0 {
		for id := range w.shelf.talks {
			w.due[id] = true
		}
	}
	w.done = h.steps
	return h.changed, nil
}

// publish commits what is due. What is refused of one negotiation keeps no other back.
func (w *work) publish(ctx context.Context) error {
	if w.superseded() != nil || w.done == 0 {
		return nil
	}
	defer w.tellFault()
	for _, n := range slices.Sorted(maps.Keys(w.due)) {
		delete(w.due, n)
		ahead, err := w.publisher.ahead(ctx, w.hub, w.shelf, n)
		if ahead != nil {
			w.faults[n] = ahead
			continue
		}
		if err != nil {
			return err
		}
		err = w.commit(ctx, n)
		if errors.Is(err, errFenced) {
			w.due[n] = true
			w.again = time.After(fencedWait + rand.N(fencedWait))
			continue
		}
		if _, refused := errors.AsType[*jetstream.APIError](err); refused {
			w.faults[n] = fmt.Errorf("publish %s: %w", n, err)
			w.due[n] = true
			w.again = time.After(retryMax)
			continue
		}
		if err != nil {
			return err
		}
		delete(w.faults, n)
	}
	return nil
}

// commit commits one negotiation, and tells what that took.
func (w *work) commit(ctx context.Context, negotiation string) error {
	begun, written := w.publisher.options.Now(), w.shelf.written
	err := w.shelf.commit(ctx, w.nc, w.hub, negotiation)
	if tell := w.publisher.options.Committed; tell != nil && err == nil && w.shelf.written > written {
		tell(Commit{negotiation, w.shelf.of(negotiation).mark.Position, w.shelf.written - written, w.publisher.options.Now().Sub(begun)})
	}
	return err
}

// present is what the hub has of a negotiation.
func (h *Hub) present(negotiation string) ([]*record, Summary, bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	t := h.talks[negotiation]
	if t == nil || t.step == 0 || !h.ready {
		return nil, Summary{}, false
	}
	return t.sorted(), t.summary, true
}

// sorted are the records of a negotiation, in the order in which they changed.
func (t *talks) sorted() []*record {
	return slices.SortedFunc(maps.Values(t.records), func(a, b *record) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.Projection, b.Projection), cmp.Compare(a.ID, b.ID))
	})
}

// commit brings a negotiation in the bucket to what the hub has of it, unless what
// stands there is further on. It fails with errFenced if somebody else was faster.
func (s *shelf) commit(ctx context.Context, nc *nats.Conn, hub *Hub, negotiation string) error {
	records, summary, ok := hub.present(negotiation)
	if !ok || s.of(negotiation).mark.reached() > summary.Position {
		return nil
	}
	return s.fill(ctx, nc, negotiation, records, markOf(summary))
}

// markOf is the mark of a state of the record.
func markOf(summary Summary) Mark {
	return Mark{
		Schema: Schema, Scope: ScopeRecord, Negotiation: summary.Negotiation, Position: summary.Position, Version: Version, Log: FormatSum(summary.Sum),
		Entities: summary.Entities, Events: summary.Events, Parked: summary.Parked, Fault: summary.Fault, FaultAt: summary.FaultAt,
	}
}

// fill brings a group in the bucket to a state, which ends with a mark.
func (s *shelf) fill(ctx context.Context, nc *nats.Conn, group string, records []*record, mark Mark) error {
	t := s.of(group)
	messages, left, err := s.lacking(group, records, Change{Key: Key{Negotiation: mark.Negotiation}, Position: mark.Position, Branch: mark.Branch}, nc.MaxPayload())
	if err != nil {
		return err
	}
	mark.Unpublished, mark.UnpublishedWhy = left.count, left.why
	if len(messages) == 0 && mark.same(t.mark) {
		return nil
	}
	filling := mark
	filling.Filling, filling.Position = mark.Position, t.mark.Position
	filling.Entities, filling.Events, filling.Parked = t.mark.Entities, t.mark.Events, t.mark.Parked
	filling.Fault, filling.FaultAt = t.mark.Fault, t.mark.FaultAt
	for part := range batches(messages) {
		now := filling
		if len(part) == len(messages) {
			now = mark
		}
		if err := s.put(ctx, nc, group, part, now, false); err != nil {
			return err
		}
		messages = messages[len(part):]
	}
	return nil
}

// batches cuts messages into such as fit into one batch with a mark; at least one,
// which may be empty.
func batches(messages []message) func(func([]message) bool) {
	return func(yield func([]message) bool) {
		for {
			n, size := 0, 0
			for n < len(messages) && n < batchMessages-1 && (n == 0 || size+len(messages[n].body) <= batchBytes) {
				size += len(messages[n].body)
				n++
			}
			if !yield(messages[:n:n]) || n == len(messages) {
				return
			}
			messages = messages[n:]
		}
	}
}

// put puts messages and a mark, or the deletion of the mark, into the bucket, as one
// batch.
func (s *shelf) put(ctx context.Context, nc *nats.Conn, group string, messages []message, mark Mark, deleted bool) error {
	body, err := json.Marshal(mark)
	if err != nil {
		return fmt.Errorf("mark of %s: %w", group, err)
	}
	all := append(messages, message{key: markKey(group), body: body, deleted: deleted})
	ctx, cancel := context.WithTimeout(ctx, commitTimeout)
	defer cancel()
	last, err := put(ctx, nc, s.bucket, all, s.of(group).revision)
	if err != nil {
		return err
	}
	if deleted {
		mark = Mark{}
	}
	s.wrote(group, all, last, mark)
	return nil
}
