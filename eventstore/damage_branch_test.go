package eventstore

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// branched makes a folder with two branches: kept at #1, #2 and #6, and gone, of
// which #5 is left.
func branched(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	s := openDir(t, dir)
	begin(t, s, "talks")
	_, err := s.Append(t.Context(), Any(), statements("talks", "a", 3), AppendOptions{})
	require.NoError(t, err)
	for _, name := range []string{"kept", "gone"} {
		_, err = s.OpenBranch(t.Context(), opening(name))
		require.NoError(t, err)
		_, err = s.AppendBranch(t.Context(), name, Any(), statements("talks", name, 1), AppendOptions{})
		require.NoError(t, err)
		if name == "gone" {
			require.NoError(t, s.DropBranch(t.Context(), "talks", name, "test", "no longer needed"))
		}
	}
	_, err = s.AppendBranch(t.Context(), "kept", Any(), statements("talks", "late", 1), AppendOptions{})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	return dir
}

// recordsOf finds where the records of a block begin.
func recordsOf(b []byte) (begin []int) {
	for at := 0; at < len(b); at += int(binary.LittleEndian.Uint32(b[at:]) &^ (1 << 31)) {
		begin = append(begin, at)
	}
	return begin
}

// Branches are not lost without a word: the end of their stream is marked as that of
// the record is, and what was lost is named and not given again.
func TestDamageOfBranches(t *testing.T) {
	whole := branched(t)
	for name, c := range map[string]struct {
		edit  func([]byte) []byte
		lost  []Range
		names bool // the branch can be told
	}{
		"byte of the last entry": {func(b []byte) []byte { b[len(b)-20] ^= 1; return b }, []Range{{6, 6}}, true},
		"byte of the first":      {func(b []byte) []byte { b[recordsOf(b)[1]-20] ^= 1; return b }, []Range{{1, 1}}, true},
		"last entry cut off":     {func(b []byte) []byte { r := recordsOf(b); return b[:r[len(r)-1]] }, []Range{{6, 6}}, false},
		"last entry cut in half": {func(b []byte) []byte { return b[:len(b)-20] }, []Range{{6, 6}}, true},
		"empty":                  {func([]byte) []byte { return nil }, []Range{{1, 6}}, false},
		"no file":                {nil, []Range{{1, 6}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.CopyFS(dir, os.DirFS(whole)))
			require.NoError(t, openDir(t, dir).Close(), "the whole folder is well")
			file := filepath.Join(folder{dir}.streamDir(BranchStream), "msgs", "1.blk")
			b, err := os.ReadFile(file)
			require.NoError(t, err)
			if c.edit == nil {
				require.NoError(t, os.Remove(file))
			} else {
				require.NoError(t, os.WriteFile(file, c.edit(b), 0o600))
			}
			testLostBranches(t, dir, c.lost, c.names)
		})
	}
}

func testLostBranches(t *testing.T, dir string, lost []Range, names bool) {
	t.Helper()
	_, err := Open(t.Context(), Options{Dir: dir})
	var damage *DamageError
	require.ErrorAs(t, err, &damage)
	assert.Equal(t, BranchStream, damage.Stream)
	assert.Equal(t, lost, damage.Lost, "%v", damage)
	if names {
		assert.Contains(t, damage.Detail, "kept")
	}

	reader := openDir(t, dir, func(o *Options) { o.OnDamage = ReadDamaged })
	var file bytes.Buffer
	report, err := reader.Backup(t.Context(), &file, newKey(t), nil)
	require.NoError(t, err)
	assert.Equal(t, lost, report.BranchMissing)
	assert.Empty(t, report.Missing)
	assert.Equal(t, int64(4), report.Entries)
	require.NoError(t, reader.Close())

	s := openDir(t, dir, func(o *Options) { o.OnDamage = AcceptLoss })
	opened, err := s.OpenBranch(t.Context(), opening("new"))
	require.NoError(t, err)
	assert.Equal(t, uint64(7), opened.Head, "lost positions are not given again")
	require.NoError(t, verified(t, s, nil).Err(), "the record lost nothing")
	require.NoError(t, s.Close())
	losses, err := os.ReadFile(filepath.Join(dir, lossesFile))
	require.NoError(t, err)
	assert.Contains(t, string(losses), `"stream":"PARLEY_BRANCHES","lost":[{"from":`)
	openDir(t, dir) // it was decided once
}

// Damage to both streams is told of both.
func TestDamageOfBothStreams(t *testing.T) {
	dir := branched(t)
	for _, stream := range []string{RecordStream, BranchStream} {
		file := filepath.Join(folder{dir}.streamDir(stream), "msgs", "1.blk")
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		b[recordsOf(b)[1]-20] ^= 1
		require.NoError(t, os.WriteFile(file, b, 0o600))
	}
	_, err := Open(t.Context(), Options{Dir: dir})
	var damage *DamageError
	require.ErrorAs(t, err, &damage)
	assert.Equal(t, []Range{{1, 1}}, damage.LostOf(RecordStream))
	assert.Equal(t, []Range{{1, 1}}, damage.LostOf(BranchStream))
	assert.Contains(t, damage.Error(), BranchStream)
	require.NoError(t, openDir(t, dir, func(o *Options) { o.OnDamage = AcceptLoss }).Close())
	openDir(t, dir)
}

// A mark of the first format is read.
func TestMarkOfTheFirstFormat(t *testing.T) {
	dir := branched(t)
	old := "parley head 1\nlast     00000000000000000004\naccepted 00000000000000000000\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, markFile), markCheck([]byte(old)), 0o600))
	require.NoError(t, openDir(t, dir).Close())
	have, err := folder{dir}.readMark()
	require.NoError(t, err)
	assert.Equal(t, marks{Last: 4, Branches: 6, Hashed: 4}, have)
}
