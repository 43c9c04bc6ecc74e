package domain

import (
	"crypto/sha256"
	"time"

	"github.com/google/uuid"
)

// Ledger is what the door needs to know of one negotiation's log: which events
// it holds and with what content, the registry, and the repairs in force. It is
// a pure fold; 16+40 bytes an event and the registry are all it keeps.
type Ledger struct {
	negotiation string
	head        uint64
	recorded    time.Time
	parked      int
	events      map[uuid.UUID]ledgerLine
	registry    *Registry
	names       []namedAct // registrations, to build the registry again
	isName      map[uuid.UUID]bool
	repairs     *Repairs
}

type ledgerLine struct {
	position uint64
	content  [sha256.Size]byte
}

type namedAct struct {
	id  uuid.UUID
	act Act
}

// NewLedger is the ledger of an empty log.
func NewLedger(negotiation string) *Ledger {
	return &Ledger{
		negotiation: negotiation, events: map[uuid.UUID]ledgerLine{}, isName: map[uuid.UUID]bool{},
		registry: NewRegistry(), repairs: NewRepairs(negotiation),
	}
}

// Apply takes in the next entry of the log. An event whose id is already in the
// log changes nothing but the head.
func (l *Ledger) Apply(e Entry) {
	l.head = max(l.head, e.Ordinal())
	if e.Parked() {
		l.parked++
		return
	}
	if e.Event.Recorded.After(l.recorded) {
		l.recorded = e.Event.Recorded
	}
	if _, twice := l.events[e.Event.ID]; twice {
		return
	}
	line := ledgerLine{position: e.Ordinal()}
	if content, err := contentSum(e.Event.Negotiation, &e.Event.Body); err == nil {
		line.content = content
	}
	l.events[e.Event.ID] = line
	if IsRegistration(e.Event.Act) {
		l.names = append(l.names, namedAct{e.Event.ID, e.Event.Act})
		l.isName[e.Event.ID] = true
		l.registry.Add(e.Event.Act)
	}
	if l.repairs.Add(e, l.Position) {
		l.nameAgain(e.Event.Act)
	}
}

// nameAgain builds the registry anew when a repair may have changed it.
func (l *Ledger) nameAgain(repair Act) {
	id, _ := target(repair)
	if !l.touchesNames(id.Resolve(l.negotiation)) {
		return
	}
	l.registry = NewRegistry()
	for _, n := range l.names {
		w, ok := l.repairs.Of(n.id)
		switch {
		case !ok:
			l.registry.Add(n.act)
		case !w.Withdrawn:
			l.registry.Add(w.Body.Act)
		}
	}
}

// touchesNames tells whether the target is a registration or itself a repair,
// which may stand for one.
func (l *Ledger) touchesNames(id uuid.UUID) bool { return l.isName[id] || l.repairs.holds(id) }

// holdsName tells whether an event was recorded as a registration.
func (l *Ledger) holdsName(id uuid.UUID) bool { return l.isName[id] }

// Head is the position of the last entry, 0 for an empty log; on a branch its
// [Entry.Ordinal].
func (l *Ledger) Head() uint64 { return l.head }

// LastRecorded is when the last event was recorded; zero for an empty log.
func (l *Ledger) LastRecorded() time.Time { return l.recorded }

// Len counts the events; Parked counts the entries that do not decode.
func (l *Ledger) Len() int { return len(l.events) }

// Parked counts the entries that do not decode.
func (l *Ledger) Parked() int { return l.parked }

// Registry is the registry as it stands. It must not be changed.
func (l *Ledger) Registry() *Registry { return l.registry }

// Position tells where an event stands in the log; on a branch, its
// [Entry.Ordinal].
func (l *Ledger) Position(id uuid.UUID) (uint64, bool) {
	line, ok := l.events[id]
	return line.position, ok
}

// Holds tells whether the log has this event with this content.
func (l *Ledger) Holds(e *Event) (recorded, same bool) {
	line, ok := l.events[e.ID]
	if !ok {
		return false, false
	}
	content, err := contentSum(e.Negotiation, &e.Body)
	return true, err == nil && content == line.content
}

// readsAs tells whether a corrected event now reads as this body does.
func (l *Ledger) readsAs(w LastWord, body *Body) bool {
	if w.Body == nil {
		return false
	}
	a, b := *w.Body, *body
	a.Key, b.Key = "", ""
	x, errX := contentOf(l.negotiation, &a)
	y, errY := contentOf(l.negotiation, &b)
	return errX == nil && errY == nil && string(x) == string(y)
}
