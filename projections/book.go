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
	mu          sync.Mutex
	log         []domain.Entry
	late        []domain.Entry    // of log, not yet in the stages
	stages      map[string]*stage // by view, without its as-of cut
}

// maxStages bounds how many views are kept warm; the one that was asked for longest
// ago goes first.
const maxStages = 8

// NewBook opens a book on a log.
func NewBook(negotiation string, log []domain.Entry) *Book {
	return &Book{negotiation: negotiation, log: slices.Clip(log), stages: map[string]*stage{}}
}

// maxLate is how many entries are filed into a stage one by one; more are cheaper to
// fold from nothing.
const maxLate = 16

// Add takes in the next entry of the log. It costs nothing until a view is asked for.
func (b *Book) Add(e domain.Entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.log = append(b.log, e)
	b.late = append(b.late, e)
}

// settle files the late entries into the stages that take them. The others are built
// again when they are asked for.
func (b *Book) settle() {
	if len(b.late) > maxLate {
		clear(b.stages)
	}
	for _, e := range b.late {
		for key, s := range b.stages {
			if next, ok := s.with(e); ok {
				b.stages[key] = next
			} else {
				delete(b.stages, key)
			}
		}
	}
	b.late = nil
}

// View answers a view. It fails as [Project] does.
func (b *Book) View(v View) (*Picture, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.settle()
	base := v
	base.AsOf = Cut{}
	key := base.String()
	s, warm := b.stages[key]
	if !warm {
		p, err := Project(b.negotiation, b.log, base)
		if err != nil {
			return nil, err
		}
		s = newStage(p)
		b.keep(key, s)
	}
	b.touch(key)
	if v.AsOf.IsZero() {
		return s.base, nil
	}
	if p, ok, err := s.cut(v); ok || err != nil {
		return p, err
	}
	return Project(b.negotiation, b.log, v)
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
