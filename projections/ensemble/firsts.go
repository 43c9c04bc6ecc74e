package ensemble

import (
	"math"
	"slices"

	"parley/domain"
	"parley/projections"
)

// The happenings whose first day is told of every run.
const (
	FirstAgreement    = "agreement"
	FirstRetraction   = "retraction"
	FirstCeasefireEnd = "ceasefire-end"
)

// firsts are they, with what makes an act one of them.
var firsts = [...]struct {
	name string
	is   func(domain.Act) bool
}{
	{FirstAgreement, func(a domain.Act) bool { return slices.Contains(agreed, projections.RungOf(a)) }},
	{FirstRetraction, func(a domain.Act) bool { _, ok := a.(domain.CommitmentRetracted); return ok }},
	{FirstCeasefireEnd, func(a domain.Act) bool {
		c, ok := a.(domain.CeasefireStatusDeclared)
		return ok && (c.Status == "ended" || c.Status == "suspended")
	}},
}

// agreed are the rungs from verbally-confirmed on.
var agreed = projections.Rungs()[slices.Index(projections.Rungs(), "verbally-confirmed"):]

// first is whether a run has one of the firsts, and when.
type first struct {
	happens bool
	at      domain.Instant // the latest bound; Future where there is none
}

// firsts finds them in the events of a run.
func (t *tally) firsts(events []*domain.Event) (out [len(firsts)]first) {
	for _, e := range events {
		for i := range firsts {
			if !firsts[i].is(e.Act) {
				continue
			}
			bounds, moves := t.base.Moves(e)
			if moves && (!out[i].happens || bounds.Latest < out[i].at) {
				out[i] = first{true, bounds.Latest}
			}
		}
	}
	return out
}

// timing collects the days of one of the firsts.
type timing struct {
	happens int
	millis  []int64 // from the origin, of those that are dated
}

func (t *timing) add(f first, origin domain.Instant) {
	if !f.happens {
		return
	}
	t.happens++
	if f.at != domain.Future {
		t.millis = append(t.millis, int64(f.at-origin))
	}
}

// days are milliseconds in days, to a thousandth: some one and a half minutes.
func days(millis int64) float64 {
	const dayMillis = 24 * 60 * 60 * 1000
	return round(float64(millis)/dayMillis, 1000)
}

// round leaves so many parts of one.
func round(x, parts float64) float64 { return math.Round(x*parts) / parts }

// quantiles are those of a list that it sorts, nil for an empty one.
func quantiles(millis []int64) *Quantiles {
	if len(millis) == 0 {
		return nil
	}
	slices.Sort(millis)
	at := func(percent int) float64 {
		rank := (percent*len(millis) + 99) / 100 // rounded up, from 1
		return days(millis[max(rank, 1)-1])
	}
	return &Quantiles{at(5), at(25), at(50), at(75), at(95)}
}

// stderr is the standard error of a share: count of n.
func stderr(count, n int) float64 {
	share := float64(count) / float64(n)
	return round(math.Sqrt(float64(share*(1-share))/float64(n)), 1e6)
}
