package server

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"time"

	"parley/cmd/parley/internal/problem"
	"parley/cmd/parley/internal/reply"
	"parley/domain"
	"parley/eventstore"
	"parley/projections"

	"github.com/danielgtaylor/huma/v2"
)

const (
	paramBranch  = "name" // branch is the part of a view
	paramOther   = "other"
	paramDropped = "dropped"
	paramReason  = "reason"

	pathBranches = "/v1/negotiations/{negotiation}/branches"
	pathBranch   = pathBranches + "/{name}"

	tagSuppose = "suppositions"
)

// opening is a branch to be opened.
type opening struct {
	Branch       string            `json:"branch" pattern:"^[a-z0-9-]{1,64}$" doc:"its name"`
	Parent       string            `json:"parent,omitzero" doc:"what it stands on: record, if not given, or a branch"`
	At           string            `json:"at,omitzero" doc:"position at which it forks, one that the parent has come to; its end, if not given"`
	Without      []domain.EventRef `json:"without,omitempty" nullable:"false" doc:"keys or ids of happenings to leave out, with all accounts of them"`
	Replace      []domain.EventRef `json:"replace,omitempty" nullable:"false" doc:"the same, and the branch's own events may bear their keys"`
	FollowParent bool              `json:"followParent,omitzero" doc:"later events of the parent count as well"`
	Author       string            `json:"author" doc:"who opens it"`
	Purpose      string            `json:"purpose" doc:"what it is for"`
}

// branchList is the branches of a negotiation.
type branchList struct {
	Branches []reply.Branch `json:"branches"`
	Next     string         `json:"next,omitzero" doc:"where there are more: what to send as after"`
}

// branches adds what can be supposed.
func (s *Server) branches() {
	one := map[string]reflect.Type{typeJSON: reflect.TypeFor[reply.Branch]()}
	named := []*huma.Param{inPath(), branchInPath()}
	s.register(operation{
		id: "branch-open", method: http.MethodPost, path: pathBranches, tag: tagSuppose, right: Suppose,
		summary: "Open a branch", about: "As parley branch open NAME --json. The same opening again changes nothing; a name that was used stays taken.",
		parameters: []*huma.Param{inPath()}, body: map[string]*huma.Schema{typeJSON: s.schemaOf(reflect.TypeFor[opening]())},
		answers: one, statuses: kinds(problem.NotFound, problem.Conflict, problem.NoRoom, problem.TooLarge, problem.MediaType, problem.Invalid),
	}, s.openBranch)
	s.register(operation{
		id: "branch-list", method: http.MethodGet, path: pathBranches, tag: tagSuppose, right: Read,
		summary: "The branches of a negotiation", about: "As parley branch list NEGOTIATION --json, by name, in pages.",
		parameters: []*huma.Param{
			inPath(), parameter("query", paramDropped, "true: the dropped ones too", "true"),
			parameter("query", paramAfter, "only branches after this name", "b1"), parameter("query", paramLimit, "most branches of a page", "100"),
		},
		answers: map[string]reflect.Type{typeJSON: reflect.TypeFor[branchList]()}, statuses: kinds(problem.NotFound),
	}, s.listBranches)
	s.register(operation{
		id: "branch-show", method: http.MethodGet, path: pathBranch, tag: tagSuppose, right: Read,
		summary: "A branch: what it leaves out, and its own events", about: "As parley branch show NAME --json.",
		parameters: named,
		answers:    map[string]reflect.Type{typeJSON: reflect.TypeFor[reply.ShownBranch]()}, statuses: kinds(problem.NotFound),
	}, s.showBranch)
	s.register(operation{
		id: "branch-append", method: http.MethodPost, path: pathBranch + "/events", tag: tagSuppose, right: Suppose, events: true,
		summary: "Append hypothetical events to a branch", about: "As parley branch append NAME. The body is one of append; nothing reaches the record. A simulator appends to branches only that it opened itself. If-Match says at which position the branch must be.",
		parameters: append(slices.Clone(named), parameter("query", paramDryRun, "true: write nothing, say what would be", "true"), parameter("header", "If-Match", "where the branch must be", `"record:43;b1:7"`)),
		body:       eventsBody(), answers: map[string]reflect.Type{typeJSON: reflect.TypeFor[receipt]()},
		statuses: append(kinds(problem.NotFound, problem.Conflict, problem.NoRoom, problem.TooLarge, problem.MediaType, problem.Invalid), http.StatusPreconditionFailed),
	}, s.appendBranch)
	s.register(operation{
		id: "branch-compare", method: http.MethodGet, path: pathBranch + "/compare", tag: tagSuppose, right: Read, heavy: true,
		summary: "A branch against the record, or another branch", about: "As parley branch compare NAME [OTHER] --json. The view holds for both sides.",
		parameters: ofTwoBranches(),
		answers:    map[string]reflect.Type{typeJSON: reflect.TypeFor[projections.Diff]()}, statuses: kinds(problem.NotFound),
	}, s.compareBranch)
	s.register(operation{
		id: "branch-drop", method: http.MethodDelete, path: pathBranch, tag: tagSuppose, right: Suppose,
		summary: "Drop a branch", about: "As parley branch drop NAME --json. No branch may stand on it, and its name stays taken. A simulator drops branches only that it opened itself.",
		parameters: append(slices.Clone(named), parameter("query", paramReason, "why, in a sentence", "answered")),
		answers:    one, statuses: kinds(problem.NotFound, problem.InUse, problem.Conflict, problem.Invalid, problem.NoRoom),
	}, s.dropBranch)
}

