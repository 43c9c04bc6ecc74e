package projections

import (
	"cmp"
	"slices"
	"strings"

	"parley/domain"
)

// sequence knows in which order entities stand in a tree.
type sequence struct {
	rounds   map[domain.RoundID]bool
	previous map[domain.RoundID]domain.RoundID
	cells    map[entity]int // of a row, which is named as an entity is
}

func newSequence() sequence {
	return sequence{
		rounds: map[domain.RoundID]bool{}, previous: map[domain.RoundID]domain.RoundID{}, cells: map[entity]int{},
	}
}

// noteRound notes whether there is a round, and after which one it comes.
func (s *sequence) noteRound(p *Picture, id domain.RoundID) {
	filed := p.inOrder(p.State.rounds.of(id))
	if len(filed) == 0 {
		delete(s.rounds, id)
		delete(s.previous, id)
		return
	}
	s.rounds[id] = true
	if previous := previousRound(filed); previous != "" {
		s.previous[id] = previous
	} else {
		delete(s.previous, id)
	}
}

// noteCell notes that a cell has come or gone.
func (s *sequence) noteCell(e entity, was, is bool) {
	switch {
	case is && !was:
		s.cells[rowOf(e)]++
	case was && !is:
		s.cells[rowOf(e)]--
	}
}

// rowOf is the row of a table in which a cell stands, or the shifts of a party.
func rowOf(e entity) entity {
	if e.projection == shiftsEntity {
		return entity{"positions", e.id}
	}
	party, _ := splitCell(e.id)
	return entity{e.projection, party}
}

// isTable tells whether entities are cells of a table.
func isTable(projection string) bool { return projection == "positions" || projection == "assurances" }

func splitCell(id string) (party, issue string) {
	party, issue, _ = strings.Cut(id, "/")
	return party, issue
}

// place is where an entity stands: the fields compare in turn.
type place struct {
	projection int
	depth      int // of a round; 1 for a row without any cell
	row        string
	last       int // 1 for what ends a row
	id         string
}

func (s *sequence) place(e entity, projections []string) place {
	x := place{projection: slices.Index(projections, e.projection), id: e.id}
	switch e.projection {
	case "rounds":
		x.depth = depthOf(domain.RoundID(e.id), s.previous, len(s.rounds))
	case "positions", "assurances", shiftsEntity:
		row := rowOf(e)
		x.projection, x.row = slices.Index(projections, row.projection), row.id+"/" // as in the id of a cell
		if s.cells[row] == 0 {
			x.depth, x.row = 1, row.id
		}
		if e.projection == shiftsEntity {
			x.last = 1
		}
	}
	return x
}

// sort puts entities into the order of the tree.
func (s *sequence) sort(all []entity, projections []string) {
	if len(all) < 2 {
		return
	}
	at := make(map[entity]place, len(all))
	for _, e := range all {
		at[e] = s.place(e, projections)
	}
	slices.SortFunc(all, func(a, b entity) int {
		x, y := at[a], at[b]
		return cmp.Or(
			cmp.Compare(x.projection, y.projection), cmp.Compare(x.depth, y.depth), cmp.Compare(x.row, y.row),
			cmp.Compare(x.last, y.last), cmp.Compare(x.id, y.id),
		)
	})
}
