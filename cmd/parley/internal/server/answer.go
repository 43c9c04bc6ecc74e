package server

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"parley/domain/fair"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// The media types of answers.
const (
	typeJSON   = "application/json"
	typeNDJSON = "application/x-ndjson"
)

// request is what an operation is asked.
type request struct {
	raw   string // query string
	takes []*huma.Param
	http  *http.Request
	w     http.ResponseWriter

	from, via string // who calls, and who wrote, if it is no request of HTTP
	called    bool   // it is no request of HTTP
	who       Who    // likewise
	holder    fair.Holder
}

// Resolve takes note of the request. Parameters are not read by the framework, for
// the string form of a view has keys without a value, and all that is wrong is told
// at once.
func (q *request) Resolve(ctx huma.Context) []error {
	q.http, q.w = humago.Unwrap(ctx)
	q.raw, q.takes = q.http.URL.RawQuery, ctx.Operation().Parameters
	return nil
}

// negotiation is the one in the path.
func (q *request) negotiation() string { return q.http.PathValue(paramNegotiation) }

// wants tells whether the caller would rather have one media type than another. What
// he does not mention he does not want.
func (q *request) wants(media, other string) bool {
	return quality(q.http.Header.Values("Accept"), media) > quality(q.http.Header.Values("Accept"), other)
}

// quality is how much a media type is wanted (RFC 9110, without parameters).
func quality(accept []string, media string) float64 {
	kind, _, _ := strings.Cut(media, "/")
	best, depth := 0.0, 0
	for part := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		name, rest, _ := strings.Cut(part, ";")
		precise := map[string]int{"*/*": 1, kind + "/*": 2, media: 3}[strings.ToLower(strings.TrimSpace(name))]
		if precise <= depth {
			continue
		}
		best, depth = 1, precise
		for p := range strings.SplitSeq(rest, ";") {
			if q, ok := strings.CutPrefix(strings.TrimSpace(p), "q="); ok {
				best, _ = strconv.ParseFloat(q, 64)
			}
		}
	}
	return best
}

// answer is what an operation answers.
type answer struct {
	status int // 200 if not given
	media  string
	tag    string // ETag, if it has one
	header map[string]string
	write  func(io.Writer) error
	stream bool         // too long to be held: it is sent while it is written
	serve  http.Handler // in place of all that
}

// asJSON answers with one document.
func asJSON(v any, tag string) *answer {
	return &answer{media: typeJSON, tag: tag, write: func(w io.Writer) error { return writeJSON(w, v) }}
}

// unchanged answers that the caller has it already.
func unchanged(tag string) *answer { return &answer{status: http.StatusNotModified, tag: tag} }

// register adds an operation to the server and to its document.
func (s *Server) register(o operation, do func(context.Context, *request) (*answer, error)) {
	s.routes.claim(o.method+" "+o.path, o.id, o.right)
	s.asked[o.id] = asked{o, do}
	op := s.describe(o)
	huma.Register(s.api, op, func(ctx context.Context, q *request) (*huma.StreamResponse, error) {
		if o.heavy {
			free, err := s.seated(s.heavy)
			if err != nil {
				return nil, failureOf(err)
			}
			defer free()
		}
		a, err := do(ctx, q)
		if err != nil {
			return nil, s.noted(ctx, err)
		}
		var body bytes.Buffer
		if !a.stream && a.write != nil {
			if err := a.write(&body); err != nil {
				return nil, s.noted(ctx, err)
			}
		}
		return &huma.StreamResponse{Body: func(huma.Context) { s.send(ctx, q, a, &body) }}, nil
	})
	s.complete(o)
}

// noted tells the log of what went wrong within the server.
func (s *Server) noted(ctx context.Context, err error) error {
	f := failureOf(err)
	if f.Status == http.StatusInternalServerError {
		s.log.ErrorContext(ctx, "a request failed", "error", err.Error())
	}
	return f
}

// send sends an answer. Whoever went away needs none.
func (s *Server) send(ctx context.Context, q *request, a *answer, body *bytes.Buffer) {
	w := q.w
	if a.serve != nil {
		a.serve.ServeHTTP(w, q.http)
		return
	}
	if a.tag != "" {
		w.Header().Set("ETag", a.tag)
	}
	for name, value := range a.header {
		w.Header().Set(name, value)
	}
	if a.media != "" {
		w.Header().Set("Content-Type", a.media)
	}
	if a.write != nil && !a.stream {
		w.Header().Set("Content-Length", strconv.Itoa(body.Len()))
	}
	w.WriteHeader(cmp.Or(a.status, http.StatusOK))
	var err error
	switch {
	case a.write == nil:
	case a.stream:
		err = a.write(&steady{w: w, control: http.NewResponseController(w)})
	default:
		_, err = w.Write(body.Bytes())
	}
	if err != nil {
		s.log.InfoContext(ctx, "an answer was cut off", "error", err.Error())
		panic(http.ErrAbortHandler) // else what was sent of a stream would look whole
	}
}

// steady writes a stream as long as the reader takes each part of it in time.
type steady struct {
	w       io.Writer
	control *http.ResponseController
	moved   time.Time
}

func (s *steady) Write(b []byte) (int, error) {
	if now := time.Now(); now.Sub(s.moved) > time.Second {
		if err := s.control.SetWriteDeadline(now.Add(writeTimeout)); err != nil {
			return 0, err
		}
		s.moved = now
	}
	return s.w.Write(b)
}
