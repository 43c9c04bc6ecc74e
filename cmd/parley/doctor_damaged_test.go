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
	block := filepath.Join(data, "jetstream/parley/streams/PARLEY/msgs/1.blk")
	b, err := os.ReadFile(block)
	require.NoError(t, err)
	b[len(b)-20] ^= 1
	require.NoError(t, os.WriteFile(block, b, 0o600))
	code, out, said := runIt(t, "", "doctor", "--data", data, "--json")
	require.Equal(t, exitIntegrity, code, said)
	require.Contains(t, out, `"name":"log","state":"bad"`)
	require.Contains(t, out, `{"id":"talks"`)
	require.Contains(t, out, `"foreign":[]`)
}
