package server

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// An ETag stands for the bytes of an answer: another question has another, the same
// question the same until something is appended, or for ever where the view is cut at
// a position.
func TestETag(t *testing.T) {
	s := serve(t, nil)
	addresses := []string{
		of(""), of("/state"), of("/state", "path", "rounds/istanbul-oct"), of("/state/rounds"), of("/state/drafts"),
		of("/state/rounds", "known-by", "2025-10-28"), of("/state/rounds", "known-by", "2025-10-28", "possibly", ""),
		of("/state/rounds", "lens", `source.side == "pakistan"`), of("/events"), of("/events", "limit", "7"), of("/events", "after", "7"),
		of("/events", "type", "RoundOpened"), of("/events", "where", `type == "RoundOpened"`),
		of("/why", "path", "rounds"), of("/diff", "from", "as-of=2025-10-28"), of("/diff", "to", "as-of=2025-10-28"),
		of("/replay"), of("/replay", "order", "knowledge"), of("/lenses"),
	}
	const kept = "#100"
	addresses = append(addresses, of("/state/rounds", "recorded-by", kept))
	first := map[string]got{}
	tags := map[string]string{}
	for _, address := range addresses {
		answer := s.get(address)
		require.Equal(t, http.StatusOK, answer.status, answer.body)
		tag := answer.header.Get("ETag")
		require.Regexp(t, `^"record:[0-9]+/[0-9a-f]{16}"$`, tag)
		require.Empty(t, tags[tag], "%s and %s have one tag", address, tags[tag])
		tags[tag], first[address] = address, answer
		again := s.get(address, "If-None-Match", `"other", `+tag)
		require.Equal(t, http.StatusNotModified, again.status)
		require.Empty(t, again.body)
		require.Equal(t, tag, again.header.Get("ETag"))
	}
	require.Equal(t, http.StatusCreated, s.send(http.MethodPost, of("/events"), statement("posted")).status)
	for _, address := range addresses {
		before := first[address]
		answer := s.get(address, "If-None-Match", before.header.Get("ETag"))
		if address == of("/state/rounds", "recorded-by", kept) {
			require.Equal(t, http.StatusNotModified, answer.status)
			require.Equal(t, before.body, s.get(address).body)
			continue
		}
		require.Equal(t, http.StatusOK, answer.status, address)
		require.NotEqual(t, before.header.Get("ETag"), answer.header.Get("ETag"))
	}
	// Lines and a document are different bytes.
	require.NotEqual(t, s.get(of("/events")).header.Get("ETag"), s.get(of("/events"), "Accept", typeNDJSON).header.Get("ETag"))
}

// The same build has the same edition; builds that nothing tells apart have not.
func TestEdition(t *testing.T) {
	require.NotEqual(t, edition("v1"), edition("v2"))
}

// Media types are chosen as the caller wants them.
func TestQuality(t *testing.T) {
	for accept, lines := range map[string]bool{
		"": false, "*/*": false, typeJSON: false, typeNDJSON: true, "application/*": false,
		typeNDJSON + ", " + typeJSON: false, typeNDJSON + ", " + typeJSON + ";q=0.5": true, typeNDJSON + ";q=0.1, */*;q=0.5": false,
		"text/html": false, "*/*;q=0.1, application/x-ndjson": true, typeJSON + "; q=0.2 ,application/X-NDJSON;q=0.3": true,
	} {
		q := &request{http: &http.Request{Header: http.Header{"Accept": {accept}}}}
		require.Equal(t, lines, q.wants(typeNDJSON, typeJSON), accept)
	}
}
