package projections

import (
	"cmp"
	"slices"
	"strconv"

	"parley/domain"
)

// evolveRounds files what bears on a round or on the whole process.
func evolveRounds(s State, h *Happening) State {
	switch h.Act().(type) {
	case domain.RoundOpened, domain.SessionHeld, domain.RoundConcluded, domain.MediatorActed:
		if r := h.Round(); r != "" {
			s.rounds = s.rounds.with(r, h)
		}
	case domain.ProcessStatusDeclared:
		s.process = s.process.with(h)
	default:
	}
	return s
}

// printRounds shows every round: whether it is open or ended and with what
// outcome, its sessions, its reported length, and its neighbours. "Ended" is never
// terminal: another round may name it as its previous one.
func (p *Picture) printRounds() *Node {
	out := object()
	next := map[domain.RoundID][]*Account{}
	for _, filed := range inTurn(p, p.State.rounds) {
		for _, a := range accountsWhere(filed, func(*Account) bool { return true }) {
			if o, ok := a.Act.(domain.RoundOpened); ok && o.PreviousRound != "" {
				next[o.PreviousRound] = append(next[o.PreviousRound], a)
			}
		}
	}
	for _, id := range p.roundsInTurn() {
		out.put(string(id), p.printRound(id, p.inOrder(p.State.rounds.of(id)), next[id]))
	}
	return out
}

// roundsInTurn lists the rounds with every round after the one that it names as its
// previous one, by id where that leaves a choice.
func (p *Picture) roundsInTurn() []domain.RoundID {
	previous, depth := map[domain.RoundID]domain.RoundID{}, map[domain.RoundID]int{}
	var ids []domain.RoundID
	for id, filed := range inTurn(p, p.State.rounds) {
		ids = append(ids, id)
		if before := previousRound(filed); before != "" {
			previous[id] = before
		}
	}
	for _, id := range ids {
		depth[id] = depthOf(id, previous, len(ids))
	}
	slices.SortStableFunc(ids, func(a, b domain.RoundID) int { return cmp.Compare(depth[a], depth[b]) })
	return ids
}

// previousRound is the round that the last opening of a round which names one names
// as its previous.
func previousRound(filed []*Happening) (previous domain.RoundID) {
	for _, h := range ofType[domain.RoundOpened](filed) {
		if o, ok := h.Act().(domain.RoundOpened); ok && o.PreviousRound != "" {
			previous = o.PreviousRound
		}
	}
	return previous
}

// depthOf counts the rounds before a round, at most so many: they may name each other.
func depthOf(id domain.RoundID, previous map[domain.RoundID]domain.RoundID, most int) (depth int) {
	for at := previous[id]; at != "" && depth < most; at = previous[at] {
		depth++
	}
	return depth
}

func (p *Picture) printRound(id domain.RoundID, filed []*Happening, next []*Account) *Node {
	n := object().put("id", leaf(string(id), ""))
	opened, concluded := ofType[domain.RoundOpened](filed), ofType[domain.RoundConcluded](filed)
	p.field(n, "status", p.roundStatus(filed), "unknown", "ended by a conclusion that nothing in the round certainly follows")
	p.field(n, "outcome", p.outcome(filed), "", "leading account of the conclusion")
	n.put("days", p.length(concluded, "days as reported", func(c domain.RoundConcluded) (any, bool) { return c.Days, c.Days > 0 }))
	n.put("hours", p.length(concluded, "hours as reported", func(c domain.RoundConcluded) (any, bool) { return c.Hours, c.Hours > 0 }))
	p.field(n, "responsibleAlleged", p.latest(concluded, func(a *Account) (any, bool) {
		c, _ := a.Act.(domain.RoundConcluded)
		return joinIDs(c.ResponsibleAlleged), len(c.ResponsibleAlleged) > 0
	}), "", "who is blamed, by the leading account")
	p.opening(n, opened)
	n.put("mediators", p.mediators(filed))
	n.put("sessions", p.sessions(ofType[domain.SessionHeld](filed)))
	after := map[domain.RoundID][]*Account{}
	for _, a := range next {
		after[a.Round] = append(after[a.Round], a)
	}
	if len(after) == 0 {
		return n
	}
	rounds := list()
	for _, r := range sortedKeys(after) {
		rounds.append(string(r), leaf(string(r), "a round that names this one as its previous", after[r]...))
	}
	return n.put("next", rounds)
}

// outcome is how the round ended, by its last conclusion.
func (p *Picture) outcome(filed []*Happening) reading {
	return p.latest(ofType[domain.RoundConcluded](filed), func(a *Account) (any, bool) {
		c, ok := a.Act.(domain.RoundConcluded)
		return string(c.Outcome), ok && c.Outcome != ""
	})
}

// roundStatus is ended if there is a conclusion that no opening or session of the
// round certainly follows, else open. Where dates leave it open which came first,
// the meaning of the acts tells: a round's sessions precede its conclusion.
func (p *Picture) roundStatus(filed []*Happening) reading {
	var r reading
	var ended, begun []*Happening
	for _, h := range filed {
		switch h.Act().(type) {
		case domain.RoundConcluded:
			ended = append(ended, h)
		case domain.RoundOpened, domain.SessionHeld:
			begun = append(begun, h)
		default:
		}
	}
	for _, e := range ended {
		if !slices.ContainsFunc(begun, func(b *Happening) bool { return p.Precedes(e, b) }) {
			r.add("ended", "", e.Accounts...)
			for _, d := range e.Denials {
				r.add("open", Denied, d)
			}
		}
	}
	if !r.known() && len(begun) > 0 {
		r.add("open", "", begun[len(begun)-1].Accounts...)
	}
	return r
}

