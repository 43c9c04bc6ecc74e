package projections

import (
	"context"
	"fmt"
	"slices"
	"time"

	"parley/domain"

	"github.com/google/uuid"
)

// Session is a branch for an agent that reacts: it appends hypothetical events, is
// told what they changed, and goes on. It is kept nowhere. Its methods must not be
// called concurrently.
//
// The cuts of its view hold for what it goes on from; a lens holds for its own events
// only if it names hypothetical. What the view says by name is settled when it is opened:
// a session that withdraws or corrects the event at which the view cuts, or its lens,
// leaves the cut where it was.
type Session struct {
	negotiation string
	view        View
	ledger      *domain.Ledger
	book        *Book
	own         uint64 // position of its last entry
	name        domain.BranchID
	shown       *Picture
}

// SessionStep is what one append came to.
type SessionStep struct {
	Seen    Seen     `json:"view"`
	Events  []string `json:"events"` // appended, by key or id; empty if all were known
	Changes []Change `json:"changes"`
	Outcome Outcome  `json:"outcome"`
}

// SessionName is what the branch of a session is called, if nobody says.
const SessionName = "session"

// NameTakenError says that a session cannot have a name, for one of the branches that
// it stands on has it.
type NameTakenError struct{ Name string }

func (e *NameTakenError) Error() string {
	return fmt.Sprintf("a branch that it stands on is called %s as well", e.Name)
}

// sessionName settles the name of a session. No two logs of a lineage have one name.
func sessionName(asked domain.NewID, l domain.Lineage) (domain.NewID, error) {
	taken := func(name domain.NewID) bool {
		return slices.ContainsFunc(l.Branches, func(b domain.BranchLog) bool { return b.Opened.Branch == name })
	}
	switch {
	case asked != "" && taken(asked):
		return "", &NameTakenError{string(asked)}
	case asked != "":
		return asked, nil
	}
	name := domain.NewID(SessionName)
	for n := 2; taken(name); n++ {
		name = domain.NewID(fmt.Sprintf("%s-%d", SessionName, n))
	}
	return name, nil
}

// OpenSession opens a session that goes on from a view: opened says under which name,
// by whom and what for. Without a name it gets [SessionName], or one like it that no
// branch under it has. It fails as [Suppose] does, and with a [*NameTakenError]. The
// lineage ends with the branch of the view, if it names one.
func OpenSession(negotiation string, l domain.Lineage, v View, opened domain.BranchOpened, now time.Time) (*Session, error) {
	base, err := Suppose(negotiation, l, v)
	if err != nil {
		return nil, err
	}
	if v.Branch == "" {
		l.Branches = nil
	}
	if opened.Branch, err = sessionName(opened.Branch, l); err != nil {
		return nil, err
	}
	opened.Parent, opened.At, opened.FollowParent = domain.RecordName, l.Position(base.recordedBy(l.Record)).String(), false
	if v.Branch != "" {
		opened.Parent = v.Branch
	}
	opening := domain.Entry{Position: 1, Event: &domain.Event{
		ID: uuid.NewSHA1(uuid.Nil, []byte("session "+opened.Branch)), Negotiation: negotiation, Recorded: now, Body: domain.Body{Act: opened},
	}}
	own := domain.BranchLog{Opened: opened, Entries: []domain.Entry{opening}, Transient: true}
	line := domain.Lineage{Record: l.Record, Branches: append(l.Branches[:len(l.Branches):len(l.Branches)], own)}
	s := &Session{
		negotiation: negotiation, view: v, own: 1, name: domain.BranchID(opened.Branch),
		ledger: line.Ledger(negotiation), book: NewBranchBook(negotiation, line),
	}
	s.view.Branch, s.view.RecordedBy = string(opened.Branch), Cut{}
	if s.view.settled, err = base.settle(); err != nil {
		return nil, err
	}
	s.shown, err = s.book.View(s.view)
	return s, err
}

// Picture is what the session comes to so far.
func (s *Session) Picture() *Picture { return s.shown }

// Check tells what is wrong with events, without supposing them.
func (s *Session) Check(in []domain.Candidate) domain.Faults {
	_, faults := s.decide(in)
	return faults
}

// New counts the events that the session does not hold already.
func (s *Session) New(in []domain.Candidate) int {
	d, _ := s.decide(in)
	return len(d.Append)
}

func (s *Session) decide(in []domain.Candidate) (domain.Decision, domain.Faults) {
	return domain.Decide(map[string]*domain.Ledger{s.negotiation: s.ledger}, in, domain.Handling{})
}

// Append supposes events. They are taken whole or refused whole: with all that is wrong
// with them (domain.Faults), or with the cause of a context that ends before it is told
// what they change. Events that the session holds already change nothing.
func (s *Session) Append(ctx context.Context, in []domain.Candidate, now time.Time) (SessionStep, error) {
	d, faults := s.decide(in)
	if len(faults) > 0 {
		return SessionStep{}, faults
	}
	step, was := SessionStep{Events: []string{}}, s.own
	for _, e := range d.Append {
		stamped := *e
		stamped.Recorded = now
		s.own++
		entry := domain.Entry{Position: s.own, Event: &stamped}
		s.ledger.Apply(entry.Of(s.name, s.book.depth()))
		s.book.Suppose(entry)
		step.Events = append(step.Events, e.Name())
	}
	if err := s.show(ctx, &step); err != nil {
		s.takeBack(was)
		return SessionStep{}, err
	}
	return step, nil
}

// show folds what the session holds, and tells what that changes.
func (s *Session) show(ctx context.Context, step *SessionStep) error {
	after, err := s.book.View(s.view)
	if err != nil {
		return err
	}
	changed, err := Compare(ctx, s.shown, after)
	if err != nil {
		return err
	}
	s.shown = after
	step.Seen, step.Changes, step.Outcome = after.Seen(), changed.Changes, after.Outcome()
	return nil
}

// takeBack forgets what was supposed after a position.
func (s *Session) takeBack(last uint64) {
	line := s.book.lineage()
	top := &line.Branches[len(line.Branches)-1]
	top.Entries = domain.UpTo(top.Entries, last)
	s.own, s.ledger, s.book = last, line.Ledger(s.negotiation), NewBranchBook(s.negotiation, line)
}
