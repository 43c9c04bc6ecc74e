package projections

import (
	"time"

	"parley/domain"
)

// Days are the days on which a cut admits more than on the day before, in the time zone
// of the negotiation: what there is to set the two clocks to. Bounds that nobody tells
// have no day.
type Days struct {
	Happened []string `json:"happened"` // for as-of
	Known    []string `json:"known"`    // for known-by
}

// Days lists them for the accounts that the picture shows.
func (p *Picture) Days() Days {
	zone := p.Registry.Zone()
	happened, known := map[string]bool{}, map[string]bool{}
	note := func(days map[string]bool, b domain.Bounds) {
		for _, at := range []domain.Instant{b.Earliest, b.Latest} {
			if at != domain.Past && at != domain.Future {
				days[at.Time().In(zone).Format(time.DateOnly)] = true
			}
		}
	}
	for _, a := range p.Accounts {
		note(happened, a.Occurred)
		note(known, a.Known)
	}
	return Days{append([]string{}, sortedKeys(happened)...), append([]string{}, sortedKeys(known)...)}
}
