package server

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"parley/cmd/parley/internal/problem"
	"parley/domain/fair"
	"parley/projections"
)

// What the sessions of one process take at most.
const (
	maxSessions       = 64
	maxSessionsCaller = 16               // of one caller
	maxSessionEvents  = 10_000           // of one session
	maxStep           = 1_000            // events of one step
	sessionIdle       = 5 * time.Minute  // then it is discarded
	sessionLife       = 60 * time.Minute // in any case
)

// desk is where sessions are kept while they are open.
type desk struct {
	places     *places
	events     int
	idle, life time.Duration

	mu       sync.Mutex
	sittings map[string]*sitting
	closed   bool
}

// sitting is one session at the desk.
type sitting struct {
	negotiation string
	limit       int
	free        func() // gives the place back
	timer       *time.Timer
	idle        time.Duration
	until       time.Time

	mu      sync.Mutex
	session *projections.Session
	events  int
}

func newDesk() *desk {
	return &desk{
		places: &places{of: "sessions", most: maxSessions, mostOfOne: maxSessionsCaller}, events: maxSessionEvents, idle: sessionIdle, life: sessionLife,
		sittings: map[string]*sitting{},
	}
}

// reserve takes a place for a caller before the work of opening begins, or says that
// there is none.
func (d *desk) reserve(by fair.Holder) (place *place, free func(), err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, nil, errEnding
	}
	return d.places.take(by)
}

// seat keeps a session until it is closed, idle for long, as old as one gets, or has to
// give up its place.
func (d *desk) seat(negotiation string, session *projections.Session, place *place, free func()) (id string) {
	id = rand.Text()
	s := &sitting{negotiation: negotiation, session: session, limit: d.events, free: free, idle: d.idle, until: time.Now().Add(d.life)}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		go free() // it locks
		return id
	}
	s.timer = time.AfterFunc(d.idle, func() { d.leave(id) })
	d.sittings[id] = s
	context.AfterFunc(place.ctx, func() { d.leave(id) })
	return id
}

// at finds a session, and lets it live on for a while.
func (d *desk) at(id string) (*sitting, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.sittings[id]
	if s == nil {
		return nil, noSession(id)
	}
	s.timer.Reset(min(s.idle, max(0, time.Until(s.until))))
	return s, nil
}

// leave discards a session.
func (d *desk) leave(id string) {
	d.mu.Lock()
	s := d.sittings[id]
	delete(d.sittings, id)
	d.mu.Unlock()
	if s != nil {
		s.timer.Stop()
		s.free()
	}
}

// close discards all sessions.
func (d *desk) close() {
	d.mu.Lock()
	d.closed = true
	var ids []string
	for id := range d.sittings {
		ids = append(ids, id)
	}
	d.mu.Unlock()
	for _, id := range ids {
		d.leave(id)
	}
}

// append supposes events, unless another step is under way: an agent waits for what
// its last one came to.
func (s *sitting) append(ctx context.Context, in *input) (projections.SessionStep, error) {
	if !s.mu.TryLock() {
		return projections.SessionStep{}, &problem.Error{Kind: problem.OutOfTurn, Detail: "another step of this session is under way", Hint: "wait for its answer"}
	}
	defer s.mu.Unlock()
	if len(in.faults) > 0 {
		return projections.SessionStep{}, in.allFaults(s.session.Check(in.candidates))
	}
	if s.events+len(in.candidates) > s.limit && s.events+s.session.New(in.candidates) > s.limit {
		return projections.SessionStep{}, &problem.Error{Kind: problem.TooLarge, Detail: fmt.Sprintf("a session has at most %d events, and this one has %d", s.limit, s.events), Hint: "close it and open another one, or use a branch"}
	}
	step, err := s.session.Append(ctx, in.candidates, time.Now().UTC())
	s.events += len(step.Events)
	return step, err
}

// shown is what the session comes to, and how many events were supposed.
func (s *sitting) shown() (*projections.Picture, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.session.Picture(), s.events
}

// held is how many events were supposed.
func (s *sitting) held() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.events
}
