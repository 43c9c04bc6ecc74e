package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/cmd/parley/internal/server"
	"parley/domain/fair"
	"parley/eventstore"
	"parley/projections"
	"parley/projections/live"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

// Everybody in the matrix, and what each may do.
var everybody = []struct {
	name   string // with a grant of this name
	role   string // that is granted
	gone   bool   // and revoked
	rights []server.Right
	watch  bool
}{
	{name: "ana", role: eventstore.RoleAnalyst, rights: []server.Right{server.Read, server.Append, server.Suppose}},
	{name: "wall", role: eventstore.RoleDashboard, rights: []server.Right{server.Read}, watch: true},
	{name: "sim", role: eventstore.RoleSimulator, rights: []server.Right{server.Read, server.Suppose}},
	{name: "other-sim", role: eventstore.RoleSimulator, rights: []server.Right{server.Read, server.Suppose}},
	{rights: []server.Right{server.Read}, watch: true}, // no secret, on this machine
	{name: "former", role: eventstore.RoleAnalyst, gone: true},
}

// granted has every branch published, without doing so: what is tried here is who may
// ask for it.
type granted struct{}

func (granted) LeaseFor(_ context.Context, _ fair.Holder, negotiation, branch string) (live.Lease, error) {
	return live.Lease{Negotiation: negotiation, Bucket: live.BranchBucket, Keys: negotiation + "." + branch + ".>", Branch: &projections.Branch{Name: branch}}, nil
}

// guarded is a record that is served over both ways, with grants.
type guarded struct {
	t       *testing.T
	store   *eventstore.Store
	api     *server.Server
	secrets map[string]string
}

// guardRecord serves a record in which everybody has what the matrix says.
func guardRecord(t *testing.T, closed bool) *guarded {
	t.Helper()
	data := t.TempDir()
	must(t, "import", "testdata/talks.csv", "--data", data)
	must(t, "branch", "open", "fix", "--on", "talks", "--author", "A", "--purpose", "P", "--data", data)
	g := &guarded{t: t, secrets: map[string]string{}}
	for _, who := range everybody {
		if who.role != "" {
			var added grantLine
			require.NoError(t, json.Unmarshal([]byte(must(t, "access", "add", who.name, "--role", who.role, "--data", data, "--json")), &added))
			g.secrets[who.name] = added.Secret
		}
		if who.gone {
			must(t, "access", "revoke", who.name, "--data", data)
		}
	}
	var err error
	g.store, err = eventstore.Open(t.Context(), eventstore.Options{Dir: data, Listen: "127.0.0.1:0", Closed: closed})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, g.store.Close()) })
	for _, stream := range eventstore.SharedStreams() {
		_, err := g.store.JetStream().CreateStream(t.Context(), jetstream.StreamConfig{
			Name: stream, Subjects: []string{"$KV." + strings.TrimPrefix(stream, "KV_") + ".>"}, Storage: jetstream.MemoryStorage, MaxMsgsPerSubject: 1,
			AllowDirect: true, AllowRollup: true, DenyDelete: true,
		})
		require.NoError(t, err)
	}
	require.NoError(t, g.store.Share(t.Context(), eventstore.SharedStreams()))
	runner := live.New(logSource{g.store}, live.Options{})
	g.api, err = server.Open(server.Options{Store: g.store, Live: runner, Listen: "127.0.0.1:0", Version: "test", Access: folderAccess{g.store, closed}, Leases: granted{}})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 2)
	go func() { ended <- runner.Run(ctx) }()
	go func() { ended <- g.api.Serve(ctx) }()
	t.Cleanup(func() { stop(); require.NoError(t, errors.Join(<-ended, <-ended)) })
	p := &program{}
	end, err := p.openService(g.store, alive{}, g.api)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, end()) })
	return g
}

// client is a connection of somebody, and what the server refuses to it.
type client struct {
	*nats.Conn

	denied chan error
}

func (g *guarded) dial(name, secret string) (*client, error) {
	c := &client{denied: make(chan error, 256)}
	options := []nats.Option{
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { c.denied <- err }),
		nats.MaxReconnects(0),
	}
	if name != "" {
		options = append(options, nats.UserInfo(name, secret), nats.CustomInboxPrefix(eventstore.InboxPrefix(name)))
	}
	var err error
	c.Conn, err = nats.Connect(g.store.URL(), options...)
	if err == nil {
		g.t.Cleanup(c.Close)
	}
	return c, err
}

