package main

import (
	"net/http"
	"strings"
	"testing"

	"parley/cmd/parley/internal/problem"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
)

// threeWays asks the same as an analyst over HTTP, over NATS and at the command line, and
// gives the problems that are answered. It holds that they are one to all.
func (g *guarded) threeWays(a asking, exit int, args ...string) (problems [3]problem.Problem) {
	g.t.Helper()
	status, text := g.fetch(a, "", g.secrets["ana"])
	require.NoError(g.t, json.Unmarshal([]byte(text), &problems[0]), text)
	require.Equal(g.t, status, problems[0].Status)
	c, err := g.dial("ana", g.secrets["ana"])
	require.NoError(g.t, err)
	defer c.Close()
	m := c.ask(g.t, a.subject, a.request)
	require.NotNil(g.t, m)
	require.NoError(g.t, json.Unmarshal(m.Data, &problems[1]), "%s", m.Data)
	code, _, said := runIt(g.t, "", append(args, "--data", g.store.Where(), "--json")...)
	require.NoError(g.t, json.Unmarshal([]byte(strings.TrimSpace(said)), &problems[2]), said)
	require.Equal(g.t, exit, code)
	for _, p := range problems[1:] {
		require.Equal(g.t, []any{problems[0].Type, problems[0].Title, problems[0].Status}, []any{p.Type, p.Title, p.Status})
	}
	return problems
}

// That others stand on a branch is no conflict of expectations: there is no sense in
// trying again.
func TestOthersStandOnIt(t *testing.T) {
	g := guardRecord(t, false)
	defer http.DefaultClient.CloseIdleConnections()
	must(t, "branch", "open", "on-fix", "--on", "talks", "--parent", "fix", "--author", "A", "--purpose", "P", "--data", g.store.Where())
	for _, p := range g.threeWays(asking{
		method: "DELETE", path: "/v1/negotiations/talks/branches/fix",
		subject: "parley.api.suppose.branch.drop", request: `{"negotiation":"talks","name":"fix"}`,
	}, exitInUse, "branch", "drop", "fix") {
		require.Equal(t, problem.Space+string(problem.InUse), p.Type)
		require.Equal(t, http.StatusConflict, p.Status)
		require.NotEqual(t, problem.Conflict.Title(), p.Title)
		require.Nil(t, p.Heads)
		require.Contains(t, p.Detail, "on-fix")
	}
	must(t, "branch", "drop", "on-fix", "--data", g.store.Where())
	must(t, "branch", "drop", "fix", "--data", g.store.Where())
}

// A parent that is not there is named where it was given, with what there is.
func TestNoParent(t *testing.T) {
	g := guardRecord(t, false)
	defer http.DefaultClient.CloseIdleConnections()
	const opening = `{"branch":"b","parent":"fxi","author":"A","purpose":"P"}`
	problems := g.threeWays(asking{
		method: "POST", path: "/v1/negotiations/talks/branches", body: opening,
		subject: "parley.api.suppose.branch.open", request: strings.Replace(opening, "{", `{"negotiation":"talks",`, 1),
	}, exitNotFound, "branch", "open", "b", "--on", "talks", "--parent", "fxi", "--author", "A", "--purpose", "P")
	for i, p := range problems {
		require.Equal(t, http.StatusNotFound, p.Status)
		require.Len(t, p.Faults, 1)
		require.Equal(t, "fxi", p.Faults[0].Read)
		require.Contains(t, p.Faults[0].Hint, "fix")
		require.Equal(t, []string{"/parent", "/parent", "--parent"}[i], p.Faults[0].Pointer+p.Faults[0].Column)
	}
	_, _, said := runIt(t, "", "branch", "open", "b", "--on", "talks", "--parent", "fxi", "--author", "A", "--purpose", "P", "--data", g.store.Where())
	require.Contains(t, said, "--parent")
}
