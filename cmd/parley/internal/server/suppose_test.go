package server

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"parley/cmd/parley/internal/problem"
	"parley/cmd/parley/internal/reply"
	"parley/domain"
	"parley/domain/fair"
	"parley/projections"

	"github.com/stretchr/testify/require"
)

const (
	openB1  = `{"branch":"b1","author":"A","purpose":"P","without":["s1-retraction"]}`
	session = `{"author":"A","purpose":"P","view":"as-of=@s1-verbal-confirmation"}`
)

// held sends a request and holds the answer against the document.
func (c *contract) held(operation, method, path, body string, headers ...string) got {
	c.t.Helper()
	answer := c.send(method, path, body, headers...)
	c.hold(operation, answer)
	return answer
}

func (c *contract) holdBranches() {
	t, long := c.t, `"`+strings.Repeat("x", int(c.limits.body))+`"`
	want := func(status int, answer got) {
		t.Helper()
		require.Equal(t, status, answer.status, answer.body)
	}
	const post, get, drop = http.MethodPost, http.MethodGet, http.MethodDelete
	want(201, c.held("branch-open", post, of("/branches"), openB1))
	want(200, c.held("branch-open", post, of("/branches"), openB1))
	want(409, c.held("branch-open", post, of("/branches"), strings.Replace(openB1, `"P"`, `"Q"`, 1)))
	want(422, c.held("branch-open", post, of("/branches"), `{"branch":"B 1"}`))
	want(422, c.held("branch-open", post, of("/branches"), `{"name":"b1"}`))
	want(404, c.held("branch-open", post, of("/branches"), strings.Replace(openB1, `{`, `{"parent":"none",`, 1)))
	want(413, c.held("branch-open", post, of("/branches"), long))
	want(415, c.held("branch-open", post, of("/branches"), openB1, "Content-Type", "text/csv"))
	want(201, c.held("branch-append", post, of("/branches/b1/events"), statement("supposed")))
	want(200, c.held("branch-append", post, of("/branches/b1/events"), statement("supposed")))
	want(412, c.held("branch-append", post, of("/branches/b1/events"), statement("other"), "If-Match", `"record:185;b1:1"`))
	want(422, c.held("branch-append", post, of("/branches/b1/events"), `{"type":"StatementIssued"}`))
	want(404, c.held("branch-append", post, of("/branches/none/events"), statement("supposed")))
	want(413, c.held("branch-append", post, of("/branches/b1/events"), long))
	want(415, c.held("branch-append", post, of("/branches/b1/events"), statement("x"), "Content-Type", "text/csv"))
	want(200, c.held("branch-list", get, of("/branches"), ""))
	want(404, c.held("branch-list", get, "/v1/negotiations/none/branches", ""))
	want(200, c.held("branch-show", get, of("/branches/b1"), ""))
	want(404, c.held("branch-show", get, of("/branches/b2"), ""))
	want(200, c.held("branch-watch", post, of("/branches/b1/watch"), ""))
	want(404, c.held("branch-watch", post, of("/branches/b2/watch"), ""))
	want(200, c.held("branch-compare", get, of("/branches/b1/compare"), ""))
	want(404, c.held("branch-compare", get, of("/branches/b1/compare", "other", "b2"), ""))
	want(201, c.held("branch-open", post, of("/branches"), `{"branch":"child","parent":"b1","author":"A","purpose":"P"}`))
	want(422, c.held("branch-drop", drop, of("/branches/b1", "reason", "\x1b[31m"), ""))
	want(409, c.held("branch-drop", drop, of("/branches/b1"), ""))
	want(200, c.held("branch-drop", drop, of("/branches/child", "reason", "answered"), ""))
	want(404, c.held("branch-drop", drop, of("/branches/none"), ""))
}

