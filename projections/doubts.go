package projections

import (
	"cmp"
	"slices"

	"parley/domain"
)

// inquiry is what several values of one print are read with: what is worked out once
// for all of them. It is used by one goroutine.
type inquiry struct {
	*Picture

	walk *walk
	acts map[domain.DraftID]textActs
}

func (p *Picture) inquire() *inquiry {
	return &inquiry{Picture: p, walk: &walk{order: p.order}, acts: map[domain.DraftID]textActs{}}
}

// doubts are what is not certain about what is filed, so that it can be read in other
// ways.
type doubts struct {
	filed   []*Happening
	denials []*Account
	denied  map[*Account][]*Happening
	meant   []*Happening // retractions that may mean another version
	loose   []*Happening // retractions whose order is not known
	looseBy []*Account   // of all of them, also where only some are looked at
}

func (q *inquiry) doubts(filed []*Happening) *doubts {
	d := &doubts{filed: filed, loose: q.looseRetractions(filed)}
	d.denials, d.denied = denialsOf(filed)
	for _, r := range ofType[domain.CommitmentRetracted](filed) {
		if q.ambiguous(r) {
			d.meant = append(d.meant, r)
		}
	}
	for _, r := range d.loose {
		d.looseBy = append(d.looseBy, r.Lead)
	}
	return d
}

// denialsOf lists who denies something, and what.
func denialsOf(filed []*Happening) (denials []*Account, denied map[*Account][]*Happening) {
	denied = map[*Account][]*Happening{}
	for _, h := range filed {
		for _, d := range h.Denials {
			if denied[d] == nil {
				denials = append(denials, d)
			}
			denied[d] = append(denied[d], h)
		}
	}
	return denials, denied
}

// among are the doubts about some of what is filed, where the rest changes nothing.
func (d *doubts) among(filed []*Happening) *doubts {
	in := make(map[*Happening]bool, len(filed))
	for _, h := range filed {
		in[h] = true
	}
	only := func(hs []*Happening) (out []*Happening) {
		for _, h := range hs {
			if in[h] {
				out = append(out, h)
			}
		}
		return out
	}
	_, denied := denialsOf(filed)
	return &doubts{
		filed: filed, denied: denied, meant: only(d.meant), loose: only(d.loose), looseBy: d.looseBy,
		denials: slices.DeleteFunc(slices.Clone(d.denials), func(a *Account) bool { return denied[a] == nil }),
	}
}

// rereading reads what is filed in other ways than it is read.
type rereading[T any] interface {
	// without reads it with some left out, and one in the place of the first of them.
	without(left []*Happening, instead *Happening) T
	// earlier reads a loose retraction as having come before what it is unordered with.
	earlier(r *Happening) T
	// allEarlier reads all loose retractions so.
	allEarlier() T
}

// alternatives goes through the other ways to read what is filed: one happening by
// another of its accounts, all that somebody denies left out, a retraction that may
// mean another version left out, a retraction whose order is not known read as the
// earlier one, and all of these together.
func alternatives[T any](d *doubts, read rereading[T], found func(T, Reason, ...*Account)) {
	for _, h := range d.filed {
		for _, a := range h.Accounts[1:] {
			other := *h
			other.Lead = a
			found(read.without([]*Happening{h}, &other), Accounts, a)
		}
	}
	for _, a := range d.denials {
		found(read.without(d.denied[a], nil), Denied, a)
	}
	for _, r := range d.meant {
		found(read.without([]*Happening{r}, nil), Unversioned, r.Lead)
	}
	for _, r := range d.loose {
		found(read.earlier(r), Unordered, r.Lead)
	}
	if len(d.looseBy) > 1 {
		found(read.allEarlier(), Unordered, d.looseBy...)
	}
}

// looseRetractions lists retractions that name no act and whose order to something
// else is not known.
func (q *inquiry) looseRetractions(filed []*Happening) (out []*Happening) {
	byEarliest := slices.Clone(filed)
	slices.SortFunc(byEarliest, func(a, b *Happening) int { return cmp.Compare(a.Bounds.Earliest, b.Bounds.Earliest) })
	ends := newCrest(len(byEarliest), func(i int) domain.Instant { return byEarliest[i].Bounds.Latest })
	for _, r := range filed {
		if !takesUnnamed(r) {
			continue
		}
		q.walk.around(r)
		for i := ends.next(0, r.Bounds.Earliest); i < len(byEarliest); i = ends.next(i+1, r.Bounds.Earliest) {
			h := byEarliest[i]
			if h.Bounds.Earliest > r.Bounds.Latest {
				break
			}
			if h != r && !q.walk.met(h) {
				out = append(out, r)
				break
			}
		}
	}
	return out
}
