package live

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/nats-io/nats.go"
)

// sweep ends the leases whose time is up, and takes out of the bucket what nobody
// wants any more, whoever had published it.
func (w *branchWork) sweep(ctx context.Context) error {
	now := w.publisher.options.Now()
	w.mu.Lock()
	leased, yielded := maps.Clone(w.leases), w.yielded
	w.yielded = map[string]bool{}
	var over []*lease
	for _, l := range w.leases {
		if now.After(l.until) {
			over = append(over, l)
		}
	}
	w.mu.Unlock()
	for _, l := range over {
		w.release(l, ErrEnded)
		delete(leased, l.group)
	}
	for group, t := range w.shelf.talks {
		if leased[group] != nil || !yielded[group] && now.Before(t.mark.Until.Add(leaseGrace)) || t.mark.Version > Version {
			continue
		}
		if !t.stands() {
			delete(w.shelf.talks, group)
			continue
		}
		why := "nobody has asked for it since"
		if yielded[group] {
			why = "its place went to somebody who watches fewer"
		}
		if err := w.shelf.retire(ctx, w.nc, group, why); errors.Is(err, errFenced) {
			err = w.refresh(ctx, group) // and it is looked at again
			if err != nil {
				return err
			}
		} else if err != nil {
			return err
		}
	}
	return nil
}

// stands tells whether anything of a group stands in the bucket.
func (t *shelved) stands() bool {
	if t.mark.Branch != nil {
		return true
	}
	for _, k := range t.keys {
		if !k.deleted {
			return true
		}
	}
	return false
}

// retire takes a branch out of the bucket. The last that is told of it is the deletion
// of its mark, which says why.
func (s *shelf) retire(ctx context.Context, nc *nats.Conn, group, why string) error {
	t := s.of(group)
	if !t.stands() {
		return nil
	}
	id, mark := limbOf(group), t.mark
	gone, _, err := s.lacking(group, nil, Change{Key: Key{Negotiation: id.negotiation}, Branch: mark.Branch}, nc.MaxPayload())
	if err != nil {
		return err
	}
	mark.Schema, mark.Scope, mark.Negotiation, mark.Hypothetical, mark.Ended = SchemaOfBranch, id.branch, id.negotiation, true, why
	for part := range batches(gone) {
		last := len(part) == len(gone)
		mark.Filling = 0
		if !last {
			mark.Filling = max(1, mark.Position)
		}
		if err := s.put(ctx, nc, group, part, mark, last); err != nil {
			return err
		}
		gone = gone[len(part):]
	}
	delete(s.talks, group)
	return nil
}

// RebuildBranches publishes anew all branches that are published, in their place: each
// value is written again, and those of branches that are no more are taken away.
func (p *BranchPublisher) RebuildBranches(ctx context.Context) (count int, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	nc, js := p.publisher.wire.now()
	w, err := p.open(ctx, nc, js)
	if err != nil {
		return 0, err
	}
	defer w.shelf.close()
	for _, group := range slices.Sorted(maps.Keys(w.shelf.talks)) {
		if !w.shelf.of(group).stands() {
			continue
		}
		if err := w.rebuild(ctx, group); err != nil {
			return count, fmt.Errorf("rebuild branch %s: %w", group, err)
		}
		count++
	}
	return count, nil
}

// rebuild publishes one branch anew.
func (w *branchWork) rebuild(ctx context.Context, group string) error {
	id := limbOf(group)
	b, err := w.branches.Watch(ctx, id.negotiation, id.branch)
	if gone, ok := errors.AsType[*GoneError](err); ok {
		return w.shelf.retire(ctx, w.nc, group, gone.Error())
	}
	if err != nil {
		return err
	}
	defer b.Leave()
	until := w.shelf.of(group).mark.Until
	for {
		changed := b.hub.next()
		records, summary, branch, ended := b.hub.state()
		if ended != nil {
			return ended
		}
		ahead, err := w.supersede(ctx, group, branch.Position, b.opened)
		if err != nil {
			return err
		}
		if !ahead {
			t := w.shelf.of(group)
			for key, have := range t.keys {
				have.digest = digest{0: 1} // as if something else stood there
				t.keys[key] = have
			}
			mark := branchMark(summary, branch)
			mark.Until = until
			if err := w.shelf.fill(ctx, w.nc, group, records, mark); !errors.Is(err, errFenced) {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		case e := <-w.shelf.watch.Updates():
			if e != nil {
				w.shelf.note(e)
			}
		}
	}
}

// supersede tells whether what stands of a branch is further on than a position of it.
// What the logs do not have is taken away.
func (w *branchWork) supersede(ctx context.Context, group, position string, opened uint64) (further bool, err error) {
	mark := w.shelf.of(group).mark
	if !beyond(mark, position, opened) {
		return false, nil
	}
	ahead, err := w.ahead(ctx, mark)
	if ahead == nil || err != nil {
		return true, err
	}
	err = w.shelf.retire(ctx, w.nc, group, ahead.Error())
	if errors.Is(err, errFenced) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return false, w.refresh(ctx, group)
}