// length shows every length that accounts of the conclusion claim.
func (p *Picture) length(concluded []*Happening, rule string, get func(domain.RoundConcluded) (any, bool)) *Node {
	var r reading
	var approximate []*Account
	for _, h := range concluded {
		for _, a := range h.Accounts {
			c, ok := a.Act.(domain.RoundConcluded)
			if !ok {
				continue
			}
			if v, ok := get(c); ok {
				r.add(v, Accounts, a)
				if c.Approximate {
					approximate = append(approximate, a)
				}
			}
		}
	}
	if !r.known() {
		return nil
	}
	r[0].reason = ""
	n := object().put("contested", leaf(r.contested(), ""))
	n.put("value", leaf(r.lead(), rule+", by the leading account", r[0].by...))
	n.put("values", p.values(r))
	return n.flag("approximate", len(approximate) > 0, "said to be about, nearly", approximate...)
}

// opening shows what accounts of the opening tell.
func (p *Picture) opening(n *Node, opened []*Happening) {
	text := func(name string, get func(domain.RoundOpened) string) {
		p.field(n, name, p.latest(opened, func(a *Account) (any, bool) {
			o, _ := a.Act.(domain.RoundOpened)
			v := get(o)
			return v, v != ""
		}), "", "leading account of the opening")
	}
	p.field(n, "ordinal", p.latest(opened, func(a *Account) (any, bool) {
		o, _ := a.Act.(domain.RoundOpened)
		return o.Ordinal, o.Ordinal > 0
	}), "", "leading account of the opening")
	text("venue", func(o domain.RoundOpened) string { return o.Venue })
	text("level", func(o domain.RoundOpened) string { return o.Level })
	text("purpose", func(o domain.RoundOpened) string { return o.Purpose })
	text("hosts", func(o domain.RoundOpened) string { return joinIDs(o.Hosts) })
	text("requestedBy", func(o domain.RoundOpened) string { return joinIDs(o.RequestedBy) })
	text("previous", func(o domain.RoundOpened) string { return string(o.PreviousRound) })
	for _, h := range opened {
		n.text("opened", h.Lead.Event.Occurred.String(), "when it is said to have opened", h.Accounts...)
		break
	}
}

// mediators lists who acted as a mediator in the round, and in which roles.
func (p *Picture) mediators(filed []*Happening) *Node {
	type part struct {
		roles []domain.MediatorRole
		by    []*Account
	}
	parts := map[domain.ActorID]*part{}
	for _, h := range ofType[domain.MediatorActed](filed) {
		for _, a := range h.Accounts {
			m, ok := a.Act.(domain.MediatorActed)
			if !ok || m.Role == "reacted" {
				continue
			}
			for _, actor := range a.Actors {
				if parts[actor] == nil {
					parts[actor] = &part{}
				}
				q := parts[actor]
				q.by = append(q.by, a)
				if !slices.Contains(q.roles, m.Role) {
					q.roles = append(q.roles, m.Role)
				}
			}
		}
	}
	if len(parts) == 0 {
		return nil
	}
	n := list()
	for _, id := range sortedKeys(parts) {
		q := parts[id]
		slices.Sort(q.roles)
		n.append(string(id), object().put("actor", leaf(string(id), "", q.by...)).put("roles", words(q.roles, "roles in any account", q.by...)))
	}
	return n
}

// sessions lists the sittings of the round in order.
func (p *Picture) sessions(held []*Happening) *Node {
	n := list()
	for i, h := range held {
		a := h.Lead
		id := string(a.Session)
		if id == "" {
			id = a.Name()
		}
		s := object().put("id", leaf(id, "", a))
		act, _ := a.Act.(domain.SessionHeld)
		s.put("occurred", leaf(a.Event.Occurred.String(), "as the leading account dates it", a))
		p.field(s, "duration", told(h, func(a *Account) (any, bool) {
			if a.Duration == nil {
				return nil, false
			}
			return string(a.Duration.Value), true
		}), "", "leading account of the session")
		s.flag("approximate", a.Duration != nil && a.Duration.Approximate, "said to be about, nearly", a)
		if act.Ordinal > 0 {
			s.put("ordinal", leaf(act.Ordinal, "as reported", a))
		}
		s.text("state", act.State, "as quoted", a)
		s.put("events", names(h.Accounts))
		n.append(cmp.Or(id, strconv.Itoa(i)), s)
	}
	return n
}

// printProcess shows how the whole negotiation stands.
func (p *Picture) printProcess() *Node {
	n := object()
	p.field(n, "status", p.latest(p.inOrder(p.State.process), func(a *Account) (any, bool) {
		s, ok := a.Act.(domain.ProcessStatusDeclared)
		return string(s.Status), ok && s.Status != ""
	}), "unknown", "last declaration in order")
	p.field(n, "furtherTalksPlanned", p.latest(p.inOrder(p.State.process), func(a *Account) (any, bool) {
		s, ok := a.Act.(domain.ProcessStatusDeclared)
		return string(s.FurtherTalksPlanned), ok && s.FurtherTalksPlanned != ""
	}), "unknown", "last declaration that tells")
	return n.put("history", p.history(p.inOrder(p.State.process)))
}

// ofType keeps the happenings whose leading account tells of this type of act.
func ofType[A domain.Act](filed []*Happening) []*Happening {
	var out []*Happening
	for _, h := range filed {
		if _, ok := h.Act().(A); ok {
			out = append(out, h)
		}
	}
	return out
}
