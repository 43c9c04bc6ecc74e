package eventstore

import (
	"fmt"

	"parley/domain"
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
			faults = append(faults, d.sizeFault(e, n))
		}
	}
	return faults
}

// size is how many bytes an event takes once it is stamped. What does not encode, which
// is told later, takes none.
func (d *door) size(e *domain.Event) int {
	stamped := *e
	stamped.Recorded = d.store.opts.Now()
	stamped.SupposedBy = domain.BranchID(d.books[e.Negotiation].at.Branch)
	raw, err := domain.Encode(&stamped)
	if err != nil {
		return 0
	}
	return len(raw)
}

func (d *door) sizeFault(e *domain.Event, size int) domain.Fault {
	return domain.Fault{
		Place: d.placeOf(e), Problem: domain.TooLarge, Read: e.Name(),
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
