package export

import (
	"slices"
	"time"

	"parley/domain"
	"parley/projections"
)

// axis maps time to the width of a plot. Between the dates that anything is known
// of, long empty spans are shortened and marked as breaks; all else is to scale.
// Both ends have room for what has no bound.
type axis struct {
	left, right float64 // of the plot, with the room for what has no bound
	points      []domain.Instant
	at          []float64 // where each point stands
	idle        []bool    // whether the span after a point is a break
}

const (
	axisRoom  = 26.0         // at each end, for what has no bound there
	axisBreak = tickRoom + 4 // width of a break
	idleTimes = 3            // a span is idle if it is longer than so many times all shorter ones together
	idleLeast = domain.Instant(3 * 24 * time.Hour / time.Millisecond)
)

// newAxis makes an axis of everything that bounds a happening.
func newAxis(happenings []*projections.Happening, left, right float64) *axis {
	a := &axis{left: left, right: right}
	for _, h := range happenings {
		for _, i := range []domain.Instant{h.Bounds.Earliest, h.Bounds.Latest} {
			if sayable(i) {
				a.points = append(a.points, i)
			}
		}
	}
	slices.Sort(a.points)
	a.points = slices.Compact(a.points)
	a.scale()
	return a
}

// scale gives every point its place.
func (a *axis) scale() {
	if len(a.points) == 0 {
		return
	}
	spans := make([]domain.Instant, 0, len(a.points))
	for i := range a.points[1:] {
		spans = append(spans, a.points[i+1]-a.points[i])
	}
	longest := idleAbove(spans)
	var drawn domain.Instant
	breaks := 0
	a.idle = make([]bool, len(spans))
	for i, s := range spans {
		if a.idle[i] = s > longest; a.idle[i] {
			breaks++
		} else {
			drawn += s
		}
	}
	width := a.right - a.left - 2*axisRoom
	each := axisBreak
	if breaks > 0 {
		each = min(each, width/3/float64(breaks))
	}
	perMilli := 0.0
	if drawn > 0 {
		perMilli = (width - each*float64(breaks)) / float64(drawn)
	}
	x := a.left + axisRoom
	a.at = append(a.at, x)
	for i, s := range spans {
		if a.idle[i] {
			x += each
		} else {
			x += float64(s) * perMilli
		}
		a.at = append(a.at, x)
	}
}

// idleAbove is the length above which a span is idle.
func idleAbove(spans []domain.Instant) domain.Instant {
	var together domain.Instant
	for _, s := range slices.Sorted(slices.Values(spans)) {
		if together > 0 && s > idleTimes*together && s > idleLeast {
			return s - 1
		}
		together += s
	}
	return domain.Future
}

// x is where a moment stands; what has no bound stands at the edge.
func (a *axis) x(i domain.Instant) float64 {
	switch {
	case i == domain.Past || len(a.points) == 0 && i != domain.Future:
		return a.left
	case i == domain.Future:
		return a.right
	case i <= a.points[0]:
		return a.at[0]
	}
	n, exact := slices.BinarySearch(a.points, i)
	if exact {
		return a.at[n]
	}
	if n == len(a.points) {
		return a.at[n-1]
	}
	part := float64(i-a.points[n-1]) / float64(a.points[n]-a.points[n-1])
	return a.at[n-1] + part*(a.at[n]-a.at[n-1])
}

// tick is a date on the axis.
type tick struct {
	x    float64
	text string
}

// tickRoom is how far apart the dates of an axis stand at least.
const tickRoom = 62.0

// ticks are days of the negotiation's time zone, or hours where those are wide. None
// stands in a break, but both sides of one have their date.
func (a *axis) ticks(zone *time.Location) []tick {
	var out []tick
	last, year := a.left-tickRoom, 0
	add := func(t time.Time, layout string) {
		x := a.x(domain.InstantOf(t))
		if x-last < tickRoom {
			return
		}
		if t.Year() != year {
			year, layout = t.Year(), layout+" 2006"
		}
		out = append(out, tick{x, t.Format(layout)})
		last = x
	}
	for i, p := range a.points {
		from := p.Time().In(zone)
		if i == len(a.points)-1 || a.idle[i] {
			if i == 0 || a.idle[i-1] { // alone between breaks
				add(from, "2 Jan")
			}
			continue
		}
		to := a.points[i+1].Time().In(zone)
		perHour := (a.at[i+1] - a.at[i]) / max(to.Sub(from).Hours(), 1e-9)
		t, next, layout := firstTick(from, perHour)
		for ; !t.After(to); t = next(t) {
			if !t.Before(from) {
				add(t, layout)
			}
		}
	}
	return out
}

// firstTick is where the ticks of a span begin, and how they go on: by hours where
// an hour is wide enough, else by as many days as fit.
func firstTick(from time.Time, perHour float64) (time.Time, func(time.Time) time.Time, string) {
	midnight := time.Date(from.Year(), from.Month(), from.Day(), 0, 0, 0, 0, from.Location())
	for _, hours := range []int{1, 3, 6} {
		if perHour*float64(hours) >= tickRoom {
			step := time.Duration(hours) * time.Hour
			return midnight, func(t time.Time) time.Time { return t.Add(step) }, "15:04 2 Jan"
		}
	}
	days := 1
	for perHour*24*float64(days) < tickRoom && days < 1<<20 {
		days *= 2
	}
	return midnight, func(t time.Time) time.Time { return t.AddDate(0, 0, days) }, "2 Jan"
}
