package eventstore

import (
	"fmt"

	"parley/domain"

	"github.com/google/uuid"
)

// tooLarge finds the events that are too large to store, before anything is
// stored. Encoding them all beforehand would double the work of an import, so only
// those are encoded that may be too large.
func (d *door) tooLarge(events []*domain.Event) domain.Faults {
	var faults domain.Faults
	for _, e := range events {
		if domain.SizeBound(e) <= domain.MaxEventBytes {
			continue
		}
		if n := d.size(e); n > domain.MaxEventBytes {
			faults = append(faults, sizeFault(d.placeOf(e), e, n))
		}
	}
	return faults
}

// alsoTooLarge finds the events that are too large in an input that has other faults, so
// that all are told at once. What is recorded already is not among them.
func (d *door) alsoTooLarge() domain.Faults {
	type name struct {
		negotiation string
		id          uuid.UUID
	}
	given := map[name]bool{}
	var faults domain.Faults
	for _, c := range d.in {
		e := c.Event
		if domain.SizeBound(e) <= domain.MaxEventBytes {
			continue
		}
		if l := d.ledgers[e.Negotiation]; l != nil {
			if recorded, same := l.Holds(e); recorded && same {
				continue
			}
		}
		// The same event again is passed over. What is at fault may have no id.
		one := name{e.Negotiation, e.ID}
		if given[one] && e.ID != uuid.Nil {
			continue
		}
		given[one] = true
		if n := d.size(e); n > domain.MaxEventBytes {
			faults = append(faults, sizeFault(c.Place("key"), e, n))
		}
	}
	return faults
}

// size is how many bytes an event takes once it is stamped. What is wrong with it is told
// elsewhere.
func (d *door) size(e *domain.Event) int {
	stamped := *e
	stamped.Recorded = d.store.opts.Now()
	if k := d.books[e.Negotiation]; k != nil { // else it is no negotiation, which is told
		stamped.SupposedBy = domain.BranchID(k.at.Branch)
	}
	return domain.SizeAtLeast(&stamped)
}

func sizeFault(at domain.Place, e *domain.Event, size int) domain.Fault {
	return domain.Fault{
		Place: at, Problem: domain.TooLarge, Read: e.Name(),
		Reason: fmt.Sprintf("the event takes %d bytes, at most %d can be stored", size, domain.MaxEventBytes),
		Hint:   "keep quotes and notes short, and leave the document itself where it is",
	}
}

// placeOf finds where an event, or the row that a correction was made of, stands
// in the input.
func (d *door) placeOf(e *domain.Event) domain.Place {
	id := e.ID
	if c, ok := e.Act.(domain.EventCorrected); ok && d.opt.Handling.Correct != "" {
		id = c.Target.Resolve(e.Negotiation)
	}
	for _, c := range d.in {
		if c.Event.ID == id && c.Event.Negotiation == e.Negotiation {
			return c.Place("key")
		}
	}
	return domain.Place{}
}
