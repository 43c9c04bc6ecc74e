package main

import (
	"cmp"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"parley/eventstore"

	"github.com/go-json-experiment/json"
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
			want = "parley:grant/" + owner + "/[0-9a-z]+"
		}
		require.Regexp(t, "(?m)^"+branch+",.*,"+want+",,$", list)
		by := cmp.Or(owner, "ana")
		require.Equal(t, [2]string{"200", "200"}, try(by, branch, "", true), "%s drops %s", by, branch)
	}
	list = must(t, "branch", "list", "talks", "--dropped", "--data", g.store.Where(), "-o", "csv")
	require.Regexp(t, "(?m)^nats-sim,.*,true,,(parley:grant/sim/[0-9a-z]+),[^,]+,parley:grant/sim/[0-9a-z]+$", list)
	require.Regexp(t, "(?m)^fix,.*,true,,parley:branch,[^,]+,parley:grant/ana/[0-9a-z]+$", list)
}

// A name that is revoked and granted anew has none of the branches that its former bearer
// opened, over either way; analysts drop them. One that was granted by a former version
// has its own until then.
func TestNameOfAnother(t *testing.T) {
	for _, way := range []string{"http", "nats"} {
		t.Run(way, func(t *testing.T) {
			g := guardRecord(t, false)
			defer http.DefaultClient.CloseIdleConnections()
			data := g.store.Where()
			// change appends to a branch, or drops it, and gives the status.
			change := func(name, branch, key string, drop bool) int {
				event := `{"type":"StatementIssued","occurred":"2026-03","actors":["north"],"key":"` + key + `"}`
				a := asking{method: "POST", path: "/v1/negotiations/talks/branches/" + branch + "/events", body: event}
				subject, request := "append", `{"negotiation":"talks","name":"`+branch+`","events":`+event+`}`
				if drop {
					a = asking{method: "DELETE", path: "/v1/negotiations/talks/branches/" + branch}
					subject, request = "drop", `{"negotiation":"talks","name":"`+branch+`"}`
				}
				if way == "http" {
					status, _ := g.fetch(a, key, g.secrets[name])
					return status
				}
				c, err := g.dial(name, g.secrets[name])
				require.NoError(t, err)
				defer c.Close()
				m := c.ask(t, "parley.api.suppose.branch."+subject, request)
				require.NotNil(t, m)
				status, err := strconv.Atoi(cmp.Or(m.Header.Get("Nats-Service-Error-Code"), "200"))
				require.NoError(t, err)
				return status
			}
			open := func(branch string) {
				if way == "http" {
					g.opened(nil, "sim", branch)
					return
				}
				c, err := g.dial("sim", g.secrets["sim"])
				require.NoError(t, err)
				defer c.Close()
				g.opened(c, "sim", branch)
			}
			opener := func(branch string) string {
				b, err := g.store.Branch(t.Context(), "talks", branch)
				require.NoError(t, err)
				return b.Opener
			}
			g.forgetID("sim")
			open("by-name")
			require.Equal(t, "parley:grant/sim", opener("by-name"))
			require.Less(t, change("sim", "by-name", "k1", false), 300)

			g.again("sim")
			require.Equal(t, 403, change("sim", "by-name", "k2", false))
			require.Equal(t, 403, change("sim", "by-name", "", true))
			open("first")
			require.Less(t, change("sim", "first", "k3", false), 300)
			first := opener("first")

			g.again("sim")
			open("second")
			require.NotEqual(t, first, opener("second"))
			require.Contains(t, must(t, "access", "list", "--data", data, "-o", "csv"), strings.TrimPrefix(opener("second"), "parley:grant/sim/"))
			for _, branch := range []string{"by-name", "first"} {
				require.Equal(t, 403, change("sim", branch, "k4", false), branch)
				require.Equal(t, 403, change("sim", branch, "", true), branch)
			}
			require.Less(t, change("sim", "second", "k5", false), 300)
			require.Equal(t, 200, change("ana", "first", "", true))
			require.Equal(t, 200, change("ana", "by-name", "", true))
		})
	}
}

// again revokes what a name has, and grants it the same anew. It returns when that is in
// force.
func (g *guarded) again(name string) {
	g.t.Helper()
	was, _ := g.store.Grants()
	one, ok := was.Named(name)
	require.True(g.t, ok)
	must(g.t, "access", "revoke", name, "--data", g.store.Where())
	var added grantLine
	require.NoError(g.t, json.Unmarshal([]byte(must(g.t, "access", "add", name, "--role", one.Role, "--data", g.store.Where(), "--json")), &added))
	g.secrets[name] = added.Secret
	g.inForce(func(now eventstore.Grants) bool { _, ok := now.Of(added.Secret); return ok })
}

// forgetID makes a grant one of a former version.
func (g *guarded) forgetID(name string) {
	g.t.Helper()
	path := filepath.Join(g.store.Where(), "access.json")
	text, err := os.ReadFile(path)
	require.NoError(g.t, err)
	var all []map[string]any
	require.NoError(g.t, json.Unmarshal(text, &all))
	for _, one := range all {
		if one["name"] == name {
			delete(one, "id")
		}
	}
	text, err = json.Marshal(all)
	require.NoError(g.t, err)
	require.NoError(g.t, os.WriteFile(path+".new", text, 0o600))
	require.NoError(g.t, os.Rename(path+".new", path))
	g.inForce(func(now eventstore.Grants) bool { one, ok := now.Named(name); return ok && one.ID == "" })
}

// inForce waits until grants are in force.
func (g *guarded) inForce(are func(eventstore.Grants) bool) {
	g.t.Helper()
	for late := time.After(time.Minute); ; {
		now, changed := g.store.Grants()
		if are(now) {
			return
		}
		select {
		case <-changed:
		case <-late:
			require.FailNow(g.t, "the grants are not in force")
		}
	}
}
