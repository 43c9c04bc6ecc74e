package projections

import (
	"slices"
	"strings"

	"parley/domain"

	"github.com/google/uuid"
)

// Happening is what accounts of one act tell together.
type Happening struct {
	Lead     *Account   // the account whose values are shown
	Accounts []*Account // that assert the act, the leading one first
	Denials  []*Account // that deny it
	Plans    []*Account // that announce it
	Bounds   domain.Bounds
	group    int
	rank     int // place in the line of the picture; neighbours leave room
}

// Moves tells whether any account asserts the act.
func (h *Happening) Moves() bool { return len(h.Accounts) > 0 }

// Act is the act as the leading account has it.
func (h *Happening) Act() domain.Act { return h.Lead.Act }

// Name is the key or id of the leading account.
func (h *Happening) Name() string { return h.Lead.Name() }

// Round is the round that the accounts name; the leading account that names one
// decides.
func (h *Happening) Round() domain.RoundID {
	for _, a := range h.Accounts {
		if a.Round != "" {
			return a.Round
		}
	}
	return h.Lead.Round
}

// has tells whether one of the accounts, denials or plans has this id.
func (h *Happening) has(id uuid.UUID) bool {
	is := func(a *Account) bool { return a.ID == id }
	return slices.ContainsFunc(h.Accounts, is) || slices.ContainsFunc(h.Denials, is) || slices.ContainsFunc(h.Plans, is)
}

// merge joins the accounts of a selection into happenings, in order, and gives
// every denial to what it denies.
func (p *Picture) merge() {
	at := map[int]*Happening{}
	var all []*Happening
	for _, a := range p.Accounts {
		h, ok := at[a.group]
		if !ok {
			h = &Happening{group: a.group}
			at[a.group] = h
			all = append(all, h)
		}
		switch {
		case a.Modality.Moves():
			h.Accounts = append(h.Accounts, a)
		case a.Modality == domain.Negated:
			h.Denials = append(h.Denials, a)
		default:
			h.Plans = append(h.Plans, a)
		}
	}
	visible := p.groupBounds(p.Accounts)
	for _, h := range all {
		slices.SortFunc(h.Accounts, byWeight)
		slices.SortFunc(h.Denials, byWeight)
		slices.SortFunc(h.Plans, byWeight)
		h.Lead = slices.Concat(h.Accounts, h.Denials, h.Plans)[0]
		h.Bounds = visible[h.group]
	}
	p.fit(all)
	p.deny(all)
	p.Happenings = p.line(all)
	for i, h := range p.Happenings {
		h.rank = (i + 1) * rankGap
	}
}

// fit tightens the bounds of the visible happenings along the order, through the
// hidden ones. What only the as-of cut hides has the bounds that it would have if it
// were seen, so that cutting changes the order of nothing that is left.
func (p *Picture) fit(all []*Happening) {
	bounds := slices.Clone(p.order.bounds)
	seen := make([]bool, len(bounds))
	believed := p.groupBounds(p.believed)
	for _, a := range p.believed {
		seen[a.group] = true
	}
	for g := range bounds {
		if seen[g] {
			bounds[g] = believed[g]
		}
	}
	for _, h := range all {
		bounds[h.group] = h.Bounds
	}
	tighten(p.order.graph, bounds)
	p.order.bounds = bounds
	for _, h := range all {
		h.Bounds = bounds[h.group]
	}
}

// deny hands the denials that no same-act link binds to the happenings they
// deny: those they are linked to by contradicts, else those of the same act.
func (p *Picture) deny(all []*Happening) {
	denied := map[*Happening][]*Account{}
	for _, d := range all {
		if d.Moves() {
			continue
		}
		for _, denial := range d.Denials {
			for _, h := range p.deniedBy(denial, all) {
				denied[h] = append(denied[h], denial)
			}
		}
	}
	// Only now: a denial that was handed over must not draw others after it.
	for h, denials := range denied {
		h.Denials = append(h.Denials, denials...)
		slices.SortFunc(h.Denials, byWeight)
	}
}

func (p *Picture) deniedBy(denial *Account, all []*Happening) []*Happening {
	var linked, alike []*Happening
	for _, h := range all {
		switch {
		case !h.Moves():
		case slices.ContainsFunc(p.links.contradict[denial.ID], h.has):
			linked = append(linked, h)
		case denies(denial, h):
			alike = append(alike, h)
		}
	}
	if len(linked) > 0 {
		return linked
	}
	return alike
}

// denies tells whether a negated event speaks of the act that a happening is: the
// same type, a date that can be the same, actors that can be, and nothing that the
// denial says of the act differs. How something was put may differ.
func denies(d *Account, h *Happening) bool {
	return slices.ContainsFunc(h.Accounts, func(a *Account) bool {
		return d.Type() == a.Type() && agree(d.Round, a.Round) && agree(d.Session, a.Session) && shareActors(d, a) &&
			!d.Occurred.Precedes(a.Occurred) && !a.Occurred.Precedes(d.Occurred) && sameAct(d.Event, a.Event)
	})
}

// wording are fields that tell how an act was put, or why; not which it was.
var wording = map[string]bool{"act.exactWords": true, "act.reason": true, "act.latency": true, "act.condition": true, "act.answers": true}

// sameAct tells whether no field that both events give for their act differs.
func sameAct(a, b *domain.Event) bool {
	values := map[string]string{}
	for _, v := range domain.Unbind(a) {
		if strings.HasPrefix(v.Path, "act.") && !wording[v.Path] {
			slices.Sort(v.Items)
			values[v.Path] = strings.Join(v.Items, "|")
		}
	}
	for _, v := range domain.Unbind(b) {
		slices.Sort(v.Items)
		if said, ok := values[v.Path]; ok && said != strings.Join(v.Items, "|") {
			return false
		}
	}
	return true
}

// agree tells whether two values can be the same; an absent one can be any.
func agree[T comparable](a, b T) bool {
	var none T
	return a == none || b == none || a == b
}

// identity is the text that an act is about.
type identity struct {
	draft   domain.DraftID
	version int
}

func identityOf(a domain.Act) identity {
	switch a := a.(type) {
	case domain.DraftRevised:
		return identity{a.Draft, a.Version}
	case domain.DraftFinalized:
		return identity{a.Draft, a.Version}
	case domain.ConfirmationSought:
		return identity{a.Draft, a.Version}
	case domain.VerbalConfirmationGiven:
		return identity{a.Draft, a.Version}
	case domain.CommitmentRetracted:
		return identity{a.Draft, a.Version}
	case domain.AgreementSigned:
		return identity{a.Draft, a.Version}
	case domain.SignatureDeclined:
		return identity{a.Draft, a.Version}
	case domain.RatificationDecided:
		return identity{a.Draft, a.Version}
	default:
		return identity{}
	}
}
