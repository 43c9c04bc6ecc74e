package projections

import (
	"slices"
	"time"

	"parley/domain"
)

// printCoverage shows what the record does not hold: which parties and mediators
// have no identified voice, how many accounts come from a side that no source
// tells, and which days and hours no happening certainly lies in.
func (p *Picture) printCoverage() *Node {
	n := object()
	by := map[domain.ActorID][]*Account{}
	for _, a := range p.Accounts {
		for _, actor := range p.speaksFor(a.SideOrUnknown()) {
			by[actor] = append(by[actor], a)
		}
	}
	voices, silent := object(), list()
	for _, id := range sortedKeys(p.Registry.Actors) {
		kind := p.Registry.Actors[id].Kind
		if kind != "party" && kind != "mediator" {
			continue
		}
		voices.put(string(id), p.voice(by[id], string(kind)))
		if len(by[id]) == 0 {
			silent.append(string(id), leaf(string(id), "no account of the view is of this side"))
		}
	}
	n.put("voices", voices).put("silent", silent)
	unknown := by[domain.UnknownSide]
	n.put("unknownSide", p.voice(unknown, ""))
	return n.put("days", p.days())
}

// voice counts the accounts of one side, those of named speakers apart.
func (p *Picture) voice(accounts []*Account, kind string) *Node {
	var named []*Account
	for _, a := range accounts {
		if a.Source != nil && a.Source.Attribution == "named" {
			named = append(named, a)
		}
	}
	n := object().text("kind", kind, "as registered")
	n.put("accounts", leaf(len(accounts), "accounts whose side it is", accounts...))
	n.put("named", leaf(len(named), "of which the speaker is named", named...))
	return n.put("origins", leaf(p.links.origins(accounts, p.Registry), "named speakers, else document and label; same statements count once", accounts...))
}

// speaksFor lists a side and every actor that it is registered as a member of.
func (p *Picture) speaksFor(side domain.ActorID) []domain.ActorID {
	out := []domain.ActorID{side}
	for i := 0; i < len(out); i++ {
		for _, up := range p.Registry.Actors[out[i]].MemberOf {
			if !slices.Contains(out, up) {
				out = append(out, up)
			}
		}
	}
	return out
}

// maxDays bounds the span that coverage goes through day by day.
const maxDays = 3660

// days tells, between the first and the last day on which a happening certainly
// lies, the days and the clock hours that none covers. A happening covers a day if
// all of its bounds lie in it, or if it is said to have lasted through it.
func (p *Picture) days() *Node {
	zone := p.Registry.Zone()
	count, hours := map[string][]*Account{}, map[string]map[int]bool{}
	for _, h := range p.Happenings {
		if h.Moves() {
			p.coverDays(h, zone, count, hours)
		}
	}
	n := object()
	covered := sortedKeys(count)
	if len(covered) == 0 {
		return n.put("covered", object()).put("uncovered", list())
	}
	each := object()
	for _, d := range covered {
		day := object().put("accounts", leaf(len(count[d]), "accounts that certainly lie in it", count[d]...))
		if len(hours[d]) > 0 {
			day.put("uncoveredHours", uncoveredHours(hours[d]))
		}
		each.put(d, day)
	}
	gaps := list()
	first, _ := time.ParseInLocation(time.DateOnly, covered[0], zone)
	for i := 1; i < maxDays; i++ {
		d := first.AddDate(0, 0, i).Format(time.DateOnly)
		if d >= covered[len(covered)-1] {
			break
		}
		if count[d] == nil {
			gaps.append(d, leaf(d, "no happening certainly lies in it"))
		}
	}
	return n.put("first", leaf(covered[0], "first day that is covered", count[covered[0]]...)).
		put("last", leaf(covered[len(covered)-1], "last day that is covered", count[covered[len(covered)-1]]...)).
		put("covered", each).put("uncovered", gaps)
}

// coverDays notes the days, and where clock times are known the hours, that a
// happening covers.
func (p *Picture) coverDays(h *Happening, zone *time.Location, count map[string][]*Account, hours map[string]map[int]bool) {
	b := h.Bounds
	if b.Earliest == domain.Past || b.Latest == domain.Future {
		return
	}
	from, to := b.Earliest.Time().In(zone), b.Latest.Time().In(zone)
	sameDay := from.YearDay() == to.YearDay() && from.Year() == to.Year()
	lasted := h.Lead.Event.Occurred.Lasts()
	if !sameDay && !lasted || to.Sub(from) > maxDays*24*time.Hour {
		return
	}
	for at := from; !at.After(to); at = at.AddDate(0, 0, 1) {
		d := at.Format(time.DateOnly)
		count[d] = append(count[d], h.Accounts...)
	}
	if c := h.Lead.Clock; c != nil && !c.Start.IsZero() && !c.End.IsZero() && c.End.Sub(c.Start) < maxDays*time.Hour {
		for at := c.Start.In(zone).Truncate(time.Hour); at.Before(c.End); at = at.Add(time.Hour) {
			d := at.Format(time.DateOnly)
			if hours[d] == nil {
				hours[d] = map[int]bool{}
			}
			hours[d][at.Hour()] = true
		}
	}
}

func uncoveredHours(covered map[int]bool) *Node {
	n := list()
	for h := range 24 {
		if !covered[h] {
			n.append("", leaf(h, "no clock time of the view lies in this hour"))
		}
	}
	return n
}
