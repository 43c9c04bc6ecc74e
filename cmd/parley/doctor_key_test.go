package main

import (
	"os"
	"path/filepath"
	"testing"

	"parley/eventstore"

	"github.com/stretchr/testify/require"
)

// A key that does not read is no loss of the record: the advice is about the key, and
// following it helps.
func TestDoctorOfDamagedKey(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	must(t, "import", "testdata/talks.csv", "--data", data)
	dir := t.TempDir()
	old, public := filepath.Join(dir, "old"), filepath.Join(dir, "public")
	require.NoError(t, os.WriteFile(old, []byte(must(t, "checkpoint", "--data", data)), 0o600))
	require.NoError(t, os.WriteFile(public, []byte(must(t, "checkpoint", "--public-key", "--data", data)), 0o600))
	file := filepath.Join(data, eventstore.KeyFile)
	require.NoError(t, os.WriteFile(file, []byte("nothing that signs"), 0o600))

	code, _, said := runIt(t, "", "doctor", "--data", data)
	require.Equal(t, exitIntegrity, code, said)
	require.Contains(t, said, "rename it")
	require.NotContains(t, said, "restore a backup")
	require.NoError(t, os.Rename(file, file+".old"))
	must(t, "doctor", "--data", data)
	must(t, "checkpoint", "--data", data)
	must(t, "verify", "--checkpoint", old, "--public-key", public, "--data", data)
}
