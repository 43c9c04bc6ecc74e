package main

import (
	"testing"
	"time"

	"parley/domain"
	"parley/eventstore"

	"github.com/stretchr/testify/require"
)

// A branch whose parent was dropped before it was opened is told of, with what to do.
func TestDoctorTellsOfOrphans(t *testing.T) {
	data := t.TempDir()
	must(t, "import", "testdata/talks.csv", "--data", data)
	for _, name := range []string{"base", "well"} {
		must(t, "branch", "open", name, "--on", "talks", "--author", "A", "--purpose", "P", "--data", data)
	}
	must(t, "branch", "drop", "base", "--data", data)
	require.NotContains(t, must(t, "doctor", "--data", data), "cannot be read")

	s, err := eventstore.Open(t.Context(), eventstore.Options{Dir: data})
	require.NoError(t, err)
	now := time.Now().UTC().Truncate(time.Millisecond)
	raw, err := domain.Encode(&domain.Event{
		ID: domain.KeyedID("talks", "late"), Negotiation: "talks", Writer: "test", Time: now, Recorded: now, SupposedBy: "late",
		Body: domain.Body{Act: domain.BranchOpened{Branch: "late", Parent: "base", At: "record:1;base:1", Author: "A", Purpose: "P"}},
	})
	require.NoError(t, err)
	_, err = s.JetStream().Publish(t.Context(), "parley.branch.late.talks", raw)
	require.NoError(t, err)
	require.NoError(t, s.Close())

	said := must(t, "doctor", "--data", data, "-o", "csv")
	require.Contains(t, said, "branch late of talks cannot be read, for branch base, on which it stands, was dropped before it was opened; parley branch drop late --on talks takes it away")
	require.NotContains(t, said, "branch well")
	must(t, "branch", "drop", "late", "--on", "talks", "--data", data)
	require.NotContains(t, must(t, "doctor", "--data", data), "cannot be read")
}