func (c *contract) holdSessions() {
	t, long := c.t, `"`+strings.Repeat("x", int(c.limits.body))+`"`
	const post, drop = http.MethodPost, http.MethodDelete
	opened := c.held("session-open", post, of("/sessions"), session)
	var o openedSession
	opened.ok(t, &o)
	require.Equal(t, "verbally-confirmed", o.Outcome.Agreement)
	c.held("session-open", post, of("/sessions"), `{}`).problem(t, 422)
	c.held("session-open", post, of("/sessions"), long).problem(t, 413)
	c.held("session-open", post, of("/sessions"), session, "Content-Type", "text/csv").problem(t, 415)
	c.held("session-open", post, "/v1/negotiations/none/sessions", session).problem(t, 404)
	at := "/v1/sessions/" + o.Session
	c.held("session-append", post, at+"/events", signing("signed")).ok(t, new(map[string]any))
	again := c.held("session-append", post, at+"/events", signing("signed"))
	require.Equal(t, http.StatusOK, again.status, "it holds the event already")
	c.held("session-append", post, at+"/events", `[{"type":"StatementIssued"}]`).problem(t, 422)
	both := c.held("session-append", post, at+"/events", `[{"type":"StatementIssued","occurred":"soon"}, 7, {"type":"AgreementSigned","occurred":"2025-10-28","actors":["nobody"],"act":{"draft":"no-such-draft","version":3,"form":"signature"}}]`).problem(t, 422)
	var at422 []string
	for _, f := range both.Faults {
		at422 = append(at422, f.Pointer)
	}
	require.Subset(t, at422, []string{"/0/occurred", "/1", "/2/actors"}, "what is wrong with the form and with the content")
	c.held("session-append", post, at+"/events", long).problem(t, 413)
	c.held("session-append", post, at+"/events", signing("x"), "Content-Type", "text/csv").problem(t, 415)
	c.held("session-append", post, "/v1/sessions/none/events", signing("x")).problem(t, 404)
	var shown struct {
		Events  int                 `json:"events"`
		View    projections.Seen    `json:"view"`
		Outcome projections.Outcome `json:"outcome"`
		State   string              `json:"state"`
	}
	c.held("session-show", http.MethodGet, at+"?path=drafts/istanbul-draft/versions/3/stands", "").ok(t, &shown)
	require.Equal(t, 1, shown.Events)
	require.Equal(t, "signed", shown.State)
	require.Equal(t, "signed", shown.Outcome.Agreement)
	require.True(t, shown.View.Branch.Hypothetical)
	c.held("session-show", http.MethodGet, at, "").ok(t, new(map[string]any))
	c.held("session-show", http.MethodGet, at+"?path=nowhere", "").problem(t, 404)
	c.held("session-close", drop, at, "").ok(t, new(closedSession))
	c.held("session-close", drop, at, "").problem(t, 404)
}

// signing is a signature of the third draft.
func signing(key string) string {
	return `{"key":"` + key + `","type":"AgreementSigned","occurred":"2025-10-29","actors":["pakistan","afghan-taliban"],"act":{"draft":"istanbul-draft","version":3,"form":"signature"}}`
}

// A branch leaves the record as it is, and what it supposes is seen only there.
func TestSupposingOverHTTP(t *testing.T) {
	s := serve(t, nil)
	record := s.get(of("/state")).body
	require.Equal(t, 201, s.send(http.MethodPost, of("/branches"), openB1).status)
	require.Equal(t, 201, s.send(http.MethodPost, of("/branches/b1/events"), signing("b1-signed")).status)
	require.Contains(t, s.get(of("/branches/b1/compare")).body, `"firstDivergence":{"after":"s1-phone-call","from":"s1-retraction","to":"b1-signed"}`)
	var shown reply.ShownBranch
	s.get(of("/branches/b1")).ok(t, &shown)
	require.Len(t, shown.Own, 2, "the opening, and what is supposed")
	require.Contains(t, strings.Join(shown.LeftOut, " "), "s1-retraction")
	require.Contains(t, s.get(of("/state", "branch", "b1")).body, `"hypothetical":true`)
	require.Equal(t, record, s.get(of("/state")).body)
}

