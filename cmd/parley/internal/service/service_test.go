package service

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"parley/cmd/parley/internal/exampletest"
	"parley/cmd/parley/internal/problem"
	"parley/cmd/parley/internal/server"
	"parley/domain/fair"
	"parley/eventstore"
	"parley/projections"
	"parley/projections/live"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const example = exampletest.Talks

// served is a service over a real store that holds the worked example.
type served struct {
	*Service

	t       *testing.T
	store   *eventstore.Store
	secrets map[string]string
}

func serve(t *testing.T, change func(*Options)) *served {
	t.Helper()
	s := &served{t: t, secrets: map[string]string{}}
	dir := t.TempDir()
	for _, name := range []string{"ana", "bob"} {
		secret, err := eventstore.AddGrant(dir, name, eventstore.RoleAnalyst, time.Now())
		require.NoError(t, err)
		s.secrets[name] = secret
	}
	s.store = exampletest.Open(t, dir)
	t.Cleanup(func() { require.NoError(t, s.store.Close()) })
	api := server.New(server.Options{Store: s.store, Version: "test", Leases: granted{}})
	t.Cleanup(func() { require.NoError(t, api.Close()) })
	o := Options{Server: api, Conn: s.store.Conn(), Version: "test"}
	if change != nil {
		change(&o)
	}
	var err error
	s.Service, err = Open(o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// granted has every branch published, without doing so: what is tried here is how it is
// asked for.
type granted struct{}

func (granted) LeaseFor(_ context.Context, _ fair.Holder, negotiation, branch string) (live.Lease, error) {
	return live.Lease{
		Negotiation: negotiation, Bucket: live.BranchBucket, Keys: negotiation + "." + branch + ".>", Epoch: 1, Until: time.Now().Add(time.Minute), Term: time.Minute,
		Branch: &projections.Branch{Name: branch, Hypothetical: true, Parent: "record", Fork: "1", Author: "A", Purpose: "P", Position: "record:1;" + branch + ":1"},
	}, nil
}

// dial connects somebody.
func (s *served) dial(name string) *nats.Conn {
	s.t.Helper()
	nc, err := nats.Connect(s.store.URL(), nats.UserInfo(name, s.secrets[name]), nats.CustomInboxPrefix(eventstore.InboxPrefix(name)))
	require.NoError(s.t, err)
	s.t.Cleanup(nc.Close)
	return nc
}

// ask asks, and gives the reply with what its headers say.
func (s *served) ask(nc *nats.Conn, subject, body string) (document []byte, code string) {
	s.t.Helper()
	m, err := nc.Request(prefix+subject, []byte(body), 30*time.Second)
	require.NoError(s.t, err, subject)
	return m.Data, m.Header.Get(micro.ErrorCodeHeader)
}

// refused asks for what must be refused.
func (s *served) refused(nc *nats.Conn, code, subject, body string) problem.Problem {
	s.t.Helper()
	document, got := s.ask(nc, subject, body)
	require.Equal(s.t, code, got, "%s: %s", subject, document)
	var p problem.Problem
	require.NoError(s.t, json.Unmarshal(document, &p))
	require.True(s.t, strings.HasPrefix(p.Type, problem.Space))
	return p
}

func of(more string) string { return `{"negotiation":"` + example + `"` + more + `}` }

func statement(key string) string {
	return fmt.Sprintf(`{"key":%q,"type":"StatementIssued","occurred":"2025-11-01","reported":"2025-11-01","actors":["pakistan"]}`, key)
}

// The service is found by the standard subjects, and real requests and replies are as
// its schemas say.
func TestSchemas(t *testing.T) {
	s := serve(t, nil)
	nc := s.dial("ana")
	m, err := nc.Request("$SRV.INFO.parley", nil, 30*time.Second)
	require.NoError(t, err)
	var info micro.Info
	require.NoError(t, json.Unmarshal(m.Data, &info))
	require.Equal(t, s.server.Instance(), info.Metadata["instance"])
	require.Len(t, info.Endpoints, len(operations)+1)

	document, code := s.ask(nc, "read.schema", "")
	require.Empty(t, code)
	var all schemas
	require.NoError(t, json.Unmarshal(document, &all))
	request, reply := map[string]*jsonschema.Schema{}, map[string]*jsonschema.Schema{}
	subjects := map[string]string{}
	for _, e := range all.Endpoints {
		request[e.Name], reply[e.Name] = compiled(t, e.Request), compiled(t, e.Reply)
		subjects[e.Name] = strings.TrimPrefix(e.Subject, prefix)
	}
	held := map[string]bool{}
	session := ""
	for _, c := range [][2]string{
		{"negotiations", `{}`},
		{"negotiation", of("")},
		{"events", of(`,"limit":20,"type":["StatementIssued"]`)},
		{"state", of(`,"path":"drafts","as-of":"@s1-verbal-confirmation"`)},
		{"why", of(`,"path":"rounds"`)},
		{"diff", of(`,"to":"known-by=2025-10-28"`)},
		{"append", of(`,"events":[` + statement("one") + `],"dry-run":true,"expect":"record:185"`)},
		{"append", of(`,"events":` + statement("one"))},
		{"branch-open", of(`,"branch":"b1","author":"A","purpose":"P","without":["s1-retraction"]`)},
		{"branch-append", of(`,"name":"b1","events":[` + statement("two") + `]`)},
		{"branch-list", of("")},
		{"branch-show", of(`,"name":"b1"`)},
		{"branch-compare", of(`,"name":"b1"`)},
		{"branch-watch", of(`,"name":"b1"`)},
		{"branch-drop", of(`,"name":"b1","reason":"answered"`)},
		{"session-open", of(`,"author":"A","purpose":"P"`)},
		{"session-append", `{"session":"%s","events":` + statement("three") + `}`},
		{"session-close", `{"session":"%s"}`},
		{"whatif-open", of(`,"seed":"7"`)},
		{"whatif-feed", `{"ensemble":"%s","number":1,"runs":"{\"run\":\"1\",\"events\":[]}\n"}`},
		{"whatif-close", `{"ensemble":"%s"}`},
	} {
		body := strings.ReplaceAll(c[1], "%s", session)
		require.NoError(t, request[c[0]].Validate(parsed(t, []byte(body))), "%s: %s", c[0], body)
		document, code := s.ask(nc, subjects[c[0]], body)
		require.Empty(t, code, "%s: %s", c[0], document)
		require.NoError(t, reply[c[0]].Validate(parsed(t, document)), "%s: %s", c[0], document)
		require.Error(t, request[c[0]].Validate(parsed(t, []byte(`{"nonsense":1}`))))
		switch c[0] {
		case "session-open":
			session = parsed(t, document).(map[string]any)["session"].(string)
		case "whatif-open":
			session = parsed(t, document).(map[string]any)["ensemble"].(string)
		}
		held[c[0]] = true
	}
	require.Len(t, held, len(operations), "each operation was asked for")
	require.Contains(t, s.refused(nc, "404", "read.schema", `{"endpoint":"stat"}`).Hint, "did you mean state?")
}

func parsed(t *testing.T, text []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err, "%s", text)
	return v
}

func compiled(t *testing.T, schema map[string]any) *jsonschema.Schema {
	t.Helper()
	text, err := json.Marshal(schema)
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("schema.json", parsed(t, text)))
	compiled, err := c.Compile("schema.json")
	require.NoError(t, err)
	return compiled
}

