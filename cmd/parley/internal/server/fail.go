package server

import (
	"bytes"
	"errors"
	"maps"
	"net/http"
	"strconv"

	"parley/cmd/parley/internal/problem"

	"github.com/danielgtaylor/huma/v2"
)

// typeProblem is the media type of problems.
const typeProblem = "application/problem+json"

// failure is a problem as the framework takes it.
type failure struct {
	problem.Problem
	header http.Header
}

// Error is what is wrong.
func (f *failure) Error() string { return f.Detail }

// GetStatus is the HTTP status.
func (f *failure) GetStatus() int { return f.Status }

// GetHeaders are the headers that go with it.
func (f *failure) GetHeaders() http.Header { return f.header }

// ContentType is that of problems.
func (f *failure) ContentType(string) string { return typeProblem }

// failureOf finds out what an error means to the caller. What went wrong within the
// server is told to its log.
func failureOf(err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	f := &failure{Problem: problem.Of(err), header: http.Header{}}
	f.Exit = 0 // of a command line, which this is not
	if f.Status == http.StatusServiceUnavailable {
		f.header.Set("Retry-After", strconv.Itoa(int(comeAgain.Seconds())))
	}
	if f.Status == http.StatusUnsupportedMediaType {
		f.header.Set("Accept-Encoding", "identity") // RFC 9110, section 15.5.16
	}
	if f.Status == http.StatusUnauthorized {
		f.header.Set("WWW-Authenticate", `Bearer realm="parley"`)
	}
	return f
}

// fail answers with a problem, outside the framework.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	f := failureOf(err)
	var body bytes.Buffer
	if err := writeJSON(&body, f); err != nil {
		s.log.ErrorContext(r.Context(), "a problem could not be told", "error", err.Error())
	}
	h := w.Header()
	maps.Copy(h, f.header)
	h.Set("Content-Type", typeProblem)
	h.Set("Content-Length", strconv.Itoa(body.Len()))
	w.WriteHeader(f.Status)
	_, _ = w.Write(body.Bytes()) // whoever went away needs no answer
}

// wrongParameters makes a problem of what the framework finds wrong by itself.
func wrongParameters(_ huma.Context, status int, text string, errs ...error) huma.StatusError {
	if status == 0 { // it asks for the type, to describe it
		return &failure{}
	}
	kind := problem.Usage
	if status >= http.StatusInternalServerError {
		kind = problem.Failure
	}
	for _, err := range errs {
		if err != nil {
			text += ": " + err.Error()
		}
	}
	return failureOf(&problem.Error{Kind: kind, Detail: text})
}
