package eventstore

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"parley/eventstore/seal"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
)

// A branch that is dropped between the count of a backup and its reading is no damage,
// whether others are left or not.
func TestBackupWhileBranchesAreDropped(t *testing.T) {
	for name, others := range map[string][]string{"the only one": nil, "one of two": {"kept"}} {
		t.Run(name, func(t *testing.T) {
			s := openDir(t, t.TempDir())
			begin(t, s, "talks")
			_, err := s.Append(t.Context(), Any(), statements("talks", "a", 999), AppendOptions{})
			require.NoError(t, err)
			for _, b := range append(others, "gone") {
				opens(t, s, b)
			}
			var drop sync.Once
			var dropped error
			var file bytes.Buffer
			r, err := s.Backup(t.Context(), &file, newKey(t), func(int, int) {
				drop.Do(func() { dropped = s.DropBranch(t.Context(), "talks", "gone", "test", "done") })
			})
			require.NoError(t, dropped)
			require.NoError(t, err)
			require.NoError(t, r.Err(s.Where()))
			require.EqualValues(t, 2*len(others), r.BranchEntries)
			d, err := s.UnreadBranches(t.Context())
			require.NoError(t, err)
			require.Nil(t, d)
		})
	}
}

// What is damaged of the branches while a server has the folder, it leaves out of what it
// shows, and goes on to count. A backup names it, and so
// does what was restored of it.
func TestUnreadBranches(t *testing.T) {
	for name, c := range map[string]struct {
		lost uint64
		drop bool // a branch is dropped after that
	}{
		"a beginning":       {1, false},
		"one in the middle": {2, false},
		"the end":           {6, false},
		"and one dropped":   {2, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // each waits for its server
			dir, lost := branched(t), []Range{{c.lost, c.lost}}
			openDir(t, dir, listening)
			file := filepath.Join(folder{dir}.streamDir(BranchStream), "msgs", "1.blk")
			b, err := os.ReadFile(file)
			require.NoError(t, err)
			ends := append(recordsOf(b)[1:6], len(b)) // what was purged stands there, too, and notes of that before the last
			b[ends[c.lost-1]-20] ^= 1
			require.NoError(t, os.WriteFile(file, b, 0o600))
			s := openDir(t, dir)
			// The server forgets what it has of the file in memory, if nobody asks for a while.
			require.Eventually(t, func() bool {
				m, err := s.ask(t.Context(), BranchStream, messageRequest{Seq: c.lost})
				return err != nil || m == nil
			}, time.Minute, 12*time.Second)
			if c.drop {
				opens(t, s, "another")
				require.NoError(t, s.DropBranch(t.Context(), "talks", "another", "test", "done"))
			}

			key := newKey(t)
			var backup bytes.Buffer
			r, err := s.Backup(t.Context(), &backup, key, nil)
			require.NoError(t, err)
			require.Equal(t, lost, r.BranchMissing)
			require.Empty(t, r.Missing)
			public, err := seal.ParsePublic(key.Public)
			require.NoError(t, err)
			_, restored, to, verifyErr, restoreErr := tellAll(t, backup.Bytes(), func(string) note.Verifier { return public })
			require.NoError(t, verifyErr)
			require.NoError(t, restoreErr)
			require.Equal(t, lost, restored.BranchMissing)
			losses, err := Losses(to)
			require.NoError(t, err)
			require.Equal(t, lost, losses[0].Lost)

			d, err := s.UnreadBranches(t.Context())
			require.NoError(t, err)
			require.NotNil(t, d)
			require.Equal(t, lost, d.LostOf(BranchStream))
			require.Contains(t, d.Detail, "branch kept of talks")
			require.NotContains(t, d.Detail, "another")
		})
	}
}