// What is appended to a branch says of what, and where that stands; the position is one
// to decide on.
func TestBranchConditions(t *testing.T) {
	s := serve(t, nil)
	opened := s.send(http.MethodPost, of("/branches"), openB1)
	require.Equal(t, of("/branches/b1"), opened.header.Get("Location"))
	post := func(key string, headers ...string) got {
		t.Helper()
		return s.send(http.MethodPost, of("/branches/b1/events"), statement(key), headers...)
	}
	var r receipt
	tag := s.get(of("/state", "branch", "b1")).header.Get("ETag")
	post("one", "If-Match", tag).ok(t, &r)
	require.True(t, r.Hypothetical && r.Branch.Hypothetical)
	require.Equal(t, "A", r.Branch.Author)
	require.Equal(t, fmt.Sprintf("record:185;b1:%d", r.Positions[example]), r.Branch.Position)
	p := post("two", "If-Match", tag).problem(t, http.StatusPreconditionFailed)
	require.Equal(t, r.Positions[example], p.Heads.Have)
	post("two", "If-Match", strconv.Quote(r.Branch.Position)).ok(t, &r)
	require.Equal(t, 1, r.New)
	for _, wrong := range []string{"*", `"record:185"`, `"b2:7"`, "43", `"record:185;b1:0"`} {
		post("three", "If-Match", wrong).problem(t, http.StatusBadRequest)
	}
	post("three", "If-None-Match", "*").problem(t, http.StatusBadRequest)
}

// Branches are listed page by page, and compared under a view.
func TestBranchPagesAndViews(t *testing.T) {
	s := serve(t, nil)
	for _, name := range []string{"b3", "b1", "b2", "b4"} {
		require.Equal(t, 201, s.send(http.MethodPost, of("/branches"), strings.Replace(openB1, "b1", name, 1)).status)
	}
	require.Equal(t, 200, s.send(http.MethodDelete, of("/branches/b2"), "").status)
	var names []string
	next := ""
	for range 5 {
		var page branchList
		s.get(of("/branches", "limit", "2", "after", next)).ok(t, &page)
		for _, b := range page.Branches {
			names = append(names, b.Branch)
		}
		if next = page.Next; next == "" {
			break
		}
	}
	require.Equal(t, []string{"b1", "b3", "b4"}, names)
	require.Contains(t, s.get(of("/branches/b1/compare")).body, `"path":"drafts/istanbul-draft/versions/3/stands"`)
	require.NotContains(t, s.get(of("/branches/b1/compare", "as-of", "2025-10-20")).body, `"path":"drafts/istanbul-draft/versions/3/stands"`)
	s.get(of("/branches/b1/compare", "branch", "b1")).problem(t, http.StatusBadRequest)
}

// The desk keeps so many sessions, of one caller fewer, and none for ever.
func TestDesk(t *testing.T) {
	s := serve(t, nil)
	s.desk.places.most, s.desk.places.mostOfOne, s.desk.events = 3, 2, 2
	open := func(caller string) (openedSession, got) {
		t.Helper()
		var o openedSession
		answer := s.send(http.MethodPost, of("/sessions"), session, "Authorization", "Bearer "+caller)
		if answer.status == http.StatusCreated {
			answer.ok(t, &o)
		}
		return o, answer
	}
	first, _ := open("a")
	_, answer := open("a")
	require.Equal(t, 201, answer.status)
	_, answer = open("a")
	require.Contains(t, answer.problem(t, 503).Detail, "you have 2 sessions open")
	_, answer = open("b")
	require.Equal(t, 201, answer.status, "others are not disturbed")
	_, answer = open("b")
	require.Contains(t, answer.problem(t, 503).Detail, "all sessions that can be open")

	step := func(key string) got {
		return s.send(http.MethodPost, "/v1/sessions/"+first.Session+"/events", statement(key))
	}
	require.Equal(t, 201, step("one").status)
	sat, err := s.desk.at(first.Session)
	require.NoError(t, err)
	sat.mu.Lock()
	require.Contains(t, step("two").problem(t, 409).Detail, "another step of this session is under way")
	sat.mu.Unlock()
	require.Equal(t, 201, step("two").status)
	require.Contains(t, step("three").problem(t, 413).Detail, "a session has at most 2 events")
	again := step("one")
	require.Equal(t, 200, again.status, "what it holds already needs no room")

	require.Equal(t, 200, s.send(http.MethodDelete, "/v1/sessions/"+first.Session, "").status)
	s.desk.idle = time.Millisecond
	idle, _ := open("b")
	eventually(t, func() bool {
		return s.send(http.MethodDelete, "/v1/sessions/"+idle.Session, "").status == http.StatusNotFound
	})
	require.NoError(t, s.stop())
	eventually(t, func() bool {
		_, _, err := s.desk.reserve(fair.Holder{From: "a"})
		kind, _ := problem.Classify(err)
		return kind == problem.Unreachable
	})
}

