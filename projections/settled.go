package projections

import (
	"parley/domain"

	"github.com/google/uuid"
)

// settled is what a view says by name, as it was in what a continuation goes on from.
// What is supposed may withdraw or correct the event that the as-of cut names, or the
// lens: the view stays where it was.
type settled struct {
	lens Lens
	key  *settledKey // nil where the as-of cut names no event
}

// settledKey is a keyCut by events: what is supposed may join happenings.
type settledKey struct {
	at            domain.Bounds
	before, after map[uuid.UUID]bool
}

// settle settles the view of a picture.
func (p *Picture) settle() (*settled, error) {
	out := &settled{lens: p.lens}
	if p.View.AsOf.Key == "" {
		return out, nil
	}
	k, err := p.atKey(p.View.AsOf.Key)
	if err != nil {
		return nil, err
	}
	out.key = &settledKey{at: k.at, before: map[uuid.UUID]bool{}, after: map[uuid.UUID]bool{}}
	for id, a := range p.links.index {
		if k.before[a.group] {
			out.key.before[id] = true
		}
		if k.after[a.group] {
			out.key.after[id] = true
		}
	}
	return out, nil
}

// keyCut is where an as-of cut at an event lies.
type keyCut struct {
	at            domain.Bounds // of its happening
	before, after map[int]bool  // groups: it and what is said to precede it; what is said to follow
}

// atKey finds the event that the as-of cut names, or where it was when that was settled.
func (s *Selection) atKey(key string) (keyCut, error) {
	if at := s.View.settled; at != nil && at.key != nil {
		return keyCut{at: at.key.at, before: s.groupsOf(at.key.before), after: s.groupsOf(at.key.after)}, nil
	}
	a, ok := find(s.believed, domain.EventRef(key).Resolve(s.Negotiation))
	if !ok {
		return keyCut{}, &NotFoundError{What: "event", Name: key}
	}
	k := keyCut{at: s.boundsOf(a.group), before: s.order.all(a.group, s.order.preds), after: s.order.all(a.group, s.order.succs)}
	k.before[a.group] = true
	return k, nil
}

func (s *Selection) groupsOf(ids map[uuid.UUID]bool) map[int]bool {
	out := make(map[int]bool, len(ids))
	for id := range ids {
		if a, ok := s.links.index[id]; ok {
			out[a.group] = true
		}
	}
	return out
}

// precedes tells whether an account is of the happening of the event, or certainly
// before it.
func (k keyCut) precedes(a *Account) bool { return k.before[a.group] || a.Occurred.Precedes(k.at) }

// follows tells whether an account that does not precede certainly comes after.
func (k keyCut) follows(a *Account) bool { return k.after[a.group] || k.at.Precedes(a.Occurred) }
