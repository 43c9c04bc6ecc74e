package main

import (
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"parley/cmd/parley/internal/server"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go/micro"
	"github.com/stretchr/testify/require"
)

// asking is one thing that can be asked, over both ways unless it has no subject.
type asking struct {
	right   server.Right
	method  string
	path    string
	body    string // NDJSON if it begins with a run
	subject string
	request string
}

// askings are all operations of the service, and the same over HTTP. own is a branch
// that whoever asks has opened, if he may.
func askings(instance, own string) []asking {
	const of, event = "/v1/negotiations/talks", `{"type":"StatementIssued","occurred":"2026-03","actors":["north"],"key":"%s"}`
	const run = `{"run":"1","events":[]}`
	const opening, session = `{"branch":"%s","author":"A","purpose":"P"}`, `{"author":"A","purpose":"P"}`
	in := func(more string) string { return `{"negotiation":"talks"` + more + `}` }
	return []asking{
		{server.Read, "GET", "/v1/negotiations", "", "read.negotiations", ""},
		{server.Read, "GET", of, "", "read.negotiation", in("")},
		{server.Read, "GET", of + "/events", "", "read.events", in("")},
		{server.Read, "GET", of + "/state", "", "read.state", in("")},
		{server.Read, "GET", of + "/why?path=rounds", "", "read.why", in(`,"path":"rounds"`)},
		{server.Read, "GET", of + "/diff?to=", "", "read.diff", in(`,"to":""`)},
		{server.Read, "GET", of + "/branches", "", "read.branch.list", in("")},
		{server.Read, "GET", of + "/branches/fix", "", "read.branch.show", in(`,"name":"fix"`)},
		{server.Read, "GET", of + "/branches/fix/compare", "", "read.branch.compare", in(`,"name":"fix"`)},
		{server.Read, "POST", of + "/branches/fix/watch", "", "read.branch.watch", in(`,"name":"fix"`)},
		{server.Read, "GET", "/v1/schema", "", "read.schema", ""},
		{server.Append, "POST", of + "/events", event, "append", in(`,"events":` + event)},
		{server.Suppose, "POST", of + "/branches", opening, "suppose.branch.open", in(`,"branch":"%s","author":"A","purpose":"P"`)},
		{server.Suppose, "POST", of + "/branches/" + own + "/events", event, "suppose.branch.append", in(`,"name":"` + own + `","events":` + event)},
		{server.Suppose, "DELETE", of + "/branches/none", "", "suppose.branch.drop", in(`,"name":"none"`)},
		{server.Suppose, "POST", of + "/sessions", session, "suppose.session.open", in(`,"author":"A","purpose":"P"`)},
		{server.Suppose, "POST", "/v1/sessions/none/events", event, "suppose.session.append." + instance, `{"session":"none","events":` + event + `}`},
		{server.Suppose, "DELETE", "/v1/sessions/none", "", "suppose.session.close." + instance, `{"session":"none"}`},
		{server.Suppose, "POST", of + "/whatif", run, "", ""},
		{server.Suppose, "POST", of + "/ensembles", `{}`, "suppose.whatif.open", in("")},
		{server.Suppose, "POST", "/v1/ensembles/none/runs", `{"number":1,"runs":""}`, "suppose.whatif.feed." + instance, `{"ensemble":"none","number":1,"runs":""}`},
		{server.Suppose, "DELETE", "/v1/ensembles/none", "", "suppose.whatif.close." + instance, `{"ensemble":"none"}`},
		{server.Read, "GET", of + "/state/drafts", "", "", ""},
		{server.Read, "GET", of + "/replay", "", "", ""},
		{server.Read, "GET", of + "/lenses", "", "", ""},
		{server.Read, "GET", of + "/registry", "", "", ""},
		{server.Read, "GET", of + "/days", "", "", ""},
		{server.Read, "GET", "/v1/schema/StatementIssued", "", "", ""},
		{server.Read, "GET", "/v1/sessions/none", "", "", ""},
		{server.Read, "GET", "/v1/stream?watch=talks", "", "", ""},
		{server.Read, "GET", "/v1/system", "", "", ""},
	}
}

func (g *guarded) fetch(a asking, key, secret string) (int, string) {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), a.method, g.api.URL()+a.path, strings.NewReader(named(a.body, key)))
	require.NoError(g.t, err)
	r.Header.Set("Content-Type", "application/json")
	if strings.HasPrefix(a.body, `{"run"`) {
		r.Header.Set("Content-Type", "application/x-ndjson")
	}
	if secret != "" {
		r.Header.Set("Authorization", "Bearer "+secret)
	}
	answer, err := http.DefaultClient.Do(r)
	require.NoError(g.t, err)
	defer answer.Body.Close()
	if answer.Header.Get("Content-Type") == "text/event-stream" {
		return answer.StatusCode, "" // it never ends
	}
	text, err := io.ReadAll(answer.Body)
	require.NoError(g.t, err)
	return answer.StatusCode, string(text)
}

// Nothing can be asked that the matrix does not ask.
func TestMatrixIsWhole(t *testing.T) {
	g := guardRecord(t, false)
	defer http.DefaultClient.CloseIdleConnections()
	var described struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	status, text := g.fetch(asking{method: "GET", path: "/openapi.json"}, "", g.secrets["ana"])
	require.Equal(t, 200, status)
	require.NoError(t, json.Unmarshal([]byte(text), &described))
	asked := askings(g.api.Instance(), "fix")
	operations := 0
	for path, methods := range described.Paths {
		if !strings.HasPrefix(path, "/v1/") || path == "/v1/login" {
			continue // health and metrics are for everybody, and so is to say who one is
		}
		like := regexp.MustCompile("^" + regexp.MustCompile(`\{[a-z]+\}`).ReplaceAllString(path, "[^/]+") + `(\?.*)?$`)
		for method := range methods {
			operations++
			if !slices.ContainsFunc(asked, func(a asking) bool { return strings.EqualFold(a.method, method) && like.MatchString(a.path) }) {
				t.Errorf("nobody asks %s %s", strings.ToUpper(method), path)
			}
		}
	}
	require.Equal(t, operations, len(asked)) //nolint:testifylint // the list itself says nothing
	c, err := g.dial("ana", g.secrets["ana"])
	require.NoError(t, err)
	var info micro.Info
	require.NoError(t, json.Unmarshal(c.ask(t, "$SRV.INFO.parley", "").Data, &info))
	require.NotEmpty(t, info.Endpoints)
	for _, e := range info.Endpoints {
		if !slices.ContainsFunc(asked, func(a asking) bool { return "parley.api."+a.subject == e.Subject }) {
			t.Errorf("nobody asks %s", e.Subject)
		}
	}
}

func named(text, key string) string { return strings.ReplaceAll(text, "%s", key) }
