package live

import (
	"math"
	"time"
)

// Late is what is not folded yet of a negotiation that takes long. The zero value says
// that nothing is.
type Late struct {
	Entries int       // how many there are, by the last step
	From    uint64    // position of the first of them
	Since   time.Time // when that was read
}

// lateFrom is the position of the first entry of a negotiation that is not reflected:
// not yet, or because it cannot be folded. It is 0 if all are.
func (h *Hub) lateFrom(negotiation string) uint64 {
	from := h.late[negotiation].From
	if t := h.talks[negotiation]; t != nil && t.behind > 0 && (from == 0 || t.behind < from) {
		from = t.behind
	}
	return from
}

// lateOf lists the negotiations somebody wants of which not all is reflected up to the
// position of the hub, with what each reflects; nil if there are none.
func (h *Hub) lateOf(want Request) map[string]uint64 {
	var late map[string]uint64
	add := func(negotiation string, reflected uint64) {
		if want.Admits(negotiation) {
			if late == nil {
				late = map[string]uint64{}
			}
			late[negotiation] = reflected
		}
	}
	for n := range h.late {
		add(n, h.negotiationAt(n))
	}
	for n, t := range h.talks {
		if t.behind > 0 {
			add(n, t.summary.Position)
		}
	}
	return late
}

func (h *Hub) negotiationAt(id string) uint64 {
	if t := h.talks[id]; t != nil {
		return t.summary.Position
	}
	return 0
}

// tried tells whether all that a negotiation has up to a position was folded, or could
// not be; of all negotiations if none is given.
func (h *Hub) tried(negotiation string, position uint64) bool {
	if h.position < position {
		return false
	}
	if negotiation != "" {
		from := h.late[negotiation].From
		return from == 0 || from > position
	}
	for _, w := range h.late {
		if w.From <= position {
			return false
		}
	}
	return true
}

// Position is how far the log is reflected: of every negotiation all up to there, unless
// it cannot be folded.
func (h *Hub) Position() uint64 {
	h.mu.RLock()
	defer h.mu.RUnlock()
	first := uint64(math.MaxUint64)
	for _, w := range h.late {
		first = min(first, w.From)
	}
	return min(h.position, first-1)
}

// at is how far somebody who goes on has a negotiation.
func (w Request) at(negotiation string) uint64 {
	if at, late := w.Late[negotiation]; late {
		return at
	}
	return w.Cursor
}

// from is the position up to which somebody who goes on has all negotiations.
func (w Request) from() uint64 {
	from := w.Cursor
	for _, at := range w.Late {
		from = min(from, at)
	}
	return from
}

// ahead tells whether somebody who goes on has more than there is here yet.
func (h *Hub) ahead(want Request) bool {
	if want.Cursor > h.position {
		return true
	}
	for n := range h.lateOf(want) {
		if want.at(n) >= h.lateFrom(n) {
			return true
		}
	}
	return false
}
