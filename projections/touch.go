package projections

import (
	"slices"
	"strings"

	"parley/domain"

	"github.com/google/uuid"
)

// index prepares what a continuation reads.
func (b *Base) index() {
	b.texts, b.by = map[domain.DraftID]*heldText{}, map[domain.IssueID][]domain.DraftID{}
	b.standing = make([]int, len(rungs))
	for d, filed := range inTurn(b.pic, b.pic.State.drafts) {
		t := b.pic.heldText(filed)
		t.top = slices.Index(rungs, b.outcome.Drafts[string(d)])
		b.texts[d] = t
		b.standing[t.top]++
		for _, i := range t.issues {
			b.by[i] = append(b.by[i], d)
		}
	}
	b.cells.made = map[string]func() *heldCell{}
	b.process = trailOf(b.pic.inOrder(b.pic.State.process), processOf)
	b.ceasefires = map[domain.CeasefireID]trail{}
	for id := range b.pic.Registry.Ceasefires {
		b.ceasefires[id] = trailOf(b.pic.declared(id), ceasefireOf)
	}
	b.handed = map[uuid.UUID][]*Happening{}
	b.promised = map[uuid.UUID]bool{}
	for _, h := range b.pic.Happenings {
		b.happenings[h.group] = h
		for _, d := range h.Denials {
			if d.group != h.group {
				b.handed[d.ID] = append(b.handed[d.ID], h)
			}
		}
		for _, a := range h.Accounts {
			act, _ := a.Act.(domain.CommitmentRetracted)
			for _, ref := range act.Retracts {
				if id := ref.Resolve(b.pic.Negotiation); b.pic.links.index[id] == nil {
					b.promised[id] = true
				}
			}
		}
	}
}

// namedBy lists the happenings of the base that a retraction means which names this
// event.
func (b *Base) namedBy(id uuid.UUID) []*Happening {
	out := b.handed[id]
	if a, ok := b.pic.links.index[id]; ok && b.happenings[a.group] != nil {
		out = append(out[:len(out):len(out)], b.happenings[a.group])
	}
	return out
}

// named gives the happenings of the base that retractions name, by group.
func (b *Base) named(retractions []*Happening) map[int]*Happening {
	var out map[int]*Happening
	for _, r := range retractions {
		act, _ := r.Act().(domain.CommitmentRetracted)
		for _, ref := range act.Retracts {
			for _, h := range b.namedBy(ref.Resolve(b.pic.Negotiation)) {
				if out == nil {
					out = map[int]*Happening{}
				}
				out[h.group] = h
			}
		}
	}
	return out
}

// touched is what a continuation bears on.
type touched struct {
	drafts     map[domain.DraftID][]*Happening
	cells      map[cellID][]*Happening
	added      map[domain.IssueID][]domain.DraftID // drafts that are newly said to settle an issue
	process    []*Happening
	ceasefires map[domain.CeasefireID][]*Happening
}

// read reads what the happenings of a continuation touch.
func (b *Base) read(hs []*Happening) Effect {
	links, selection := *b.pic.links, *b.pic.Selection
	selection.links = &links
	p := &Picture{Selection: &selection}
	t := touched{
		drafts: map[domain.DraftID][]*Happening{}, cells: map[cellID][]*Happening{},
		added: map[domain.IssueID][]domain.DraftID{}, ceasefires: map[domain.CeasefireID][]*Happening{},
	}
	for _, h := range hs {
		links.more = append(links.more, h.Lead)
		if d := identityOf(h.Act()).draft; d != "" {
			t.drafts[d] = append(t.drafts[d], h)
		}
		if issue := issueMoved(h.Act()); issue != "" {
			t.cell(h, issue)
		}
		switch act := h.Act().(type) {
		case domain.ProcessStatusDeclared:
			t.process = append(t.process, h)
		case domain.CeasefireStatusDeclared:
			t.ceasefires[act.Ceasefire] = append(t.ceasefires[act.Ceasefire], h)
		default:
		}
	}
	e := b.readDrafts(p, &t)
	e.Firsts = b.firsts(hs)
	if len(t.process) > 0 {
		e.put(&b.outcome, b.outcome.Agreement, wordOf(p.latestOf([]remnant{{trail: b.process}}, t.process, processOf)))
	}
	for id, own := range t.ceasefires {
		e.ceasefire(&b.outcome, string(id), wordOf(p.latestOf([]remnant{{trail: b.ceasefires[id]}}, own, ceasefireOf)))
	}
	for id, own := range t.cells {
		e.position(&b.outcome, string(id), b.cellStands(p, id, own, t.added[issueOf(id)]))
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

// readDrafts reads the drafts that a continuation touches, and notes the cells that
// they move.
func (b *Base) readDrafts(p *Picture, t *touched) (e Effect) {
	standing := slices.Clone(b.standing)
	for d, own := range t.drafts {
		was, ok := b.texts[d]
		if !ok {
			was = noText
		} else {
			standing[was.top]--
		}
		top := b.draftTop(p, d, was, own)
		standing[top]++
		e.draft(&b.outcome, string(d), rungs[top])
		t.draftCells(d, was, own)
	}
	top := 0
	for rung, n := range standing {
		if n > 0 {
			top = rung
		}
	}
	e.put(&b.outcome, rungs[top], b.outcome.Process)
	return e
}

// draftCells notes the cells that happenings of a draft move, and those that what is
// known of it moves on issues that it is newly said to settle.
func (t *touched) draftCells(d domain.DraftID, was *heldText, own []*Happening) {
	fresh := slices.DeleteFunc(issuesSettled(own), func(i domain.IssueID) bool { return slices.Contains(was.issues, i) })
	for _, h := range own {
		if movesDraft(h.Act()) {
			for _, i := range slices.Concat(was.issues, fresh) {
				t.cell(h, i)
			}
		}
	}
	for _, i := range fresh {
		t.added[i] = append(t.added[i], d)
		for _, party := range was.movers {
			id := cellOf(party, i)
			if _, ok := t.cells[id]; !ok {
				t.cells[id] = nil // it is touched, though nothing new moves it
			}
		}
	}
}

// issueOf is the issue of a cell.
func issueOf(id cellID) domain.IssueID {
	_, issue, _ := strings.Cut(string(id), "/")
	return domain.IssueID(issue)
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
