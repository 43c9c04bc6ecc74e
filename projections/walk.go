package projections

// walk finds what stated order puts before or after a happening, where its bounds do
// not tell it anyway: bounds never fall along an edge, so nothing lies behind what they
// do tell. A walk costs what overlaps the happening and stands in order with it: little,
// but in a long chain of acts none of which is dated. It is used again and again, and by
// one goroutine.
type walk struct {
	order *afterGraph
	seen  []int // by group: the walk that last came there
	turn  int
	came  []int // the groups of this walk
}

// begin forgets the walk before.
func (w *walk) begin() {
	w.turn++
	w.came = w.came[:0]
}

// before walks to what is said to come before a happening and may overlap it.
func (w *walk) before(h *Happening) {
	w.begin()
	w.goBack(h)
}

// after walks to what is said to come after a happening and may overlap it.
func (w *walk) after(h *Happening) {
	w.begin()
	w.goOn(h)
}

// around walks both ways.
func (w *walk) around(h *Happening) {
	w.begin()
	w.goBack(h)
	w.goOn(h)
}

func (w *walk) goBack(h *Happening) {
	if w.order.led(h.group) {
		w.along(h.group, w.order.preds, func(g int) bool { return w.order.bounds[g].Latest >= h.Bounds.Earliest })
	}
}

func (w *walk) goOn(h *Happening) {
	if w.order.leads(h.group) {
		w.along(h.group, w.order.succs, func(g int) bool { return w.order.bounds[g].Earliest <= h.Bounds.Latest })
	}
}

func (w *walk) along(from int, edges [][]int, overlaps func(int) bool) {
	if w.seen == nil {
		w.seen = make([]int, len(edges))
	}
	next := len(w.came)
	for at := from; ; at, next = w.came[next], next+1 {
		for _, g := range edges[at] {
			if w.seen[g] != w.turn && overlaps(g) {
				w.seen[g] = w.turn
				w.came = append(w.came, g)
			}
		}
		if next == len(w.came) {
			return
		}
	}
}

// met tells whether the walk came to a happening.
func (w *walk) met(h *Happening) bool { return h.group < len(w.seen) && w.seen[h.group] == w.turn }
