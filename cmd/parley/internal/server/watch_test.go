package server

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"parley/projections"
	"parley/projections/live"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
)

// dashboard is the file for Grafana.
var dashboard = filepath.Join("..", "..", "..", "..", "docs", "examples", "grafana", "parley.json")

// Every metric that the dashboard shows is one that a server tells after a while of
// use, and every one of ours is shown.
func TestDashboard(t *testing.T) {
	text, err := os.ReadFile(dashboard)
	require.NoError(t, err)
	var file struct {
		Panels []struct {
			Title   string `json:"title"`
			Targets []struct {
				Expr string `json:"expr"`
			} `json:"targets"`
		} `json:"panels"`
	}
	require.NoError(t, json.Unmarshal(text, &file))
	s := serveLive(t, nil)
	s.get(of("/state"))
	s.get(of("/state", paramMinPosition, "100000", paramMaxWait, "0s"))
	s.get(of("/state"), "Origin", "http://evil.example")
	s.send(http.MethodPost, of("/events"), statement("posted"))
	s.send(http.MethodPost, of("/events"), `{"type":"StatementIssued"}`)
	s.send(http.MethodPost, of("/events"), statement("late"), "If-Match", `"record:1"`)
	told := s.get(pathMetrics)
	require.Equal(t, http.StatusOK, told.status)
	metric := regexp.MustCompile(`\b(?:parley|go|process)_[a-z0-9_]+`)
	shown := map[string]bool{}
	for _, p := range file.Panels {
		for _, target := range p.Targets {
			names := metric.FindAllString(target.Expr, -1)
			require.NotEmpty(t, names, "%s: %s", p.Title, target.Expr)
			for _, name := range names {
				shown[name] = true
				require.Regexp(t, `(?m)^`+name+`(?:\{| )`, told.body, "%s shows what nobody tells", p.Title)
			}
		}
	}
	for _, name := range regexp.MustCompile(`(?m)^# TYPE (parley_\w+) (\w+)`).FindAllStringSubmatch(told.body, -1) {
		want := name[1]
		if name[2] == "histogram" {
			want += "_bucket"
		}
		require.True(t, shown[want], "no panel shows %s", want)
	}
	for _, line := range []string{
		`parley_inputs_total{outcome="recorded"} 1`, `parley_inputs_total{outcome="refused"} 1`, `parley_inputs_total{outcome="conflict"} 1`,
		`parley_events_appended_total 1`, `parley_append_conflicts_total 1`, `parley_http_refused_total{reason="origin"} 1`,
		`parley_position_waits_total{came="no"} 1`, `parley_negotiations_warm 1`, `parley_http_requests_total{code="201",operation="append"} 1`,
	} {
		require.Contains(t, told.body, line+"\n")
	}
}

// A request is one line of the log, without its query, and continues a trace.
func TestLog(t *testing.T) {
	s := serve(t, nil)
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	require.Equal(t, http.StatusOK, s.get(of("/state", "lens", `source.speaker == "secret"`), "Traceparent", "00-"+trace+"-00f067aa0ba902b7-01", "Authorization", "Bearer secret").status)
	eventually(t, func() bool { return strings.Contains(s.log.String(), trace) })
	var line struct {
		Method    string `json:"method"`
		Path      string `json:"path"`
		Operation string `json:"operation"`
		Status    int    `json:"status"`
		Bytes     int    `json:"bytes"`
		Trace     string `json:"trace"`
	}
	require.NoError(t, json.Unmarshal([]byte(s.log.String()), &line))
	require.Equal(t, http.MethodGet, line.Method)
	require.Equal(t, of("/state"), line.Path)
	require.Equal(t, "state", line.Operation)
	require.Equal(t, http.StatusOK, line.Status)
	require.Positive(t, line.Bytes)
	require.Equal(t, trace, line.Trace)
	require.NotContains(t, s.log.String(), "secret")
}

// Ready is who can be sent requests: not a server whose store is gone, though it is
// still healthy.
func TestReady(t *testing.T) {
	s := serve(t, nil)
	require.Equal(t, http.StatusOK, s.get(pathReady).status)
	require.NoError(t, s.store.Close())
	p := s.get(pathReady).problem(t, http.StatusServiceUnavailable)
	require.Contains(t, p.Detail, reasonStore)
	require.Equal(t, http.StatusOK, s.get(pathHealth).status)
	require.GreaterOrEqual(t, s.get(of("/state")).status, 500)
}

// What goes wrong in one request ends that request only.
func TestBrokenRequest(t *testing.T) {
	s := serve(t, nil)
	s.routes.claim("GET /broken", "broken", Read)
	s.routes.HandleFunc("GET /broken", func(http.ResponseWriter, *http.Request) { panic("broken by a test") })
	p := s.get("/broken").problem(t, http.StatusInternalServerError)
	require.NotContains(t, p.Detail, "broken by a test")
	eventually(t, func() bool { return strings.Contains(s.log.String(), "broken by a test") })
	require.Equal(t, http.StatusOK, s.get(pathHealth).status)
}

// A stream that breaks does not look whole.
func TestBrokenStream(t *testing.T) {
	s := serve(t, nil)
	broken := func(yield func(any) bool) {
		if yield(strings.Repeat("x", 100_000)) {
			yield("\x80") // no text
		}
	}
	s.routes.claim("GET /broken", "broken", Read)
	s.routes.HandleFunc("GET /broken", func(w http.ResponseWriter, r *http.Request) {
		s.Server.send(r.Context(), &request{http: r, w: w}, lines(projections.Seen{}, nil, "", broken), nil)
	})
	answer, err := s.client.Get(s.URL() + "/broken")
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Contains(t, string(text), "xxx")
	require.Equal(t, http.StatusOK, s.get(pathHealth).status)
}

// Whoever may ask nothing else is told a word for what is wrong. What may name folders and
// servers goes to the log, once for as long as it lasts.
func TestReadyTellsAWord(t *testing.T) {
	const secret = "nats://user:hidden@10.0.0.7 in /srv/hidden"
	var why error
	s := serve(t, func(o *Options) {
		o.Access, o.Publishing = fixed{""}, func() error { return why }
	})
	told := func() string { return strings.TrimSpace(s.get(pathReady).body) }
	require.Equal(t, `{"status":"ok"}`, told())
	for _, test := range []struct {
		why  error
		word string
	}{
		{errors.New(secret), reasonRefused},
		{errors.Join(errors.New(secret), &live.AheadError{Bucket: "hidden", Negotiation: "hidden"}), reasonAhead},
	} {
		why = test.why
		for range 3 {
			require.Equal(t, `{"status":"ok","unpublished":"`+test.word+`"}`, told())
		}
	}
	require.Equal(t, 1, strings.Count(s.log.String(), `"reason":"`+reasonRefused))
	require.Contains(t, s.log.String(), secret)
	why = nil
	require.Equal(t, `{"status":"ok"}`, told())
	require.Contains(t, s.log.String(), "well again")

	require.NoError(t, s.store.Close())
	answer := s.get(pathReady)
	p := answer.problem(t, http.StatusServiceUnavailable)
	require.Contains(t, p.Detail, reasonStore)
	require.NotEmpty(t, answer.header.Get("Retry-After"))
	_, err := s.store.Negotiations(t.Context())
	require.NotContains(t, answer.body, err.Error())
	require.Contains(t, s.log.String(), err.Error())
}
