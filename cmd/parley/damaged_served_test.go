package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What becomes damaged while a process serves the folder is told by everything that goes
// over a whole log, not only by verify.
func TestDamageWhileServed(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	must(t, "import", "testdata/talks.csv", "--data", data)
	serving(t, "--data", data)
	block := filepath.Join(data, "jetstream/parley/streams/PARLEY/msgs/1.blk")
	b, err := os.ReadFile(block)
	require.NoError(t, err)
	b[bytes.Index(b, []byte("The lake is shared"))] ^= 1
	require.NoError(t, os.WriteFile(block, b, 0o600))
	require.Eventually(t, func() bool { // the server forgets what it has of the file in memory
		code, _, _ := runIt(t, "", "verify", "--data", data)
		return code == exitIntegrity
	}, time.Minute, 200*time.Millisecond)

	dir := t.TempDir()
	for name, args := range map[string][]string{
		"state":  {"state", "talks"},
		"events": {"events", "talks", "--json"},
		"export": {"export", "talks", "--as", "cloudevents", "--file", filepath.Join(dir, "e")},
		"view":   {"export", "talks", "--as", "plover"},
		"doctor": {"doctor"},
		"backup": {"backup", filepath.Join(dir, "b")},
	} {
		code, _, said := runIt(t, "", append(args, "--data", data)...)
		require.Equal(t, exitIntegrity, code, "%s: %s", name, said)
		require.Contains(t, said, "#4", name)
	}
	for _, file := range []string{"e", "b"} {
		require.FileExists(t, filepath.Join(dir, file))
	}
}