// ofTwoBranches are the parameters of a view without its branch, for two that are
// named elsewhere.
func ofTwoBranches() []*huma.Param {
	own := []*huma.Param{branchInPath(), parameter("query", paramOther, "another branch; the record, if not given", "")}
	return slices.DeleteFunc(ofView(own...), func(p *huma.Param) bool { return p.In == "query" && p.Name == projections.KeyBranch })
}

func branchInPath() *huma.Param {
	p := parameter("path", paramBranch, "name of the branch", "no-retraction")
	p.Schema.Pattern = "^[a-z0-9-]{1,64}$"
	return p
}

func (s *Server) openBranch(ctx context.Context, q *request) (*answer, error) {
	var o opening
	if err := q.read().err(); err != nil {
		return nil, err
	}
	if err := q.readObject(&o); err != nil {
		return nil, err
	}
	who, err := s.who(q)
	if err != nil {
		return nil, err
	}
	b, err := s.store.OpenBranch(ctx, eventstore.Opening{
		Negotiation: q.negotiation(), Writer: who.writer(q.writer()), Share: s.shareOf(who),
		BranchOpened: domain.BranchOpened{
			Branch: domain.NewID(o.Branch), Parent: o.Parent, At: o.At, Author: o.Author, Purpose: o.Purpose,
			Without: o.Without, Replace: o.Replace, FollowParent: o.FollowParent,
		},
		Place: func(path string) domain.Place {
			return domain.Place{Pointer: "/" + path[max(0, 1+lastDot(path)):]}
		},
	})
	if err != nil {
		return nil, err
	}
	if b.Count == 0 { // it was open already
		if b, err = s.branch(ctx, q, o.Branch); err != nil {
			return nil, err
		}
		return asJSON(reply.BranchOf(b), ""), nil
	}
	a := asJSON(reply.BranchOf(b), "")
	a.status = http.StatusCreated
	a.header = map[string]string{"Location": "/v1/negotiations/" + b.Negotiation + "/branches/" + string(b.Branch)}
	return a, nil
}

// shareOf is how many branches of a negotiation somebody opens, so that one simulator
// leaves room for others; 0 for who may append to the record.
func (s *Server) shareOf(w Who) int {
	if w.Role.May(Append) {
		return 0
	}
	return s.limits.branches
}

func (s *Server) listBranches(ctx context.Context, q *request) (*answer, error) {
	v := q.read()
	dropped, after, limit := v.flag(paramDropped), v.text(paramAfter), v.count(paramLimit, pageOfBranches, pageOfBranches)
	if err := v.err(); err != nil {
		return nil, err
	}
	page, next, err := s.store.BranchPage(ctx, q.negotiation(), after, int(limit), dropped)
	if err == nil && len(page) == 0 {
		_, err = s.open(ctx, q.negotiation(), 0, 0) // it says what there is, if not that
	}
	if err != nil {
		return nil, err
	}
	return asJSON(branchList{reply.BranchesOf(page, dropped), next}, ""), nil
}

// pageOfBranches is how many branches are listed at once.
const pageOfBranches = 1000

// branch finds a branch of the negotiation of a request.
func (s *Server) branch(ctx context.Context, q *request, name string) (eventstore.Branch, error) {
	if _, err := s.open(ctx, q.negotiation(), 0, 0); err != nil {
		return eventstore.Branch{}, err
	}
	b, err := s.store.Branch(ctx, q.negotiation(), name)
	if _, none := errors.AsType[*eventstore.BranchError](err); !none {
		return b, err
	}
	_, names, err := s.store.BranchNames(ctx, q.negotiation(), name)
	if err != nil {
		return eventstore.Branch{}, err
	}
	return eventstore.Branch{}, &problem.NotFoundError{What: "branch", Name: strconv.Quote(shorten(name)), Where: "of " + q.negotiation(), Hint: domain.DidYouMean(name, names)}
}

// branchToChange finds the branch that a request changes, if whoever sends it may.
func (s *Server) branchToChange(ctx context.Context, q *request) (eventstore.Branch, Who, error) {
	b, err := s.branch(ctx, q, q.branchName())
	if err != nil {
		return b, Who{}, err
	}
	who, err := s.who(q)
	if err == nil {
		err = who.mayChange(b)
	}
	return b, who, err
}

func (s *Server) showBranch(ctx context.Context, q *request) (*answer, error) {
	if err := q.read().err(); err != nil {
		return nil, err
	}
	b, err := s.branch(ctx, q, q.branchName())
	if err != nil {
		return nil, err
	}
	shown, _, err := reply.ShowBranch(ctx, s.store, b)
	if err != nil {
		return nil, err
	}
	return asJSON(shown, ""), nil
}

