package eventstore

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// cutRecords takes whole records off the end of the record, with the index that the
// server has of them.
func cutRecords(t *testing.T, dir string, n int) {
	t.Helper()
	msgs := filepath.Join(folder{dir}.streamDir(RecordStream), "msgs")
	b, err := os.ReadFile(filepath.Join(msgs, "1.blk"))
	require.NoError(t, err)
	r := recordsOf(b)
	require.NoError(t, os.WriteFile(filepath.Join(msgs, "1.blk"), b[:r[len(r)-n]], 0o600))
	if err := os.Remove(filepath.Join(msgs, "index.db")); !errors.Is(err, fs.ErrNotExist) {
		require.NoError(t, err)
	}
}

// Nothing is appended over a lost end, whatever became of the mark: the hashes are a
// second one.
func TestMarkThatIsGone(t *testing.T) {
	for name, mark := range map[string]*marks{"gone": nil, "too low": {Last: 2}} {
		t.Run(name, func(t *testing.T) {
			dir := withMark(t, 5, marks{Last: 5})
			lose := func() {
				require.NoError(t, os.Remove(filepath.Join(dir, markFile)))
				if mark != nil {
					require.NoError(t, folder{dir}.write(markFile, mark.encode()))
				}
			}
			lose()
			require.NoError(t, openDir(t, dir).Close(), "nothing is lost")
			have, err := folder{dir}.readMark()
			require.NoError(t, err)
			assert.Equal(t, uint64(5), have.Last)

			lose()
			cutRecords(t, dir, 2)
			var damage *DamageError
			for range 2 { // it does not wear off
				_, err := Open(t.Context(), Options{Dir: dir})
				require.ErrorAs(t, err, &damage)
				assert.Equal(t, []Range{{4, 5}}, damage.Lost)
			}

			// New events have hashes at once, behind positions that hold nothing.
			s := openDir(t, dir, func(o *Options) { o.OnDamage = AcceptLoss })
			r, err := s.Append(t.Context(), Any(), statements("talks", "new", 2), AppendOptions{})
			require.NoError(t, err)
			assert.Equal(t, uint64(6), r.Appended[0].Position)
			end, _ := s.hashes.end()
			assert.Equal(t, uint64(7), end)
			require.NoError(t, s.Close())
			s = openDir(t, dir)
			require.NoError(t, verified(t, s, nil).Err())
		})
	}
}

// A mark that cannot be told of is damage, and repair writes it anew.
func TestMarkIsWrittenAnew(t *testing.T) {
	remove := func(t *testing.T, dir string) {
		t.Helper()
		require.NoError(t, os.Remove(filepath.Join(dir, markFile)))
		require.NoError(t, os.Remove(filepath.Join(dir, hashesFile)))
	}
	write := func(content string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			t.Helper()
			require.NoError(t, os.WriteFile(filepath.Join(dir, markFile), []byte(content), 0o600))
		}
	}
	for name, c := range map[string]struct {
		do   func(*testing.T, string)
		lost []Range // when two entries were cut off as well
	}{
		"empty":                  {write(""), []Range{{4, 5}}},
		"garbage":                {write(string(bytes.Repeat([]byte("garbage"), 40))), []Range{{4, 5}}},
		"gone, and hashes":       {remove, nil},
		"of a format to come":    {write("parley head 4\n"), []Range{{4, 5}}},
		"with a wrong check sum": {write(string(marks{Last: 5}.encode()[:80]) + "check    00000000\n"), []Range{{4, 5}}},
	} {
		for _, cut := range []int{0, 2} {
			t.Run(name, func(t *testing.T) {
				dir := withMark(t, 5, marks{Last: 5})
				c.do(t, dir)
				var lost []Range
				if cut > 0 {
					cutRecords(t, dir, cut)
					lost = c.lost
				}
				for range 2 {
					_, err := Open(t.Context(), Options{Dir: dir})
					var damage *DamageError
					require.ErrorAs(t, err, &damage)
					assert.Contains(t, damage.Detail, "high-water mark")
					assert.Equal(t, lost, damage.Lost)
				}
				reader := openDir(t, dir, func(o *Options) { o.OnDamage = ReadDamaged })
				assert.Len(t, readAll(t, reader, "talks", 1), 5-cut)
				require.NoError(t, reader.Close())
				require.NoError(t, openDir(t, dir, func(o *Options) { o.OnDamage = AcceptLoss }).Close())
				s := openDir(t, dir)
				begin(t, s, "after")
				require.NoError(t, verified(t, s, nil).Err())
				note, err := os.ReadFile(filepath.Join(dir, lossesFile))
				require.NoError(t, err)
				assert.Contains(t, string(note), "high-water mark")
			})
		}
	}
}

