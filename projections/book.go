package projections

import (
	"slices"
	"sync"

	"parley/domain"
)

// Book keeps one negotiation warm: its log, and for each view that was asked a
// stage from which its as-of cuts are made. A past view then costs its distance to
// the nearest checkpoint and not the whole fold; what it shows is what [Project]
// shows. Its methods may be called concurrently.
//
// A book holds the whole log in memory, and at most maxStages stages.
type Book struct {
	negotiation string

	mu   sync.Mutex // never held for long
	line domain.Lineage
	late []domain.Entry // of line, not yet in the stages

	making sync.Mutex        // held while a stage is made, and before mu
	stages map[string]*stage // by view, without its as-of cut
}

// maxStages bounds how many views are kept warm; the one that was asked for longest
// ago goes first.
const maxStages = 8

// NewBook opens a book on the record of a negotiation.
func NewBook(negotiation string, log []domain.Entry) *Book {
	return NewBranchBook(negotiation, domain.Lineage{Record: log})
}

// NewBranchBook opens a book on a branch, with which the lineage ends. Its views
// name the branch.
func NewBranchBook(negotiation string, l domain.Lineage) *Book {
	l.Record, l.Branches = slices.Clip(l.Record), slices.Clone(l.Branches)
	for i := range l.Branches {
		l.Branches[i].Entries = slices.Clip(l.Branches[i].Entries)
	}
	return &Book{negotiation: negotiation, line: l, stages: map[string]*stage{}}
}

// maxLate is how many entries are filed into a stage one by one; more are cheaper to
// fold from nothing.
const maxLate = 16

// Add takes in the next entry of the record. It costs nothing until a view is asked
// for.
func (b *Book) Add(e domain.Entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.line.Record = append(b.line.Record, e)
	b.late = append(b.late, e)
}

// Suppose takes in the next own entry of the branch that the book is on.
func (b *Book) Suppose(e domain.Entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	depth := len(b.line.Branches)
	if depth == 0 {
		panic("projections: a book on the record supposes nothing")
	}
	b.line.Branches = slices.Clone(b.line.Branches) // pictures hold the old one
	top := &b.line.Branches[depth-1]
	e = e.Of(top.Name(), depth)
	top.Entries = append(top.Entries, e)
	b.late = append(b.late, e)
}

// settle files the late entries into the stages that take them, and returns the log
// that these stand on then. The others are built again when they are asked for.
func (b *Book) settle() domain.Lineage {
	b.mu.Lock()
	line, late := b.line, b.late
	line.Record, b.late = slices.Clip(line.Record), nil
	b.mu.Unlock()
	filed := false
	defer func() {
		if !filed { // what is filed in part is not to be gone on from
			clear(b.stages)
		}
	}()
	if len(late) > maxLate {
		clear(b.stages)
	}
	for _, e := range late {
		for key, s := range b.stages {
			if next, ok := s.with(e, line); ok {
				b.stages[key] = next
			} else {
				delete(b.stages, key)
			}
		}
	}
	filed = true
	return line
}

// Log is the entries of the record that the book has taken in. They are the book's
// own, and not to be changed.
func (b *Book) Log() []domain.Entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clip(b.line.Record)
}

// View answers a view. It fails as [Project] does.
//
// The book takes in entries at any time, and answers others while it cuts, but not
// while it makes a stage: the first answer of a view without its cut.
func (b *Book) View(v View) (*Picture, error) {
	p, _, err := b.ViewOf(v)
	return p, err
}

// ViewOf is View, and tells what the view was taken of. The lineage is the book's own,
// and not to be changed.
func (b *Book) ViewOf(v View) (*Picture, domain.Lineage, error) {
	s, line, err := b.stageOf(v)
	if err != nil {
		return nil, line, err
	}
	if v.AsOf.IsZero() {
		return s.base, line, nil
	}
	if p, ok, err := s.cut(v); ok || err != nil {
		return p, line, err
	}
	p, err := Suppose(b.negotiation, line, v)
	return p, line, err
}

// stageOf finds or makes the stage from which a view is cut, and the log that it
// stands on. Neither changes afterwards.
func (b *Book) stageOf(v View) (*stage, domain.Lineage, error) {
	b.making.Lock()
	defer b.making.Unlock()
	line := b.settle()
	base := v
	base.AsOf = Cut{}
	key := base.String()
	s, warm := b.stages[key]
	if !warm {
		p, err := Suppose(b.negotiation, line, base)
		if err != nil {
			return nil, domain.Lineage{}, err
		}
		s = newStage(p)
		b.keep(key, s)
	}
	b.touch(key)
	return s, line, nil
}

func (b *Book) keep(key string, s *stage) {
	if len(b.stages) >= maxStages {
		oldest := ""
		for k, other := range b.stages {
			if oldest == "" || other.asked < b.stages[oldest].asked {
				oldest = k
			}
		}
		delete(b.stages, oldest)
	}
	b.stages[key] = s
}

// touch notes that a stage was asked for, after all others.
func (b *Book) touch(key string) {
	last := 0
	for _, s := range b.stages {
		last = max(last, s.asked)
	}
	b.stages[key].asked = last + 1
}

// lineage is what the book has taken in. Its branches may be changed, not their entries.
func (b *Book) lineage() domain.Lineage {
	b.mu.Lock()
	defer b.mu.Unlock()
	line := b.line
	line.Branches = slices.Clone(line.Branches)
	return line
}

// depth is how many branches the book's log stands on.
func (b *Book) depth() int { return len(b.line.Branches) }
