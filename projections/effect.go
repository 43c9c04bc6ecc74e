package projections

import (
	"slices"
	"strings"

	"parley/domain"
)

// Effect is what a continuation changes in the outcome of its base: the values that
// are other ones, and no others. A value that is no longer there, since its events
// are withdrawn or corrected, is empty.
type Effect struct {
	Agreement  string // empty where it is as it was; so is Process
	Process    string
	Drafts     map[string]string
	Ceasefires map[string]string
	Positions  map[string]Standing
}

// With is the outcome after an effect.
func (o Outcome) With(e Effect) Outcome {
	o = o.clone()
	if e.Agreement != "" {
		o.Agreement = e.Agreement
	}
	if e.Process != "" {
		o.Process = e.Process
	}
	overlay(o.Drafts, e.Drafts)
	overlay(o.Ceasefires, e.Ceasefires)
	overlay(o.Positions, e.Positions)
	return o
}

// overlay puts values into a map, and takes those out that are empty.
func overlay[V comparable](into, values map[string]V) {
	var none V
	for id, v := range values {
		if v == none {
			delete(into, id)
		} else {
			into[id] = v
		}
	}
}

// effect is the difference of an outcome from that of the base.
func (b *Base) effect(o Outcome) Effect {
	var e Effect
	e.put(&b.outcome, o.Agreement, o.Process)
	for id, stands := range o.Drafts {
		e.draft(&b.outcome, id, stands)
	}
	for id, status := range o.Ceasefires {
		e.ceasefire(&b.outcome, id, status)
	}
	for id, s := range o.Positions {
		e.position(&b.outcome, id, s)
	}
	gone(o.Drafts, b.outcome.Drafts, func(id string) { e.draft(&b.outcome, id, "") })
	gone(o.Ceasefires, b.outcome.Ceasefires, func(id string) { e.ceasefire(&b.outcome, id, "") })
	gone(o.Positions, b.outcome.Positions, func(id string) { e.position(&b.outcome, id, Standing{}) })
	return e
}

// gone calls note for everything that was and is no more.
func gone[V any](is, was map[string]V, note func(id string)) {
	for id := range was {
		if _, ok := is[id]; !ok {
			note(id)
		}
	}
}

func (e *Effect) put(was *Outcome, agreement, process string) {
	if agreement != was.Agreement {
		e.Agreement = agreement
	}
	if process != was.Process {
		e.Process = process
	}
}

func (e *Effect) draft(was *Outcome, id, stands string) {
	if old, ok := was.Drafts[id]; ok && old == stands {
		return
	}
	if e.Drafts == nil {
		e.Drafts = map[string]string{}
	}
	e.Drafts[id] = stands
}

func (e *Effect) ceasefire(was *Outcome, id, status string) {
	if was.Ceasefires[id] == status {
		return
	}
	if e.Ceasefires == nil {
		e.Ceasefires = map[string]string{}
	}
	e.Ceasefires[id] = status
}

func (e *Effect) position(was *Outcome, id string, s Standing) {
	if old, ok := was.Positions[id]; ok && old == s {
		return
	}
	if e.Positions == nil {
		e.Positions = map[string]Standing{}
	}
	e.Positions[id] = s
}

// heldText is what a base knows of a draft.
type heldText struct {
	issues []domain.IssueID // that it is said to settle
	stands map[int]int      // rung by version
	top    int              // the highest of them
	end    domain.Instant   // by when all that bears on it has certainly happened
}

// index prepares what a continuation reads of drafts and cells.
func (b *Base) index() {
	b.texts, b.by, b.ends = map[domain.DraftID]*heldText{}, map[domain.IssueID][]domain.DraftID{}, map[cellID]domain.Instant{}
	b.held = make([]int, len(rungs))
	for d, filed := range inTurn(b.pic, b.pic.State.drafts) {
		t := &heldText{issues: issuesSettled(filed), stands: b.pic.rungsOf(filed), end: endOf(filed)}
		for _, rung := range t.stands {
			t.top = max(t.top, rung)
		}
		b.texts[d] = t
		b.held[t.top]++
		for _, i := range t.issues {
			b.by[i] = append(b.by[i], d)
		}
	}
	for id, filed := range b.pic.cells() {
		b.ends[id] = endOf(filed)
	}
}

// endOf is by when all of some happenings have certainly happened.
func endOf(filed []*Happening) domain.Instant {
	end := domain.Past
	for _, h := range filed {
		end = max(end, h.Bounds.Latest)
	}
	return end
}

// touched is what a continuation bears on.
type touched struct {
	drafts map[domain.DraftID][]*Happening
	cells  map[cellID][]*Happening
	whole  map[cellID]bool // to be read as a whole
	added  map[domain.IssueID][]domain.DraftID
}