// What is no request is refused with a word that says where and why, and changes nothing.
func TestMalformed(t *testing.T) {
	s := serve(t, nil)
	nc := s.dial("ana")
	end, err := s.store.End(t.Context())
	require.NoError(t, err)
	for _, c := range []struct{ code, subject, body, says string }{
		{"422", "read.state", `{`, "not JSON"},
		{"422", "read.state", `null`, "where an object has to"},
		{"422", "read.state", `[1]`, "where an object has to"},
		{"422", "read.state", "\xff\xfe", "not JSON"},
		{"422", "read.state", strings.Repeat("[", 100_000), ""},
		{"422", "read.state", `{"negotiation":"a","negotiation":"b"}`, "not JSON"},
		{"400", "read.state", `{}`, "negotiation is not given"},
		{"422", "read.state", of(`,"as_of":"2025"`), "is no member of this request"},
		{"422", "read.state", of(`,"path":{"a":1}`), "is no text"},
		{"400", "read.state", of(`,"as-of":"yesterday"`), "yesterday"},
		{"400", "read.events", of(`,"limit":0`), "is no number from 1"},
		{"404", "read.state", `{"negotiation":"no-such"}`, "not found"},
		{"404", "read.state", `{"negotiation":"../../x"}`, "not found"},
		{"400", "append", `{"negotiation":"parley.record.>","events":[]}`, "is no id of a negotiation"},
		{"422", "append", of(""), "is not given"},
		{"422", "append", of(`,"events":"text"`), ""},
		{"422", "append", of(`,"events":[{"type":1}]`), ""},
		{"422", "append", of(`,"events":[{"type":"NoSuchType","occurred":"2025"}]`), "NoSuchType"},
		{"400", "append", of(`,"events":[],"expect":"somewhere"`), `expect \"somewhere\" is no position`},
		{"412", "append", of(`,"events":[` + statement("late") + `],"expect":"record:3"`), ""},
		{"422", "suppose.branch.open", of(`,"branch":"B 1"`), ""},
		{"422", "suppose.branch.open", of(`,"branch":"b1","author":"A","purpose":"P","nonsense":1`), "nonsense"},
		{"404", "suppose.branch.append", of(`,"name":"none","events":[]`), "not found"},
		{"404", "suppose.session.append." + s.server.Instance(), `{"session":"guess","events":[]}`, "open a session"},
	} {
		p := s.refused(nc, c.code, c.subject, c.body)
		text, err := json.Marshal(p)
		require.NoError(t, err)
		require.Contains(t, string(text), c.says, "%s %s", c.subject, c.body[:min(len(c.body), 80)])
	}
	now, err := s.store.End(t.Context())
	require.NoError(t, err)
	require.Equal(t, end, now)
}

