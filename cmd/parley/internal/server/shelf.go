package server

import (
	"context"
	"fmt"
	"sort"
	"sync"
	"time"

	"parley/cmd/parley/internal/problem"
	"parley/cmd/parley/internal/reply"
	"parley/domain"
	"parley/eventstore"
	"parley/projections"
	"parley/projections/live"
)

// shelf keeps the negotiations that are asked for warm, each in a volume. A volume
// reads what was appended since whenever it is asked, so that every answer holds all
// that was acknowledged before the question, whichever process took it in.
//
// Where the process follows the log anyway, a volume takes its entries from there,
// and the views of the whole record too, cut or not. It folds the other views in a
// book of its own: they take time, and whoever follows the log shall not wait.
type shelf struct {
	store   *eventstore.Store
	live    *live.Runner // nil if nobody follows the log
	mu      sync.Mutex
	volumes map[string]*volume
	asked   int // how many questions there were
}

func newShelf(store *eventstore.Store, runner *live.Runner) *shelf {
	return &shelf{store: store, live: runner, volumes: map[string]*volume{}}
}

// volume is the log of one negotiation, and the books that fold it.
type volume struct {
	negotiation string
	live        *live.Runner
	mu          sync.Mutex // whoever holds it reads on
	log         []domain.Entry
	followed    *projections.Book // of who follows the log, nil if nobody does
	book        *projections.Book
	asked       int // which question it was that asked last
}

// volume finds the volume of a negotiation, or begins one in place of that which
// nobody has asked for the longest.
func (s *shelf) volume(negotiation string) *volume {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	v := s.volumes[negotiation]
	if v == nil {
		if len(s.volumes) >= maxVolumes {
			oldest := ""
			for id, other := range s.volumes {
				if oldest == "" || other.asked < s.volumes[oldest].asked {
					oldest = id
				}
			}
			delete(s.volumes, oldest)
		}
		v = &volume{negotiation: negotiation, live: s.live, book: projections.NewBook(negotiation, nil)}
		s.volumes[negotiation] = v
	}
	v.asked = s.asked
	return v
}

func (s *shelf) drop(negotiation string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.volumes, negotiation)
}

func (s *shelf) warm() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.volumes)
}

// catchUp takes in what was appended since, and tells the position of the last entry.
func (v *volume) catchUp(ctx context.Context, store *eventstore.Store) (uint64, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := ctx.Err(); err != nil { // of somebody who went away while he stood in line
		return v.head(), err
	}
	if v.live != nil && v.live.Hub().Ready() && v.live.Hub().Ended() == nil {
		followed, err := v.follow(ctx, store)
		if followed || err != nil {
			return v.head(), err
		}
	}
	v.followed = nil
	for e, err := range store.Read(ctx, v.negotiation, v.head()+1) {
		if err != nil {
			return v.head(), err
		}
		v.log = append(v.log, e)
	}
	return v.head(), nil
}

// follow takes the log of who follows it, as soon as that has come as far as the
// record. If it does not come, the caller reads for himself.
func (v *volume) follow(ctx context.Context, store *eventstore.Store) (bool, error) {
	head, err := store.Head(ctx, v.negotiation)
	if err != nil {
		return false, ctx.Err() // reading is more patient
	}
	if head == 0 {
		return len(v.log) == 0, nil
	}
	head = max(head, v.head()) // a server that led a moment ago may tell less than was read
	waiting, stop := context.WithTimeout(ctx, followPatience)
	defer stop()
	book, err := v.live.Reach(waiting, v.negotiation, head)
	if err != nil {
		return false, ctx.Err()
	}
	v.followed, v.log = book, book.Log()
	return true, nil
}

// followPatience is how far behind who follows the log may be.
const followPatience = time.Second

// picture folds a view of the record.
func (v *volume) picture(view projections.View) (*projections.Picture, error) {
	uncut := view
	uncut.AsOf = projections.Cut{}
	v.mu.Lock()
	if followed := v.followed; followed != nil && uncut == (projections.View{}) {
		v.mu.Unlock()
		return followed.View(view)
	}
	for _, e := range v.log[len(v.book.Log()):] {
		v.book.Add(e)
	}
	v.mu.Unlock()
	return v.book.View(view)
}

func (v *volume) head() uint64 {
	if len(v.log) == 0 {
		return 0
	}
	return v.log[len(v.log)-1].Position
}

// upTo is the log up to a position.
func (v *volume) upTo(position uint64) []domain.Entry {
	log := v.entries()
	return log[:sort.Search(len(log), func(i int) bool { return log[i].Position > position })]
}

// entries are the log as far as it was read. Nothing of it ever changes.
func (v *volume) entries() []domain.Entry {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.log[:len(v.log):len(v.log)]
}

// open brings a negotiation up to date, or says that there is none. If a position is
// to be reached, it waits for that, but not for longer than the caller wants.
func (s *Server) open(ctx context.Context, negotiation string, reach uint64, wait time.Duration) (*volume, error) {
	if !domain.ValidID(negotiation) {
		return nil, s.noNegotiation(ctx, negotiation)
	}
	begun := time.Now()
	v := s.shelf.volume(negotiation)
	head, err := v.catchUp(ctx, s.store)
	since(s.metrics.reads, begun)
	waited := err == nil && head < reach
	if waited {
		free, busy := s.seated(s.waiting)
		if busy != nil {
			return nil, busy
		}
		defer free()
	}
	for step := waitStepMin; err == nil && head < reach && time.Since(begun) < wait; step = min(2*step, waitStepMax) {
		if err = s.pause(ctx, min(step, wait-time.Since(begun))); err == nil {
			head, err = v.catchUp(ctx, s.store)
		}
	}
	s.metrics.warm.Set(float64(s.shelf.warm()))
	switch {
	case err != nil:
		return nil, err
	case head < reach:
		s.metrics.waits.WithLabelValues("no").Inc()
		return nil, &problem.Error{
			Kind:   problem.Behind,
			Detail: fmt.Sprintf("%s is at #%d; waited %s for #%d", negotiation, head, wait.Round(time.Millisecond), reach),
			Hint:   "come again, or let it wait for longer with max-wait",
		}
	case head == 0:
		s.shelf.drop(negotiation)
		return nil, s.noNegotiation(ctx, negotiation)
	case waited:
		s.metrics.waits.WithLabelValues("yes").Inc()
	}
	return v, nil
}

// How often a log is looked at that has not come as far as somebody waits for.
const (
	waitStepMin = 5 * time.Millisecond
	waitStepMax = 100 * time.Millisecond
)

// noNegotiation says that there is no such negotiation, and which there are. Where
// the record is kept is nobody's business.
func (s *Server) noNegotiation(ctx context.Context, negotiation string) error {
	known, err := s.store.Negotiations(ctx)
	if err != nil {
		return err
	}
	var ids []string
	for _, n := range known {
		ids = append(ids, n.ID)
	}
	return reply.NoNegotiation(negotiation, ids, "this record")
}