// Damaged lines of the hashes are computed anew when that is accepted, and the others
// stay; the file that was is kept.
func TestHashesAreMended(t *testing.T) {
	for name, c := range map[string]struct {
		edit   func([]byte) []byte
		opens  bool // without acceptance
		remark string
	}{
		"a line":      {func(b []byte) []byte { b[len(b)/2] ^= 1; return b }, true, "for the lines were damaged"},
		"the head":    {func(b []byte) []byte { b[3] ^= 1; return b }, true, "damaged lines were computed anew"},
		"a line feed": {func(b []byte) []byte { b[bytes.LastIndexByte(b[:len(b)/2], '\n')] = ' '; return b }, true, "for the lines were damaged"},
		"all":         {func(b []byte) []byte { clear(b); return b }, false, "computed from the log"},
		"empty":       {func(b []byte) []byte { return nil }, false, "computed from the log"},
		"much of it":  {func(b []byte) []byte { return append(make([]byte, 600<<10), b[len(b)/2:]...) }, true, "for the lines were damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := withMark(t, 9, marks{Last: 9})
			file := filepath.Join(dir, hashesFile)
			b, err := os.ReadFile(file)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(file, c.edit(b), 0o600))
			var damage *DamageError
			if c.opens {
				require.ErrorAs(t, CheckHashes(dir), &damage)
				require.NoError(t, openDir(t, dir).Close())
			} else if _, err := Open(t.Context(), Options{Dir: dir}); !errors.As(err, &damage) {
				require.NoError(t, err)
			}
			assert.Contains(t, damage.Detail, "hashes of the log do not read")
			require.NoError(t, openDir(t, dir, func(o *Options) { o.OnDamage = ReadDamaged }).Close())
			s := openDir(t, dir, func(o *Options) { o.OnDamage = AcceptLoss })
			v := verified(t, s, nil)
			require.Empty(t, v.Findings)
			assert.Equal(t, !c.opens, v.Unproven, "nothing is left to compare with")
			assert.LessOrEqual(t, v.Compared, 9)
			assert.Equal(t, name == "the head", v.Compared == 9, "what was computed now does not count")
			assert.Contains(t, v.Remarks[len(v.Remarks)-1]+v.Remarks[0], c.remark)
			_, _, err = s.Checkpoint(t.Context(), newKey(t), nil)
			require.NoError(t, err)
			require.NoError(t, s.Close())
			require.NoError(t, CheckHashes(dir))
			kept, err := filepath.Glob(filepath.Join(dir, hashesFile+"-before-*"))
			require.NoError(t, err)
			assert.Len(t, kept, 1)
			openDir(t, dir)
		})
	}
}

// A repair that ends before the loss is noted can be done again: the streams are
// there at every moment.
func TestRepairThatWasInterrupted(t *testing.T) {
	dir := withMark(t, 9, marks{Last: 9})
	file := filepath.Join(folder{dir}.streamDir(RecordStream), "msgs", "1.blk")
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	b[recordsOf(b)[4]-20] ^= 1
	require.NoError(t, os.WriteFile(file, b, 0o600))
	before := map[string][]byte{}
	for _, name := range []string{markFile, hashesFile} {
		before[name], err = os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
	}
	require.NoError(t, openDir(t, dir, func(o *Options) { o.OnDamage = AcceptLoss }).Close())
	// This is as far as it comes: the streams have changed places, and that is all.
	for name, content := range before {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o600))
	}
	require.NoError(t, os.Remove(filepath.Join(dir, lossesFile)))

	_, err = Open(t.Context(), Options{Dir: dir})
	var damage *DamageError
	require.ErrorAs(t, err, &damage)
	assert.Equal(t, []Range{{4, 4}}, damage.Lost)
	require.NoError(t, openDir(t, dir, func(o *Options) { o.OnDamage = AcceptLoss }).Close())
	s := openDir(t, dir)
	require.NoError(t, verified(t, s, nil).Err())
	assert.Len(t, readAll(t, s, "talks", 1), 8)
	losses, err := Losses(dir)
	require.NoError(t, err)
	require.Len(t, losses, 1)
	assert.Equal(t, []Range{{4, 4}}, losses[0].Lost)
}

// Streams change places in one step.
func TestExchange(t *testing.T) {
	f := folder{t.TempDir()}
	for _, name := range []string{"jetstream", "new"} {
		require.NoError(t, os.Mkdir(f.path(name), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(f.path(name), name), nil, 0o600))
	}
	require.NoError(t, f.exchange(f.path("new"), f.path("aside")))
	assert.FileExists(t, filepath.Join(f.path("jetstream"), "new"))
	assert.FileExists(t, filepath.Join(f.path("aside"), "jetstream"))
	assert.NoDirExists(t, f.path("new"))
	require.Error(t, f.exchange(f.path("no such"), f.path("other")))
	assert.FileExists(t, filepath.Join(f.path("jetstream"), "new"))
}
