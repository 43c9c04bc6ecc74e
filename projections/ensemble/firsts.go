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

// firsts are they, as a continuation tells of them.
var firsts = [...]struct {
	name string
	of   func(projections.Firsts) projections.First
}{
	{FirstAgreement, func(f projections.Firsts) projections.First { return f.Agreement }},
	{FirstRetraction, func(f projections.Firsts) projections.First { return f.Retraction }},
	{FirstCeasefireEnd, func(f projections.Firsts) projections.First { return f.CeasefireEnd }},
}

// MaxDays is how far from the origin, either way, something can be dated and have its
// days counted: a hundred years.
const MaxDays = 36_500

const dayMillis = 24 * 60 * 60 * 1000

// daysTo is how long after the origin something has happened first, in milliseconds.
// It is not dated if nothing bounds it, or out of all reason.
func (t *tally) daysTo(f projections.First) (millis int64, dated bool) {
	if f.By == domain.Future || f.By == domain.Past {
		return 0, false
	}
	millis = int64(f.By) - int64(t.origin)
	return millis, -MaxDays*dayMillis <= millis && millis <= MaxDays*dayMillis
}

// timing collects the days of one of the firsts.
type timing struct {
	happens int
	before  int
	millis  []int64 // from the origin, of those that are dated
}

func (t *timing) add(millis int64, dated bool) {
	t.happens++
	if dated {
		t.millis = append(t.millis, millis)
		if millis < 0 {
			t.before++
		}
	}
}

// days are milliseconds in days, to a thousandth: some one and a half minutes.
func days(millis int64) float64 {
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
