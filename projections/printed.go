package projections

import "maps"

// Printed is all of a picture as it is printed, kept so that the next picture of the
// same book is printed faster.
type Printed struct {
	Tree *Node // what [Picture.Print] prints; not to be changed

	descent *descent
	state   State
	nodes   map[string]map[string]*Node // of drafts and positions, by id
	line    map[*Happening]placed       // of the timeline
}

// placed is a happening as the timeline has it.
type placed struct {
	before *Happening
	node   *Node
}

// descent is what all pictures of a stage have in common: the later ones differ from the
// earlier ones by accounts that relate to no other, and each of which is a happening
// by itself. Registry, links, order and every other happening are the same.
type descent struct{ _ byte } // not empty, so that each has an address of its own

// PrintAfter prints all projections. What certainly prints as it did before is taken
// from there: it is the same Node. Without a print before, or after one of another
// view or of before a correction, a link or a change of the registry, all is printed.
func (p *Picture) PrintAfter(last *Printed) *Printed {
	if last == nil || p.descent == nil || last.descent != p.descent {
		last = &Printed{}
	}
	next := &Printed{descent: p.descent, state: p.State}
	printed := object()
	for _, name := range []string{"rounds", "mandates", "ceasefires", "evidence"} {
		printed.put(name, printers[name](p))
	}
	printed.put("drafts", p.printDraftsAfter(last)).put("positions", p.printPositionsAfter(last))
	printed.put("timeline", p.printTimelineAfter(last)).put("process", p.printProcess())
	printed.put("disagreements", p.disagreements(printed))
	next.Tree = object()
	for _, name := range Projections() {
		n, ok := printed.Get(name)
		if !ok {
			n = printers[name](p)
		}
		next.Tree.put(name, n)
	}
	process, _ := printed.Get("process")
	next.Tree.put("process", process)
	if p.descent != nil {
		next.remember(p)
	}
	return next
}

// remember notes what the next print may take.
func (n *Printed) remember(p *Picture) {
	n.nodes = map[string]map[string]*Node{"drafts": {}, "positions": {}}
	drafts, _ := n.Tree.Get("drafts")
	maps.Insert(n.nodes["drafts"], drafts.Children())
	positions, _ := n.Tree.Get("positions")
	for party, row := range positions.Children() {
		for issue, node := range row.Children() {
			if issue == anyIssue {
				continue // shifts that name no issue stand there
			}
			n.nodes["positions"][party+"/"+issue] = node
		}
	}
	n.line = make(map[*Happening]placed, len(p.Happenings))
	timeline, _ := n.Tree.Get("timeline")
	var before *Happening
	for i, h := range p.Happenings {
		n.line[h] = placed{before, timeline.items[i]}
		before = h
	}
}
