package live

import (
	"math"
	"slices"

	"parley/domain"
	"parley/projections"
)

// footing is what a branch stands on and adds, as far as it was read. Later entries of
// a log count only where every branch above it follows its parent.
type footing struct {
	id    limb
	line  domain.Lineage // the record only up to the fork, where it is not followed
	at    domain.Position
	doc   projections.Branch // what is said of the branch, but for its position
	book  *projections.Book
	stale bool // the book is to be made anew
}

func newFooting(id limb, record []domain.Entry, logs []domain.BranchLog) *footing {
	f := &footing{id: id, line: domain.Lineage{Branches: logs}, stale: true, doc: *projections.BranchOf(logs[len(logs)-1])}
	if !f.sees(0) {
		record = domain.UpTo(record, recordOf(logs))
	}
	f.line.Record = slices.Clip(record)
	f.at = f.line.Position(nil)
	return f
}

// sees tells whether what is appended to a layer now counts: 0 is the record, 1 the
// branch that stands on it.
func (f *footing) sees(layer int) bool {
	for _, b := range f.line.Branches[layer:] {
		if !b.Opened.FollowParent {
			return false
		}
	}
	return true
}

// recordOf is how much of the record a branch sees: for ever, or, where it is followed
// all the way up, when it was opened.
func recordOf(logs []domain.BranchLog) uint64 {
	opened, limit := uint64(0), uint64(math.MaxUint64)
	for _, b := range logs {
		at, _ := domain.ParsePosition(b.Opened.At) // from what cannot be read on, nothing is seen
		opened = at.Record
		if !b.Opened.FollowParent {
			limit = min(limit, at.Record)
		}
	}
	if limit == math.MaxUint64 {
		return opened
	}
	return limit
}

// layerOf is the layer of a branch; 0 if it is none of them.
func (f *footing) layerOf(branch string) int {
	return 1 + slices.IndexFunc(f.line.Branches, func(b domain.BranchLog) bool { return string(b.Opened.Branch) == branch })
}

// suppose takes in an entry of a branch, and tells whether it changes anything.
func (f *footing) suppose(branch string, e domain.Entry) bool {
	layer := f.layerOf(branch)
	if layer == 0 {
		return false
	}
	own := &f.line.Branches[layer-1]
	if !f.sees(layer) || e.Position <= own.Entries[len(own.Entries)-1].Position {
		return false // or it was there when the branch was read
	}
	f.line.Branches = slices.Clone(f.line.Branches) // what was read before stays as it is
	own = &f.line.Branches[layer-1]
	own.Entries = append(own.Entries, e)
	f.at.Branches = slices.Clone(f.at.Branches)
	for i, b := range f.at.Branches {
		if b.Branch == own.Name() {
			f.at.Branches[i].At = e.Position
		}
	}
	if layer == len(f.line.Branches) && !f.stale {
		f.book.Suppose(e)
	} else {
		f.stale = true
	}
	return true
}

// record takes in what the record has more, where the branch follows it, and tells
// whether that is anything.
func (f *footing) record(log []domain.Entry) bool {
	if !f.sees(0) || len(log) <= len(f.line.Record) {
		return false
	}
	if !f.stale {
		for _, e := range log[len(f.line.Record):] {
			f.book.Add(e)
		}
	}
	f.line.Record = slices.Clip(log)
	f.at.Record = log[len(log)-1].Position
	return true
}

// picture folds the branch.
func (f *footing) picture() (*projections.Picture, error) {
	if f.stale {
		f.book, f.stale = projections.NewBranchBook(f.id.negotiation, f.line), false
	}
	return f.book.View(projections.View{Branch: f.id.branch})
}

// branch says what the branch is, at the position that was read.
func (f *footing) branch() *projections.Branch {
	b := f.doc
	b.Position = f.at.String()
	return &b
}

// behind compares with a position that somebody has: whether it is further on than
// what was read, and if not, why it is none of this branch.
func (f *footing) behind(p domain.Position) (ahead bool, why string) {
	if len(p.Branches) != len(f.at.Branches) {
		return false, p.String() + " is no position of this branch"
	}
	if f.sees(0) {
		ahead = p.Record > f.at.Record
	} else if p.Record > f.at.Record {
		return false, p.String() + " is no position of this branch"
	}
	for i, b := range p.Branches {
		has, own := f.at.Branches[i], f.line.Branches[i]
		switch {
		case b.Branch != has.Branch:
			return false, p.String() + " is no position of this branch"
		case b.At < own.Entries[0].Position:
			return false, "another branch had this name at " + p.String()
		case b.At > has.At:
			ahead = true
		}
	}
	return ahead, ""
}
