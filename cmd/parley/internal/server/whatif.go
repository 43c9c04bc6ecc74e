package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"reflect"
	"runtime"
	"strconv"
	"time"

	"parley/cmd/parley/internal/problem"
	"parley/domain"
	"parley/projections/ensemble"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json/jsontext"
)

// The parameters of what-if that say for the summary where the runs come from.
const (
	paramSeed    = "seed"
	paramModel   = "model"
	paramVersion = "model-version"
	paramDigest  = "model-digest"
	paramAuthor  = "author"
	paramPurpose = "purpose"
)

// whatif adds ensembles of continuations.
func (s *Server) whatif() {
	s.register(operation{
		id: "whatif", method: http.MethodPost, path: "/v1/negotiations/{negotiation}/whatif", tag: tagSuppose, right: Suppose, passing: true,
		summary: "What many runs come to",
		about: "As parley whatif NEGOTIATION --json, to the byte. The body is runs, one a line: events that may happen after what the view shows. " +
			"It is read while it is evaluated, taken whole or refused whole, and stored nowhere. The same runs in the same order give the same answer.",
		parameters: ofView(
			parameter("query", paramFrom, "count days from the end of this date", "2025-10-28"),
			parameter("query", paramModel, "name of what made the runs, for the report", "full-powers"),
			parameter("query", paramVersion, "its version, for the report", "1"),
			parameter("query", paramDigest, "SHA-256 of the file that holds it, for the report", "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
			parameter("query", paramSeed, "the seed that it was given, for the report", "7"),
			parameter("query", paramAuthor, "who asks, for the report", "A. Analyst"),
			parameter("query", paramPurpose, "what for, for the report", "had the delegation had full powers"),
		),
		body:     map[string]*huma.Schema{typeNDJSON: {Type: huma.TypeString, Description: `one run a line: {"run":"1","events":[…]}`}},
		answers:  map[string]reflect.Type{typeJSON: reflect.TypeFor[ensemble.Summary]()},
		statuses: kinds(problem.NotFound, problem.Slow, problem.TooLarge, problem.MediaType, problem.Invalid),
	}, s.evaluateRuns)
}

// optionsOf reads what a summary says of where its runs come from.
func (v *values) optionsOf() ensemble.Options {
	o := ensemble.Options{
		Model: v.text(paramModel), Version: v.text(paramVersion), ModelDigest: v.text(paramDigest), Seed: v.text(paramSeed),
		Author: v.text(paramAuthor), Purpose: v.text(paramPurpose),
		Workers: workers(),
	}
	if from := v.text(paramFrom); from != "" {
		var err error
		if o.Origin, err = domain.ParseEDTF(from); err != nil {
			v.fault(paramFrom, from, domain.BadValue, err.Error(), "write a date, such as 2025-10-29")
		}
	}
	return o
}

// parameterOf is where a member of a summary is given in an address.
func parameterOf(member string) domain.Place {
	switch member {
	case "modelVersion":
		member = paramVersion
	case "modelDigest":
		member = paramDigest
	}
	return domain.Place{Parameter: member}
}

// workers is how many runs of an ensemble are evaluated at once. The other cores are
// for questions.
func workers() int { return max(1, runtime.GOMAXPROCS(0)/2) }

func (s *Server) evaluateRuns(ctx context.Context, q *request) (*answer, error) {
	v := q.read()
	options := v.optionsOf()
	if err := v.err(); err != nil {
		return nil, err
	}
	if faults := options.Check(parameterOf); len(faults) > 0 {
		return nil, faults
	}
	if media, _, _ := mime.ParseMediaType(q.http.Header.Get("Content-Type")); media != typeNDJSON {
		return nil, &problem.Error{Kind: problem.MediaType, Detail: "a body of type " + strconv.Quote(shorten(media)) + " is not read here", Hint: "send runs, one a line, as " + typeNDJSON}
	}
	if err := q.plain(); err != nil {
		return nil, err
	}
	place, free, err := s.crowd.take(s.holder(q))
	if err != nil {
		s.metrics.refused.WithLabelValues("busy").Inc()
		return nil, err
	}
	defer free()
	x, err := s.look(ctx, q, v)
	if err != nil {
		return nil, err
	}
	ctx, body, done := s.bodyOfRuns(ctx, q, place)
	defer done()
	summary, err := s.sumUp(ctx, x, body, options)
	if err != nil {
		return nil, s.runsFault(ctx, body, err)
	}
	text, err := summary.JSON()
	if err != nil {
		return nil, err
	}
	return asJSON(jsontext.Value(text), ""), nil
}

// sumUp evaluates runs that go on from a view.
func (s *Server) sumUp(ctx context.Context, x *viewed, runs io.Reader, o ensemble.Options) (*ensemble.Summary, error) {
	g, err := s.grounds.of(x)
	if err != nil {
		return nil, x.asked.Explain(err, x.volume.negotiation, x.line, x.view)
	}
	o.Limit = s.limits.runs
	return ensemble.Evaluate(ctx, g.base, g.reader.Lines("", runs), g.roots.In(o))
}

// bodyOfRuns is the body of a request as long as it comes on, and until the time is up
// or the server ends, or the place has to be given up. Reading does not hear of a context,
// but of a deadline it does.
func (s *Server) bodyOfRuns(ctx context.Context, q *request, place *place) (context.Context, *comingBody, func()) {
	end := time.Now().Add(s.limits.whatif)
	ctx, stop := context.WithDeadlineCause(ctx, end, errOutOfTime)
	ctx, cancel := context.WithCancelCause(ctx)
	control := http.NewResponseController(q.w)
	_ = control.SetWriteDeadline(end.Add(writeTimeout)) // where there is none to move, there is none
	endWith := func(why error) func() {
		return func() {
			cancel(why)
			_ = control.SetReadDeadline(time.Now())
		}
	}
	forget := context.AfterFunc(s.ending, endWith(errEnding))
	keep := context.AfterFunc(place.ctx, endWith(errYielded))
	body := &comingBody{from: http.MaxBytesReader(q.w, q.http.Body, s.limits.runBytes), ctx: ctx, control: control, end: end, pause: s.limits.pause}
	return ctx, body, func() {
		forget()
		keep()
		cancel(nil)
		stop()
	}
}

// comingBody is a body of which something has to come now and then.
type comingBody struct {
	from    io.Reader
	ctx     context.Context
	control *http.ResponseController
	end     time.Time
	pause   time.Duration
	broke   error // why reading ended, if it was not the end of the body
}

// Read reads what has come.
func (b *comingBody) Read(p []byte) (int, error) {
	if b.ctx.Err() != nil {
		return 0, context.Cause(b.ctx)
	}
	wait := time.Now().Add(b.pause)
	if wait.After(b.end) {
		wait = b.end
	}
	_ = b.control.SetReadDeadline(wait)
	n, err := b.from.Read(p)
	switch {
	case err == nil:
	case errors.Is(err, os.ErrDeadlineExceeded) && wait.Equal(b.end):
		b.broke = errOutOfTime
	case !errors.Is(err, io.EOF):
		b.broke = err
	default:
		// From now on the connection is only watched; a deadline would look like a caller
		// that went away.
		_ = b.control.SetReadDeadline(b.end.Add(writeTimeout))
	}
	return n, err
}

var errOutOfTime = errors.New("the time is up")

// runsFault words what ended the reading of runs. That reading broke off ends the
// context of the request as well.
func (s *Server) runsFault(ctx context.Context, body *comingBody, err error) error {
	if _, refused := errors.AsType[domain.Faults](err); refused {
		return err
	}
	if e, ok := errors.AsType[*ensemble.OriginError](err); ok {
		return &problem.UsageError{Reason: e.Error(), Hint: paramFrom + " takes a day, such as 2025-10-29"}
	}
	const lessAtOnce = "send fewer runs at once; nothing of these is summed up"
	large, tooLarge := errors.AsType[*http.MaxBytesError](body.broke)
	switch cause := context.Cause(ctx); {
	case tooLarge:
		return &problem.Error{Kind: problem.TooLarge, Detail: fmt.Sprintf("the runs have more than %d bytes", large.Limit), Hint: lessAtOnce}
	case errors.Is(cause, errEnding):
		return errEnding
	case errors.Is(cause, errYielded):
		return errYielded
	case errors.Is(cause, errOutOfTime), errors.Is(body.broke, errOutOfTime):
		return &problem.Error{Kind: problem.Slow, Detail: fmt.Sprintf("the runs take longer than %s", s.limits.whatif), Hint: lessAtOnce}
	case errors.Is(body.broke, os.ErrDeadlineExceeded):
		return &problem.Error{Kind: problem.Slow, Detail: fmt.Sprintf("nothing of the body came for %s", s.limits.pause), Hint: "make the runs first, then send them"}
	case body.broke != nil:
		return &problem.Error{Kind: problem.Interrupted, Detail: "the body broke off: " + body.broke.Error(), Hint: "send it again; nothing of it is summed up"}
	}
	return err
}