// read reads what the happenings of a continuation touch.
func (b *Base) read(hs []*Happening) Effect {
	links, selection := *b.pic.links, *b.pic.Selection
	selection.links = &links
	p := &Picture{Selection: &selection, State: b.pic.State}
	t := touched{map[domain.DraftID][]*Happening{}, map[cellID][]*Happening{}, map[cellID]bool{}, map[domain.IssueID][]domain.DraftID{}}
	ceasefires := map[domain.CeasefireID]bool{}
	for _, h := range hs {
		links.more = append(links.more, h.Lead)
		p.State = Evolve(p.State, h)
		if d := identityOf(h.Act()).draft; d != "" {
			t.drafts[d] = append(t.drafts[d], h)
		}
		if issue := issueMoved(h.Act()); issue != "" {
			t.cell(h, issue)
		}
		if c, ok := h.Act().(domain.CeasefireStatusDeclared); ok {
			ceasefires[c.Ceasefire] = true
		}
	}
	e := b.readDrafts(p, &t)
	if p.State.process != b.pic.State.process {
		e.put(&b.outcome, b.outcome.Agreement, p.processStatus())
	}
	for id := range ceasefires {
		e.ceasefire(&b.outcome, string(id), p.ceasefireStatus(id))
	}
	for id, own := range t.cells {
		e.position(&b.outcome, string(id), b.cellStands(p, &t, id, own))
	}
	return e
}

// cell notes that a happening moves its actors on an issue.
func (t *touched) cell(h *Happening, issue domain.IssueID) {
	for _, party := range h.Lead.Actors {
		id := cellOf(party, issue)
		if !slices.Contains(t.cells[id], h) {
			t.cells[id] = append(t.cells[id], h)
		}
	}
}

// calm tells whether new happenings only come after what there is, and take nothing
// back: then nothing of it has to be read again.
func calm(own []*Happening, end domain.Instant) bool {
	return !slices.ContainsFunc(own, func(h *Happening) bool {
		_, back := h.Act().(domain.CommitmentRetracted)
		return back || h.Bounds.Earliest <= end
	})
}

// readDrafts reads the drafts that a continuation touches, and notes the cells that
// they move.
func (b *Base) readDrafts(p *Picture, t *touched) (e Effect) {
	held := b.held
	if len(t.drafts) > 0 {
		held = slices.Clone(b.held)
	}
	for d, own := range t.drafts {
		was, ok := b.texts[d]
		if !ok {
			was = &heldText{end: domain.Past}
		} else {
			held[was.top]--
		}
		top := b.draftTop(p, d, was, own)
		held[top]++
		e.draft(&b.outcome, string(d), rungs[top])
		b.draftCells(p, t, d, was, own)
	}
	top := 0
	for rung, n := range held {
		if n > 0 {
			top = rung
		}
	}
	e.put(&b.outcome, rungs[top], b.outcome.Process)
	return e
}

// draftTop is the highest rung at which a version of a draft stands now.
func (b *Base) draftTop(p *Picture, d domain.DraftID, was *heldText, own []*Happening) int {
	top := was.top
	if calm(own, was.end) {
		for _, h := range own {
			top = max(top, rungOf(h.Lead.Act))
		}
		return top
	}
	top = 0
	for _, rung := range p.rungsOf(p.inOrder(p.State.drafts.of(d))) {
		top = max(top, rung)
	}
	return top
}

// draftCells notes the cells that happenings of a draft move.
func (b *Base) draftCells(p *Picture, t *touched, d domain.DraftID, was *heldText, own []*Happening) {
	fresh := slices.DeleteFunc(issuesSettled(own), func(i domain.IssueID) bool { return slices.Contains(was.issues, i) })
	for _, h := range own {
		if movesDraft(h.Lead.Act) {
			for _, i := range slices.Concat(was.issues, fresh) {
				t.cell(h, i)
			}
		}
	}
	if len(fresh) == 0 {
		return
	}
	for _, i := range fresh {
		t.added[i] = append(t.added[i], d)
	}
	for _, h := range p.inOrder(p.State.drafts.of(d)) { // what moved the draft moves these issues too
		for _, a := range h.Accounts {
			if !movesDraft(a.Act) {
				continue
			}
			for _, party := range a.Actors {
				for _, i := range fresh {
					id := cellOf(party, i)
					t.whole[id] = true
					if _, ok := t.cells[id]; !ok {
						t.cells[id] = nil // it is touched, though nothing new moves it
					}
				}
			}
		}
	}
}

// cellStands is where a party stands on an issue now.
func (b *Base) cellStands(p *Picture, t *touched, id cellID, own []*Happening) Standing {
	end, ok := b.ends[id]
	if !ok {
		end = domain.Past
	}
	if t.whole[id] || !calm(own, end) {
		_, issue, _ := strings.Cut(string(id), "/")
		return p.partyStands(p.cell(id, slices.Concat(b.by[domain.IssueID(issue)], t.added[domain.IssueID(issue)])))
	}
	s, ok := b.outcome.Positions[string(id)]
	if !ok {
		s = Standing{Stance: "unknown", Commitment: "unknown"}
	}
	own = inLine(own)
	if r := p.latest(own, stanceOf); r.known() {
		s.Stance = wordOf(r)
	}
	if r := p.latest(own, formOf); r.known() {
		s.Commitment = wordOf(r)
	}
	return s
}

// issuesSettled lists the issues that accounts say a draft settles.
func issuesSettled(filed []*Happening) []domain.IssueID {
	var issues []domain.IssueID
	for _, h := range filed {
		for _, a := range h.Accounts {
			issues = append(issues, issuesOfText(a.Act)...)
		}
	}
	slices.Sort(issues)
	return slices.Compact(issues)
}
