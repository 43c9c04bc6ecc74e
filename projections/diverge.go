package projections

import (
	"fmt"
	"slices"
	"strings"
)

// Divergence is where two lines of happenings part: the first happening of each that
// the other does not have, or of which others tell there.
type Divergence struct {
	After string `json:"after,omitzero"` // what comes before it in the line; empty at the beginning
	From  string `json:"from,omitzero"`  // empty if all of its happenings are shared
	To    string `json:"to,omitzero"`
}

// diverge finds where the lines of two pictures part, nil where they do not.
func diverge(from, to *Picture) *Divergence {
	a, afterA := unshared(from, to)
	b, afterB := unshared(to, from)
	switch {
	case a == "" && b == "":
		return nil
	case a == "":
		return &Divergence{After: afterB, To: b}
	}
	return &Divergence{After: afterA, From: a, To: b}
}

// unshared is the first happening of a picture that another does not share, and what
// comes before it.
func unshared(p, other *Picture) (name, after string) {
	shared := make(map[string]bool, len(other.Happenings))
	for _, h := range other.Happenings {
		shared[tellers(h)] = true
	}
	for _, h := range p.Happenings {
		if !shared[tellers(h)] {
			return h.Name(), after
		}
		after = h.Name()
	}
	return "", ""
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
