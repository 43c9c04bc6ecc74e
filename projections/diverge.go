package projections

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Divergence is where two lines of happenings part: the first happening of each that
// the other does not have, or of which others tell there.
type Divergence struct {
	After string `json:"after,omitzero"` // what comes before whichever is first; empty at the beginning
	From  string `json:"from,omitzero"`  // empty if all of its happenings are shared
	To    string `json:"to,omitzero"`
}

// diverge finds where the lines of two pictures part, nil where they do not. The lines
// part at the first happening of either that is not shared: whichever has fewer shared
// ones before it. So it is the reverse of what the pictures tell the other way round.
func diverge(from, to *Picture) *Divergence {
	a, b := unshared(from, to), unshared(to, from)
	switch {
	case a == nil && b == nil:
		return nil
	case a == nil:
		return &Divergence{After: b.after, To: b.name}
	case b == nil:
		return &Divergence{After: a.after, From: a.name}
	}
	first := a
	if cmp.Or(cmp.Compare(b.shared, a.shared), cmp.Compare(b.after, a.after)) < 0 {
		first = b
	}
	return &Divergence{After: first.after, From: a.name, To: b.name}
}

// parting is the first happening of a line that another does not share.
type parting struct {
	name   string
	after  string // what comes before it
	shared int    // so many come before it
}

// unshared is where a picture parts from another, nil if that shares all of its
// happenings.
func unshared(p, other *Picture) *parting {
	shared := make(map[string]bool, len(other.Happenings))
	for _, h := range other.Happenings {
		shared[tellers(h)] = true
	}
	after := ""
	for i, h := range p.Happenings {
		if !shared[tellers(h)] {
			return &parting{h.Name(), after, i}
		}
		after = h.Name()
	}
	return nil
}

// tellers names the accounts of a happening, with the branch that supposes each and
// the event that corrected it.
func tellers(h *Happening) string {
	var all []string
	for _, a := range slices.Concat(h.Accounts, h.Denials, h.Plans) {
		all = append(all, fmt.Sprint(a.ID, a.Branch, a.CorrectedBy))
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}
