package eventstore

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// whereKilled are the states in which a kill leaves a stream that the server was
// making: it writes each file under another name first, and an empty block before any.
var whereKilled = map[string]func(t *testing.T, stream string){
	"its folder alone": func(t *testing.T, stream string) {
		require.NoError(t, os.RemoveAll(filepath.Join(stream, "msgs")))
		remove(t, stream, "meta.inf", "meta.sum")
	},
	"no meta file":      func(t *testing.T, stream string) { remove(t, stream, "meta.inf", "meta.sum") },
	"meta.inf is begun": func(t *testing.T, stream string) { remove(t, stream, "meta.sum"); begun(t, stream, "meta.inf") },
	"meta.sum is begun": func(t *testing.T, stream string) { begun(t, stream, "meta.sum") },
	"no check sum":      func(t *testing.T, stream string) { remove(t, stream, "meta.sum") },
	"meta.inf is empty": func(t *testing.T, stream string) { empty(t, stream, "meta.inf") },
	"all files are empty": func(t *testing.T, stream string) {
		empty(t, stream, "meta.inf")
		empty(t, stream, "meta.sum")
	},
}

func remove(t *testing.T, dir string, names ...string) {
	for _, name := range names {
		require.NoError(t, os.Remove(filepath.Join(dir, name)))
	}
}

func begun(t *testing.T, dir, name string) {
	require.NoError(t, os.Rename(filepath.Join(dir, name), filepath.Join(dir, name+".tmp")))
}

func empty(t *testing.T, dir, name string) {
	require.NoError(t, os.Truncate(filepath.Join(dir, name), 0))
}

// freshFolder is a folder as its first start makes it.
func freshFolder(t *testing.T) (dir string) {
	dir = t.TempDir()
	require.NoError(t, openDir(t, dir).Close())
	for _, stream := range []string{RecordStream, BranchStream} {
		require.NoError(t, os.RemoveAll(filepath.Join(folder{dir}.streamDir(stream), "msgs", "index.db")))
	}
	return dir
}

// A first start that is killed leaves nothing that keeps the next from going on.
func TestKilledFirstStart(t *testing.T) {
	fresh := freshFolder(t)
	for _, stream := range []string{RecordStream, BranchStream} {
		for name, cut := range whereKilled {
			t.Run(stream+": "+name, func(t *testing.T) {
				dir := t.TempDir()
				require.NoError(t, os.CopyFS(dir, os.DirFS(fresh)))
				cut(t, folder{dir}.streamDir(stream))
				if stream == RecordStream { // it is made first
					require.NoError(t, os.RemoveAll(folder{dir}.streamDir(BranchStream)))
				}
				s := openDir(t, dir)
				begin(t, s, "talks")
				_, err := s.OpenBranch(t.Context(), opening("what-if"))
				require.NoError(t, err)
				require.NoError(t, s.Close())
				losses, err := Losses(dir)
				require.NoError(t, err)
				require.Empty(t, losses)
				s = openDir(t, dir)
				require.Len(t, readAll(t, s, "talks", 0), 1)
				require.NoError(t, verified(t, s, nil).Err())
			})
		}
	}
}

// It is damage as soon as there is a sign that something stood there.
func TestUnmadeIsNotDamaged(t *testing.T) {
	whole := branched(t)
	for name, c := range map[string]struct {
		stream string
		gone   []string // files of the folder that say something of it
		kept   bool     // the block is
	}{
		"a record with a mark":       {RecordStream, []string{hashesFile}, false},
		"a record with hashes":       {RecordStream, []string{markFile}, false},
		"a record with a block":      {RecordStream, []string{hashesFile, markFile}, true},
		"branches with a mark":       {BranchStream, nil, false},
		"branches with a block only": {BranchStream, []string{markFile}, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.CopyFS(dir, os.DirFS(whole)))
			remove(t, dir, c.gone...)
			stream := folder{dir}.streamDir(c.stream)
			remove(t, stream, "meta.sum")
			if !c.kept {
				empty(t, stream, "msgs/1.blk")
			}
			_, err := Open(t.Context(), Options{Dir: dir})
			var damage *DamageError
			require.ErrorAs(t, err, &damage)
			require.DirExists(t, stream)
		})
	}
}
