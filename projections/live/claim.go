package live

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrTakenOver says that another rebuild began while this one was under way; the last
// one counts. See [TakenOverError] for whose it is.
var ErrTakenOver = errors.New("another rebuild has begun since")

// TakenOverError is an [ErrTakenOver].
type TakenOverError struct {
	By    string // whose rebuild it is; empty if it has ended since
	Since time.Time
}

func (e *TakenOverError) Error() string {
	if e.By == "" {
		return fmt.Sprintf("another rebuild has begun since, and ended: what it made is served since %s", e.Since.Format(time.DateTime))
	}
	return fmt.Sprintf("another rebuild, by %s, has begun since, at %s, and this one gave way to it", e.By, e.Since.Format(time.DateTime))
}

// Is makes it an [ErrTakenOver].
func (e *TakenOverError) Is(target error) bool { return target == ErrTakenOver }

// claim is the right to fill the bucket that is not served. It stands in the pointer, so
// there is one; who claims takes it over from whoever had it.
type claim struct {
	publisher *Publisher
	rack      *rack
	Pointer
}

// claim takes the right to fill the bucket that is not served.
func (p *Publisher) claim(ctx context.Context, r *rack) (*claim, error) {
	for {
		if r.pointer.Version > Version {
			return nil, fmt.Errorf("projections of version %d are served, this program makes version %d", r.pointer.Version, Version)
		}
		c := &claim{p, r, r.pointer}
		c.Filling, c.FillingBy, c.FillingSince = c.other(), p.options.Name, p.options.Now().UTC()
		revision, err := writePointer(ctx, r.pointers, c.Pointer, r.revision)
		if err == nil {
			r.revision = revision
			return c, nil
		}
		if !errors.Is(err, errFenced) {
			return nil, fmt.Errorf("begin to rebuild: %w", err)
		}
		if r.pointer, r.revision, err = readPointer(ctx, r.pointers); err != nil {
			return nil, err
		}
	}
}

// holds fails with a [TakenOverError] if somebody else has claimed since. What else has
// changed in the pointer it takes in.
func (c *claim) holds(ctx context.Context) error {
	now, revision, err := readPointer(ctx, c.rack.pointers)
	if err != nil {
		return err
	}
	switch {
	case now.Filling == c.Filling && now.FillingBy == c.FillingBy && now.FillingSince.Equal(c.FillingSince):
		c.Pointer, c.rack.revision = now, revision
		return nil
	case now.Filling == "":
		return &TakenOverError{Since: now.Since}
	}
	return &TakenOverError{By: now.FillingBy, Since: now.FillingSince}
}

// turn writes the pointer, unless somebody else has claimed since.
func (c *claim) turn(ctx context.Context, to Pointer) error {
	for {
		_, err := writePointer(ctx, c.rack.pointers, to, c.rack.revision)
		if !errors.Is(err, errFenced) {
			return err
		}
		if err := c.holds(ctx); err != nil {
			return err
		}
	}
}

// releaseTimeout is how long a rebuild that has ended may take to say so.
const releaseTimeout = 5 * time.Second

// release takes a claim back that came to nothing. If that fails, it stands until
// the next rebuild.
func (c *claim) release(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTimeout)
	defer cancel()
	if c.holds(ctx) != nil {
		return // it is of somebody else by now
	}
	free := c.Pointer
	free.Filling, free.FillingBy, free.FillingSince = "", "", time.Time{}
	_ = c.turn(ctx, free)
}

// fenced goes on after somebody else has written to the bucket that is filled: unless
// the claim is lost, that was a rebuild which has yet to see that its own is.
func (c *claim) fenced(ctx context.Context, next *shelf) error {
	if err := c.holds(ctx); err != nil {
		return err
	}
	t := time.NewTimer(fencedWait)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
			return nil
		case e, open := <-next.watch.Updates():
			if !open {
				return fmt.Errorf("watch %s: %w", next.bucket, errWatchEnded)
			}
			if e != nil {
				next.note(e)
			}
		}
	}
}

// insist does something with the bucket that is filled until nobody is faster.
func (c *claim) insist(ctx context.Context, next *shelf, do func() error) error {
	for {
		err := do()
		if !errors.Is(err, errFenced) {
			return err
		}
		if err := c.fenced(ctx, next); err != nil {
			return err
		}
	}
}

// claimPatience is how long a claim may stand without anything being filled before
// whoever made it is taken to be gone.
const claimPatience = 10 * time.Second

// letPass waits while somebody else fills the bucket that is not served, as long as
// that gets on: of several processes that upgrade, one does it.
func (p *Publisher) letPass(ctx context.Context, r *rack) error {
	var last, moved uint64
	_, js := p.wire.now()
	for since := p.options.Now(); ; {
		pointer, revision, err := readPointer(ctx, r.pointers)
		if err != nil {
			return err
		}
		if pointer.Filling == "" || pointer.Version >= Version {
			return nil
		}
		stream, err := js.Stream(ctx, StreamOf(pointer.Filling))
		if err != nil {
			return fmt.Errorf("bucket %s: %w", pointer.Filling, err)
		}
		now := p.options.Now()
		if at := stream.CachedInfo().State.LastSeq; at != last || revision != moved {
			last, moved, since = at, revision, now
		}
		if now.Sub(since) > p.claimPatience {
			return nil
		}
		if err := pause(ctx, p.claimPatience/20); err != nil {
			return err
		}
	}
}
