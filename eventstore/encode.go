package eventstore

import (
	"fmt"
	"time"

	"parley/domain"
)

// batch is what goes to the server at once.
type batch struct {
	entries  []domain.Entry // without positions
	subjects []string       // of each entry
}

// bytes is the size of its events together.
func (b batch) bytes() (n int64) {
	for _, e := range b.entries {
		n += int64(len(e.Raw))
	}
	return n
}

// encoder stamps and encodes events. The stamp never goes back within a
// negotiation, whatever the clock does.
type encoder struct {
	door   *door
	ready  []batch
	events []*domain.Event // what is left
	last   map[string]time.Time
	told   bool // that the stamp is ahead of the clock
}

// clockAhead is by how much a stamp may be ahead of the clock without a word: clocks of
// several machines differ a little.
const clockAhead = 5 * time.Minute

// tellAhead says, once, that events are stamped with a time that is far ahead: a clock
// was wrong before, or is now.
func (c *encoder) tellAhead(negotiation string, now time.Time) {
	ahead := c.last[negotiation].Sub(now)
	if c.told || ahead <= clockAhead {
		return
	}
	c.told = true
	c.door.store.opts.Notify(fmt.Sprintf("%s has events that say they were recorded at %s, %s after this clock; what is recorded until then gets that time as well",
		negotiation, c.last[negotiation].Format(time.RFC3339), ahead.Round(time.Minute)))
}

// encode refuses events that are too large. Those that make one batch are encoded
// at once; of more, a batch at a time is, when it is asked for.
func (d *door) encode(events []*domain.Event) (*encoder, error) {
	c := &encoder{door: d, events: events, last: make(map[string]time.Time, len(d.ledgers))}
	for n, l := range d.ledgers {
		c.last[n] = l.LastRecorded()
	}
	if len(events) <= MaxBatch {
		return c, c.now()
	}
	if faults := d.tooLarge(events); len(faults) > 0 {
		return nil, faults
	}
	return c, nil
}

// now encodes everything that is left, and refuses what is too large.
func (c *encoder) now() error {
	var faults domain.Faults
	for len(c.events) > 0 {
		b, err := c.make()
		if err != nil {
			return err
		}
		for _, e := range b.entries {
			if len(e.Raw) > domain.MaxEventBytes {
				faults = append(faults, sizeFault(c.door.placeOf(e.Event), e.Event, len(e.Raw)))
			}
		}
		c.ready = append(c.ready, b)
	}
	if len(faults) > 0 {
		return faults
	}
	return nil
}

// done tells whether there is no further batch.
func (c *encoder) done() bool { return len(c.ready)+len(c.events) == 0 }

// next gives the next batch.
func (c *encoder) next() (batch, error) {
	if len(c.ready) > 0 {
		b := c.ready[0]
		c.ready = c.ready[1:]
		return b, nil
	}
	return c.make()
}

// make encodes the next batch.
func (c *encoder) make() (batch, error) {
	now := c.door.store.opts.Now().UTC().Truncate(time.Millisecond)
	n := min(len(c.events), MaxBatch)
	b := batch{entries: make([]domain.Entry, 0, n), subjects: make([]string, 0, n)}
	size := 0
	for _, e := range c.events[:n] {
		stamped := *e
		if c.last[e.Negotiation].Before(now) {
			c.last[e.Negotiation] = now
		}
		c.tellAhead(e.Negotiation, now)
		stamped.Recorded = c.last[e.Negotiation]
		stamped.SupposedBy = domain.BranchID(c.door.books[e.Negotiation].at.Branch)
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
	clear(c.events[:len(b.entries)]) // whoever needs them has the input
	c.events = c.events[len(b.entries):]
	return b, nil
}
