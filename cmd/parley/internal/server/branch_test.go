package server

import (
	"net/http"
	"strconv"
	"testing"

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
