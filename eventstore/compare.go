package eventstore

import (
	"cmp"
	"fmt"
	"slices"

	"parley/eventstore/seal"
)

// What verification finds of an entry.
const (
	Changed  = "changed"  // other bytes stand where it stood
	Dropped  = "dropped"  // it is gone
	Inserted = "inserted" // it was never recorded here
	Moved    = "moved"    // it stands somewhere else, or its record does within the files
	Shifted  = "shifted"  // entries from here on stand at other positions
	Hashes   = "hashes"   // the line of the hashes is damaged
)

// Finding is one way in which the log is not what was recorded.
type Finding struct {
	Kind        string `json:"kind"`
	Negotiation string `json:"negotiation,omitzero"`
	Position    uint64 `json:"position"`       // where it stood; of an inserted entry, where it stands
	Now         uint64 `json:"now,omitzero"`   // where it stands now
	Event       string `json:"event,omitzero"` // key or id of what stands there now
	Detail      string `json:"detail"`
}

// window is how far verification looks ahead for the place where log and hashes
// agree again.
const window = 64

// Where that does not help, it looks this many lines ahead, and not more often.
const (
	farLines = 200_000
	farTries = 8
)

// findingsMax is how many differences are told apart; more are counted.
const findingsMax = 10_000

// comparer compares the lines that were kept with those that the log has. Both come
// in order; one side may run ahead by a window.
type comparer struct {
	fill  func(lines int) // brings more of what was kept
	tries int             // of far
	kept  []keptLine
	found []hashedMessage
	shift int64 // positions by which entries that agree have moved
	diffs []difference
	more  int
	same  []Range // positions of what was kept and agrees, joined
}

// difference is a line that was kept, or that was found, or both at one position.
type difference struct {
	kept  *seal.Line
	found *hashedMessage
	shift int64
}

func agree(k keptLine, f hashedMessage) bool {
	return k.damaged || k.Leaf == f.Leaf && k.Log == f.Log
}

// run compares what is at hand. At the end, both sides are complete.
func (c *comparer) run(end bool) {
	for len(c.kept) > 0 && len(c.found) > 0 && (end || min(len(c.kept), len(c.found)) > 2*window) {
		if agree(c.kept[0], c.found[0]) {
			c.agreed(c.kept[0], c.found[0])
			c.kept, c.found = c.kept[1:], c.found[1:]
			continue
		}
		i, j := c.hole()
		if i+j == 0 {
			i, j = c.again()
		}
		if i == min(window, len(c.kept)) && j == min(window, len(c.found)) {
			if n := c.far(); n > 0 {
				i, j = n, 0
			}
		}
		c.differ(i, j)
	}
	if end && len(c.kept) > 0 {
		c.differ(len(c.kept), 0) // what is found and was not kept is new
	}
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
	found := int64(c.found[0].Position) - c.shift
	for i < len(c.kept) && (c.kept[i].damaged || int64(c.kept[i].Position) < found) {
		i++
	}
	if i > 0 {
		if i == len(c.kept) || agree(c.kept[i], c.found[0]) {
			return i, 0
		}
		return 0, 0
	}
	kept := int64(c.kept[0].Position) + c.shift
	for j < len(c.found) && int64(c.found[j].Position) < kept {
		j++
	}
	if j > 0 && (j == len(c.found) || agree(c.kept[0], c.found[j])) {
		return 0, j
	}
	return 0, 0
}

// again finds the nearest place from which on both sides agree.
func (c *comparer) again() (i, j int) {
	n, m := min(window, len(c.kept)), min(window, len(c.found))
	for sum := 1; sum < n+m; sum++ {
		for i := max(0, sum-m+1); i <= min(sum, n-1); i++ {
			j := sum - i
			if !agree(c.kept[i], c.found[j]) {
				continue
			}
			k, f := c.kept[i+1:], c.found[j+1:]
			if len(k) > 0 && len(f) > 0 && agree(k[0], f[0]) || len(k) == 0 && len(f) == 0 {
				return i, j
			}
		}
	}
	return n, m
}

// far looks a long way ahead for what is found, a few times: somebody may have
// taken out much and closed the gap.
func (c *comparer) far() int {
	if c.tries++; c.tries > farTries || len(c.found) < 2 {
		return 0
	}
	c.fill(farLines)
	for i := window; i+1 < len(c.kept); i++ {
		if agree(c.kept[i], c.found[0]) && agree(c.kept[i+1], c.found[1]) {
			return i
		}
	}
	return 0
}

