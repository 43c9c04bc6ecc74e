package projections

import (
	"slices"
	"strings"

	"parley/domain"
)

// Outcome is what a view comes to, in the few values by which simulations are
// compared: of each the leading one, whatever contests it.
type Outcome struct {
	// Agreement is the highest rung at which any version of any draft stands: none,
	// tabled, finalized, verbally-confirmed, initialled, signed or ratified.
	Agreement string `json:"agreement"`
	// Drafts is the same for each draft.
	Drafts map[string]string `json:"drafts"`
	// Process is the status of the process, unknown where nobody tells.
	Process string `json:"process"`
	// Ceasefires is the status of each that is registered.
	Ceasefires map[string]string `json:"ceasefires"`
	// Positions is stance and form of commitment by party, slash, issue.
	Positions map[string]Standing `json:"positions"`
}

// Standing is where a party stands on an issue.
type Standing struct {
	Stance     string `json:"stance"`
	Commitment string `json:"commitment"`
}

// Rungs lists the rungs of the commitment ladder, lowest first.
func Rungs() []string { return slices.Clone(rungs) }

// Outcome reads the outcome of a picture.
func (p *Picture) Outcome() Outcome {
	o := Outcome{Drafts: map[string]string{}, Ceasefires: map[string]string{}, Positions: map[string]Standing{}}
	for id, filed := range inTurn(p, p.State.drafts) {
		o.Drafts[string(id)] = p.draftStands(filed)
	}
	o.Agreement = highest(o.Drafts)
	o.Process = p.processStatus()
	for id := range p.Registry.Ceasefires {
		o.Ceasefires[string(id)] = p.ceasefireStatus(id)
	}
	for id, filed := range p.cells() {
		o.Positions[string(id)] = p.partyStands(filed)
	}
	return o
}

// highest is the highest of some rungs.
func highest(drafts map[string]string) string {
	top := 0
	for _, stands := range drafts {
		top = max(top, slices.Index(rungs, stands))
	}
	return rungs[top]
}

// draftStands is the highest rung at which any version of a draft stands.
func (p *Picture) draftStands(filed []*Happening) string {
	top := 0
	for _, rung := range p.rungsOf(filed) {
		top = max(top, rung)
	}
	return rungs[top]
}

// rungsOf is the rung at which each version of a draft stands.
func (p *Picture) rungsOf(filed []*Happening) map[int]int {
	out, q := map[int]int{}, p.inquire()
	for version, of := range p.versions(filed) {
		out[version] = q.climb(climber{version, ""}, of).base.stand
	}
	return out
}

func (p *Picture) processStatus() string {
	return wordOf(p.latest(p.inOrder(p.State.process), processOf))
}

// processOf is the status of the process that an act declares.
func processOf(a *Account) (any, bool) {
	s, ok := a.Act.(domain.ProcessStatusDeclared)
	return string(s.Status), ok && s.Status != ""
}

func (p *Picture) ceasefireStatus(id domain.CeasefireID) string {
	return wordOf(p.latest(p.declared(id), ceasefireOf))
}

// declared lists the happenings in which the status of a ceasefire is declared.
func (p *Picture) declared(id domain.CeasefireID) []*Happening {
	return ofType[domain.CeasefireStatusDeclared](p.inOrder(p.State.ceasefires.of(id)))
}

// ceasefireOf is the status of a ceasefire that an act declares.
func ceasefireOf(a *Account) (any, bool) {
	c, ok := a.Act.(domain.CeasefireStatusDeclared)
	return string(c.Status), ok && c.Status != ""
}

func (p *Picture) partyStands(filed []*Happening) Standing {
	return Standing{Stance: wordOf(p.latest(filed, stanceOf)), Commitment: wordOf(p.inquire().pledges(filed).reading())}
}

// wordOf is the leading value of a reading, unknown where there is none.
func wordOf(r reading) string {
	if s, ok := r.lead().(string); ok && s != "" {
		return s
	}
	return "unknown"
}

// cell lists what moves one cell of the matrix of positions, in order.
func (p *Picture) cell(id cellID, drafts []domain.DraftID) []*Happening {
	out := p.inOrder(p.State.positions.of(id))
	has := make(map[*Happening]bool, len(out))
	for _, h := range out {
		has[h] = true
	}
	party, _, _ := strings.Cut(string(id), "/")
	for _, d := range drafts {
		for _, h := range p.inOrder(p.State.drafts.of(d)) {
			if !has[h] && moves(h, domain.ActorID(party)) {
				has[h] = true
				out = append(out, h)
			}
		}
	}
	return inLine(out)
}

// moves tells whether a happening of a draft moves a party.
func moves(h *Happening, party domain.ActorID) bool {
	return slices.ContainsFunc(h.Accounts, func(a *Account) bool {
		return movesDraft(a.Act) && slices.Contains(a.Actors, party)
	})
}
