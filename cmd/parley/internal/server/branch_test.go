package server

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"parley/cmd/parley/internal/problem"
	"parley/cmd/parley/internal/reply"
	"parley/domain"
	"parley/eventstore"

	"github.com/stretchr/testify/require"
)

// A branch is asked like the record; its ETag has its own position, and what it
// supposes is read page by page after what it stands on.
func TestBranch(t *testing.T) {
	s := serve(t, nil)
	s.get(of("/state", "branch", "b1")).problem(t, http.StatusNotFound)
	opened := domain.BranchOpened{Branch: "b1", Author: "A", Purpose: "P"}
	_, err := s.store.OpenBranch(t.Context(), eventstore.Opening{Negotiation: example, Writer: "test", BranchOpened: opened})
	require.NoError(t, err)
	before := s.get(of("/state", "branch", "b1")).header.Get("ETag")
	record := s.get(of("/state")).header.Get("ETag")

	in := input{negotiation: example}
	in.take(domain.Place{}, "", []byte(statement("supposed")))
	in.candidates[0].Event.Writer = "test"
	_, err = s.store.AppendBranch(t.Context(), "b1", eventstore.Any(), in.candidates, eventstore.AppendOptions{})
	require.NoError(t, err)
	after := s.get(of("/state", "branch", "b1"), "If-None-Match", before)
	require.Equal(t, http.StatusOK, after.status)
	require.Regexp(t, `^"record:[0-9]+;b1:[0-9]+/`, after.header.Get("ETag"))
	require.Contains(t, after.body, `"hypothetical":true`)
	require.Equal(t, http.StatusNotModified, s.get(of("/state"), "If-None-Match", record).status, "the record knows nothing of it")

	var whole, page reply.Events
	s.get(of("/events", "branch", "b1", "limit", "1000")).ok(t, &whole)
	var paged []reply.Listed
	next := ""
	for range len(whole.Events) {
		page = reply.Events{}
		s.get(of("/events", "branch", "b1", "limit", "50", "after", next)).ok(t, &page)
		paged = append(paged, page.Events...)
		if page.Next == 0 {
			break
		}
		next = strconv.FormatUint(page.Next, 10)
	}
	require.Equal(t, whole.Events, paged)
	require.Equal(t, "b1", paged[len(paged)-1].Branch)
}

// byName takes what Authorization says for the name of a simulator, and whoever says
// nothing for an analyst.
type byName struct{}

func (byName) RoleOf(r *http.Request) (Role, error) {
	if r.Header.Get("Authorization") == "" {
		return Analyst, nil
	}
	return Simulator, nil
}

func (byName) NameOf(r *http.Request) (name, grant string) { return r.Header.Get("Authorization"), "" }

// A simulator opens its share of a negotiation's branches, by whichever way, and no more
// for dropping them; others still open theirs, and an analyst any number.
func TestShareOfASimulator(t *testing.T) {
	s := serve(t, func(o *Options) { o.Access, o.limits.branches = byName{}, 2 })
	const body = `{"branch":%q,"author":"A","purpose":"P"}`
	open := func(who, branch string) got {
		t.Helper()
		var headers []string
		if who != "" {
			headers = []string{"Authorization", who}
		}
		return s.send(http.MethodPost, of("/branches"), fmt.Sprintf(body, branch), headers...)
	}
	call := func(who, branch string) error {
		_, err := s.Call(t.Context(), Call{
			Operation: "branch-open", Parameters: map[string][]string{paramNegotiation: {example}}, Body: fmt.Appendf(nil, body, branch),
			Caller: who, Who: Who{Role: Simulator, Name: who},
		})
		return err
	}
	require.Equal(t, http.StatusCreated, open("sim", "s1").status)
	require.NoError(t, call("sim", "s2"))
	require.Equal(t, http.StatusOK, open("sim", "s2").status, "it is open already")
	full := open("sim", "s3").problem(t, http.StatusRequestEntityTooLarge)
	require.Contains(t, full.Detail, "parley:grant/sim")
	require.NotEmpty(t, full.Hint)
	require.Equal(t, full.Type, ProblemOf(call("sim", "s3")).Type)
	require.Equal(t, problem.Space+string(problem.TooLarge), full.Type)
	require.Equal(t, http.StatusOK, s.send(http.MethodDelete, of("/branches/s1"), "", "Authorization", "sim").status)
	open("sim", "s3").problem(t, http.StatusRequestEntityTooLarge)

	require.Equal(t, http.StatusCreated, open("other", "o1").status)
	for i := range 4 {
		require.Equal(t, http.StatusCreated, open("", strings.Repeat("a", i+1)).status)
	}
}
