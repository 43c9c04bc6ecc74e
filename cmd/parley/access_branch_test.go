package main

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

// opened opens a branch as somebody, over HTTP, or over NATS where a client is given.
func (g *guarded) opened(c *client, name, branch string) string {
	g.t.Helper()
	body := fmt.Sprintf(`{"branch":%q,"author":"A","purpose":"P"}`, branch)
	if c != nil {
		m := c.ask(g.t, "parley.api.suppose.branch.open", strings.Replace(body, "{", `{"negotiation":"talks",`, 1))
		require.NotNil(g.t, m)
		require.Empty(g.t, m.Header.Get("Nats-Service-Error"), "%s", m.Data)
		return branch
	}
	status, text := g.fetch(asking{method: "POST", path: "/v1/negotiations/talks/branches", body: body}, "", g.secrets[name])
	require.Equal(g.t, 201, status, text)
	return branch
}

// Analysts append to any branch and drop any. A simulator has its own, opened over HTTP
// or over NATS alike, and those of others stay as they are.
func TestWhoseBranch(t *testing.T) {
	g := guardRecord(t, false)
	defer http.DefaultClient.CloseIdleConnections()
	clients := map[string]*client{}
	for _, name := range []string{"ana", "sim", "other-sim"} {
		c, err := g.dial(name, g.secrets[name])
		require.NoError(t, err)
		clients[name] = c
	}
	const event = `{"type":"StatementIssued","occurred":"2026-03","actors":["north"],"key":"%s"}`
	// try appends, or drops, over both ways, and gives the statuses.
	try := func(name, branch, key string, drop bool) (statuses [2]string) {
		at, m := "/v1/negotiations/talks/branches/"+branch, (*nats.Msg)(nil)
		a := asking{method: "POST", path: at + "/events", body: event}
		subject, request := "parley.api.suppose.branch.append", `{"negotiation":"talks","name":"`+branch+`","events":`+named(event, key+"-nats")+`}`
		if drop {
			a = asking{method: "DELETE", path: at}
			subject, request = "parley.api.suppose.branch.drop", `{"negotiation":"talks","name":"`+branch+`"}`
		}
		status, _ := g.fetch(a, key+"-http", g.secrets[name])
		m = clients[name].ask(t, subject, request)
		require.NotNil(t, m)
		return [2]string{strconv.Itoa(status), cmp.Or(m.Header.Get("Nats-Service-Error-Code"), "200")}
	}
	owned := map[string]string{"fix": "", g.opened(nil, "ana", "of-ana"): "ana"}
	for _, name := range []string{"sim", "other-sim"} {
		owned[g.opened(nil, name, "http-"+name)], owned[g.opened(clients[name], name, "nats-"+name)] = name, name
	}
	refused := [2]string{"403", "403"}
	for branch, owner := range owned {
		for name := range clients {
			want := refused
			if name == "ana" || name == owner {
				want = [2]string{"201", "200"}
			}
			require.Equal(t, want, try(name, branch, name, false), "%s appends to %s", name, branch)
			if name != "ana" && name != owner {
				require.Equal(t, refused, try(name, branch, name, true), "%s drops %s", name, branch)
			}
		}
	}
	list := must(t, "branch", "list", "talks", "--data", g.store.Where(), "-o", "csv")
	for branch, owner := range owned {
		want := "parley:branch" // the owner of the folder
		if owner != "" {
			want = "parley:grant/" + owner
		}
		require.Regexp(t, "(?m)^"+branch+",.*,"+want+",,$", list)
		by := cmp.Or(owner, "ana")
		require.Equal(t, [2]string{"200", "200"}, try(by, branch, "", true), "%s drops %s", by, branch)
	}
	list = must(t, "branch", "list", "talks", "--dropped", "--data", g.store.Where(), "-o", "csv")
	require.Regexp(t, "(?m)^nats-sim,.*,true,,parley:grant/sim,[^,]+,parley:grant/sim$", list)
	require.Regexp(t, "(?m)^fix,.*,true,,parley:branch,[^,]+,parley:grant/ana$", list)
}
