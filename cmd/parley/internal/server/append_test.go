package server

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"parley/cmd/parley/internal/reply"
	"parley/domain"
	"parley/eventstore"

	"github.com/stretchr/testify/require"
)

// statement is an event of the worked example's negotiation.
func statement(key string) string {
	return fmt.Sprintf(`{"key":%q,"type":"StatementIssued","occurred":"2025-11-01","reported":"2025-11-01","actors":["pakistan"]}`, key)
}

// What is posted is read at once, and posted again it is known.
func TestAppend(t *testing.T) {
	s := serve(t, nil)
	var made receipt
	body := "[" + statement("posted-1") + "," + statement("posted-2") + "]"
	s.send(http.MethodPost, of("/events"), body).ok(t, &made)
	require.Equal(t, 2, made.New)
	require.Equal(t, made.Positions[example], made.Appended[1].Position)

	var page reply.Events
	s.get(of("/events", "where", `key startsWith "posted-"`)).ok(t, &page)
	require.Len(t, page.Events, 2)
	require.Equal(t, made.Positions[example], page.View.Position)
	require.Contains(t, string(page.Events[0].Event), `"source":"parley:http"`)

	var again receipt
	answer := s.send(http.MethodPost, of("/events"), body)
	require.Equal(t, http.StatusOK, answer.status)
	answer.ok(t, &again)
	require.Equal(t, 0, again.New)
	require.Equal(t, 2, again.Known)
}

// A dry run says what would be, and changes nothing.
func TestDryRun(t *testing.T) {
	s := serve(t, nil)
	head, err := s.store.Head(t.Context(), example)
	require.NoError(t, err)
	for _, query := range []string{"dry-run", "dry-run=true"} {
		var would receipt
		answer := s.send(http.MethodPost, of("/events")+"?"+query, statement("posted"))
		require.Equal(t, http.StatusOK, answer.status)
		answer.ok(t, &would)
		require.True(t, would.DryRun)
		require.Equal(t, 1, would.New)
	}
	after, err := s.store.Head(t.Context(), example)
	require.NoError(t, err)
	require.Equal(t, head, after)
}

// The forms of a body record the same; an event names its negotiation or leaves that
// to the address.
func TestBodies(t *testing.T) {
	s := serve(t, nil)
	cloud := func(key, subject string) string {
		return fmt.Sprintf(`{"specversion":"1.0","type":"parley.StatementIssued.v1","source":"me",%s"data":{"key":%q,"occurred":"2025-11-01","actors":["pakistan"]}}`, subject, key)
	}
	for name, test := range map[string]struct{ media, body string }{
		"one":         {typeJSON, statement("one")},
		"list":        {typeJSON, "[\n" + statement("list-1") + ",\n" + statement("list-2") + "\n]\n"},
		"lines":       {typeNDJSON, "\ufeff" + statement("lines-1") + "\r\n\n" + statement("lines-2")},
		"cloud event": {"application/cloudevents+json", cloud("cloud-1", "")},
		"addressed":   {typeJSON, cloud("cloud-2", `"subject":"`+example+`",`)},
		"named":       {typeJSON + "; charset=utf-8", strings.Replace(statement("named"), "{", `{"negotiation":"`+example+`",`, 1)},
	} {
		t.Run(name, func(t *testing.T) {
			var made receipt
			s.send(http.MethodPost, of("/events"), test.body, "Content-Type", test.media).ok(t, &made)
			require.Equal(t, strings.Count(test.body, `"key"`), made.New)
		})
	}
}

// Everything that is wrong with an input is told, each with its place, what was read
// and what to do; and nothing of it is written.
func TestFaults(t *testing.T) {
	s := serve(t, nil)
	bad := `{"key":"x","type":"StatementIssud","occurred":"yesterday","actors":["pakistn"]}`
	other := `{"key":"y","negotiation":"other-talks","type":"StatementIssued","occurred":"2025-11-01"}`
	for name, test := range map[string]struct {
		media, body string
		want        []string // problem and place of each fault
	}{
		"list":            {typeJSON, "[" + statement("fine") + "," + bad + "," + other + "]", []string{"unknown-type 0 /1/type", "bad-date 0 /1/occurred", "not-allowed 0 /2/negotiation"}},
		"lines":           {typeNDJSON, statement("fine") + "\n" + bad + "\n{x\n7\n", []string{"unknown-type 2 /type", "bad-date 2 /occurred", "malformed 3 ", "malformed 4 "}},
		"not JSON":        {typeJSON, "[" + statement("fine") + ",{x", []string{"malformed 0 /1"}},
		"cut off":         {typeJSON, "[" + statement("fine"), []string{"malformed 0 "}},
		"more":            {typeJSON, statement("fine") + "]", []string{"malformed 0 "}},
		"nothing":         {typeJSON, " ", []string{"malformed 0 "}},
		"no object":       {typeJSON, "[7]", []string{"malformed 0 /0"}},
		"two of a name":   {typeJSON, `{"type":"StatementIssued","type":"StatementIssued"}`, []string{"malformed 0 "}},
		"an id of nobody": {typeJSON, strings.Replace(statement("fine"), `"pakistan"`, `"pakistn"`, 1), []string{"unregistered 0 /actors"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := s.send(http.MethodPost, of("/events"), test.body, "Content-Type", test.media).problem(t, http.StatusUnprocessableEntity)
			var told []string
			for _, f := range p.Faults {
				require.NotEmpty(t, f.Reason)
				told = append(told, fmt.Sprintf("%s %d %s", f.Problem, f.Row, f.Pointer))
			}
			for _, want := range test.want {
				require.Contains(t, told, want)
			}
		})
	}
	var page reply.Events
	s.get(of("/events", "where", `key in ["fine", "x", "y"]`)).ok(t, &page)
	require.Empty(t, page.Events)
}

