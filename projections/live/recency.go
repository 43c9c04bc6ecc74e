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
	before, after *record                 // in the order of change
}

// recency is the list of all records in the order in which they last changed.
// Positions rise along it.
type recency struct {
	ring record
	turn uint64 // of the last change
}

func (l *recency) init() { l.ring.before, l.ring.after = &l.ring, &l.ring }

// push puts a record at the end.
func (l *recency) push(r *record) {
	l.turn++
	r.turn = l.turn
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

// since lists what changed after a position and after a turn, the oldest change first.
func (l *recency) since(position, turn uint64) iter.Seq[*record] {
	return func(yield func(*record) bool) {
		at := l.ring.before
		for at != &l.ring && at.Position > position && at.turn > turn {
			at = at.before
		}
		for at = at.after; at != &l.ring; at = at.after {
			if !yield(at) {
				return
			}
		}
	}
}
