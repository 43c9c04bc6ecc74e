package live

import (
	"cmp"
	"fmt"
)

// blur is a stretch of the log, from one entry up to but without another, at which a
// hub has no state of a negotiation: it went over it within one step.
type blur struct{ from, to uint64 }

// blursMax bounds how many are remembered of a negotiation; what comes before them
// is forgotten.
const blursMax = 1024

// passOver notes what a step goes over. What could not be folded is gone over by the
// step that gets over it: another process may not have met the fault.
func (t *talks) passOver(st state) {
	t.behind = cmp.Or(t.behind, st.since)
	if st.Fault == "" {
		t.blurred(blur{t.behind, st.Position})
		t.behind = 0
	}
}

func (t *talks) blurred(b blur) {
	if b.from == 0 || b.from >= b.to {
		return
	}
	if len(t.blurs) >= blursMax {
		t.floor = max(t.floor, t.blurs[0].to)
		t.blurs = t.blurs[1:]
	}
	t.blurs = append(t.blurs, b)
}

// unknown says why a reader cannot go on from a cursor, empty if it can. Nobody has more
// than is reflected once he has waited for it.
func (h *Hub) unknown(negotiation string, t *talks, cursor uint64) string {
	if from := h.lateFrom(negotiation); from > 0 && cursor >= from {
		return fmt.Sprintf("the cursor #%d is ahead of what is reflected of %s here, which ends before #%d", cursor, negotiation, from)
	}
	if cursor < t.floor {
		return fmt.Sprintf("what changed in %s before #%d is forgotten, the cursor is #%d", negotiation, t.floor, cursor)
	}
	for _, b := range t.blurs {
		if b.from <= cursor && cursor < b.to {
			return fmt.Sprintf("what %s was at the cursor #%d is not known here", negotiation, cursor)
		}
	}
	return ""
}
