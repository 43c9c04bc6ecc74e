package server

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	"parley/cmd/parley/internal/problem"
	"parley/cmd/parley/internal/reply"
	"parley/domain"
	"parley/projections"
	"parley/projections/ensemble"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	paramEnsemble = "ensemble"
	pathEnsemble  = "/v1/ensembles/{ensemble}"

	maxChunk = 960 << 10 // bytes of the runs of one request, within a message of NATS
)

// ensembleOpening is an ensemble whose runs come in several requests.
type ensembleOpening struct {
	View         string `json:"view,omitzero" doc:"what the runs go on from, in the string form of a view; the whole record, if not given"`
	From         string `json:"from,omitzero" doc:"count days from the end of this date"`
	Seed         string `json:"seed,omitzero" doc:"that made the runs, for the report"`
	Model        string `json:"model,omitzero" doc:"what made the runs, for the report"`
	ModelVersion string `json:"modelVersion,omitzero" doc:"its version, for the report"`
	ModelDigest  string `json:"modelDigest,omitzero" doc:"SHA-256 of the file that holds it, for the report"`
	Author       string `json:"author,omitzero" doc:"who asks, for the report"`
	Purpose      string `json:"purpose,omitzero" doc:"what for, for the report"`
}

// openedEnsemble is an ensemble as it begins.
type openedEnsemble struct {
	Ensemble    string           `json:"ensemble" doc:"names it, and is known to nobody else"`
	Instance    string           `json:"instance" doc:"the process that evaluates it; over NATS its requests go to subjects that end with this"`
	MaxBytes    int              `json:"maxBytes" doc:"of the runs of one request"`
	IdleSeconds int              `json:"idleSeconds" doc:"it is discarded when nothing comes for so long"`
	LifeSeconds int              `json:"lifeSeconds" doc:"it is discarded then in any case"`
	View        projections.Seen `json:"view"`
}

// chunk is a part of the runs.
type chunk struct {
	Number int    `json:"number" doc:"of this part, from 1; the last one again, with the same runs, changes nothing"`
	Runs   string `json:"runs" doc:"whole or partial lines of NDJSON, one run a line"`
}

// fed acknowledges a part: what came before it has been read.
type fed struct {
	Ensemble string `json:"ensemble"`
	Number   int    `json:"number"`
	Bytes    int64  `json:"bytes" doc:"of all runs so far"`
}

// feeds are the ensembles that are fed in parts.
type feeds struct {
	mu  sync.Mutex
	all map[string]*feed
}

// feed is one of them. Whoever feeds it waits until what he sent has been read, so
// nothing piles up.
type feed struct {
	ctx   context.Context
	end   context.CancelCauseFunc
	into  *io.PipeWriter
	ended chan struct{} // closed when the evaluation has; then summary or err
	most  int64
	pause time.Duration // how long nothing may come
	until time.Time     // when its time is up

	timing  sync.Mutex
	idle    *time.Timer // runs while nothing is being read
	closing bool

	mu     sync.Mutex
	number int
	bytes  int64
	last   [sha256.Size]byte // of the runs of the last part

	summary *ensemble.Summary
	err     error
}

// feeding adds ensembles that come in parts.
func (s *Server) feeding() {
	in := parameter("path", paramEnsemble, "names the ensemble", "")
	s.register(operation{
		id: "whatif-open", method: http.MethodPost, path: "/v1/negotiations/{negotiation}/ensembles", tag: tagSuppose, right: Suppose, heavy: true, fresh: true,
		summary: "Begin an ensemble whose runs come in parts", about: "For who cannot send all runs in one request, as over NATS. It lives in this process only, and comes to the bytes of whatif.",
		parameters: append([]*huma.Param{inPath()}, waiting()...), body: map[string]*huma.Schema{typeJSON: s.schemaOf(reflect.TypeFor[ensembleOpening]())},
		answers:  map[string]reflect.Type{typeJSON: reflect.TypeFor[openedEnsemble]()},
		statuses: kinds(problem.NotFound, problem.TooLarge, problem.MediaType, problem.Invalid),
	}, s.openFeed)
	s.register(operation{
		id: "whatif-feed", method: http.MethodPost, path: pathEnsemble + "/runs", tag: tagSuppose, right: Suppose, instance: true, passing: true,
		summary: "Feed runs", about: "The answer comes when the part has been read, so a caller that waits for it is never too fast. What is refused is told at once or at the end.",
		parameters: []*huma.Param{in}, body: map[string]*huma.Schema{typeJSON: s.schemaOf(reflect.TypeFor[chunk]())},
		answers:  map[string]reflect.Type{typeJSON: reflect.TypeFor[fed]()},
		statuses: kinds(problem.NotFound, problem.OutOfTurn, problem.TooLarge, problem.MediaType, problem.Invalid),
	}, s.feedRuns)
	s.register(operation{
		id: "whatif-close", method: http.MethodDelete, path: pathEnsemble, tag: tagSuppose, right: Suppose, instance: true,
		summary: "End an ensemble, and be told what it comes to", about: "As whatif. The ensemble is gone then.",
		parameters: []*huma.Param{in},
		answers:    map[string]reflect.Type{typeJSON: reflect.TypeFor[ensemble.Summary]()}, statuses: kinds(problem.NotFound, problem.Invalid),
	}, s.closeFeed)
}