// A name for a branch that CheckOpening refuses is told under the name of the member.
func TestSessionNames(t *testing.T) {
	s := serve(t, nil)
	p := s.send(http.MethodPost, of("/sessions"), `{"name":"No Name","author":"","purpose":"P"}`).problem(t, 422)
	var pointers []string
	for _, f := range p.Faults {
		pointers = append(pointers, f.Pointer)
	}
	require.ElementsMatch(t, []string{"/name", "/author"}, pointers)
	require.Equal(t, domain.BadValue, p.Faults[0].Problem)
}

// A session is told from what it stands on, also where that is called as it would be.
// The cuts of its view hold for all but its own events.
func TestSessionOnABranchOfItsName(t *testing.T) {
	s := serve(t, nil)
	view := "as-of=2025-10-28"
	for _, branch := range []string{"session", "session-2"} {
		s.send(http.MethodPost, of("/branches"), fmt.Sprintf(`{"branch":%q,"parent":%q,"author":"A","purpose":"P"}`, branch, map[string]string{"session": "record", "session-2": "session"}[branch])).ok(t, new(map[string]any))
		s.send(http.MethodPost, of("/branches/"+branch+"/events"), strings.Replace(signing("signed-on-"+branch), "2025-10-29", "2025-11-08", 1)).ok(t, new(map[string]any))
		opening := fmt.Sprintf(`{"author":"A","purpose":"P","view":"%s&branch=%s"`, view, branch)
		var o openedSession
		s.send(http.MethodPost, of("/sessions"), opening+"}").ok(t, &o)
		require.NotEqual(t, "signed", o.Outcome.Agreement, "that was supposed for later than the view goes")
		require.NotEqual(t, branch, o.View.Branch.Name)
		require.True(t, strings.HasPrefix(o.View.Branch.Name, "session-"))
		p := s.send(http.MethodPost, of("/sessions"), opening+`,"name":"session"}`).problem(t, 422)
		require.Equal(t, "/name", p.Faults[0].Pointer)
		s.send(http.MethodPost, of("/sessions"), opening+`,"name":"other"}`).ok(t, &o)
		require.Equal(t, "other", o.View.Branch.Name)
		require.NotEqual(t, "signed", o.Outcome.Agreement)
	}
	var o openedSession
	s.send(http.MethodPost, of("/sessions"), session).ok(t, &o)
	require.Equal(t, "session", o.View.Branch.Name, "it does not stand on that branch")
}

// A session that withdraws the event at which its view cuts is told what that comes to,
// and the cut stays where it was.
func TestSessionWithdrawsWhatItsViewNames(t *testing.T) {
	s := serve(t, nil)
	var o openedSession
	s.send(http.MethodPost, of("/sessions"), `{"author":"A","purpose":"P","view":"as-of=@s1-verbal-confirmation"}`).ok(t, &o)
	events := "/v1/sessions/" + o.Session + "/events"
	var step struct {
		View    projections.Seen    `json:"view"`
		Events  []string            `json:"events"`
		Outcome projections.Outcome `json:"outcome"`
	}
	post := func(body string) {
		t.Helper()
		answer := s.send(http.MethodPost, events, body)
		require.Equal(t, http.StatusCreated, answer.status)
		answer.ok(t, &step)
		require.Len(t, step.Events, 1)
	}
	post(`{"key":"w","type":"EventWithdrawn","act":{"target":"s1-verbal-confirmation","reason":"x"}}`)
	require.NotEqual(t, "verbally-confirmed", step.Outcome.Agreement)
	post(signing("signed"))
	require.Equal(t, "signed", step.Outcome.Agreement)
	post(`{"key":"w-2","type":"EventWithdrawn","act":{"target":"w","reason":"x"}}`)
	require.Equal(t, "record:185;session:4", step.View.Branch.Position)
}

