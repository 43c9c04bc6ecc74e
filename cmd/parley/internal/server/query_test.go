package server

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// All that is wrong with a query string is told at once, each with its parameter.
func TestQueryFaults(t *testing.T) {
	s := serve(t, nil)
	p := s.get(of("/events")+"?as_of=2025&known-by=yesterday&possibly=maybe&limit=0&after=x&lens=%80&known-by=2025&recorded-by=@key&%zz=1").problem(t, http.StatusBadRequest)
	var told []string
	for _, f := range p.Faults {
		require.NotEmpty(t, f.Reason)
		told = append(told, f.Parameter+" "+string(f.Problem))
	}
	require.ElementsMatch(t, []string{
		"as_of unknown-field", "known-by bad-value", "known-by duplicate-key", "possibly bad-value", "limit bad-value", "after bad-value",
		"lens malformed", "recorded-by bad-value", "%zz malformed",
	}, told)
	require.Equal(t, "did you mean as-of?", p.Faults[0].Hint)
}

// What a path or a header holds is quoted in problems, whatever it is.
func TestOddBytes(t *testing.T) {
	s := serve(t, nil)
	for _, path := range []string{"/v1/negotiations/%80", "/v1/negotiations/%80/state", of("/state/%80%00"), "/%80", "/v1/schema/%ff", "/v1/negotiations/..%2f..", of("/state/")} {
		s.get(path).problem(t, http.StatusNotFound)
	}
	s.send(http.MethodPost, of("/events"), statement("x"), "If-Match", "\x80").problem(t, http.StatusBadRequest)
	s.send(http.MethodPost, of("/events"), statement("x"), "Content-Type", "\x80").problem(t, http.StatusUnsupportedMediaType)
	s.send(http.MethodPost, "/v1/negotiations/No%20Id/events", statement("x")).problem(t, http.StatusBadRequest)
	answer := s.send(http.MethodDelete, of("/events"), "")
	answer.problem(t, http.StatusMethodNotAllowed)
	require.Equal(t, "GET, HEAD, POST", answer.header.Get("Allow"))
	head := s.send(http.MethodHead, of("/state"), "")
	require.Equal(t, http.StatusOK, head.status)
	require.NotEmpty(t, head.header.Get("ETag"))
	require.Empty(t, head.body)
}
