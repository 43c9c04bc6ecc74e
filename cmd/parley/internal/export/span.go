package export

import (
	"parley/domain"
	"parley/projections"
)

// spanOf is from when to when a happening can have been. Where a clock time
// contradicts the date, the bounds of a happening cross; it is shown between them.
func spanOf(h *projections.Happening) domain.Bounds {
	b := h.Bounds
	return domain.Bounds{Earliest: min(b.Earliest, b.Latest), Latest: max(b.Earliest, b.Latest)}
}

// bound is a bound in time, empty if there is none.
func bound(i domain.Instant) string {
	if i == domain.Past || i == domain.Future {
		return ""
	}
	return i.String()
}

// sayable tells whether RFC 3339 has a text for a moment.
func sayable(i domain.Instant) bool {
	return i != domain.Past && i != domain.Future && i.Time().Year() >= 0 && i.Time().Year() <= 9999
}