// ask sends a request. The reply is nil if it was refused.
func (c *client) ask(t *testing.T, subject, body string) *nats.Msg {
	t.Helper()
	for old := true; old; {
		select {
		case _, old = <-c.denied:
		default:
			old = false
		}
	}
	inbox, err := c.SubscribeSync(c.NewRespInbox())
	require.NoError(t, err)
	defer func() { _ = inbox.Unsubscribe() }()
	replies := make(chan *nats.Msg, 1)
	require.NoError(t, c.PublishRequest(subject, inbox.Subject, []byte(body)))
	go func() {
		if m, err := inbox.NextMsg(20 * time.Second); err == nil {
			replies <- m
		}
	}()
	select {
	case m := <-replies:
		if m.Header.Get("Status") == "503" {
			return nil // nobody is there
		}
		return m
	case err := <-c.denied:
		require.ErrorIs(t, err, nats.ErrPermissionViolation, subject)
		return nil
	case <-time.After(20 * time.Second):
		require.Fail(t, "neither answered nor refused", subject)
		return nil
	}
}

// Every role, every operation, both ways: what is allowed works, all else is refused.
func TestMatrix(t *testing.T) {
	g := guardRecord(t, false)
	defer http.DefaultClient.CloseIdleConnections()
	for _, who := range everybody {
		t.Run("who="+who.name, func(t *testing.T) {
			secret := g.secrets[who.name]
			c, err := g.dial(who.name, secret)
			if who.gone {
				require.ErrorIs(t, err, nats.ErrAuthorization)
			} else {
				require.NoError(t, err)
			}
			own := "fix"
			if slices.Contains(who.rights, server.Suppose) {
				own = g.opened(c, who.name, "own-"+who.name)
			}
			for i, a := range askings(g.api.Instance(), own) {
				may := slices.Contains(who.rights, a.right)
				key := fmt.Sprintf("key-%s-%d", who.name, i)
				status, text := g.fetch(a, key+"-http", secret)
				switch {
				case may:
					require.NotContains(t, []int{401, 403, 500, 503}, status, "%s %s: %s", a.method, a.path, text)
					if !strings.Contains(a.path, "none") {
						require.Contains(t, []int{200, 201}, status, "%s %s: %s", a.method, a.path, text)
					}
				case who.gone:
					require.Equal(t, 401, status, "%s %s: %s", a.method, a.path, text)
				default:
					require.Equal(t, 403, status, "%s %s: %s", a.method, a.path, text)
				}
				if who.gone {
					continue
				}
				if a.subject == "" {
					continue
				}
				m := c.ask(t, "parley.api."+a.subject, named(a.request, key+"-nats"))
				require.Equal(t, may, m != nil, "%s", a.subject)
				if may && !strings.Contains(a.path, "none") {
					require.Empty(t, m.Header.Get("Nats-Service-Error"), "%s: %s", a.subject, m.Data)
				}
			}
			if !who.gone {
				g.cannotGoAround(t, c, who.name, who.rights, who.watch)
			}
		})
	}
}

// streams is what all streams of the record's account hold.
func (g *guarded) streams() map[string]jetstream.StreamState {
	g.t.Helper()
	all := map[string]jetstream.StreamState{}
	list := g.store.JetStream().ListStreams(g.t.Context())
	for s := range list.Info() {
		s.State.Consumers = 0 // those of the copies come and go
		all[s.Config.Name] = s.State
	}
	require.NoError(g.t, list.Err())
	return all
}

// cannotGoAround tries with any client what goes past the service.
func (g *guarded) cannotGoAround(t *testing.T, c *client, name string, rights []server.Right, watch bool) {
	t.Helper()
	before := g.streams()
	for _, subject := range []string{
		"parley.record.talks", "parley.record.other", "parley.branch.fix.talks", "parley.branch.new.talks", "parley.live.x", "parley.read.x", "parley.copied.x",
		"parley.api.other", "$JS.API.STREAM.CREATE.X", "$JS.API.STREAM.UPDATE.PARLEY", "$JS.API.STREAM.DELETE.PARLEY", "$JS.API.STREAM.PURGE.PARLEY",
		"$JS.API.STREAM.PURGE.KV_parley", "$JS.API.STREAM.DELETE.KV_parley", "$JS.API.STREAM.MSG.DELETE.PARLEY", "$JS.API.STREAM.SNAPSHOT.PARLEY", "$JS.API.STREAM.RESTORE.PARLEY",
		"$JS.API.CONSUMER.CREATE.PARLEY", "$JS.API.CONSUMER.CREATE.PARLEY.x.parley.record.talks", "$JS.API.CONSUMER.DURABLE.CREATE.PARLEY.x",
		"$JS.API.CONSUMER.MSG.NEXT.PARLEY.x", "$JS.API.CONSUMER.DELETE.PARLEY.x", "$JS.API.ACCOUNT.PURGE.parley",
		"$KV.parley.serving", "$KV.parley-blue.talks.rounds", "$SYS.REQ.SERVER.PING", "$SYS.REQ.USER.INFO", "$SRV.PING.other", "_R_.x.y",
		"_INBOX.somebody", "_INBOX_ana.x", "_INBOX_sim.x", "_INBOX_wall.x",
	} {
		require.Nil(t, c.ask(t, subject, `{"seq":1}`), subject)
	}
	for _, subject := range []string{
		">", "parley.>", "parley.record.>", "parley.api.>", "$JS.>", "$KV.>", "$SYS.>", "$SRV.>", "_R_.>", "_INBOX_ana.>", "_INBOX_sim.>", "_INBOX_wall.>", "_INBOX_other.>", "*.>",
	} {
		if name != "" && subject == eventstore.InboxPrefix(name)+".>" {
			continue // one's own
		}
		c.cannotHear(t, subject)
	}
	if name != "" {
		c.cannotHear(t, "_INBOX.>") // answers to those without a secret
	}
	g.cannotAnswerInto(t, c, rights, watch)
	require.Equal(t, watch, canWatch(t, c))
	require.Equal(t, before, g.streams())
}

