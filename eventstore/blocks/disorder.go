package blocks

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"sort"
)

// Misplaced is a record that reads, but not where it was written. Its check sum binds
// its position, and the key of that its block.
type Misplaced struct {
	Position uint64
	Subject  string
	File     string // that it stands in
	Home     string // that it was written to; mostly the same
	Swapped  uint64 // the position with whose record it changed places, 0 if it was moved otherwise
	After    uint64 // position of the record before it, 0 at the beginning
}

func (m Misplaced) String() string {
	text := fmt.Sprintf("%s: the record of #%d ", m.File, m.Position)
	switch {
	case m.Swapped > 0:
		text += fmt.Sprintf("stands in the place of #%d, and that one in its place", m.Swapped)
	case m.After == 0:
		text += "stands before all others"
	default:
		text += fmt.Sprintf("stands behind #%d", m.After)
	}
	if m.Home != m.File {
		text += "; it was written to " + m.Home
	}
	return text
}

// adopt takes in records that stand in the block of others. Those whose position has
// its record are copies, which stand where something else stood.
func (r *Report) adopt(strays []stray) {
	slices.SortStableFunc(strays, func(a, b stray) int { return cmp.Compare(a.position, b.position) })
	end := r.End()
	var holes []Gap
	if r.First > 1 {
		holes = append(holes, Gap{1, r.First - 1})
	}
	holes = append(holes, r.Gaps...)
	for _, p := range strays {
		if p.position > end {
			if p.position > end+1 {
				holes = append(holes, Gap{end + 1, p.position - 1})
			}
			end = p.position
		} else if i := slices.IndexFunc(holes, func(g Gap) bool { return g.From <= p.position && p.position <= g.To }); i >= 0 {
			holes = slices.Replace(holes, i, i+1, holes[i].without(p.position)...)
		} else {
			r.Faults = append(r.Faults, Fault{
				File: blockName(int(p.stands)), Offset: int(p.at), After: p.position, Subject: p.subject,
				Reason: fmt.Sprintf("a copy of #%d of %s stands here", p.position, blockName(int(p.home))),
			})
			continue
		}
		r.strays = append(r.strays, p)
		r.Count++
	}
	if len(r.strays) == 0 {
		return
	}
	r.First, r.Gaps, r.Last = 1, holes, max(r.Last, end)
	if len(holes) > 0 && holes[0].From == 1 {
		r.First, r.Gaps = holes[0].To+1, holes[1:]
	}
}

// without takes a position out of a gap.
func (g Gap) without(position uint64) (rest []Gap) {
	if g.From < position {
		rest = append(rest, Gap{g.From, position - 1})
	}
	if position < g.To {
		rest = append(rest, Gap{position + 1, g.To})
	}
	return rest
}

// arrange says which records do not stand where they were written: pairs that changed
// places, where that is all, or else the fewest that have to be moved back.
func (r *Report) arrange() error {
	list, err := r.standing()
	if err != nil {
		return err
	}
	sorted := slices.Clone(list)
	slices.SortFunc(sorted, func(a, b standing) int { return cmp.Compare(a.position, b.position) })
	place := func(position uint64) int {
		return sort.Search(len(sorted), func(i int) bool { return sorted[i].position >= position })
	}
	var moved []int
	swapped := true
	for i := range list {
		if list[i].position != sorted[i].position {
			moved = append(moved, i)
			swapped = swapped && list[place(list[i].position)].position == sorted[i].position
		}
	}
	if !swapped {
		moved = outOfOrder(list)
	}
	for _, i := range moved {
		m := Misplaced{Position: list[i].position, Subject: list[i].subject, File: blockName(list[i].stands), Home: blockName(list[i].home)}
		if swapped {
			m.Swapped = sorted[i].position
		}
		if i > 0 {
			m.After = list[i-1].position
		}
		r.Misplaced = append(r.Misplaced, m)
	}
	slices.SortFunc(r.Misplaced, func(a, b Misplaced) int { return cmp.Compare(a.Position, b.Position) })
	return nil
}

// standing is a record as it stands among the others.
type standing struct {
	position     uint64
	subject      string
	stands, home int
}

// standing lists the records as they stand, each once.
func (r *Report) standing() (list []standing, err error) {
	x := &reader{report: &Report{dir: r.dir, stream: r.stream, deleted: map[uint64]bool{}}, inspects: true}
	if err := x.prepare(); err != nil {
		return nil, err
	}
	adopted := map[uint64]stray{}
	for _, p := range r.strays {
		adopted[p.position] = p
	}
	seen, names := map[uint64]bool{}, map[string]string{}
	for _, number := range x.numbers {
		buf, err := x.read(filepath.Join(r.dir, blockName(number)))
		if err != nil {
			return nil, err
		}
		x.strays = nil
		here := x.scan(number, buf)
		for _, p := range x.strays {
			if adopted[p.position] == p {
				here = append(here, found{record{seq: p.position, subject: []byte(p.subject)}, int(p.at)})
			}
		}
		slices.SortFunc(here, func(a, b found) int { return cmp.Compare(a.at, b.at) })
		for _, f := range here {
			if position := f.position(); !seen[position] {
				seen[position] = true
				name, known := names[string(f.subject)]
				if !known {
					name = string(f.subject)
					names[name] = name
				}
				home := number
				if p, ok := adopted[position]; ok {
					home = int(p.home)
				}
				list = append(list, standing{position, name, number, home})
			}
		}
	}
	return list, nil
}

// outOfOrder lists the fewest records without which all others stand in order.
func outOfOrder(list []standing) (moved []int) {
	var ends []int // of the rising rows of each length, the one that ends lowest
	before := make([]int, len(list))
	for i := range list {
		n := sort.Search(len(ends), func(n int) bool { return list[ends[n]].position > list[i].position })
		before[i] = -1
		if n > 0 {
			before[i] = ends[n-1]
		}
		if n == len(ends) {
			ends = append(ends, i)
		} else {
			ends[n] = i
		}
	}
	inOrder := make([]bool, len(list))
	for i := ends[len(ends)-1]; i >= 0; i = before[i] {
		inOrder[i] = true
	}
	for i := range list {
		if !inOrder[i] {
			moved = append(moved, i)
		}
	}
	return moved
}
