package unfinished

import (
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func namesIn(t *testing.T, dir string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		list = append(list, filepath.Join(dir, e.Name()))
	}
	return list
}

func TestFileAppearsWhole(t *testing.T) {
	place := filepath.Join(t.TempDir(), "file")
	f, err := Create(place)
	require.NoError(t, err)
	_, err = f.WriteString("half")
	require.NoError(t, err)
	require.NoFileExists(t, place)
	require.NoError(t, f.Place())
	require.NoError(t, f.Discard(), "it does nothing any more")
	text, err := os.ReadFile(place)
	require.NoError(t, err)
	assert.Equal(t, "half", string(text))

	f, err = Create(place)
	require.NoError(t, err)
	require.NoError(t, f.Discard())
	require.Equal(t, []string{place}, namesIn(t, filepath.Dir(place)))
}

// What is being written stays; what nobody holds any more, as after a kill, is removed,
// and nothing else.
func TestOnlyWhatNobodyHoldsIsRemoved(t *testing.T) {
	dir := t.TempDir()
	place := filepath.Join(dir, "file")
	held, err := Create(place)
	require.NoError(t, err)
	heldFolder, err := CreateFolder(filepath.Join(dir, "folder"))
	require.NoError(t, err)
	for _, name := range []string{".file.unfinished-7", ".other.unfinished-7", ".file.unfinished-7a", ".file.unfinished-", ".file-7", "file.unfinished-7", ".file.unfinished-7.unfinished-8"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}
	require.NoError(t, os.MkdirAll(filepath.Join(dir, ".folder.unfinished-7", "in it"), 0o700))
	require.NoError(t, os.Symlink(held.Name(), filepath.Join(dir, ".file.unfinished-9")))

	f, err := Create(place)
	require.NoError(t, err)
	require.NoFileExists(t, filepath.Join(dir, ".file.unfinished-7"))
	require.DirExists(t, filepath.Join(dir, ".folder.unfinished-7"), "it is for another place")
	second, err := CreateFolder(filepath.Join(dir, "folder"))
	require.NoError(t, err)
	require.NoDirExists(t, filepath.Join(dir, ".folder.unfinished-7"))
	Sweep(dir, "")
	in := func(name string) string { return filepath.Join(dir, name) }
	assert.ElementsMatch(t, []string{
		held.Name(), heldFolder.Path, f.Name(), second.Path, in(".file.unfinished-9"),
		in(".file.unfinished-7a"), in(".file.unfinished-"), in(".file-7"), in("file.unfinished-7"),
	}, namesIn(t, dir))
	require.NoError(t, f.Discard())
	require.NoError(t, held.Discard())
	require.NoError(t, second.Discard())
	require.NoError(t, heldFolder.Release())
	Sweep(dir, "")
	require.NoDirExists(t, heldFolder.Path, "it was released where it stood")
}

// Many that begin and sweep at once do not take each other's files.
func TestNobodyTakesAnothers(t *testing.T) {
	dir := t.TempDir()
	place := filepath.Join(dir, "file")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				f, err := Create(place)
				if !assert.NoError(t, err) {
					return
				}
				_, err = f.WriteString("whole")
				assert.NoError(t, err)
				assert.NoError(t, f.Place())
				d, err := CreateFolder(place)
				if !assert.NoError(t, err) {
					return
				}
				assert.DirExists(t, d.Path)
				assert.NoError(t, d.Discard())
			}
		})
	}
	all.Wait()
	require.Equal(t, []string{place}, namesIn(t, dir))
}

// Of several that put a file in a new place, one does, and the others are told; nothing
// is replaced, and nothing left.
func TestOnlyOneIsPlacedNew(t *testing.T) {
	place := filepath.Join(t.TempDir(), "file")
	var files [3]*File
	for i := range files {
		var err error
		files[i], err = Create(place)
		require.NoError(t, err)
		_, err = files[i].WriteString(string(rune('a' + i)))
		require.NoError(t, err)
	}
	require.NoError(t, files[1].PlaceNew())
	for _, i := range []int{0, 2} {
		require.ErrorIs(t, files[i].PlaceNew(), fs.ErrExist)
	}
	text, err := os.ReadFile(place)
	require.NoError(t, err)
	require.Equal(t, "b", string(text))
	require.Equal(t, []string{place}, namesIn(t, filepath.Dir(place)))
}
