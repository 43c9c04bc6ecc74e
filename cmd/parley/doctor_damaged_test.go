package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Doctor reads a damaged folder from its files, to the end: negotiations, parked
// entries and foreign subjects, of which no server tells there.
func TestDoctorOfDamagedFolder(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	must(t, "import", "testdata/talks.csv", "--data", data)
	spoilEnd(t, data)
	code, out, said := runIt(t, "", "doctor", "--data", data, "--json")
	require.Equal(t, exitIntegrity, code, said)
	require.Contains(t, out, `"name":"log","state":"bad"`)
	require.Contains(t, out, `{"id":"talks"`)
	require.Contains(t, out, `"foreign":[]`)
}

// spoilEnd changes a byte of the last entry of a folder that nobody serves.
func spoilEnd(t *testing.T, data string) {
	t.Helper()
	block := filepath.Join(data, "jetstream/parley/streams/PARLEY/msgs/1.blk")
	b, err := os.ReadFile(block)
	require.NoError(t, err)
	b[len(b)-20] ^= 1
	require.NoError(t, os.WriteFile(block, b, 0o600))
}

// Notes on dropped branches that do not read are told, though nothing is missing.
func TestDoctorOfDamagedNotes(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	must(t, "import", "testdata/talks.csv", "--data", data)
	must(t, "branch", "open", "guess", "--on", "talks", "--author", "A", "--purpose", "P", "--data", data)
	must(t, "branch", "drop", "guess", "--data", data)
	require.NotContains(t, must(t, "doctor", "--data", data, "-o", "csv"), "dropped,")
	file := filepath.Join(data, "dropped")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	for want, edit := range map[string]func([]byte) []byte{
		"1 lines of the file dropped do not read": func(b []byte) []byte { return append(b, "guess.talks 9-8 00000000\n"...) },
		"the file dropped does not begin with":    func(b []byte) []byte { b[2] ^= 1; return b },
	} {
		require.NoError(t, os.WriteFile(file, edit(append([]byte{}, text...)), 0o600))
		said := must(t, "doctor", "--data", data, "-o", "csv")
		require.Contains(t, said, "dropped,note,")
		require.Contains(t, said, want)
	}
}

// Repair looks at the secrets before it exchanges anything: without them the folder
// could not be opened again.
func TestRepairReadsSecretsFirst(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	must(t, "import", "testdata/talks.csv", "--data", data)
	spoilEnd(t, data)
	secrets := filepath.Join(data, "secrets.json")
	require.NoError(t, os.WriteFile(secrets, []byte("{"), 0o600))
	before := contents(t, data)
	_, _, said := runIt(t, "", "repair", "--accept-loss", "--data", data)
	require.Contains(t, said, "remove it to have new ones made")
	sameContents(t, data, before)
	require.NoError(t, os.Remove(secrets))
	must(t, "repair", "--accept-loss", "--data", data)
	must(t, "verify", "--data", data)
}
