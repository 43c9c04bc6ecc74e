package eventstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is verified, signed, proved and backed up while others append is whole: what came
// since it began is not in it, and is no loss.
func TestVerifyWhileOthersAppend(t *testing.T) {
	dir := t.TempDir()
	server := openDir(t, dir, listening)
	begin(t, server, "talks")
	_, err := server.Append(t.Context(), Any(), statements("talks", "a", 3000), AppendOptions{})
	require.NoError(t, err)
	writer, reader := openDir(t, dir), openDir(t, dir)
	key := newKey(t)

	ctx, stop := context.WithCancel(t.Context())
	var writing sync.WaitGroup
	defer writing.Wait()
	defer stop()
	writing.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			_, err := writer.Append(ctx, Any(), statements("talks", fmt.Sprintf("more%d", i), 5), AppendOptions{})
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
				return
			}
		}
	})
	file := filepath.Join(t.TempDir(), "a.backup")
	for range 8 {
		old, _, err := reader.Checkpoint(t.Context(), key, nil)
		require.NoError(t, err)
		require.NoError(t, verified(t, reader, old).Err())
		require.NoError(t, verified(t, server, old).Err())
		_, err = reader.Prove(t.Context(), 2000, key, nil)
		require.NoError(t, err)
		var b bytes.Buffer
		_, err = reader.Backup(t.Context(), &b, key, nil)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, b.Bytes(), 0o600))
		v, err := VerifyFiles(t.Context(), []string{file}, VerifyOptions{Checkpoint: old})
		require.NoError(t, err)
		require.NoError(t, v.Err())
	}
}

// Lines that were there before the log was asked for its end are a loss where they lie
// behind it; those that came since are not looked at.
func TestKeptOf(t *testing.T) {
	dir := twoTalks(t, 10)
	require.NoError(t, openDir(t, dir).Close()) // what was published past the door is hashed now
	f := folder{dir}
	size, err := f.hashesSize()
	require.NoError(t, err)
	count := func(last uint64, size int64) (n int) {
		for l, err := range f.keptOf(last, size, nil) {
			require.NoError(t, err)
			require.False(t, l.damaged)
			n++
		}
		return n
	}
	require.Equal(t, 23, count(20, size), "the log lost its end")
	require.Equal(t, 20, count(20, 0), "all came since")
	require.Equal(t, 23, count(23, 0))
	require.Equal(t, 21, count(20, atLine(t, f, 21)+1), "the 21st was being written")
	none, err := folder{t.TempDir()}.hashesSize()
	require.NoError(t, err)
	require.Zero(t, none)
}

// atLine is where the line of a position begins.
func atLine(t *testing.T, f folder, position uint64) int64 {
	t.Helper()
	for l, err := range f.kept(nil) {
		require.NoError(t, err)
		if l.Position == position {
			return l.at
		}
	}
	t.Fatalf("no line of #%d", position)
	return 0
}
