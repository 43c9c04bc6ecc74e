package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"github.com/nats-io/nats.go"
)

// Progress tells how far a rebuild is.
type Progress struct {
	Bucket      string // that is filled
	Negotiation string // that was filled last
	Done, Total int    // negotiations
}

// Rebuild publishes everything anew from a hub that was filled from the log: into the
// bucket that is not served, while the other one goes on being served and kept up to
// date. When nothing that is served is further on, the pointer turns. A reader who
// changes over then may find a negotiation some entries behind for a moment, and
// waits for the position that he has seen.
func (p *Publisher) Rebuild(ctx context.Context, hub *Hub, progress func(Progress)) (Pointer, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := hub.WaitFor(ctx, "", 0); err != nil {
		return Pointer{}, err
	}
	opening, opened := context.WithTimeout(ctx, openTimeout)
	defer opened()
	r, err := p.openRack(opening)
	if err != nil {
		return Pointer{}, err
	}
	c, err := p.claim(ctx, r)
	if err != nil {
		return r.pointer, err
	}
	turned, err := p.make(ctx, opening, c, hub, progress)
	if err != nil {
		c.release(ctx)
		return r.pointer, err
	}
	return turned, nil
}

// make fills the bucket that is claimed, and turns the pointer to it.
func (p *Publisher) make(ctx, opening context.Context, c *claim, hub *Hub, progress func(Progress)) (Pointer, error) {
	served, err := openShelf(ctx, opening, c.rack.kv[c.Bucket], nil)
	if err != nil {
		return Pointer{}, err
	}
	defer served.close()
	next, err := openShelf(ctx, opening, c.rack.kv[c.Filling], nil)
	if err != nil {
		return Pointer{}, err
	}
	defer next.close()
	if err := p.refill(ctx, c, hub, next, progress); err != nil {
		return Pointer{}, err
	}
	if err := p.overtake(ctx, c, hub, served, next); err != nil {
		return Pointer{}, err
	}
	turned := Pointer{Schema: Schema, Bucket: c.Filling, Version: Version, Epoch: c.rack.epochs[c.Filling], Log: c.Log, Since: p.options.Now().UTC()}
	other, err := p.ofOtherLog(ctx, hub, served)
	if err != nil {
		return Pointer{}, err
	}
	if other {
		turned.Log = uint64(turned.Since.UnixMicro())
	}
	return turned, c.turn(ctx, turned)
}

// refill writes every value anew, and takes away what is not of this record. It gives
// way where another rebuild has claimed the bucket since.
func (p *Publisher) refill(ctx context.Context, c *claim, hub *Hub, next *shelf, progress func(Progress)) error {
	nc, _ := p.wire.now()
	all := hub.Summaries()
	for _, n := range slices.Sorted(maps.Keys(next.talks)) {
		for key, have := range next.of(n).keys {
			have.digest = digest{0: 1} // as if something else stood there
			next.of(n).keys[key] = have
		}
		if !slices.ContainsFunc(all, func(s Summary) bool { return s.Negotiation == n }) {
			if err := c.insist(ctx, next, func() error { return next.clear(ctx, nc, n) }); err != nil {
				return err
			}
		}
	}
	for i, s := range all {
		if err := c.holds(ctx); err != nil {
			return err
		}
		records, summary, ok := hub.present(s.Negotiation)
		if !ok {
			continue
		}
		err := c.insist(ctx, next, func() error { return next.fill(ctx, nc, s.Negotiation, records, markOf(summary)) })
		if err != nil {
			return fmt.Errorf("rebuild %s: %w", s.Negotiation, err)
		}
		if progress != nil {
			progress(Progress{Bucket: next.bucket, Negotiation: s.Negotiation, Done: i + 1, Total: len(all)})
		}
	}
	return nil
}

// clear takes a negotiation out of the bucket.
func (s *shelf) clear(ctx context.Context, nc *nats.Conn, negotiation string) error {
	t := s.of(negotiation)
	gone, _, err := s.lacking(negotiation, nil, Change{Key: Key{Negotiation: negotiation}, Position: t.mark.Position}, nc.MaxPayload())
	if err != nil {
		return err
	}
	for part := range batches(gone) {
		if err := s.put(ctx, nc, negotiation, part, t.mark, false); err != nil {
			return fmt.Errorf("clear %s: %w", negotiation, err)
		}
	}
	if err := s.kv.Delete(ctx, markKey(negotiation)); err != nil {
		return fmt.Errorf("clear %s: %w", negotiation, err)
	}
	return nil
}

// overtake goes on until the new bucket is as far as the served one.
func (p *Publisher) overtake(ctx context.Context, c *claim, hub *Hub, served, next *shelf) error {
	nc, _ := p.wire.now()
	for {
		hub.mu.RLock()
		changed, ended := hub.changed, hub.ended
		hub.mu.RUnlock()
		if ended != nil {
			return ended
		}
		behind := false
		for _, n := range slices.Sorted(maps.Keys(served.talks)) {
			_, summary, ok := hub.present(n)
			if !ok || next.of(n).mark.Position >= served.of(n).mark.reached() {
				continue
			}
			if err := c.insist(ctx, next, func() error { return next.commit(ctx, nc, hub, n) }); err != nil {
				return err
			}
			ahead, err := p.ahead(ctx, hub, served, n)
			if err != nil {
				return err
			}
			// What the bucket has from beyond the end of the log, this record never had.
			behind = behind || ahead == nil && summary.Fault == "" && next.of(n).mark.Position < served.of(n).mark.reached()
		}
		select {
		case e, open := <-served.watch.Updates():
			if !open {
				return fmt.Errorf("watch %s: %w", served.bucket, errWatchEnded)
			}
			if e != nil {
				served.note(e)
			}
			continue
		default:
		}
		if !behind {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

// errUpgraded ends a session after which another bucket is served.
var errUpgraded = errors.New("the projections were made anew")

// upgrade fills the other bucket with the projections of this program, which are of
// a newer version than those that are served, unless another process does.
func (p *Publisher) upgrade(ctx context.Context, hub *Hub, r *rack) error {
	if err := p.letPass(ctx, r); err != nil {
		return err
	}
	if now, _, err := readPointer(ctx, r.pointers); err != nil || now.Version >= Version {
		return cmp.Or(err, errUpgraded)
	}
	p.log.Info("the projections are made anew", slog.Int("version", Version))
	if _, err := p.Rebuild(ctx, hub, nil); err != nil && !errors.Is(err, ErrTakenOver) {
		return err
	}
	return errUpgraded
}
