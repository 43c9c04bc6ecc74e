package projections

import (
	"slices"

	"parley/domain"
)

// reliance knows which entities are printed from what is filed under others.
type reliance struct {
	names map[domain.RoundID]map[domain.RoundID]bool // the rounds that openings of a round name as previous
	named map[domain.RoundID]map[domain.RoundID]bool // the same by the round that is named
	moves map[domain.DraftID]map[cellID]bool         // the cells that a draft moves
	moved map[cellID]map[domain.DraftID]bool         // the same by cell
}

func newReliance() reliance {
	return reliance{
		names: map[domain.RoundID]map[domain.RoundID]bool{}, named: map[domain.RoundID]map[domain.RoundID]bool{},
		moves: map[domain.DraftID]map[cellID]bool{}, moved: map[cellID]map[domain.DraftID]bool{},
	}
}

// touched lists the entities that may print otherwise because of happenings.
func (r *reliance) touched(p *Picture, changed []*Happening) map[entity]bool {
	t := map[entity]bool{}
	drafts, rounds := map[domain.DraftID]bool{}, map[domain.RoundID]bool{}
	for _, h := range changed {
		under := Evolve(State{}, h)
		for id := range under.rounds.keys() {
			rounds[id] = true
		}
		if under.process != nil {
			t[entity{processEntity, ""}] = true
		}
		for d := range under.drafts.keys() {
			drafts[d] = true
		}
		for c := range under.positions.keys() {
			touchCell(c, t)
		}
		for party := range under.shifts.keys() {
			t[entity{shiftsEntity, string(party)}], t[entity{"positions", string(cellOf(party, anyIssue))}] = true, true
		}
		touchAll("mandates", under.mandates, t)
		touchAll("ceasefires", under.ceasefires, t)
		touchAll("evidence", under.evidence, t)
		if under.obligations.files != nil {
			t[entity{"obligations", ""}] = true
		}
	}
	r.touchRounds(p, rounds, t)
	r.touchDrafts(p, drafts, t)
	return t
}

func touchAll[K ~string](projection string, under filing[K], t map[entity]bool) {
	for id := range under.keys() {
		t[entity{projection, string(id)}] = true
	}
}

// touchCell touches a cell; one whose issue has the name under which shifts stand that
// name none stands beside these.
func touchCell(c cellID, t map[entity]bool) {
	t[entity{"positions", string(c)}], t[entity{"assurances", string(c)}] = true, true
	if party, issue := splitCell(string(c)); issue == anyIssue {
		t[entity{shiftsEntity, party}] = true
	}
}

// touchRounds touches rounds, and those that they name or named as the previous ones,
// which tell what came next.
func (r *reliance) touchRounds(p *Picture, rounds map[domain.RoundID]bool, t map[entity]bool) {
	for id := range rounds {
		t[entity{"rounds", string(id)}] = true
		is := map[domain.RoundID]bool{}
		for _, a := range p.openings(id) {
			o, _ := a.Act.(domain.RoundOpened)
			is[o.PreviousRound] = true
		}
		was := r.names[id]
		r.names[id] = is
		relate(r.named, id, was, is)
		for previous := range was {
			t[entity{"rounds", string(previous)}] = true
		}
		for previous := range is {
			t[entity{"rounds", string(previous)}] = true
		}
	}
}

// relate notes from the other side that something relates to these, and no longer to
// those.
func relate[A, B comparable](others map[B]map[A]bool, id A, was, is map[B]bool) {
	for o := range was {
		delete(others[o], id)
	}
	for o := range is {
		if others[o] == nil {
			others[o] = map[A]bool{}
		}
		others[o][id] = true
	}
}

// openings lists the accounts filed under a round that name a previous one.
func (p *Picture) openings(id domain.RoundID) []*Account {
	return accountsWhere(p.inOrder(p.State.rounds.of(id)), func(a *Account) bool {
		o, ok := a.Act.(domain.RoundOpened)
		return ok && o.PreviousRound != ""
	})
}

// next lists the accounts that name a round as the previous one of theirs.
func (r *reliance) next(p *Picture, id domain.RoundID) (out []*Account) {
	for _, from := range sortedKeys(r.named[id]) {
		for _, a := range p.openings(from) {
			if o, ok := a.Act.(domain.RoundOpened); ok && o.PreviousRound == id {
				out = append(out, a)
			}
		}
	}
	return out
}

// touchDrafts touches drafts, the cells that they move, and what else depends on
// them: a retraction that names no version of a draft may mean several, wherever it is
// filed.
func (r *reliance) touchDrafts(p *Picture, drafts map[domain.DraftID]bool, t map[entity]bool) {
	leaning := map[domain.DraftID]bool{}
	for d := range drafts {
		leaning[d] = true
		for at := p.State.drafts.of(d); at != nil; at = at.before {
			act, ok := at.last.Act().(domain.CommitmentRetracted)
			if !ok || act.Issue == "" && len(at.last.Accounts) == 1 {
				continue // it is filed under this draft alone
			}
			under := Evolve(State{}, at.last)
			for other := range under.drafts.keys() {
				leaning[other] = true
			}
			for c := range under.positions.keys() {
				touchCell(c, t)
			}
		}
	}
	for d := range leaning {
		t[entity{"drafts", string(d)}] = true
		was := r.moves[d]
		is := p.cellsMoved(d)
		r.moves[d] = is
		relate(r.moved, d, was, is)
		for c := range was {
			touchCell(c, t)
		}
		for c := range is {
			touchCell(c, t)
		}
	}
}

// cellsMoved lists the cells that a draft moves.
func (p *Picture) cellsMoved(d domain.DraftID) map[cellID]bool {
	filed := p.inOrder(p.State.drafts.of(d))
	issues := issuesSettled(filed)
	out := map[cellID]bool{}
	if len(issues) == 0 {
		return out
	}
	for _, h := range filed {
		for _, a := range h.Accounts {
			if !movesDraft(a.Act) {
				continue
			}
			for _, party := range a.Actors {
				for _, issue := range issues {
					out[cellOf(party, issue)] = true
				}
			}
		}
	}
	return out
}

// cell lists what moves a cell, as [Picture.cells] has it.
func (r *reliance) cell(p *Picture, c cellID) []*Happening {
	out := p.inOrder(p.State.positions.of(c))
	party, _ := splitCell(string(c))
	there := map[*Happening]bool{}
	for _, h := range out {
		there[h] = true
	}
	for d := range r.moved[c] {
		for at := p.State.drafts.of(d); at != nil; at = at.before {
			moves := slices.ContainsFunc(at.last.Accounts, func(a *Account) bool {
				return movesDraft(a.Act) && slices.Contains(a.Actors, domain.ActorID(party))
			})
			if moves && !there[at.last] {
				there[at.last] = true
				out = append(out, at.last)
			}
		}
	}
	return inLine(out)
}
