package eventstore

import "parley/eventstore/seal"

// window is how far verification looks ahead for the place where log and hashes
// agree again.
const window = 64

// Where that does not help, it looks this many lines ahead, and not more often.
const (
	farLines = 200_000
	farTries = 8
)

// comparer compares the lines that were kept with those that the log has. Both come
// in order; one side may run ahead by a window.
type comparer struct {
	more  func() (keptLine, bool) // the next line that was kept, if there is one
	tries int                     // of far
	kept  []keptLine
	found []hashedMessage
	ended bool  // all that was kept is at hand, or was
	last  bool  // nothing more will be found
	shift int64 // positions by which entries that agree have moved
	diffs []difference
	over  int     // differences that are counted only
	same  []Range // positions of what was kept and agrees, joined
}

// difference is a line that was kept, or that was found, or both at one position.
type difference struct {
	kept  *seal.Line
	found *hashedMessage
	shift int64
}

func agree(k keptLine, f hashedMessage) bool {
	return !k.damaged && k.Leaf == f.Leaf && k.Log == f.Log
}

// mayAgree does not rule out what a damaged line said.
func mayAgree(k keptLine, f hashedMessage) bool { return k.damaged || agree(k, f) }

// fill brings what was kept up to a number of lines.
func (c *comparer) fill(lines int) {
	for len(c.kept) < lines && !c.ended {
		l, ok := c.more()
		if !ok {
			c.ended = true
			return
		}
		c.kept = append(c.kept, l)
	}
}

// take takes in what was found next, and compares as much as leaves enough to look
// ahead.
func (c *comparer) take(m hashedMessage) {
	c.found = append(c.found, m)
	for len(c.found) >= 8*window {
		c.fill(8 * window)
		if len(c.kept) == 0 {
			c.found = nil // beyond what was kept
			return
		}
		c.run()
	}
}

// finish compares the rest.
func (c *comparer) finish() {
	c.last = true
	for c.fill(8 * window); len(c.kept) > 0; c.fill(8 * window) {
		if c.run(); len(c.found) == 0 {
			c.differ(len(c.kept), 0)
		}
	} // what is found and was not kept is new
}

// ample tells whether there is enough on both sides to look ahead.
func (c *comparer) ample() bool {
	return len(c.kept) > 0 && len(c.found) > 0 &&
		(c.ended || len(c.kept) > 2*window) && (c.last || len(c.found) > 2*window)
}

// run compares what is at hand.
func (c *comparer) run() {
	for c.ample() {
		if c.gone(0, 0) {
			c.differ(1, 0)
			continue
		}
		if mayAgree(c.kept[0], c.found[0]) {
			c.agreed(c.kept[0], c.found[0])
			c.kept, c.found = c.kept[1:], c.found[1:]
			continue
		}
		i, j := c.hole()
		if i+j == 0 {
			i, j = c.apart()
		}
		c.differ(i, j)
	}
}

// apart says how many lines of both sides differ before they agree again, as far as
// that can be seen.
func (c *comparer) apart() (i, j int) {
	i, j, ok := c.again()
	if ok {
		return i, j
	}
	if n := c.far(); n > 0 {
		return n, 0
	}
	return c.level(min(window, len(c.kept)), min(window, len(c.found)))
}

// stood is where what was kept stands, if it agrees with what was found before.
func (c *comparer) stood(k keptLine) int64 { return int64(k.Position) + c.shift }

// gone tells whether the i-th line is damaged and its entry is gone as well: the lines
// that are damaged in a row are more than stand from what is the j-th of found on, before
// the next line that is whole.
func (c *comparer) gone(i, j int) bool {
	k := i
	for k < len(c.kept) && c.kept[k].damaged {
		k++
	}
	if k == i || k == len(c.kept) {
		return false
	}
	return agree(c.kept[k], c.found[j]) || c.stood(c.kept[k])-int64(c.found[j].Position) < int64(k-i)
}

// agreed takes note of an entry that is what it was.
func (c *comparer) agreed(k keptLine, f hashedMessage) {
	if k.damaged {
		c.note(difference{kept: &seal.Line{Position: f.Position, Log: f.Log}})
		return
	}
	if n := len(c.same); n > 0 && c.same[n-1].To+1 == k.Position {
		c.same[n-1].To++
	} else {
		c.same = append(c.same, Range{k.Position, k.Position})
	}
	if shift := int64(f.Position - k.Position); shift != c.shift {
		c.shift = shift
		c.note(difference{kept: &k.Line, found: &f, shift: shift})
	}
}

