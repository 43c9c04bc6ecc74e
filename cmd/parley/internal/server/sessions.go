package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"parley/cmd/parley/internal/problem"
	"parley/cmd/parley/internal/reply"
	"parley/domain"
	"parley/projections"

	"github.com/danielgtaylor/huma/v2"
)

const (
	paramSession = "session"

	pathSession = "/v1/sessions/{session}"
)

// sessionOpening is a session to be opened.
type sessionOpening struct {
	View    string `json:"view,omitzero" doc:"what it goes on from, in the string form of a view; the whole record, if not given"`
	Name    string `json:"name,omitzero" doc:"what the branch is called that the session is to itself; session, if not given, or session-2 and so on if what it goes on from has branches of the name"`
	Author  string `json:"author" doc:"who opens it"`
	Purpose string `json:"purpose" doc:"what it is for"`
}

// openedSession is a session as it begins.
type openedSession struct {
	Session     string              `json:"session" doc:"names it, and is known to nobody else"`
	Instance    string              `json:"instance" doc:"the process that keeps it; over NATS its requests go to subjects that end with this"`
	IdleSeconds int                 `json:"idleSeconds" doc:"it is discarded when nothing is asked for so long"`
	LifeSeconds int                 `json:"lifeSeconds" doc:"it is discarded then in any case"`
	MaxEvents   int                 `json:"maxEvents" doc:"it takes no more"`
	View        projections.Seen    `json:"view"`
	Outcome     projections.Outcome `json:"outcome" doc:"what it goes on from comes to"`
}

// sessionState is a session so far.
type sessionState struct {
	Session string              `json:"session"`
	Events  int                 `json:"events" doc:"that are supposed"`
	View    projections.Seen    `json:"view"`
	Outcome projections.Outcome `json:"outcome"`
	Path    string              `json:"path,omitzero" doc:"of the one value that was asked for"`
	State   *projections.Node   `json:"state"`
}

// closedSession is the end of a session.
type closedSession struct {
	Session string `json:"session"`
	Events  int    `json:"events" doc:"that were supposed, and are discarded"`
}

// sessions adds branches for agents that react. They are kept nowhere.
func (s *Server) sessions() {
	in := parameter("path", paramSession, "names the session", "")
	s.register(operation{
		id: "session-open", method: http.MethodPost, path: "/v1/negotiations/{negotiation}/sessions", tag: tagSuppose, right: Suppose, heavy: true, fresh: true,
		summary: "Open a session for an agent that reacts", about: "It supposes events, is told what they change, and goes on. A session lives in this process only and is kept nowhere.",
		parameters: append([]*huma.Param{inPath()}, waiting()...), body: map[string]*huma.Schema{typeJSON: s.schemaOf(reflect.TypeFor[sessionOpening]())},
		answers:  map[string]reflect.Type{typeJSON: reflect.TypeFor[openedSession]()},
		statuses: kinds(problem.NotFound, problem.TooLarge, problem.MediaType, problem.Invalid),
	}, s.openSession)
	s.register(operation{
		id: "session-append", method: http.MethodPost, path: pathSession + "/events", tag: tagSuppose, right: Suppose, events: true, instance: true,
		summary: "Suppose events, and be told what they change", about: "The body is one of append. It is taken whole or refused whole. Events that the session holds already change nothing.",
		parameters: []*huma.Param{in}, body: eventsBody(),
		answers:  map[string]reflect.Type{typeJSON: reflect.TypeFor[projections.SessionStep]()},
		statuses: kinds(problem.NotFound, problem.OutOfTurn, problem.TooLarge, problem.MediaType, problem.Invalid),
	}, s.appendSession)
	s.register(operation{
		id: "session-show", method: http.MethodGet, path: pathSession, tag: tagSuppose, right: Read, instance: true,
		summary: "What a session comes to so far", about: "All projections, or the value at a path, with what the session supposes.",
		parameters: []*huma.Param{in, parameter("query", paramPath, "path to one value", "drafts/istanbul-draft/versions/3/stands")},
		answers:    map[string]reflect.Type{typeJSON: reflect.TypeFor[sessionState]()}, statuses: kinds(problem.NotFound),
	}, s.showSession)
	s.register(operation{
		id: "session-close", method: http.MethodDelete, path: pathSession, tag: tagSuppose, right: Suppose, instance: true,
		summary: "Close a session, and discard it", about: "Whatever it supposed is gone.",
		parameters: []*huma.Param{in},
		answers:    map[string]reflect.Type{typeJSON: reflect.TypeFor[closedSession]()}, statuses: kinds(problem.NotFound),
	}, s.closeSession)
}