// differ takes the next i lines that were kept and j that were found: what stands
// at one position belongs together.
func (c *comparer) differ(i, j int) {
	kept, found := c.kept[:i], c.found[:j]
	for len(kept) > 0 || len(found) > 0 {
		switch {
		case len(kept) > 0 && kept[0].damaged:
			c.note(difference{kept: &seal.Line{}})
			kept = kept[1:]
		case len(found) == 0 || len(kept) > 0 && int64(kept[0].Position)+c.shift < int64(found[0].Position):
			c.note(difference{kept: &kept[0].Line})
			kept = kept[1:]
		case len(kept) == 0 || int64(kept[0].Position)+c.shift > int64(found[0].Position):
			c.note(difference{found: &found[0]})
			found = found[1:]
		default:
			if agree(kept[0], found[0]) {
				c.agreed(kept[0], found[0])
			} else {
				c.note(difference{kept: &kept[0].Line, found: &found[0]})
			}
			kept, found = kept[1:], found[1:]
		}
	}
	c.kept, c.found = c.kept[i:], c.found[j:]
}

func (c *comparer) note(d difference) {
	if len(c.diffs) == findingsMax {
		c.more++
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

// entryKey tells entries apart whatever their position.
type entryKey struct {
	log  string
	leaf seal.Hash
}

// findings words the differences, in the order of the log. An entry that is gone
// from one place and stands at another was moved.
func (c *comparer) findings() []Finding {
	stands := map[entryKey]*hashedMessage{} // of what is found and was not there
	stood := map[entryKey]bool{}            // of what was kept and is not there
	moved := map[entryKey]bool{}
	for _, d := range c.diffs {
		if d.shift != 0 || d.kept != nil && d.kept.Leaf == (seal.Hash{}) {
			continue
		}
		if d.found != nil {
			stands[entryKey{d.found.Log, d.found.Leaf}] = d.found
		}
		if d.kept != nil {
			stood[entryKey{d.kept.Log, d.kept.Leaf}] = true
		}
	}
	for k := range stood {
		moved[k] = stands[k] != nil
	}
	var out []Finding
	for _, d := range c.diffs {
		out = append(out, d.words(stands, moved)...)
	}
	sortFindings(out)
	return out
}

// sortFindings puts findings into the order of the log.
func sortFindings(list []Finding) {
	slices.SortStableFunc(list, func(a, b Finding) int { return cmp.Compare(a.Position, b.Position) })
}

func (d difference) words(stands map[entryKey]*hashedMessage, moved map[entryKey]bool) []Finding {
	switch {
	case d.found != nil && d.kept != nil && d.kept.Leaf == d.found.Leaf && d.kept.Log == d.found.Log:
		return []Finding{{
			Kind: Shifted, Negotiation: d.kept.Log, Position: d.kept.Position, Now: d.found.Position, Event: d.found.event(),
			Detail: fmt.Sprintf("from here on, what stood at #%d and after stands at #%d and after", d.kept.Position, d.found.Position),
		}}
	case d.kept != nil && d.kept.Leaf == (seal.Hash{}):
		return []Finding{{Kind: Hashes, Negotiation: d.kept.Log, Position: d.kept.Position, Detail: "its line of the hashes is damaged, so it cannot be compared"}}
	}
	var out []Finding
	keptMoved := d.kept != nil && moved[entryKey{d.kept.Log, d.kept.Leaf}]
	foundMoved := d.found != nil && moved[entryKey{d.found.Log, d.found.Leaf}]
	switch {
	case keptMoved:
		to := stands[entryKey{d.kept.Log, d.kept.Leaf}]
		out = append(out, Finding{
			Kind: Moved, Negotiation: d.kept.Log, Position: d.kept.Position, Now: to.Position, Event: to.event(),
			Detail: fmt.Sprintf("the entry that stood here stands at #%d now", to.Position),
		})
	case d.kept != nil && d.found != nil && !foundMoved && d.kept.Log != d.found.Log:
		out = append(out, Finding{
			Kind: Changed, Negotiation: d.kept.Log, Position: d.kept.Position, Now: d.found.Position, Event: d.found.event(),
			Detail: fmt.Sprintf("an entry of %s stands in its place", d.found.Log),
		})
	case d.kept != nil && d.found != nil && !foundMoved:
		out = append(out, Finding{
			Kind: Changed, Negotiation: d.kept.Log, Position: d.kept.Position, Now: d.found.Position, Event: d.found.event(),
			Detail: fmt.Sprintf("its bytes have the hash %s, and had %s", d.found.Leaf, d.kept.Leaf),
		})
	case d.kept != nil:
		out = append(out, Finding{Kind: Dropped, Negotiation: d.kept.Log, Position: d.kept.Position, Detail: fmt.Sprintf("the entry is gone; its hash was %s", d.kept.Leaf)})
	}
	if d.found != nil && !foundMoved && (d.kept == nil || keptMoved) {
		out = append(out, Finding{Kind: Inserted, Negotiation: d.found.Log, Position: d.found.Position, Now: d.found.Position, Event: d.found.event(), Detail: "no such entry was recorded"})
	}
	return out
}
