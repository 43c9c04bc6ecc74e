package eventstore

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is damaged while a server has the folder, it leaves out of what it shows, and goes
// on to count. So whoever reads it knows that something is gone, and what.
func TestUnread(t *testing.T) {
	dir := t.TempDir()
	s := openDir(t, dir)
	begin(t, s, "talks")
	_, err := s.Append(t.Context(), Any(), statements("talks", "a", 900), AppendOptions{})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	openDir(t, dir, listening)
	block := filepath.Join(dir, "jetstream/parley/streams/PARLEY/msgs/1.blk")
	b, err := os.ReadFile(block)
	require.NoError(t, err)
	b[bytes.Index(b, []byte(`"a-500"`))+200] ^= 1
	require.NoError(t, os.WriteFile(block, b, 0o600))

	r := openDir(t, dir)
	_, err = r.Append(t.Context(), Any(), statements("talks", "b", 10), AppendOptions{}) // then it reads the file
	require.NoError(t, err)
	want, err := r.Count(t.Context(), "talks")
	require.NoError(t, err)
	require.EqualValues(t, 911, want)
	got := uint64(len(readAll(t, r, "talks", 1)))
	require.EqualValues(t, 910, got)
	require.Equal(t, []Range{{502, 502}}, r.Unread(t.Context(), "talks", got, want).Lost)

	none, err := r.Count(t.Context(), "others")
	require.NoError(t, err)
	require.Zero(t, none)
	var file bytes.Buffer
	report, err := r.Backup(t.Context(), &file, newKey(t), nil)
	require.NoError(t, err)
	var damage *DamageError
	require.ErrorAs(t, report.Err(dir), &damage)
	require.Equal(t, []Range{{502, 502}}, damage.LostOf(RecordStream))
}
