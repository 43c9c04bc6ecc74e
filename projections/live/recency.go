package live

// record is an entity in the hub, alive or gone.
type record struct {
	Change
	digest        digest
	stamps        []stamp // what has to be published for it; of the publisher
	before, after *record // in the order of change
}

// recency is the list of all records in the order in which they last changed.
// Positions rise along it.
type recency struct{ ring record }

func (l *recency) init() { l.ring.before, l.ring.after = &l.ring, &l.ring }

// push puts a record at the end.
func (l *recency) push(r *record) {
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

// since lists what changed after a position, the oldest change first.
func (l *recency) since(position uint64) []*record {
	n := 0
	at := l.ring.before
	for ; at != &l.ring && at.Position > position; at = at.before {
		n++
	}
	out := make([]*record, 0, n)
	for at = at.after; at != &l.ring; at = at.after {
		out = append(out, at)
	}
	return out
}
