package main

import (
	"bytes"
	"io"
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
	spoilServed(t, data, "The lake is shared")
	dir := t.TempDir()
	for name, args := range map[string][]string{
		"state":  {"state", "talks"},
		"events": {"events", "talks", "--json"},
		"export": {"export", "talks", "--as", "cloudevents", "--file", filepath.Join(dir, "e")},
		"table":  {"export", "talks", "--as", "csv", "--file", filepath.Join(dir, "t")},
		"view":   {"export", "talks", "--as", "plover"},
		"doctor": {"doctor"},
		"backup": {"backup", filepath.Join(dir, "b")},
	} {
		code, _, said := runIt(t, "", append(args, "--data", data)...)
		require.Equal(t, exitIntegrity, code, "%s: %s", name, said)
		require.Contains(t, said, "#4", name)
	}
	for _, file := range []string{"e", "t", "b"} {
		require.FileExists(t, filepath.Join(dir, file))
	}
}

// spoilServed changes one byte of the record where a text stands in it. The rest of the
// file stays in place all the while: a server that reads a file cut short loses all of it.
func spoilServed(t *testing.T, data, text string) {
	t.Helper()
	block, err := os.OpenFile(filepath.Join(data, "jetstream/parley/streams/PARLEY/msgs/1.blk"), os.O_RDWR, 0)
	require.NoError(t, err)
	defer block.Close()
	b, err := io.ReadAll(block)
	require.NoError(t, err)
	at := bytes.Index(b, []byte(text))
	require.NotEqual(t, -1, at)
	_, err = block.WriteAt([]byte{b[at] ^ 1}, int64(at))
	require.NoError(t, err)
	require.Eventually(t, func() bool { // the server forgets what it has of the file in memory
		code, _, _ := runIt(t, "", "verify", "--data", data)
		return code == exitIntegrity
	}, time.Minute, 200*time.Millisecond)
}

// A negotiation of which nothing reads is damaged, not unknown.
func TestNothingReadsWhileServed(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	alone := "type,negotiation,act.title,act.timeZone\nNegotiationRegistered,alone,The last one,Europe/Zurich\n"
	must(t, "import", "testdata/talks.csv", "--data", data)
	code, _, said := runIt(t, alone, "import", "-", "--format", "csv", "--data", data)
	require.Zero(t, code, said)
	serving(t, "--data", data)
	spoilServed(t, data, "The last one")
	for _, args := range [][]string{
		{"state", "alone"},
		{"events", "alone"},
		{"why", "alone", "registry"},
		{"replay", "alone"},
		{"export", "alone", "--as", "plover"},
		{"projection", "check", "alone"},
	} {
		code, _, said := runIt(t, "", append(args, "--data", data)...)
		require.Equal(t, exitIntegrity, code, "%s: %s", args, said)
		require.Contains(t, said, "#15", args)
	}
}

// A comparison of a branch with a record that does not read whole says so, and a check of
// what is published does not blame that. Nothing is published anew from what is left.
func TestUnreadIsToldFirst(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	must(t, "import", "testdata/talks.csv", "--data", data)
	must(t, "branch", "open", "other", "--on", "talks", "--author", "a", "--purpose", "x", "--data", data)
	serving(t, "--data", data)
	require.Eventually(t, func() bool {
		code, _, _ := runIt(t, "", "projection", "check", "--data", data)
		return code == 0
	}, time.Minute, 200*time.Millisecond)
	spoilServed(t, data, "sat for six hours")
	for _, args := range [][]string{
		{"branch", "compare", "other"},
		{"projection", "check"},
		{"projection", "rebuild"},
		{"import", "testdata/talks.csv", "--correct", "misread"},
		{"import", "testdata/talks.csv", "--dry-run"},
	} {
		code, _, said := runIt(t, "", append(args, "--data", data)...)
		require.Equal(t, exitIntegrity, code, "%s: %s", args, said)
		require.Contains(t, said, "cannot be read", args)
		require.Contains(t, said, "#7", args)
	}
}
