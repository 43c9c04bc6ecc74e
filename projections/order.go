package projections

import (
	"bytes"
	"container/heap"

	"parley/domain"

	"github.com/google/uuid"
)

// afterGraph is the order of groups that accounts state with after, over all
// accounts that are known, hidden or not.
type afterGraph struct {
	*graph
	bounds []domain.Bounds // by group; earliest never falls along an edge
	broken []int           // groups whose dates contradict the order
}

func newAfterGraph(known []*Account, groups int, bounds []domain.Bounds) *afterGraph {
	byID := make(map[string]*Account, len(known))
	for _, a := range known {
		byID[a.ID.String()] = a
	}
	var edges [][2]int
	for _, a := range known {
		for _, ref := range a.After {
			if b, ok := byID[ref.Resolve(a.Negotiation).String()]; ok && b.group != a.group {
				edges = append(edges, [2]int{b.group, a.group})
			}
		}
	}
	g := &afterGraph{graph: newGraph(groups, edges), bounds: bounds}
	g.broken = tighten(g.graph, g.bounds)
	return g
}

// tightenAccounts lets after edges narrow the bounds of single accounts.
func tightenAccounts(known []*Account, l *links) {
	at := make(map[*Account]int, len(known))
	for i, a := range known {
		at[a] = i
	}
	var edges [][2]int
	for i, a := range known {
		for _, ref := range a.After {
			if b, ok := l.index[ref.Resolve(a.Negotiation)]; ok {
				if j, isKnown := at[b]; isKnown && j != i {
					edges = append(edges, [2]int{j, i})
				}
			}
		}
	}
	if len(edges) == 0 {
		return
	}
	bounds := make([]domain.Bounds, len(known))
	for i, a := range known {
		bounds[i] = a.Occurred
	}
	for _, i := range tighten(newGraph(len(known), edges), bounds) {
		known[i].against = true
	}
	for i, a := range known {
		a.Occurred = bounds[i]
	}
}

// tighten narrows bounds along the edges of a graph: what comes after A is no
// earlier than A's earliest, what comes before B no later than B's latest. Where
// stated dates contradict the stated order, the order stands, and what comes after
// takes the bounds of what it follows; those nodes are returned. Earliest bounds
// never fall along an edge, so that order by edges and order by bounds cannot form
// a cycle.
func tighten(g *graph, bounds []domain.Bounds) (broken []int) {
	for _, i := range g.sorted {
		own, floor := bounds[i].Latest, bounds[i].Latest
		for _, p := range g.preds[i] {
			bounds[i].Earliest = max(bounds[i].Earliest, bounds[p].Earliest)
			floor = max(floor, bounds[p].Latest)
		}
		if own < bounds[i].Earliest {
			bounds[i].Latest = floor
			broken = append(broken, i)
		}
	}
	for k := len(g.sorted) - 1; k >= 0; k-- {
		i := g.sorted[k]
		for _, s := range g.succs[i] {
			// Raised earliest bounds leave room for this one before s.
			bounds[i].Latest = max(bounds[i].Earliest, min(bounds[i].Latest, bounds[s].Latest))
		}
	}
	return broken
}

// Precedes tells whether a certainly happened before b.
func (p *Picture) Precedes(a, b *Happening) bool {
	return a != b && (a.Bounds.Precedes(b.Bounds) || p.order.reaches(a.group, b.group))
}

// Unordered tells whether neither of two happenings certainly came first.
func (p *Picture) Unordered(a, b *Happening) bool {
	return a != b && !p.Precedes(a, b) && !p.Precedes(b, a)
}

// line puts happenings into the order in which they are folded and shown: a
// linear extension of the order, by earliest, latest and id where it leaves a
// choice. Hidden groups stand in line too, for order passes through them.
func (p *Picture) line(in []*Happening) []*Happening {
	at := make([]*Happening, p.links.groups)
	for _, h := range in {
		at[h.group] = h
	}
	q := &queue{bounds: p.order.bounds, ids: p.groupIDs()}
	waits := make([]int, p.links.groups)
	for g, preds := range p.order.preds {
		if waits[g] = len(preds); waits[g] == 0 {
			q.groups = append(q.groups, g)
		}
	}
	heap.Init(q)
	out := make([]*Happening, 0, len(in))
	p.sequence = make([]int, 0, p.links.groups)
	for q.Len() > 0 {
		g, _ := heap.Pop(q).(int)
		p.sequence = append(p.sequence, g)
		if at[g] != nil {
			out = append(out, at[g])
		}
		for _, next := range p.order.succs[g] {
			if waits[next]--; waits[next] == 0 {
				heap.Push(q, next)
			}
		}
	}
	return out
}

// groupIDs gives every group the smallest id of its believed accounts, which breaks
// ties whatever the as-of cut hides.
func (p *Picture) groupIDs() []uuid.UUID {
	ids := make([]uuid.UUID, p.links.groups)
	for _, a := range p.believed {
		if id := &ids[a.group]; *id == uuid.Nil || bytes.Compare(a.ID[:], id[:]) < 0 {
			*id = a.ID
		}
	}
	return ids
}

// queue is a heap of groups, the first in line on top.
type queue struct {
	groups []int
	bounds []domain.Bounds
	ids    []uuid.UUID
}

func (q *queue) Len() int      { return len(q.groups) }
func (q *queue) Swap(i, j int) { q.groups[i], q.groups[j] = q.groups[j], q.groups[i] }
func (q *queue) Push(x any)    { g, _ := x.(int); q.groups = append(q.groups, g) }
func (q *queue) Pop() any {
	last := q.groups[len(q.groups)-1]
	q.groups = q.groups[:len(q.groups)-1]
	return last
}

func (q *queue) Less(i, j int) bool {
	a, b := q.groups[i], q.groups[j]
	if q.bounds[a].Earliest != q.bounds[b].Earliest {
		return q.bounds[a].Earliest < q.bounds[b].Earliest
	}
	if q.bounds[a].Latest != q.bounds[b].Latest {
		return q.bounds[a].Latest < q.bounds[b].Latest
	}
	return bytes.Compare(q.ids[a][:], q.ids[b][:]) < 0
}
