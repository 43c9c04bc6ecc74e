package projections

import (
	"cmp"
	"time"

	"parley/domain"
)

// zoner gives a time zone when it is needed.
type zoner func() *time.Location

// zoneOf finds the time zone in which a recorded-by date is read: that of the
// first registration in the log.
func zoneOf(log []domain.Entry) zoner {
	return func() *time.Location {
		for _, e := range log {
			if e.Event == nil {
				continue
			}
			if n, ok := e.Event.Act.(domain.NegotiationRegistered); ok {
				r := domain.NewRegistry()
				r.Add(n)
				return r.Zone()
			}
		}
		return time.UTC
	}
}

// gradeOf is the reliability that an account states for its source, else the one
// by which the source was graded at the time of the report.
func (s *Selection) gradeOf(a *Account) domain.Reliability {
	if a.Reliability != "" || a.Source == nil {
		return a.Reliability
	}
	var grade domain.Reliability
	from := domain.Past
	known := a.Reported.Bounds(s.Registry.Zone()).Earliest
	for _, g := range s.Registry.Grades {
		if g.Source != a.Source.Document && g.Source != a.Source.Outlet && g.Source != a.Source.Speaker {
			continue
		}
		holds := domain.Past
		if !g.From.IsZero() {
			holds = g.From.Bounds(s.Registry.Zone()).Earliest
		}
		if holds <= known && holds >= from {
			grade, from = g.Reliability, holds
		}
	}
	return grade
}

// byWeight orders accounts of one happening, the leading one first: reliability,
// credibility, vantage, earliest report, id. Grades that cannot be judged come
// last, and so do accounts that do not say when they were reported.
func byWeight(a, b *Account) int {
	return cmp.Or(
		cmp.Compare(gradeRank(string(a.grade), a.grade.Judged()), gradeRank(string(b.grade), b.grade.Judged())),
		cmp.Compare(gradeRank(string(a.Credibility), a.Credibility.Judged()), gradeRank(string(b.Credibility), b.Credibility.Judged())),
		cmp.Compare(vantageOf(a), vantageOf(b)),
		cmp.Compare(a.stated, b.stated),
		cmp.Compare(a.ID.String(), b.ID.String()),
	)
}

func gradeRank(grade string, judged bool) byte {
	if !judged {
		return '~'
	}
	return grade[0]
}

func vantageOf(a *Account) int {
	if a.Source == nil {
		return domain.Vantage("").Rank()
	}
	return a.Source.Vantage.Rank()
}
