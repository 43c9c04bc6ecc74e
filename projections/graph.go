package projections

// graph holds "comes after" edges between numbered nodes. Edges that lie on a
// cycle are taken out: nothing can precede itself.
type graph struct {
	preds, succs [][]int
	cyclic       [][2]int // edges taken out, from earlier to later
	sorted       []int    // nodes, every one after its predecessors
}

// newGraph builds the graph of n nodes from edges (earlier, later).
func newGraph(n int, edges [][2]int) *graph {
	g := &graph{preds: make([][]int, n), succs: make([][]int, n)}
	all := make([][]int, n)
	for _, e := range edges {
		all[e[0]] = append(all[e[0]], e[1])
	}
	component := components(all)
	seen := make(map[[2]int]bool, len(edges))
	for _, e := range edges {
		if seen[e] {
			continue
		}
		seen[e] = true
		if component[e[0]] == component[e[1]] {
			g.cyclic = append(g.cyclic, e)
			continue
		}
		g.succs[e[0]] = append(g.succs[e[0]], e[1])
		g.preds[e[1]] = append(g.preds[e[1]], e[0])
	}
	g.sort()
	return g
}

// sort lists the nodes in topological order.
func (g *graph) sort() {
	waits := make([]int, len(g.preds))
	for i, p := range g.preds {
		if waits[i] = len(p); len(p) == 0 {
			g.sorted = append(g.sorted, i)
		}
	}
	for k := 0; k < len(g.sorted); k++ {
		for _, j := range g.succs[g.sorted[k]] {
			if waits[j]--; waits[j] == 0 {
				g.sorted = append(g.sorted, j)
			}
		}
	}
}

// leads tells whether any edge leaves a node. Nodes beyond the graph have none.
func (g *graph) leads(a int) bool { return a < len(g.succs) && len(g.succs[a]) > 0 }

// reaches tells whether a path leads from node a to node b.
func (g *graph) reaches(a, b int) bool {
	if a == b || !g.leads(a) || b >= len(g.preds) || len(g.preds[b]) == 0 {
		return false
	}
	seen := map[int]bool{a: true}
	stack := []int{a}
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, j := range g.succs[i] {
			if j == b {
				return true
			}
			if !seen[j] {
				seen[j] = true
				stack = append(stack, j)
			}
		}
	}
	return false
}

// from begins to look for nodes from which others are reached. Those others must be
// marked before whatever leads to them is asked for, as when one goes through a
// topological order from its end; then all answers together visit each edge once.
func (g *graph) from() *reaching { return &reaching{graph: g} }

// reaching tells which nodes lead to one of those that are marked.
type reaching struct {
	graph  *graph
	marked map[int]bool
	known  map[int]bool // whether a node leads to a marked one, once that was found out
}

func (r *reaching) mark(node int) {
	if r.graph.led(node) {
		if r.marked == nil {
			r.marked = map[int]bool{}
		}
		r.marked[node] = true
	}
}

// reaches tells whether a path leads from a node to one of the marked ones.
func (r *reaching) reaches(node int) bool {
	if len(r.marked) == 0 || !r.graph.leads(node) {
		return false
	}
	if r.known == nil {
		r.known = map[int]bool{}
	}
	// Depth first, without recursion, for chains can be long: a node is settled once
	// all that it leads to is.
	stack := []int{node}
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		if _, settled := r.known[i]; settled {
			stack = stack[:len(stack)-1]
			continue
		}
		reaches, open := false, false
		for _, j := range r.graph.succs[i] {
			if r.marked[j] || r.known[j] {
				reaches = true
				break
			}
			if _, settled := r.known[j]; !settled {
				stack, open = append(stack, j), true
			}
		}
		if reaches || !open {
			r.known[i] = reaches
		}
	}
	return r.known[node]
}

// led tells whether any edge comes to a node. Nodes beyond the graph have none.
func (g *graph) led(a int) bool { return a < len(g.preds) && len(g.preds[a]) > 0 }

// all gathers the nodes that can be reached from one along preds or succs, without
// itself.
func (g *graph) all(from int, along [][]int) map[int]bool {
	out := map[int]bool{}
	stack := []int{from}
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, j := range along[i] {
			if !out[j] {
				out[j] = true
				stack = append(stack, j)
			}
		}
	}
	return out
}

// components numbers the strongly connected components (Tarjan 1972), without
// recursion, for chains can be long.
func components(succs [][]int) []int {
	n := len(succs)
	index, low, component := make([]int, n), make([]int, n), make([]int, n)
	for i := range component {
		component[i] = -1
	}
	next, count := 1, 0
	var path []int
	type frame struct{ node, child int }
	for root := range n {
		if index[root] != 0 {
			continue
		}
		calls := []frame{{root, 0}}
		index[root], low[root] = next, next
		next++
		path = append(path, root)
		for len(calls) > 0 {
			f := &calls[len(calls)-1]
			if f.child < len(succs[f.node]) {
				j := succs[f.node][f.child]
				f.child++
				if index[j] == 0 {
					index[j], low[j] = next, next
					next++
					path = append(path, j)
					calls = append(calls, frame{j, 0})
				} else if component[j] < 0 {
					low[f.node] = min(low[f.node], index[j])
				}
				continue
			}
			node := f.node
			calls = calls[:len(calls)-1]
			if len(calls) > 0 {
				up := calls[len(calls)-1].node
				low[up] = min(low[up], low[node])
			}
			if low[node] != index[node] {
				continue
			}
			for {
				j := path[len(path)-1]
				path = path[:len(path)-1]
				component[j] = count
				if j == node {
					break
				}
			}
			count++
		}
	}
	return component
}
