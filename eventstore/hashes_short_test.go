package eventstore

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/eventstore/seal"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Hashes of which the end is gone, or all, do not come back by themselves, computed
// from a log that nothing vouches for any more: somebody has to accept it.
func TestHashesThatAreGone(t *testing.T) {
	for name, c := range map[string]struct {
		left int // lines, without the head; -1: no file
		says string
	}{
		"the end": {3, "end at #3, and went up to #9"},
		"a line":  {8, "end at #8, and went up to #9"},
		"all":     {0, "are gone, which went up to #9"},
		"no file": {-1, "are gone, which went up to #9"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := openDir(t, dir)
			begin(t, s, "talks")
			_, err := s.Append(t.Context(), Any(), statements("talks", "a", 8), AppendOptions{})
			require.NoError(t, err)
			require.NoError(t, s.Close())
			file := filepath.Join(dir, hashesFile)
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			require.NoError(t, os.Remove(file))
			if c.left >= 0 {
				lines := strings.SplitAfter(string(text), "\n")
				require.NoError(t, os.WriteFile(file, []byte(strings.Join(lines[:1+c.left], "")), 0o600))
			}
			left := max(0, c.left)

			for range 2 { // it does not wear off
				var damage *DamageError
				_, err = Open(t.Context(), Options{Dir: dir})
				require.ErrorAs(t, err, &damage)
				require.Contains(t, damage.Detail, c.says)
				require.ErrorAs(t, CheckHashes(dir), &damage)
				require.Contains(t, damage.Detail, c.says)
			}
			s = openDir(t, dir, func(o *Options) { o.OnDamage = ReadDamaged })
			v := verified(t, s, nil)
			require.Len(t, v.Findings, 1)
			assert.Contains(t, v.Findings[0].Detail, c.says)
			assert.Equal(t, left, v.Compared)
			var wrong *IntegrityError
			require.ErrorAs(t, v.Err(), &wrong)
			require.NoError(t, s.Close())

			s = openDir(t, dir, func(o *Options) { o.OnDamage = AcceptLoss })
			v = verified(t, s, nil)
			assert.Equal(t, left, v.Compared)
			assert.Zero(t, v.Later)
			assert.Equal(t, left == 0, v.Unproven)
			require.NoError(t, s.Close())
			s = openDir(t, dir)
			v = verified(t, s, nil)
			require.NoError(t, v.Err())
			assert.Equal(t, left, v.Compared)
			assert.Equal(t, 9-left, v.Later)
			losses, err := Losses(dir)
			require.NoError(t, err)
			require.Len(t, losses, 1)
			assert.Contains(t, losses[0].Detail, c.says)
		})
	}
}

// The hashes of a folder that others serve can be cut as well; verify tells.
func TestHashesAreCutWhileServed(t *testing.T) {
	dir := t.TempDir()
	server := openDir(t, dir, listening)
	begin(t, server, "talks")
	_, err := server.Append(t.Context(), Any(), statements("talks", "a", 8), AppendOptions{})
	require.NoError(t, err)
	require.NoError(t, server.Close())
	_ = openDir(t, dir, listening)
	require.NoError(t, os.Truncate(filepath.Join(dir, hashesFile), int64(len(hashesHead))))
	v := verified(t, openDir(t, dir), nil)
	require.Len(t, v.Findings, 1)
	assert.Contains(t, v.Findings[0].Detail, "went up to #9")
}

// A folder from before hashes were kept has nothing to compare with, the first time.
func TestNothingToCompareWith(t *testing.T) {
	dir := withMark(t, 5, marks{Last: 5})
	require.NoError(t, os.Remove(filepath.Join(dir, hashesFile)))
	s := openDir(t, dir)
	v := verified(t, s, nil)
	var nothing *UnverifiedError
	require.ErrorAs(t, v.Err(), &nothing)
	require.ErrorContains(t, v.Err(), "nothing was verified: the folder keeps no hashes")
	c, _, err := s.Checkpoint(t.Context(), newKey(t), nil)
	require.NoError(t, err)
	require.NoError(t, verified(t, s, c).Err())
	require.NoError(t, s.Close())
	v = verified(t, openDir(t, dir), nil)
	require.NoError(t, v.Err())
	assert.Zero(t, v.Compared)
	assert.Equal(t, 5, v.Later)
}

// Older marks know nothing of branches, or of hashes, and are read.
func TestOlderMarks(t *testing.T) {
	for text, want := range map[string]marks{
		"parley head 1\nlast     00000000000000000007\naccepted 00000000000000000002\n":                                {Last: 7, Accepted: 2},
		"parley head 2\nlast     00000000000000000007\naccepted 00000000000000000002\nbranches 00000000000000000003\n": {Last: 7, Accepted: 2, Branches: 3},
	} {
		have, err := decodeMarks(markCheck([]byte(text)))
		require.NoError(t, err)
		assert.Equal(t, want, have)
	}
}

// A part of a line that found room is taken back, so that the next line, once there is
// room, does not stand behind it.
func TestHashesFindNoRoom(t *testing.T) {
	dir := t.TempDir()
	s := openDir(t, dir)
	begin(t, s, "talks")
	_, err := s.Append(t.Context(), Any(), statements("talks", "a", 3), AppendOptions{})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	f := folder{dir}
	k, err := openHashes(f, func(err error) { t.Error(err) })
	require.NoError(t, err)
	next := seal.Line{Position: 5, Log: "talks", Leaf: seal.Leaf([]byte("x"))}
	half := appendKept(nil, next)
	n, err := k.file.Write(half[:len(half)/2])
	require.NoError(t, err)
	require.NoError(t, k.takeBack(n))
	require.NoError(t, k.takeBack(0))
	require.NoError(t, k.add([]seal.Line{next}, ""))
	require.NoError(t, k.close())
	var kept []uint64
	for l, err := range f.kept(nil) {
		require.NoError(t, err)
		require.False(t, l.damaged)
		kept = append(kept, l.Position)
	}
	require.Equal(t, []uint64{1, 2, 3, 4, 5}, kept)
}
