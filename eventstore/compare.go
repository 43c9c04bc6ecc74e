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

// findingsMax is how many differences are told apart; more are counted.
const findingsMax = 10_000

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