// Conditions hold, or nothing is written and the caller learns where the log is.
func TestConditions(t *testing.T) {
	s := serve(t, nil)
	head, err := s.store.Head(t.Context(), example)
	require.NoError(t, err)
	at := func(n uint64) string { return `"record:` + strconv.FormatUint(n, 10) + `"` }

	p := s.send(http.MethodPost, of("/events"), statement("posted"), "If-Match", at(head-1)).problem(t, http.StatusPreconditionFailed)
	require.Equal(t, head, p.Heads.Have)
	require.Equal(t, head-1, p.Heads.Want)
	s.send(http.MethodPost, of("/events"), statement("posted"), "If-None-Match", "*").problem(t, http.StatusPreconditionFailed)
	for _, wrong := range []string{"*", "43", `W/"record:43"`, `"43"`, `"record:0"`, `"record:x"`, `"record:43`} {
		s.send(http.MethodPost, of("/events"), statement("posted"), "If-Match", wrong).problem(t, http.StatusBadRequest)
	}
	s.send(http.MethodPost, of("/events"), statement("posted"), "If-None-Match", at(head)).problem(t, http.StatusBadRequest)

	// The ETag of a read is a position to decide on.
	tag := s.get(of("/state/rounds", "lens", `source.side == "pakistan"`)).header.Get("ETag")
	var made receipt
	s.send(http.MethodPost, of("/events"), statement("posted"), "If-Match", tag).ok(t, &made)
	require.Equal(t, 1, made.New)

	begin := `[{"type":"NegotiationRegistered","act":{"title":"New talks","timeZone":"UTC"}}]`
	s.send(http.MethodPost, "/v1/negotiations/new-talks/events", begin, "If-None-Match", "*").ok(t, &made)
	require.Equal(t, 1, made.New)
}

// Of many who decide at one position, one records.
func TestOneWins(t *testing.T) {
	s := serve(t, nil)
	tag := s.get(of("")).header.Get("ETag")
	const writers = 8
	statuses := make([]int, writers)
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			statuses[i] = s.send(http.MethodPost, of("/events"), statement("writer-"+strconv.Itoa(i)), "If-Match", tag).status
		})
	}
	all.Wait()
	won := 0
	for _, status := range statuses {
		if status == http.StatusCreated {
			won++
		} else {
			require.Equal(t, http.StatusPreconditionFailed, status)
		}
	}
	require.Equal(t, 1, won)
}

// What a correction was asked for becomes one.
func TestCorrect(t *testing.T) {
	s := serve(t, nil)
	var made receipt
	s.send(http.MethodPost, of("/events"), statement("posted")).ok(t, &made)
	changed := strings.Replace(statement("posted"), "2025-11-01", "2025-11-02", 1)
	s.send(http.MethodPost, of("/events"), changed).problem(t, http.StatusUnprocessableEntity)
	s.send(http.MethodPost, of("/events", "correct", "a typing error"), changed).ok(t, &made)
	require.Equal(t, 1, made.Corrected)
}

// Append with one process, then read with min-position from another: always there.
// The read may begin before the append does.
func TestMinPosition(t *testing.T) {
	s := serve(t, nil)
	other, err := eventstore.Open(t.Context(), eventstore.Options{Dir: s.dir, Kind: "another process"})
	require.NoError(t, err)
	defer other.Close()
	for i := range 30 {
		head, err := other.Head(t.Context(), example)
		require.NoError(t, err)
		early := make(chan got, 1)
		go func() { early <- s.get(of("/state/timeline", paramMinPosition, strconv.FormatUint(head+1, 10))) }()
		key := "other-" + strconv.Itoa(i)
		in := input{negotiation: example}
		in.take(domain.Place{}, "", []byte(statement(key)))
		in.candidates[0].Event.Writer = "another"
		receipt, err := other.Append(t.Context(), eventstore.Any(), in.candidates, eventstore.AppendOptions{})
		require.NoError(t, err)
		position := receipt.Heads[example]
		late := s.get(of("/events", paramMinPosition, "record:"+strconv.FormatUint(position, 10), paramWhere, `key == "`+key+`"`))
		var page reply.Events
		late.ok(t, &page)
		require.Len(t, page.Events, 1)
		var state struct {
			View struct {
				Position uint64 `json:"position"`
			} `json:"view"`
			State any `json:"state"`
		}
		(<-early).ok(t, &state)
		require.GreaterOrEqual(t, state.View.Position, head+1)
	}
}