func (s *Server) openSession(ctx context.Context, q *request) (*answer, error) {
	v := q.read()
	var o sessionOpening
	if err := q.readObject(&o); err != nil {
		return nil, err
	}
	volume, err := s.upToDate(ctx, q, v)
	if err != nil {
		return nil, err
	}
	view, err := projections.ParseView(o.View)
	if err != nil {
		return nil, reply.Asked{In: "view"}.ViewFault(err)
	}
	opened, faults := o.branch(volume.negotiation)
	if len(faults) > 0 {
		return nil, faults
	}
	x, err := s.onto(ctx, volume, view, reply.Asked{In: "view"})
	if err != nil {
		return nil, err
	}
	place, leave, err := s.desk.reserve(s.holder(q))
	if err != nil {
		return nil, err
	}
	session, err := projections.OpenSession(volume.negotiation, x.line, view, opened, time.Now().UTC())
	if e, taken := errors.AsType[*projections.NameTakenError](err); taken {
		leave()
		return nil, domain.Faults{{Place: domain.Place{Pointer: "/name"}, Problem: domain.NotAllowed, Read: e.Name, Reason: e.Error(), Hint: "choose another one, or leave it out"}}
	}
	if err != nil {
		leave()
		return nil, x.asked.Explain(err, volume.negotiation, x.line, view)
	}
	id := s.desk.seat(volume.negotiation, session, place, leave)
	a := asJSON(openedSession{
		Session: id, Instance: s.instance, IdleSeconds: int(s.desk.idle.Seconds()), LifeSeconds: int(s.desk.life.Seconds()), MaxEvents: s.desk.events,
		View: session.Picture().Seen(), Outcome: session.Picture().Outcome(),
	}, "")
	a.status = http.StatusCreated
	return a, nil
}

// branch is what a session is to itself, without a name if none is given, and what is
// wrong with it.
func (o sessionOpening) branch(negotiation string) (domain.BranchOpened, domain.Faults) {
	b := domain.BranchOpened{Branch: domain.NewID(cmp.Or(o.Name, projections.SessionName)), Parent: domain.RecordName, Author: o.Author, Purpose: o.Purpose}
	faults := domain.CheckOpening(negotiation, b, nil, func(path string) domain.Place {
		if path == "act.branch" {
			return domain.Place{Pointer: "/name"}
		}
		return domain.Place{Pointer: "/" + path[1+lastDot(path):]}
	})
	b.Branch = domain.NewID(o.Name)
	return b, faults
}

func (s *Server) appendSession(ctx context.Context, q *request) (*answer, error) {
	if err := q.read().err(); err != nil {
		return nil, err
	}
	sat, err := s.desk.at(q.path(paramSession))
	if err != nil {
		return nil, err
	}
	free, err := s.seatOfBody(q)
	if err != nil {
		return nil, err
	}
	defer free()
	in, err := s.readBody(q, sat.negotiation)
	if err != nil {
		return nil, err
	}
	if len(in.candidates) > maxStep {
		return nil, &problem.Error{Kind: problem.TooLarge, Detail: fmt.Sprintf("a step of a session has at most %d events", maxStep), Hint: "send them in several steps"}
	}
	in.sign(q.writer(), time.Now())
	step, err := sat.append(ctx, in)
	if err != nil {
		return nil, err
	}
	a := asJSON(step, "")
	if len(step.Events) > 0 {
		a.status = http.StatusCreated
	}
	return a, nil
}

func (s *Server) showSession(_ context.Context, q *request) (*answer, error) {
	v := q.read()
	path := v.text(paramPath)
	if err := v.err(); err != nil {
		return nil, err
	}
	sat, err := s.desk.at(q.path(paramSession))
	if err != nil {
		return nil, err
	}
	pic, events := sat.shown()
	tree, err := printed(pic, "", path, nil)
	if err != nil {
		return nil, err
	}
	return asJSON(sessionState{q.path(paramSession), events, pic.Seen(), pic.Outcome(), path, tree}, ""), nil
}

func (s *Server) closeSession(_ context.Context, q *request) (*answer, error) {
	if err := q.read().err(); err != nil {
		return nil, err
	}
	id := q.path(paramSession)
	sat, err := s.desk.at(id)
	if err != nil {
		return nil, err
	}
	s.desk.leave(id)
	return asJSON(closedSession{id, sat.held()}, ""), nil
}

// noSession says that there is no such session, and why that may be.
func noSession(id string) error {
	return &problem.NotFoundError{What: "session", Name: strconv.Quote(shorten(id)), Where: "in this process", Hint: "open a session; one that was closed, idle for long or kept by a process that ended is gone, and so is one whose place went to somebody who has fewer"}
}
