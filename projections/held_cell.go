package projections

import (
	"slices"
	"strings"
	"sync"

	"parley/domain"
)

// heldCell is what a base knows of a cell of the matrix of positions, where some
// drafts are said to settle its issue.
type heldCell struct {
	party  domain.ActorID
	issue  domain.IssueID
	drafts []domain.DraftID

	stances trail   // what tells a stance
	forms   []class // what tells a form of commitment that nobody took back
	took    bool    // something was taken back
	takers  takers
}

// cellsKept is how many cells are kept that the base has not, or not with these
// drafts.
const cellsKept = 4096

// heldCells are made when they are first asked for.
type heldCells struct {
	mu    sync.Mutex
	made  map[string]func() *heldCell
	extra int
}

// cellHeld is a cell as the base has it where these drafts settle its issue too.
func (b *Base) cellHeld(id cellID, added []domain.DraftID) *heldCell {
	var name strings.Builder
	name.WriteString(string(id))
	if len(added) > 0 {
		added = slices.Sorted(slices.Values(added))
		for _, d := range added {
			name.WriteString("|" + string(d))
		}
	}
	b.cells.mu.Lock()
	made, ok := b.cells.made[name.String()]
	if !ok {
		made = sync.OnceValue(func() *heldCell { return b.makeCell(id, added) })
		_, known := b.outcome.Positions[name.String()]
		if !known {
			b.cells.extra++
		}
		if known || b.cells.extra <= cellsKept {
			b.cells.made[name.String()] = made
		}
	}
	b.cells.mu.Unlock()
	return made()
}

func (b *Base) makeCell(id cellID, added []domain.DraftID) *heldCell {
	party, issue, _ := strings.Cut(string(id), "/")
	c := &heldCell{party: domain.ActorID(party), issue: domain.IssueID(issue)}
	c.drafts = slices.Concat(b.by[c.issue], added)
	filed := b.pic.cell(id, c.drafts)
	pledges := b.pic.inquire().pledges(filed)
	c.stances, c.took = trailOf(filed, stanceOf), pledges.took > 0
	c.forms = classes(trailOf(pledges.standing(), formOf).byEarliest, func(h *Happening) string { return domain.TypeOf(h.Act()) })
	c.takers = takersOf(ofType[domain.CommitmentRetracted](filed))
	return c
}

// holds tells whether a happening of the base moves the cell.
func (c *heldCell) holds(h *Happening) bool {
	draft := false
	for _, a := range h.Accounts {
		if issueMoved(a.Act) == c.issue && slices.Contains(a.Actors, c.party) {
			return true
		}
		draft = draft || slices.Contains(c.drafts, identityOf(a.Act).draft)
	}
	return draft && moves(h, c.party)
}

// cellStands is where a party stands on an issue now.
func (b *Base) cellStands(p *Picture, id cellID, own []*Happening, added []domain.DraftID) Standing {
	s, ok := b.outcome.Positions[string(id)]
	if !ok {
		s = Standing{Stance: "unknown", Commitment: "unknown"}
	}
	tells := func(get func(*Account) (any, bool)) bool {
		return len(added) > 0 || slices.ContainsFunc(own, func(h *Happening) bool { return told(h, get).known() })
	}
	if tells(stanceOf) {
		s.Stance = wordOf(p.latestOf([]remnant{{trail: b.cellHeld(id, added).stances}}, own, stanceOf))
	}
	retractions := ofType[domain.CommitmentRetracted](own)
	if len(retractions) > 0 || tells(formOf) {
		s.Commitment = wordOf(b.formStands(p, b.cellHeld(id, added), own, retractions))
	}
	return s
}

// formStands is the form in which the party of a cell stands committed now, as
// commitmentIf reads it.
func (b *Base) formStands(p *Picture, held *heldCell, own, retractions []*Happening) reading {
	named := b.named(retractions)
	took := held.took
	for _, h := range named {
		took = took || held.holds(h)
	}
	var left []remnant
	for _, c := range held.forms {
		r := c.removalFrom(retractions, named, func(act domain.CommitmentRetracted) bool { return takesForm(act, c.one) })
		took = took || r.takesAny(c.trail)
		left = append(left, remnant{c.trail, r})
	}
	var standing []*Happening
	for _, h := range own {
		taken := held.takers.take(h, func(act domain.CommitmentRetracted) bool { return takesForm(act, h) }) ||
			slices.ContainsFunc(retractions, func(r *Happening) bool {
				act, ok := r.Act().(domain.CommitmentRetracted)
				return ok && r != h && takesForm(act, h) && p.reaches(act, r, h)
			})
		if took = took || taken; !taken {
			standing = append(standing, h)
		}
	}
	form := p.latestOf(left, standing, formOf)
	if !form.known() && took {
		form.add("none", "")
	}
	return form
}