// cannotHear tries to listen.
func (c *client) cannotHear(t *testing.T, subject string) {
	t.Helper()
	sub, err := c.SubscribeSync(subject)
	require.NoError(t, err)
	defer func() { _ = sub.Unsubscribe() }()
	require.NoError(t, c.Flush())
	select {
	case err := <-c.denied:
		require.ErrorIs(t, err, nats.ErrPermissionViolation, subject)
	case <-time.After(20 * time.Second):
		require.Fail(t, "it can be heard", subject)
	}
}

// cannotAnswerInto has answers sent to where it may not write, and to operations that
// it may not ask for. Nothing comes of it.
func (g *guarded) cannotAnswerInto(t *testing.T, c *client, rights []server.Right, watch bool) {
	t.Helper()
	requests := map[string]string{
		"parley.api.read.events": `{"negotiation":"talks"}`, "parley.api.read.state": `{"negotiation":"talks"}`, "parley.api.read.schema": "", "$SRV.PING": "",
	}
	if slices.Contains(rights, server.Suppose) {
		requests["parley.api.suppose.branch.drop"] = `{"negotiation":"talks","name":"none"}`
	}
	if watch {
		requests["$JS.API.STREAM.INFO.PARLEY"], requests["$JS.API.STREAM.MSG.GET.PARLEY"] = "", `{"seq":1}`
		requests["$JS.API.DIRECT.GET.PARLEY"], requests["$JS.API.DIRECT.GET.PARLEY.parley.record.talks"] = `{"seq":1,"batch":10}`, ""
		requests["$JS.API.STREAM.INFO.KV_parley"] = ""
	}
	for _, reply := range []string{
		"parley.record.talks", "parley.record.other", "parley.branch.fix.talks", "$KV.parley.serving", "parley.api.append", "parley.api.suppose.branch.open",
		"$JS.API.STREAM.DELETE.PARLEY", "$JS.API.STREAM.PURGE.KV_parley", "$JS.API.STREAM.CREATE.X",
	} {
		for request, body := range requests {
			require.NoError(t, c.PublishRequest(request, reply, []byte(body)))
		}
	}
	require.NoError(t, c.Flush())
	require.NotNil(t, c.ask(t, "parley.api.read.negotiations", "")) // answered after the others, or nearly so
	time.Sleep(100 * time.Millisecond)
}

// canWatch tells whether somebody can watch a bucket.
func canWatch(t *testing.T, c *client) bool {
	t.Helper()
	js, err := jetstream.New(c.Conn, jetstream.WithDefaultTimeout(time.Second))
	require.NoError(t, err)
	kv, err := js.KeyValue(t.Context(), "parley")
	if err != nil {
		return false
	}
	w, err := kv.WatchAll(t.Context())
	if err != nil {
		return false
	}
	require.NoError(t, w.Stop())
	return true
}

// Where nobody is let in without a secret, nobody is.
func TestClosedToStrangers(t *testing.T) {
	g := guardRecord(t, true)
	defer http.DefaultClient.CloseIdleConnections()
	_, err := g.dial("", "")
	require.ErrorIs(t, err, nats.ErrAuthorization)
	_, err = g.dial("ana", g.secrets["wall"])
	require.ErrorIs(t, err, nats.ErrAuthorization)
	for _, a := range askings(g.api.Instance(), "fix") {
		status, _ := g.fetch(a, "x", "")
		require.Equal(t, 401, status, a.path)
		status, _ = g.fetch(a, "x", "wrong")
		require.Equal(t, 401, status, a.path)
	}
	health, _ := g.fetch(asking{method: "GET", path: "/healthz"}, "", "")
	require.Equal(t, 200, health)
	_, err = g.dial("wall", g.secrets["wall"])
	require.NoError(t, err)
}

