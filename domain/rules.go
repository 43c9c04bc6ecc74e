package domain

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
)

// rules checks what no single field can tell.
//
// before is the place in the log of an event that reads as the body does.
func (v *validation) rules(c Candidate, before uint64, b *Body, prefix string) {
	bad := func(path, read, reason, hint string) {
		v.faults = append(v.faults, c.fault(prefix+path, BadValue, read, reason, hint))
	}
	if k := b.Clock; k != nil && !k.Start.IsZero() && !k.End.IsZero() && k.End.Before(k.Start) {
		bad("clock.end", k.End.Format(time.RFC3339), "the act ends before it starts", "swap clock.start and clock.end")
	}
	if isControl(b.Act) && b.Modality != "" && b.Modality != Asserted {
		bad("modality", string(b.Modality), "an event about the record is neither planned nor denied", "leave it out")
	}
	switch a := b.Act.(type) {
	case NegotiationRegistered:
		if _, err := time.LoadLocation(a.TimeZone); err != nil || a.TimeZone == "Local" {
			bad("act.timeZone", a.TimeZone, "no such time zone", "write a name of the IANA list, such as Asia/Karachi")
		}
	case IncidentReported:
		if a.CountHigh > 0 && a.CountLow > a.CountHigh {
			bad("act.countLow", fmt.Sprint(a.CountLow), "is more than act.countHigh", "swap the two")
		}
	case EventsLinked:
		if slices.Contains(a.Others, a.Event) {
			bad("act.others", string(a.Event), "an event cannot be related to itself", "take it out")
		}
	case EventCorrected:
		v.repairOrder(c, before, prefix, a.Target)
		target := a.Target.Resolve(c.Event.Negotiation)
		v.replaces(c, prefix+"act.replacement.type", target, a.Replacement.Act)
		at, _ := v.order(c.Event.Negotiation, target)
		v.rules(c, at, &a.Replacement.Body, prefix+"act.replacement.")
	case EventWithdrawn:
		v.repairOrder(c, before, prefix, a.Target)
	case BranchOpened, BranchDropped:
		v.faults = append(v.faults, c.fault(prefix+"type", NotAllowed, TypeOf(b.Act),
			"branches do not stand in the record", "open one with parley branch open"))
	default:
	}
}

// repairOrder demands that the target of a repair is recorded before it, and that
// of a repair that replaces another, before that one. [Repairs] ignores others.
func (v *validation) repairOrder(c Candidate, before uint64, prefix string, target EventRef) {
	at, known := v.order(c.Event.Negotiation, target.Resolve(c.Event.Negotiation))
	if known && at >= before {
		v.faults = append(v.faults, c.fault(prefix+"act.target", BadValue, string(target),
			"stands after the event that repairs it", "put the target first"))
	}
}

// order tells where an event stands in the log, or would if the input followed.
func (v *validation) order(negotiation string, id uuid.UUID) (uint64, bool) {
	l := v.ledgers[negotiation]
	if at, ok := l.Position(id); ok {
		return at, true
	}
	j, ok := v.first[eventName{negotiation, id}]
	return l.Head() + 1 + uint64(j), ok
}

// replaces demands that an event is replaced by one of its sort. Registrations
// and repairs are looked for among the events that were recorded as such, so an
// event that became one by correction would count for nothing.
func (v *validation) replaces(c Candidate, path string, target uuid.UUID, by Act) {
	var repair, registration bool
	l := v.ledgers[c.Event.Negotiation]
	if _, recorded := l.Position(target); recorded {
		repair, registration = l.repairs.holds(target), l.holdsName(target)
	} else if j, ok := v.first[eventName{c.Event.Negotiation, target}]; ok {
		repair, registration = isRepair(v.in[j].Event.Act), IsRegistration(v.in[j].Event.Act)
	} else {
		return // the reference is faulted already
	}
	if by == nil || isRepair(by) == repair && IsRegistration(by) == registration {
		return
	}
	was := "an event that is neither registration nor repair"
	switch {
	case repair:
		was = "a correction or withdrawal"
	case registration:
		was = "a registration"
	}
	v.faults = append(v.faults, c.fault(path, NotAllowed, TypeOf(by), "cannot replace "+was, "withdraw that one, and record this as an event of its own"))
}