// Each line of a branch says of what it was read, also those that were observed; lines of
// the record are as they are stored.
func TestLinesOfABranch(t *testing.T) {
	s := serve(t, nil)
	s.send(http.MethodPost, of("/branches"), openB1).ok(t, new(map[string]any))
	s.send(http.MethodPost, of("/branches/b1/events"), statement("own")).ok(t, new(map[string]any))
	for line := range strings.SplitSeq(strings.TrimSpace(s.get(of("/events", "branch", "b1"), "Accept", typeNDJSON).body), "\n") {
		require.Contains(t, line, `"supposition":{"name":"b1","hypothetical":true,"parent":"record","fork":"185","author":"A","purpose":"P"`)
	}
	require.NotContains(t, s.get(of("/events"), "Accept", typeNDJSON).body, "supposition")
}

// What people say is text, wherever they say it.
func TestSayings(t *testing.T) {
	s := serve(t, nil)
	const nasty = `\u202eevil\u001b[31m`
	s.send(http.MethodPost, of("/branches"), openB1).ok(t, new(map[string]any))
	in := url.QueryEscape("\u202eevil\x1b[31m")
	for at, answer := range map[string]got{
		"/purpose":      s.send(http.MethodPost, of("/branches"), `{"branch":"b2","author":"A","purpose":"`+nasty+`"}`),
		"/author":       s.send(http.MethodPost, of("/sessions"), `{"purpose":"P","author":"`+nasty+`"}`),
		"/modelVersion": s.send(http.MethodPost, of("/ensembles"), `{"modelVersion":"`+nasty+`"}`),
		"reason":        s.send(http.MethodDelete, of("/branches/b1")+"?reason="+in, ""),
		"model-version": s.send(http.MethodPost, of("/whatif")+"?model-version="+in, "", "Content-Type", "application/x-ndjson"),
		"correct":       s.send(http.MethodPost, of("/events")+"?correct="+in, statement("x")),
	} {
		p := answer.problem(t, 422)
		require.Len(t, p.Faults, 1, at)
		require.Equal(t, at, p.Faults[0].Pointer+p.Faults[0].Parameter)
		require.Contains(t, p.Faults[0].Reason, "U+202E")
	}
}

// Who only reads looks at suppositions, and makes none.
func TestRolesOfSupposing(t *testing.T) {
	for _, test := range []struct {
		role           Role
		reads, opening int
	}{{Analyst, 200, 201}, {Simulator, 200, 201}, {Dashboard, 200, 403}, {"", 401, 401}} {
		t.Run(string(test.role), func(t *testing.T) {
			s := serve(t, func(o *Options) { o.Access = fixed{test.role} })
			summed := test.opening
			if summed == http.StatusCreated {
				summed = http.StatusOK
			}
			require.Equal(t, test.opening, s.send(http.MethodPost, of("/branches"), openB1).status)
			require.Equal(t, test.opening, s.send(http.MethodPost, of("/sessions"), session).status)
			require.Equal(t, summed, s.ask(runsOf(1)).status)
			require.Equal(t, test.reads, s.get(of("/branches")).status)
			if test.opening != http.StatusCreated {
				require.Equal(t, test.opening, s.send(http.MethodPost, of("/branches/b1/events"), statement("x")).status)
				require.Equal(t, test.opening, s.send(http.MethodDelete, of("/branches/b1"), "").status)
				return
			}
			require.Equal(t, 201, s.send(http.MethodPost, of("/branches/b1/events"), statement("x")).status)
			require.Equal(t, 200, s.send(http.MethodDelete, of("/branches/b1"), "").status)
		})
	}
}
