package domain

import (
	"slices"

	"github.com/google/uuid"
)

// Repairs knows, for a prefix of one negotiation's log, which events are
// corrected or withdrawn. The last word recorded counts. A correction or
// withdrawal can itself be corrected or withdrawn; one that is withdrawn no
// longer counts, which restores what it had replaced.
//
// A repair that does not come after its target in the log is ignored, and so is
// one that makes another repair such a one.
type Repairs struct {
	negotiation string
	events      []repair // in log order
	ids         map[uuid.UUID]bool
	words       map[uuid.UUID]LastWord
	stale       bool
}

// LastWord is the last word on an event.
type LastWord struct {
	By        uuid.UUID // the event that says so
	Withdrawn bool
	Body      *Body // what a corrected event reads as; without the key
	Reason    string
}

type repair struct {
	id  uuid.UUID
	act Act
}

// NewRepairs starts with an empty log.
func NewRepairs(negotiation string) *Repairs {
	return &Repairs{negotiation: negotiation, ids: map[uuid.UUID]bool{}, words: map[uuid.UUID]LastWord{}}
}

// Add takes in an entry if it is a correction or withdrawal, and tells whether
// it is. positionOf tells where an event stands in the log: its [Entry.Ordinal].
func (r *Repairs) Add(e Entry, positionOf func(uuid.UUID) (uint64, bool)) bool {
	if e.Event == nil {
		return false
	}
	if !r.inOrder(e.Event.Act, e.Ordinal(), positionOf) {
		return false
	}
	if r.ids[e.Event.ID] {
		return true // stands in the log twice
	}
	r.events = append(r.events, repair{e.Event.ID, e.Event.Act})
	r.ids[e.Event.ID] = true
	r.stale = true
	return true
}

// inOrder tells whether an act is a repair that comes after its target, and one
// that replaces a repair leaves that after its own.
func (r *Repairs) inOrder(act Act, position uint64, positionOf func(uuid.UUID) (uint64, bool)) bool {
	t, ok := target(act)
	if !ok {
		return false
	}
	at, known := positionOf(t.Resolve(r.negotiation))
	if !known || at >= position {
		return false
	}
	if fix, ok := act.(EventCorrected); ok && isRepair(fix.Replacement.Act) {
		return r.inOrder(fix.Replacement.Act, at, positionOf)
	}
	return true
}

// holds tells whether an event is a repair.
func (r *Repairs) holds(id uuid.UUID) bool { return r.ids[id] }

func isRepair(a Act) bool {
	_, ok := target(a)
	return ok
}

// Of is the last word on an event, if there is one.
func (r *Repairs) Of(id uuid.UUID) (LastWord, bool) {
	if r.stale {
		r.settle()
	}
	w, ok := r.words[id]
	return w, ok
}

// Len counts the repairs.
func (r *Repairs) Len() int { return len(r.events) }

// settle walks back from the newest repair: whatever speaks of a repair came
// after it and is already settled, and the first word met on an event is the
// last one recorded.
func (r *Repairs) settle() {
	clear(r.words)
	for _, e := range slices.Backward(r.events) {
		act := e.act
		if w, ok := r.words[e.id]; ok {
			if w.Withdrawn {
				continue
			}
			act = w.Body.Act
		}
		t, ok := target(act)
		if !ok {
			continue
		}
		id := t.Resolve(r.negotiation)
		if _, spoken := r.words[id]; !spoken && id != e.id {
			r.words[id] = wordOf(e.id, act)
		}
	}
	r.stale = false
}

func wordOf(by uuid.UUID, act Act) LastWord {
	switch a := act.(type) {
	case EventCorrected:
		body := a.Replacement.Body
		return LastWord{By: by, Body: &body, Reason: a.Reason}
	case EventWithdrawn:
		return LastWord{By: by, Withdrawn: true, Reason: a.Reason}
	default:
		return LastWord{By: by}
	}
}

// target is the event that a repair speaks of.
func target(a Act) (EventRef, bool) {
	switch a := a.(type) {
	case EventCorrected:
		return a.Target, true
	case EventWithdrawn:
		return a.Target, true
	default:
		return "", false
	}
}

// Corrected is the event as the last word has it: with the replacement's body,
// its own key and, unless the replacement gives one, its own reported date.
func Corrected(e *Event, w LastWord) *Event {
	c := *e
	c.Body = *w.Body
	c.Key = e.Key
	if c.Reported.IsZero() {
		c.Reported = e.Reported
	}
	return &c
}
