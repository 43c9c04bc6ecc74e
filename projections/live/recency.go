package live

import (
	"iter"
	"sync/atomic"
)

// record is an entity in the hub, alive or gone.
type record struct {
	Change
	digest        digest
	stamps        atomic.Pointer[[]stamp] // what has to be published for it, once a publisher found out
	turn          uint64                  // rises with every change
	step          uint64                  // position of the hub at which it came
	before, after *record                 // in the order of change
}

// recency is the list of all records in the order in which they last changed. The
// positions of a negotiation rise along it, and those at which the hub stood.
type recency struct {
	ring record
	turn uint64 // of the last change
}

func (l *recency) init() { l.ring.before, l.ring.after = &l.ring, &l.ring }

// push puts a record at the end, which came when the hub stood at a position.
func (l *recency) push(r *record, step uint64) {
	l.turn++
	r.turn, r.step = l.turn, step
	last := l.ring.before
	r.before, r.after = last, &l.ring
	last.after, l.ring.before = r, r
}

func (l *recency) remove(r *record) {
	r.before.after, r.after.before = r.after, r.before
}

func (l *recency) first() *record { return l.next(&l.ring) }

// next is the record that changed next, nil after the last.
func (l *recency) next(r *record) *record {
	if r.after == &l.ring {
		return nil
	}
	return r.after
}

// since lists what came after a step to a position and after a turn, the oldest change
// first.
func (l *recency) since(step, turn uint64) iter.Seq[*record] {
	return func(yield func(*record) bool) {
		at := l.ring.before
		for at != &l.ring && at.step > step && at.turn > turn {
			at = at.before
		}
		for at = at.after; at != &l.ring; at = at.after {
			if !yield(at) {
				return
			}
		}
	}
}
