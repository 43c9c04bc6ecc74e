package projections

import (
	"maps"
	"slices"

	"parley/domain"
)

// entity is what is printed by itself: a round, a draft, the cell of a matrix.
type entity struct{ projection, id string }

// The projections that reprint knows besides those that have a name of their own.
const (
	processEntity = "process"
	shiftsEntity  = "shifts" // of a party, that name no issue: they stand among its positions
)

// reprint prints a picture that changes by few happenings at a time: only the
// entities that these may have changed. Of each step it tells how these entities
// were printed before, and how they are now. It holds one node for each entity.
type reprint struct {
	projections []string // that are printed, in order
	nodes       map[entity]*Node
	reliance
	sequence
}

// newReprint prints a picture.
func newReprint(p *Picture, projections ...string) *reprint {
	r := &reprint{projections: projections, nodes: map[entity]*Node{}, reliance: newReliance(), sequence: newSequence()}
	t := r.touched(p, p.Happenings)
	t[entity{processEntity, ""}], t[entity{"obligations", ""}] = true, true
	for id := range p.Registry.Ceasefires {
		t[entity{"ceasefires", string(id)}] = true
	}
	r.print(p, t)
	return r
}

// turn prints what happenings touch, in a picture that they have been filed in or
// taken out of since the last turn, or whose place in the order has changed. It
// returns two trees of the entities that may have changed, and of no others: as they
// were, and as they are. What stands in both prints the same.
func (r *reprint) turn(p *Picture, changed []*Happening) (before, after *Node) {
	t := r.touched(p, changed)
	before = r.tree(t)
	r.print(p, t)
	return before, r.tree(t)
}

// print prints entities anew.
func (r *reprint) print(p *Picture, touched map[entity]bool) {
	for e := range touched {
		if e.projection == "rounds" {
			r.noteRound(p, domain.RoundID(e.id))
		}
		if !r.shows(e.projection) {
			continue
		}
		n := r.printEntity(p, e)
		if isTable(e.projection) {
			r.noteCell(e, r.nodes[e] != nil, n != nil)
		}
		if n == nil {
			delete(r.nodes, e)
			continue
		}
		r.nodes[e] = n
	}
}

func (r *reprint) shows(projection string) bool {
	if projection == shiftsEntity {
		projection = "positions"
	}
	return slices.Contains(r.projections, projection)
}

// printEntity prints one entity, nil if there is none.
func (r *reprint) printEntity(p *Picture, e entity) *Node {
	switch e.projection {
	case processEntity:
		return p.printProcess()
	case "obligations":
		return p.printObligations()
	case "ceasefires":
		if _, ok := p.Registry.Ceasefires[domain.CeasefireID(e.id)]; !ok {
			return nil
		}
		return p.printCeasefire(domain.CeasefireID(e.id))
	}
	filed := r.filed(p, e)
	if len(filed) == 0 {
		return nil
	}
	switch e.projection {
	case "rounds":
		return p.printRound(domain.RoundID(e.id), filed, r.next(p, domain.RoundID(e.id)))
	case "drafts":
		return p.inquire().printDraft(domain.DraftID(e.id), filed)
	case "positions":
		return p.inquire().printCell(filed)
	case shiftsEntity:
		return p.printShifts(filed)
	case "assurances":
		return p.inquire().printAssurance(filed)
	case "mandates":
		return p.printMandate(filed)
	case "evidence":
		return p.printEvidenceOf(filed)
	}
	panic("projections: nobody prints " + e.projection)
}

// filed is what an entity is printed from, in order.
func (r *reprint) filed(p *Picture, e entity) []*Happening {
	switch e.projection {
	case "rounds":
		return p.inOrder(p.State.rounds.of(domain.RoundID(e.id)))
	case "drafts":
		return p.inOrder(p.State.drafts.of(domain.DraftID(e.id)))
	case "positions", "assurances":
		return r.cell(p, cellID(e.id))
	case shiftsEntity:
		return p.inOrder(p.State.shifts.of(domain.ActorID(e.id)))
	case "mandates":
		return p.inOrder(p.State.mandates.of(domain.ActorID(e.id)))
	case "evidence":
		return p.inOrder(p.State.evidence.of(domain.ActorID(e.id)))
	}
	return nil
}

// tree puts together those of some entities that there are. Projections stand in it
// also where none of theirs do, and so do the rows that there are: a change is told
// where what is changed stands.
func (r *reprint) tree(touched map[entity]bool) *Node {
	out := object()
	for _, projection := range r.projections {
		if projection != processEntity && projection != "obligations" {
			out.put(projection, object())
			continue
		}
		e := entity{projection, ""}
		if touched[e] {
			out.put(projection, r.nodes[e])
		}
	}
	there := slices.DeleteFunc(slices.Collect(maps.Keys(touched)), func(e entity) bool { return !r.stands(e) })
	r.sort(there, r.projections)
	for _, e := range there {
		switch e.projection {
		case processEntity, "obligations":
		case "positions", "assurances", shiftsEntity:
			row, issue := rowOf(e), anyIssue
			if e.projection != shiftsEntity {
				_, issue = splitCell(e.id)
			}
			out.within(row.projection).within(row.id).put(issue, r.nodes[e])
		default:
			out.within(e.projection).put(e.id, r.nodes[e])
		}
	}
	return out
}

// stands tells whether there is an entity, or at least the row of a table in which it
// would stand.
func (r *reprint) stands(e entity) bool {
	if r.nodes[e] != nil {
		return true
	}
	if !isTable(e.projection) && e.projection != shiftsEntity {
		return false
	}
	row := rowOf(e)
	return r.cells[row] > 0 || row.projection == "positions" && r.nodes[entity{shiftsEntity, row.id}] != nil
}

// within is a member that is an object; it is added if it is not there.
func (n *Node) within(name string) *Node {
	in, ok := n.Get(name)
	if !ok {
		in = object()
		n.put(name, in)
	}
	return in
}
