package domain

import "github.com/google/uuid"

// Trial decides on many inputs, each by itself, as if it alone were appended to one
// log: none of them sees another, and nothing is recorded. Its methods may be called
// concurrently.
type Trial struct {
	negotiation string
	ledgers     map[string]*Ledger
}

// NewTrial prepares trials on a log. The ledger must not change afterwards.
func NewTrial(l *Ledger) *Trial {
	l.repairs.Of(uuid.Nil) // settles them: reading no longer writes
	return &Trial{l.negotiation, map[string]*Ledger{l.negotiation: l}}
}

// Negotiation is the one whose log it is.
func (t *Trial) Negotiation() string { return t.negotiation }

// Holds tells whether the log has an event of this id.
func (t *Trial) Holds(id uuid.UUID) bool {
	_, ok := t.ledgers[t.negotiation].Position(id)
	return ok
}

// Decide is [Decide] on one input. An input of another negotiation is refused. So is
// one that has a recorded event's id with other content: what is tried corrects
// nothing unless it says so.
func (t *Trial) Decide(in []Candidate) (Decision, Faults) {
	var strays Faults
	for _, c := range in {
		if n := c.Event.Negotiation; n != t.negotiation && ValidID(n) {
			strays = append(strays, c.fault("negotiation", NotAllowed, n, "this is about "+t.negotiation, "leave the negotiation out"))
		}
	}
	if len(strays) > 0 {
		return Decision{}, strays
	}
	d, faults := Decide(t.ledgers, in, Handling{})
	for i := range faults {
		if faults[i].Problem == ChangedEvent {
			faults[i].Hint = "give it a key of its own; to suppose that the recorded event reads otherwise, add an EventCorrected"
		}
	}
	return d, faults
}
