package server

import (
	"slices"
	"sync"

	"parley/domain"
	"parley/projections"
)

// What is kept warm of branches. The one that was asked for last is kept in any case.
const (
	maxBranchBooks       = 32
	maxBranchBookEntries = 250_000 // of the branches' own logs; the record is shared
)

// branchShelf keeps the branches that are asked for warm, each in a book: whoever asks
// again, or after an event more, does not have all of it folded again, and several who
// ask at once share one fold.
type branchShelf struct {
	mu   sync.Mutex
	kept []*branchBook // the last used first
}

// branchBook is the book on one branch.
type branchBook struct {
	negotiation, branch string

	mu   sync.Mutex // whoever holds it brings the book up to a lineage
	line domain.Lineage
	book *projections.Book

	own int // entries of the branches' own logs; guarded by branchShelf.mu
}

// picture folds a view of a branch as far as a lineage goes, or further if somebody
// has read further. It tells which lineage it shows.
func (s *branchShelf) picture(negotiation string, line domain.Lineage, view projections.View) (*projections.Picture, domain.Lineage, error) {
	b := s.use(negotiation, view.Branch)
	book := b.upTo(line)
	s.weigh(b, entriesOf(domain.Lineage{Branches: line.Branches}))
	pic, seen, err := book.ViewOf(view)
	if err != nil {
		return nil, line, err
	}
	return pic, seen, nil
}

// use finds or begins a book, and notes that it was used.
func (s *branchShelf) use(negotiation, branch string) *branchBook {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.kept, func(b *branchBook) bool { return b.negotiation == negotiation && b.branch == branch })
	if i < 0 {
		s.kept = slices.Insert(s.kept, 0, &branchBook{negotiation: negotiation, branch: branch})
		return s.kept[0]
	}
	b := s.kept[i]
	s.kept = slices.Insert(slices.Delete(s.kept, i, i+1), 0, b)
	return b
}

// weigh notes how much a book holds, and forgets those that were not used for longest.
func (s *branchShelf) weigh(b *branchBook, own int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b.own = own
	total := 0
	for i, other := range s.kept {
		if total += other.own; i > 0 && (i >= maxBranchBooks || total > maxBranchBookEntries) {
			clear(s.kept[i:])
			s.kept = s.kept[:i]
			return
		}
	}
}

// upTo brings the book up to a lineage of its branch.
func (b *branchBook) upTo(line domain.Lineage) *projections.Book {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.book == nil || !b.goesOnTo(line) {
		b.book, b.line = projections.NewBranchBook(b.negotiation, line), line
		return b.book
	}
	top := len(line.Branches) - 1
	have, all := len(b.line.Branches[top].Entries), line.Branches[top].Entries
	for _, e := range all[min(have, len(all)):] {
		b.book.Suppose(e)
	}
	if len(all) > have {
		b.line.Branches = line.Branches
	}
	for _, e := range line.Record[min(len(b.line.Record), len(line.Record)):] {
		b.book.Add(e)
	}
	if len(line.Record) > len(b.line.Record) {
		b.line.Record = line.Record
	}
	return b.book
}

// goesOnTo tells whether a lineage is the one of the book, or goes on from it, or was
// read before it. What the branch stands on must be as it was, since a book takes in
// entries of the record and of its own branch only.
func (b *branchBook) goesOnTo(line domain.Lineage) bool {
	depth := len(line.Branches)
	if depth != len(b.line.Branches) || line.Branches[depth-1].Entries[0].Position != b.line.Branches[depth-1].Entries[0].Position {
		return false
	}
	for i := range depth - 1 {
		if len(line.Branches[i].Entries) > len(b.line.Branches[i].Entries) {
			return false
		}
	}
	return true
}
