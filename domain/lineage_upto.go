package domain

import (
	"cmp"
	"sort"
)

// UpTo is the lineage as it was when it had come to a position: of each log what the
// position holds, nothing of a branch that it does not name. It shares the entries.
func (l Lineage) UpTo(p Position) Lineage {
	out := Lineage{Record: UpTo(l.Record, p.Record), Branches: make([]BranchLog, len(l.Branches))}
	for i, b := range l.Branches {
		at, _ := p.Of(b.Name())
		b.Entries = UpTo(b.Entries, at)
		out.Branches[i] = b
	}
	return out
}

// UpTo is one log up to a position.
func UpTo(log []Entry, position uint64) []Entry {
	n := sort.Search(len(log), func(i int) bool { return cmp.Less(position, log[i].Position) })
	return log[:n:n]
}
