package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whoever asks for a proof of what a branch supposes learns that there is none, and why.
func TestProofOfBranch(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	must(t, "import", "testdata/talks.csv", "--data", data)
	must(t, "branch", "open", "guess", "--on", "talks", "--author", "A", "--purpose", "P", "--data", data)
	event := `{"key":"perhaps","type":"StatementIssued","negotiation":"talks","occurred":"2026-01-01","actors":["north"],"act":{"content":"x"}}`
	code, _, said := runIt(t, event+"\n", "branch", "append", "guess", "-", "--format", "ndjson", "--data", data)
	require.Zero(t, code, said)
	code, _, said = runIt(t, "", "proof", "perhaps", "--data", data)
	require.Equal(t, exitNotFound, code)
	require.Contains(t, said, "branch guess of talks")
	require.Contains(t, said, "no checkpoint")
	code, _, said = runIt(t, "", "proof", "perhaps", "-n", "others", "--data", data)
	require.Equal(t, exitNotFound, code)
	require.NotContains(t, said, "guess")
	code, _, said = runIt(t, "", "proof", "nowhere", "--data", data)
	require.Equal(t, exitNotFound, code)
	require.NotContains(t, said, "guess")
}