func (s *Server) appendBranch(ctx context.Context, q *request) (*answer, error) {
	v := q.read()
	opt := eventstore.AppendOptions{DryRun: v.flag(paramDryRun)}
	if err := v.err(); err != nil {
		return nil, err
	}
	b, _, err := s.branchToChange(ctx, q)
	if err != nil {
		return nil, err
	}
	expect, err := q.conditions().ofBranch(domain.BranchID(b.Branch))
	if err != nil {
		return nil, err
	}
	got, status, err := s.takeIn(q, b.Negotiation, opt, func(in *input, opt eventstore.AppendOptions) (eventstore.Receipt, error) {
		return s.store.AppendBranch(ctx, string(b.Branch), expect, in.candidates, opt)
	})
	if err != nil {
		return nil, conditional(q, err)
	}
	x, err := s.supposed(ctx, q, string(b.Branch))
	if err != nil {
		return nil, err
	}
	got.Hypothetical, got.Branch = true, x
	a := asJSON(got, "")
	a.status = status
	return a, nil
}

// supposed tells of a branch as it stands now.
func (s *Server) supposed(ctx context.Context, q *request, name string) (*projections.Branch, error) {
	volume, err := s.open(ctx, q.negotiation(), 0, 0)
	if err != nil {
		return nil, err
	}
	x, err := s.onto(ctx, volume, projections.View{Branch: name}, reply.Asked{})
	if err != nil {
		return nil, err
	}
	b := projections.BranchOf(x.line.Branches[len(x.line.Branches)-1])
	b.Position = x.at.String()
	return b, nil
}

func (s *Server) compareBranch(ctx context.Context, q *request) (*answer, error) {
	v := q.read()
	other, view := v.text(paramOther), v.view()
	if other == domain.RecordName {
		other = ""
	}
	volume, err := s.upToDate(ctx, q, v)
	if err != nil {
		return nil, err
	}
	var sides [2]*projections.Picture
	for i, name := range []string{other, q.branchName()} {
		view.Branch = name
		x, err := s.onto(ctx, volume, view, reply.Asked{})
		if err != nil {
			return nil, err
		}
		if sides[i], err = x.picture(); err != nil {
			return nil, err
		}
	}
	d, err := projections.Compare(ctx, sides[0], sides[1])
	if err != nil {
		return nil, err
	}
	return asJSON(d, ""), nil
}

func (s *Server) dropBranch(ctx context.Context, q *request) (*answer, error) {
	v := q.read()
	reason := v.text(paramReason)
	if err := v.err(); err != nil {
		return nil, err
	}
	if faults := domain.CheckText(domain.Place{Parameter: paramReason}, reason, domain.MaxSentenceRunes); len(faults) > 0 {
		return nil, faults
	}
	b, who, err := s.branchToChange(ctx, q)
	if err != nil {
		return nil, err
	}
	if err := s.store.DropBranch(ctx, b.Negotiation, string(b.Branch), who.writer(q.writer()), reason); err != nil {
		return nil, err
	}
	if b, err = s.store.Branch(ctx, b.Negotiation, string(b.Branch)); err != nil {
		return nil, err
	}
	return asJSON(reply.BranchOf(b), ""), nil
}

// takeIn takes the events of a request in by a door, and gives the receipt.
func (s *Server) takeIn(q *request, negotiation string, opt eventstore.AppendOptions, door func(*input, eventstore.AppendOptions) (eventstore.Receipt, error)) (r receipt, status int, err error) {
	free, err := s.seatOfBody(q)
	if err != nil {
		return receipt{}, 0, err
	}
	defer free()
	in, err := s.readBody(q, negotiation)
	if err != nil {
		return receipt{}, 0, err
	}
	dryRun := opt.DryRun
	opt.DryRun = dryRun || len(in.faults) > 0 // through the door for the other faults
	in.sign(q.writer(), time.Now())
	got, err := door(in, opt)
	if err = in.allFaults(err); err != nil {
		if len(got.Appended) > 0 && !opt.DryRun {
			err = &unfinished{len(got.Appended), err}
		}
		return receipt{}, 0, err
	}
	status = http.StatusOK
	if len(got.Appended) > 0 && !dryRun {
		status = http.StatusCreated
	}
	return receiptOf(in, got, dryRun), status, nil
}

// allFaults joins the faults of the form of an input with those that its door found.
func (in *input) allFaults(err error) error {
	faults, refused := errors.AsType[domain.Faults](err)
	if len(in.faults) == 0 || err != nil && !refused {
		return err
	}
	faults = slices.Concat(in.faults, faults)
	slices.SortStableFunc(faults, func(a, b domain.Fault) int { return a.Row - b.Row })
	return faults
}

// sign says of events that do not say it who wrote them, and when.
func (in *input) sign(writer string, now time.Time) {
	now = now.UTC().Truncate(time.Millisecond)
	for _, c := range in.candidates {
		if c.Event.Writer == "" {
			c.Event.Writer = writer
		}
		if c.Event.Time.IsZero() {
			c.Event.Time = now
		}
	}
}

func lastDot(path string) int {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '.' {
			return i
		}
	}
	return -1
}