// A request that the server of NATS does not carry does not come this far; in place of
// a reply that it does not carry comes a word that says how to ask for less.
func TestHugeMessages(t *testing.T) {
	s := serve(t, nil)
	nc := s.dial("ana")
	require.ErrorIs(t, nc.Publish(prefix+"append", make([]byte, nc.MaxPayload()+1)), nats.ErrMaxPayload)

	note := strings.Repeat("x", 100_000)
	for i := range 12 {
		_, code := s.ask(nc, "append", of(fmt.Sprintf(`,"events":{"key":"long-%d","type":"StatementIssued","occurred":"2025-11-01","actors":["pakistan"],"note":%q}`, i, note)))
		require.Empty(t, code)
	}
	p := s.refused(nc, "413", "read.events", of(`,"limit":1000`))
	require.Contains(t, p.Detail, "a message of this server at most")
	require.Contains(t, p.Hint, "limit")
	got, next := 0, "null"
	for range 100 {
		document, code := s.ask(nc, "read.events", of(`,"limit":7,"after":`+next))
		require.Empty(t, code)
		var page struct {
			Events []any  `json:"events"`
			Next   uint64 `json:"next"`
		}
		require.NoError(t, json.Unmarshal(document, &page))
		got += len(page.Events)
		if page.Next == 0 {
			break
		}
		next = fmt.Sprint(page.Next)
	}
	require.Equal(t, 185+12, got, "page by page all of them come")
}

// Who sends more than his share is refused at once; others are answered meanwhile.
func TestFlood(t *testing.T) {
	s := serve(t, func(o *Options) { o.requests, o.ofCaller = 8, 4 })
	flooding, other := s.dial("ana"), s.dial("bob")
	inbox, err := flooding.SubscribeSync(flooding.NewRespInbox())
	require.NoError(t, err)
	slow := of(`,"min-position":1000000,"max-wait":"3s"`)
	for range 500 {
		require.NoError(t, flooding.PublishRequest(prefix+"read.state", inbox.Subject, []byte(slow)))
	}
	require.NoError(t, flooding.Flush())
	for range 20 {
		_, code := s.ask(other, "read.negotiation", of(""))
		require.Empty(t, code)
	}
	busy, waited := 0, 0
	for range 500 {
		m, err := inbox.NextMsg(30 * time.Second)
		require.NoError(t, err)
		var p problem.Problem
		require.NoError(t, json.Unmarshal(m.Data, &p))
		switch p.Type {
		case problem.Space + string(problem.Busy):
			busy++
		case problem.Space + string(problem.Behind):
			waited++
		default:
			require.Fail(t, "neither busy nor behind", "%s", m.Data)
		}
	}
	require.GreaterOrEqual(t, waited, 4)
	require.GreaterOrEqual(t, busy, 400)
	require.Eventually(t, func() bool {
		_, code := s.ask(flooding, "read.negotiation", of(""))
		return code == ""
	}, time.Minute, 10*time.Millisecond, "when that is over he is answered again")
}

// Nobody keeps more sessions than his share.
func TestSessionsAreBounded(t *testing.T) {
	s := serve(t, nil)
	ana, bob := s.dial("ana"), s.dial("bob")
	opening := of(`,"author":"A","purpose":"P"`)
	for range 16 {
		_, code := s.ask(ana, "suppose.session.open", opening)
		require.Empty(t, code)
	}
	require.Contains(t, s.refused(ana, "503", "suppose.session.open", opening).Detail, "you have 16 sessions open")
	document, code := s.ask(bob, "suppose.session.open", opening)
	require.Empty(t, code)
	session := parsed(t, document).(map[string]any)["session"].(string)
	var many []string
	for i := range 1001 {
		many = append(many, statement(fmt.Sprint("step-", i)))
	}
	p := s.refused(bob, "413", "suppose.session.append."+s.server.Instance(), `{"session":"`+session+`","events":[`+strings.Join(many, ",")+`]}`)
	require.Contains(t, p.Detail, "a step of a session has at most 1000 events")
}
