package live

// pieces is how far a reader is in a batch that he gets in pieces. What he has not
// fetched yet lies in the hub, once for all readers: one that does not read holds a
// piece of the least size, however much there is. What changes meanwhile comes at the
// end, and the pieces double, so that a reader who does read comes to it.
type pieces struct {
	more bool   // there is a next one
	turn uint64 // up to here he has had it
	from uint64 // what had vanished up to here he never had
	size int    // of the next one

	goesOn bool // he has what his request says
}

// pieceLeast is how many changes the first piece has at most.
const pieceLeast = 256

// cut puts the next piece into a batch.
func (s *Subscription) cut(b *Batch) {
	p := &s.pieces
	p.size = max(p.size, pieceLeast)
	p.more = false
	had := uint64(0)
	if p.goesOn {
		had = s.want.from()
	}
	for r := range s.hub.order.since(had, p.turn) {
		if !s.wants(r.Key) || r.Deleted && r.turn <= p.from || p.goesOn && r.Position <= s.want.at(r.Negotiation) {
			continue
		}
		if p.more = len(b.Changes) == p.size; p.more {
			break
		}
		b.Changes = append(b.Changes, &r.Change)
		p.turn = r.turn
	}
	p.size *= 2
	if b.More = p.more; !p.more {
		*p = pieces{}
	}
}