func (s *Server) openFeed(ctx context.Context, q *request) (*answer, error) {
	v := q.read()
	var o ensembleOpening
	if err := q.readObject(&o); err != nil {
		return nil, err
	}
	view, err := projections.ParseView(o.View)
	if err != nil {
		return nil, reply.Asked{In: "view"}.ViewFault(err)
	}
	options := ensemble.Options{Seed: o.Seed, Model: o.Model, Version: o.ModelVersion, ModelDigest: o.ModelDigest, Author: o.Author, Purpose: o.Purpose, Workers: workers()}
	if o.From != "" {
		if options.Origin, err = domain.ParseEDTF(o.From); err != nil {
			return nil, domain.Faults{{Place: domain.Place{Pointer: "/from"}, Problem: domain.BadDate, Read: shorten(o.From), Reason: err.Error(), Hint: "write a date, such as 2025-10-29"}}
		}
	}
	if faults := options.Check(func(member string) domain.Place { return domain.Place{Pointer: "/" + member} }); len(faults) > 0 {
		return nil, faults
	}
	volume, err := s.upToDate(ctx, q, v)
	if err != nil {
		return nil, err
	}
	x, err := s.onto(ctx, volume, view, reply.Asked{In: "view"})
	if err != nil {
		return nil, err
	}
	g, err := s.grounds.of(x)
	if err != nil {
		return nil, x.asked.Explain(err, volume.negotiation, x.line, view)
	}
	place, free, err := s.crowd.take(s.holder(q))
	if err != nil {
		return nil, err
	}
	id := s.beginFeed(x, options, place, free)
	a := asJSON(openedEnsemble{
		Ensemble: id, Instance: s.instance, MaxBytes: maxChunk, IdleSeconds: int(s.limits.pause.Seconds()), LifeSeconds: int(s.limits.whatif.Seconds()),
		View: g.base.Picture().Seen(),
	}, "")
	a.status = http.StatusCreated
	return a, nil
}

func newFeed(ctx context.Context, end context.CancelCauseFunc, into *io.PipeWriter, l limits) *feed {
	return &feed{
		ctx: ctx, end: end, into: into, ended: make(chan struct{}), most: l.runBytes,
		pause: l.pause, until: time.Now().Add(l.whatif), idle: time.AfterFunc(l.pause, func() { end(errOutOfTime) }),
	}
}

// beginFeed evaluates what will be fed, until its time is up, its place has to be given up
// or the server ends.
func (s *Server) beginFeed(x *viewed, o ensemble.Options, place *place, free func()) (id string) {
	id = rand.Text()
	ctx, stop := context.WithTimeoutCause(s.ending, s.limits.whatif, errOutOfTime)
	ctx, end := context.WithCancelCause(ctx)
	context.AfterFunc(place.ctx, func() { end(errYielded) })
	from, into := io.Pipe()
	f := newFeed(ctx, end, into, s.limits)
	context.AfterFunc(ctx, func() {
		_, _ = s.feeds.take(id) // or it was closed already
		_ = from.CloseWithError(context.Cause(ctx))
		f.close()
		stop()
	})
	s.feeds.mu.Lock()
	s.feeds.all[id] = f
	s.feeds.mu.Unlock()
	go func() {
		defer free()
		defer close(f.ended)
		f.summary, f.err = s.sumUp(ctx, x, from, o)
		_ = from.CloseWithError(io.ErrClosedPipe) // whoever feeds on is told why it ended
	}()
	return id
}

// at finds an ensemble.
func (fs *feeds) at(id string) (*feed, error) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if f := fs.all[id]; f != nil {
		return f, nil
	}
	return nil, &problem.NotFoundError{What: "ensemble", Name: strconv.Quote(shorten(id)), Where: "in this process", Hint: "open one; one that was closed, idle for long or kept by a process that ended is gone, and so is one whose place went to somebody who has fewer"}
}

// take finds an ensemble, and forgets it.
func (fs *feeds) take(id string) (*feed, error) {
	f, err := fs.at(id)
	fs.mu.Lock()
	defer fs.mu.Unlock()
	delete(fs.all, id)
	return f, err
}