// A role that is granted or revoked while the record is served is so at once, and
// connections are cut; those of others are not.
func TestGrantsWhileServed(t *testing.T) {
	g := guardRecord(t, false)
	defer http.DefaultClient.CloseIdleConnections()
	dir := g.store.Where()
	other, err := g.dial("wall", g.secrets["wall"])
	require.NoError(t, err)
	var added grantLine
	require.NoError(t, json.Unmarshal([]byte(must(t, "access", "add", "late", "--role", "analyst", "--data", dir, "--json")), &added))
	var late *client
	require.Eventually(t, func() bool {
		late, err = g.dial("late", added.Secret)
		return err == nil
	}, time.Minute, 20*time.Millisecond)
	require.NotNil(t, late.ask(t, "parley.api.read.state", `{"negotiation":"talks"}`))
	waiting := make(chan error, 1)
	go func() {
		r, err := http.NewRequestWithContext(t.Context(), "GET", g.api.URL()+"/v1/negotiations/talks/state?"+url.Values{"min-position": {"1000000"}, "max-wait": {"30s"}}.Encode(), nil)
		if err == nil {
			r.Header.Set("Authorization", "Bearer "+added.Secret)
			var answer *http.Response
			if answer, err = http.DefaultClient.Do(r); err == nil {
				text, _ := io.ReadAll(answer.Body)
				_ = answer.Body.Close()
				if !bytes.Contains(text, []byte("interrupted")) {
					err = fmt.Errorf("it says %s", text)
				}
			}
		}
		waiting <- err
	}()
	must(t, "access", "revoke", "late", "--data", dir)
	require.Eventually(t, late.IsClosed, time.Minute, 20*time.Millisecond)
	require.NoError(t, <-waiting, "a request that is under way is ended")
	_, err = g.dial("late", added.Secret)
	require.ErrorIs(t, err, nats.ErrAuthorization)
	require.True(t, other.IsConnected())
	require.NotNil(t, other.ask(t, "parley.api.read.state", `{"negotiation":"talks"}`))

	code, _, said := runIt(t, "", "access", "revoke", "late", "--data", dir)
	require.Equal(t, exitNotFound, code, said)
	code, _, said = runIt(t, "", "access", "add", "wall", "--role", "analyst", "--data", dir)
	require.Equal(t, exitConflict, code, said)
	code, _, said = runIt(t, "", "access", "add", "owner", "--role", "analyst", "--data", dir)
	require.Equal(t, exitUsage, code, said)
	listed := must(t, "access", "list", "--data", dir, "--json")
	for _, secret := range g.secrets {
		require.NotContains(t, listed, secret)
	}
	require.Contains(t, listed, `"name":"wall"`)
}

// Other addresses than those of this machine are taken only where roles are granted.
func TestOtherAddresses(t *testing.T) {
	data := t.TempDir()
	for _, args := range [][]string{
		{"--listen", "0.0.0.0:0"},
		{"--http", "0.0.0.0:0"},
		{"--http", "127.0.0.1:0", "--http-host", "https://parley.example"},
		{"--http", "127.0.0.1:0", "--http-host", "parley.example", "--anonymous", "none"},
	} {
		code, _, said := runIt(t, "", append([]string{"serve", "--data", data}, args...)...)
		require.Equal(t, exitUsage, code, said)
		require.Contains(t, said, "parley access add")
	}
	must(t, "import", "testdata/talks.csv", "--data", data)
	must(t, "access", "add", "wall", "--role", "dashboard", "--data", data)
	s, err := eventstore.Open(t.Context(), eventstore.Options{Dir: data, Listen: "0.0.0.0:0", Closed: true})
	require.NoError(t, err)
	defer s.Close()
	require.Contains(t, s.URL(), "127.0.0.1", "where others on this machine go")
	require.Contains(t, must(t, "state", "talks", "rounds", "--data", data), "no-agreement")
	for want, given := range map[string][]string{anonymousNone: {"127.0.0.1:0", "0.0.0.0:1"}, anonymousDashboard: {"127.0.0.1:0", "localhost:1", "off"}} {
		got, err := anonymous("", false, given...)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	got, err := anonymous("", true, "127.0.0.1:0")
	require.NoError(t, err)
	require.Equal(t, anonymousNone, got, "a proxy makes everybody seem to be of this machine")
	_, err = anonymous("nobody", false)
	var usage *usageError
	require.True(t, errors.As(err, &usage))
}
