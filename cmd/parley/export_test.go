package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/cmd/parley/internal/export"
	"parley/domain"
	"parley/eventstore"

	"github.com/stretchr/testify/require"
)

// TestExportOfAnyMessage: a log that another program wrote into is exported as it is,
// and told where it is not what import reads.
func TestExportOfAnyMessage(t *testing.T) {
	dir := t.TempDir()
	s, err := eventstore.Open(t.Context(), eventstore.Options{Dir: dir})
	require.NoError(t, err)
	e := &domain.Event{Negotiation: "talks", Writer: "parley:test", Body: domain.Body{
		Key: "reg", Act: domain.NegotiationRegistered{Title: "two\nlines", TimeZone: "UTC"},
	}}
	_, err = s.Append(t.Context(), eventstore.Any(), []domain.Candidate{domain.Offer(e)}, eventstore.AppendOptions{})
	require.NoError(t, err)
	subject, err := eventstore.FormatSubject(eventstore.Subject{Negotiation: "talks"})
	require.NoError(t, err)
	for _, m := range []string{"no JSON", "{\n}", "", `{"parley-raw-base64":""}`, `{"a":1}`} {
		_, err := s.Conn().Request(subject, []byte(m), 10*time.Second)
		require.NoError(t, err)
	}
	var stored []string
	for e, err := range s.Read(t.Context(), "talks", 1) {
		require.NoError(t, err)
		stored = append(stored, string(e.Raw))
	}
	require.NoError(t, s.Close())
	require.Len(t, stored, 6)
	require.NotContains(t, stored[0], "\n")

	code, out, told := runIt(t, "", "export", "talks", "--as", "cloudevents", "--data", dir)
	require.Zero(t, code, told)
	require.Contains(t, told, `4 entries are not JSON on one line and stand as {"parley-raw-base64":"…"}`)
	var read []string
	for raw, err := range export.Messages(strings.NewReader(out)) {
		require.NoError(t, err)
		read = append(read, string(raw))
	}
	require.Equal(t, stored, read)
	file, checkpoint := filepath.Join(t.TempDir(), "talks.export"), filepath.Join(t.TempDir(), "checkpoint")
	require.NoError(t, os.WriteFile(file, []byte(out), 0o600))
	require.NoError(t, os.WriteFile(checkpoint, []byte(must(t, "checkpoint", "--data", dir)), 0o600))
	require.Contains(t, must(t, "verify", file, "--checkpoint", checkpoint, "--data", dir), "was made of 6 of them")

	code, out, told = runIt(t, "", "export", "talks", "--as", "ndjson", "--data", dir)
	require.Zero(t, code, told)
	require.Equal(t, 1, strings.Count(out, "\n"))
	require.Contains(t, told, "5 parked entries are no events and were left out; --as cloudevents keeps them")
}

// TestExportReplacesWhole: a file is replaced when all is written, and nothing is
// left beside it.
func TestExportReplacesWhole(t *testing.T) {
	data, dir := filepath.Join(t.TempDir(), "data"), t.TempDir()
	code, _, told := runIt(t, "key,type,negotiation,act.title,act.timeZone\nreg,NegotiationRegistered,talks,Talks,UTC\n", "import", "-", "--format", "csv", "--data", data)
	require.Zero(t, code, told)
	name := filepath.Join(dir, "talks.svg")
	require.NoError(t, os.WriteFile(name, []byte("old"), 0o600))
	code, _, _ = runIt(t, "", "export", "talks", "--as", "svg", "--as-of", "@none", "--file", name, "--data", data)
	require.Equal(t, exitNotFound, code)
	old, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, "old", string(old))
	code, _, told = runIt(t, "", "export", "talks", "--as", "svg", "--file", name, "--data", data)
	require.Zero(t, code, told)
	svg, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Contains(t, string(svg), "Nothing happened in this view.")
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 1)
}