// hole tells whether positions are missing on one side, and how many lines of the
// other side stood there.
func (c *comparer) hole() (i, j int) {
	for i < len(c.kept) && (c.kept[i].damaged || c.stood(c.kept[i]) < int64(c.found[0].Position)) {
		i++
	}
	if i > 0 {
		if i < len(c.kept) {
			c.fill(i + window)
		}
		if i < len(c.kept) && !c.inStep(i, 0) {
			return 0, 0
		}
		for c.kept[i-1].damaged { // the first is not, and these may be of what is found
			i--
		}
		return i, 0
	}
	for j < len(c.found) && int64(c.found[j].Position) < c.stood(c.kept[0]) {
		j++
	}
	if j > 0 && (j == len(c.found) || c.inStep(0, j)) {
		return 0, j
	}
	return 0, 0
}

// inStep tells whether both sides agree at some position within the window behind the next
// i lines that were kept and j that were found.
func (c *comparer) inStep(i, j int) bool {
	for range 2 * window {
		switch {
		case i == len(c.kept) || j == len(c.found):
			return false
		case c.kept[i].damaged || c.stood(c.kept[i]) < int64(c.found[j].Position):
			i++
		case c.stood(c.kept[i]) > int64(c.found[j].Position):
			j++
		case agree(c.kept[i], c.found[j]):
			return true
		default:
			i, j = i+1, j+1
		}
	}
	return false
}

// level leaves out of i lines that were kept and j that were found what lies behind all of
// the other side, for its counterparts are still to come, and damaged lines at the end. The
// first line is whole.
func (c *comparer) level(i, j int) (int, int) {
	for c.kept[i-1].damaged {
		i--
	}
	end := min(int64(c.found[j-1].Position), c.stood(c.kept[i-1]))
	for i > 0 && (c.kept[i-1].damaged || c.stood(c.kept[i-1]) > end) {
		i--
	}
	if i > 0 {
		end = c.stood(c.kept[i-1])
	}
	for j > 0 && int64(c.found[j-1].Position) > end {
		j--
	}
	return i, j
}

// again finds the nearest place from which on both sides agree.
func (c *comparer) again() (i, j int, ok bool) {
	n, m := min(window, len(c.kept)), min(window, len(c.found))
	for sum := 1; sum < n+m; sum++ {
		for i := max(0, sum-m+1); i <= min(sum, n-1); i++ {
			j := sum - i
			if !agree(c.kept[i], c.found[j]) {
				continue
			}
			k, f := c.kept[i+1:], c.found[j+1:]
			if len(k) == 0 || len(f) == 0 || mayAgree(k[0], f[0]) {
				return i, j, true
			}
		}
	}
	return 0, 0, false
}

// far looks a long way ahead for what is found, a few times: somebody may have
// taken out much and closed the gap.
func (c *comparer) far() int {
	if c.tries++; c.tries > farTries || len(c.found) < 2 {
		return 0
	}
	c.fill(farLines)
	for i := window; i+1 < len(c.kept); i++ {
		if agree(c.kept[i], c.found[0]) && mayAgree(c.kept[i+1], c.found[1]) {
			return i
		}
	}
	return 0
}

// differ takes the next i lines that were kept and j that were found: what stands
// at one position belongs together.
func (c *comparer) differ(i, j int) {
	a, b := 0, 0
	for a < i || b < j {
		switch {
		case a < i && c.kept[a].damaged && (b == j || c.gone(a, b)):
			c.note(difference{kept: &seal.Line{}})
			a++
		case a < i && c.kept[a].damaged:
			c.agreed(c.kept[a], c.found[b])
			a, b = a+1, b+1
		case b == j || a < i && c.stood(c.kept[a]) < int64(c.found[b].Position):
			c.note(difference{kept: &c.kept[a].Line})
			a++
		case a == i || c.stood(c.kept[a]) > int64(c.found[b].Position):
			c.note(difference{found: &c.found[b]})
			b++
		default:
			if agree(c.kept[a], c.found[b]) {
				c.agreed(c.kept[a], c.found[b])
			} else {
				c.note(difference{kept: &c.kept[a].Line, found: &c.found[b]})
			}
			a, b = a+1, b+1
		}
	}
	c.kept, c.found = c.kept[i:], c.found[j:]
}

func (c *comparer) note(d difference) {
	if len(c.diffs) == findingsMax {
		c.over++
		return
	}
	// The slices that these stand in are used again.
	if d.kept != nil {
		d.kept = new(*d.kept)
	}
	if d.found != nil {
		d.found = new(*d.found)
	}
	c.diffs = append(c.diffs, d)
}
