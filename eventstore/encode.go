package eventstore

import (
	"context"
	"time"

	"parley/domain"
)

// batch is what goes to the server at once.
type batch struct {
	entries  []domain.Entry // without positions
	subjects []string       // of each entry
}

// encoder stamps and encodes events. The stamp never goes back within a
// negotiation, whatever the clock does.
type encoder struct {
	door   *door
	events []*domain.Event // what is left
	last   map[string]time.Time
}

// encodeAll returns a function that gives one batch after the other. Events that
// make one batch are encoded before it returns; of more, one batch is encoded
// ahead of the one that is taken. stop waits for that to end.
func (d *door) encodeAll(ctx context.Context, events []*domain.Event) (next func() (batch, error), stop func(), err error) {
	c := &encoder{door: d, events: events, last: make(map[string]time.Time, len(d.ledgers))}
	for n, l := range d.ledgers {
		c.last[n] = l.LastRecorded()
	}
	if len(events) <= MaxBatch {
		next, err = c.now()
		return next, func() {}, err
	}
	if faults := d.tooLarge(events); len(faults) > 0 {
		return nil, nil, faults
	}
	ctx, cancel := context.WithCancel(ctx)
	next, ended := c.ahead(ctx)
	return next, func() { cancel(); <-ended }, nil
}

// now encodes everything that is left, and refuses what is too large.
func (c *encoder) now() (next func() (batch, error), err error) {
	var batches []batch
	var faults domain.Faults
	for len(c.events) > 0 {
		b, err := c.next()
		if err != nil {
			return nil, err
		}
		for _, e := range b.entries {
			if len(e.Raw) > domain.MaxEventBytes {
				faults = append(faults, c.door.sizeFault(e.Event, len(e.Raw)))
			}
		}
		batches = append(batches, b)
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return func() (batch, error) {
		b := batches[0]
		batches = batches[1:]
		return b, nil
	}, nil
}

// ahead encodes in a goroutine, which has ended when ended is closed.
func (c *encoder) ahead(ctx context.Context) (next func() (batch, error), ended <-chan struct{}) {
	type made struct {
		batch
		err error
	}
	batches, end := make(chan made, 1), make(chan struct{})
	go func() {
		defer close(end)
		for len(c.events) > 0 {
			b, err := c.next()
			select {
			case batches <- made{b, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return func() (batch, error) {
		select {
		case m := <-batches:
			return m.batch, m.err
		case <-ctx.Done():
			return batch{}, ctx.Err()
		}
	}, end
}

// next encodes the next batch.
func (c *encoder) next() (batch, error) {
	now := c.door.store.opts.Now().UTC().Truncate(time.Millisecond)
	n := min(len(c.events), MaxBatch)
	b := batch{entries: make([]domain.Entry, 0, n), subjects: make([]string, 0, n)}
	size := 0
	for _, e := range c.events[:n] {
		stamped := *e
		if c.last[e.Negotiation].Before(now) {
			c.last[e.Negotiation] = now
		}
		stamped.Recorded = c.last[e.Negotiation]
		raw, err := domain.Encode(&stamped)
		if err != nil {
			return batch{}, err
		}
		if size += len(raw); size > MaxBatchBytes && len(b.entries) > 0 {
			break
		}
		b.entries = append(b.entries, domain.Entry{Event: &stamped, Raw: raw})
		b.subjects = append(b.subjects, c.door.books[e.Negotiation].subject)
	}
	c.events = c.events[len(b.entries):]
	return b, nil
}
