package eventstore

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Behind what a checkpoint was made of, an export may have more of the same negotiation,
// which is counted, and nothing of another.
func TestExportBeyondTheCheckpoint(t *testing.T) {
	s := openDir(t, t.TempDir())
	begin(t, s, "lake")
	begin(t, s, "talks")
	c, _, err := s.Checkpoint(t.Context(), newKey(t), nil)
	require.NoError(t, err)
	_, err = s.Append(t.Context(), Any(), statements("talks", "more", 2), AppendOptions{})
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "it.export")
	verify := func(lines ...[]byte) (*Verification, error) {
		require.NoError(t, os.WriteFile(file, append(bytes.Join(lines, []byte("\n")), '\n'), 0o600))
		return VerifyFiles(t.Context(), []string{file}, VerifyOptions{Checkpoint: c})
	}
	var talks [][]byte
	for _, e := range readAll(t, s, "talks", 1) {
		talks = append(talks, e.Raw)
	}
	v, err := verify(talks...)
	require.NoError(t, err)
	require.NoError(t, v.Err())
	require.Equal(t, int64(1), v.Covered)
	require.Equal(t, int64(2), v.Beyond)

	lake := readAll(t, s, "lake", 1)[0].Raw
	_, err = verify(append(talks, lake)...)
	var wrong *ExportError
	require.ErrorAs(t, err, &wrong)
	require.ErrorContains(t, err, "its entry 4 is an event of lake, and the others are of talks")
	v, err = verify(talks[0], lake, talks[1])
	require.ErrorAs(t, err, &wrong, "%v", v)
}