func (s *Server) feedRuns(_ context.Context, q *request) (*answer, error) {
	if err := q.read().err(); err != nil {
		return nil, err
	}
	f, err := s.feeds.at(q.path(paramEnsemble))
	if err != nil {
		return nil, err
	}
	var c chunk
	if err := q.readObjectOf(2*maxChunk, &c); err != nil {
		return nil, err
	}
	if len(c.Runs) > maxChunk {
		return nil, &problem.Error{Kind: problem.TooLarge, Detail: fmt.Sprintf("the runs of one request have at most %d bytes", maxChunk), Hint: "send them in several requests"}
	}
	q.answerBy(f.until.Add(writeTimeout))
	bytes, err := f.feed(c)
	if err != nil {
		return nil, err
	}
	return asJSON(fed{q.path(paramEnsemble), c.Number, bytes}, ""), nil
}

// feed hands a part on, if it is the one that follows.
func (f *feed) feed(c chunk) (bytes int64, err error) {
	if !f.mu.TryLock() {
		return 0, &problem.Error{Kind: problem.OutOfTurn, Detail: "another part is being read", Hint: "wait for its answer"}
	}
	defer f.mu.Unlock()
	f.idle.Stop() // what takes long now is our own work
	defer f.wait()
	sum := sha256.Sum256([]byte(c.Runs))
	switch {
	case c.Number == f.number && f.number > 0 && sum == f.last:
		return f.bytes, nil
	case c.Number == f.number && f.number > 0:
		return 0, &problem.Error{Kind: problem.OutOfTurn, Detail: fmt.Sprintf("part %d came before, with other runs; those hold", c.Number), Hint: fmt.Sprintf("send other runs as part %d; to take back what was sent, close the ensemble and open another one", f.number+1)}
	case c.Number != f.number+1:
		return 0, &problem.Error{Kind: problem.OutOfTurn, Detail: fmt.Sprintf("part %d does not follow part %d", c.Number, f.number), Hint: fmt.Sprintf("send part %d", f.number+1)}
	case f.bytes+int64(len(c.Runs)) > f.most:
		return 0, &problem.Error{Kind: problem.TooLarge, Detail: fmt.Sprintf("the runs have more than %d bytes", f.most), Hint: "close the ensemble, and open another one"}
	}
	if _, err := io.Copy(f.into, strings.NewReader(c.Runs)); err != nil {
		return 0, f.fault()
	}
	f.number, f.bytes, f.last = c.Number, f.bytes+int64(len(c.Runs)), sum
	return f.bytes, nil
}

// wait begins to wait for the next part, if one is to come.
func (f *feed) wait() {
	f.timing.Lock()
	defer f.timing.Unlock()
	if !f.closing {
		f.idle.Reset(f.pause)
	}
}

// close waits for no more parts.
func (f *feed) close() {
	f.timing.Lock()
	defer f.timing.Unlock()
	f.closing = true
	f.idle.Stop()
}

// answerBy moves the deadline of an answer that waits for runs to be evaluated. Where
// there is none to move, there is none.
func (q *request) answerBy(t time.Time) { _ = http.NewResponseController(q.w).SetWriteDeadline(t) }

// fault is why the evaluation ended early.
func (f *feed) fault() error {
	<-f.ended
	cause := context.Cause(f.ctx)
	_, refused := errors.AsType[domain.Faults](f.err)
	switch origin, ok := errors.AsType[*ensemble.OriginError](f.err); {
	case refused:
		return f.err
	case ok:
		return &problem.UsageError{Reason: origin.Error(), Hint: "from takes a day, such as 2025-10-29"}
	case errors.Is(cause, errOutOfTime):
		return &problem.Error{Kind: problem.Busy, Detail: "the ensemble took too long, or nothing came for it", Hint: "open another one, with fewer runs"}
	case errors.Is(cause, errYielded):
		return errYielded
	case cause != nil:
		return errEnding
	}
	return f.err
}

func (s *Server) closeFeed(ctx context.Context, q *request) (*answer, error) {
	if err := q.read().err(); err != nil {
		return nil, err
	}
	f, err := s.feeds.take(q.path(paramEnsemble))
	if err != nil {
		return nil, err
	}
	defer f.end(context.Canceled)
	f.close()
	_ = f.into.Close() // the end of the runs
	q.answerBy(f.until.Add(writeTimeout))
	select {
	case <-f.ended:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if f.err != nil {
		return nil, f.fault()
	}
	text, err := f.summary.JSON()
	if err != nil {
		return nil, err
	}
	return asJSON(jsontext.Value(text), ""), nil
}
