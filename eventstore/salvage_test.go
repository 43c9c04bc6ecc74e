package eventstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"parley/domain"
	"parley/eventstore/blocks"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	bulkEvents = 400
	bulkNote   = 64 << 10 // bytes; a block holds 8 MiB
)

// bulk is enough input for several blocks.
func bulk() []domain.Candidate {
	in := slices.Concat(offer(registration("talks"), registration("lake")), statements("talks", "t", bulkEvents/2), statements("lake", "l", bulkEvents/2))
	for _, c := range in[2:] {
		c.Event.Note = strings.Repeat(c.Event.Key, bulkNote/len(c.Event.Key))
	}
	return in
}

func childBulk(ctx context.Context, s *Store) error {
	_, err := s.Append(ctx, Any(), bulk(), AppendOptions{})
	return err
}

// blockOf is the path of a block of the record, counted from the first; a negative
// one is counted from the last.
func blockOf(t testing.TB, dir string, n int) string {
	t.Helper()
	for count := 1; ; count++ {
		name := filepath.Join(folder{dir}.streamDir(RecordStream), "msgs", string(rune('0'+count))+".blk")
		if _, err := os.Stat(name); err != nil {
			require.GreaterOrEqual(t, count, 4, "blocks and one")
			if n < 0 {
				n += count
			}
			return filepath.Join(filepath.Dir(name), string(rune('0'+n))+".blk")
		}
	}
}

// edited changes the bytes of a file.
func edited(n int, edit func([]byte) []byte) func(testing.TB, string) {
	return func(t testing.TB, dir string) {
		name := blockOf(t, dir, n)
		b, err := os.ReadFile(name)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(name, edit(b), 0o600))
	}
}

// at finds the third record of a block, and how long it is.
func at(b []byte) (begin, size int) {
	length := func(i int) int { return int(binary.LittleEndian.Uint32(b[i:]) &^ (1 << 31)) }
	begin = length(0) + length(length(0))
	return begin, length(begin)
}

func flipAt(offset func(begin, size int) int) func([]byte) []byte {
	return func(b []byte) []byte {
		begin, size := at(b)
		b[offset(begin, size)] ^= 1
		return b
	}
}

var (
	payload  = flipAt(func(begin, size int) int { return begin + size/2 })
	lengthOf = flipAt(func(begin, _ int) int { return begin + 1 })
	sequence = flipAt(func(begin, _ int) int { return begin + 7 })
	subject  = flipAt(func(begin, _ int) int { return begin + 25 })
	header   = flipAt(func(begin, _ int) int { return begin + 22 + len("parley.record.talks") + 1 })
	half     = func(b []byte) []byte { return b[:len(b)/2] }
	zeroed   = func(b []byte) []byte { begin, _ := at(b); clear(b[begin+4096 : begin+8192]); return b }
)

func removeBlock(n int) func(testing.TB, string) {
	return func(t testing.TB, dir string) { require.NoError(t, os.Remove(blockOf(t, dir, n))) }
}

func writeStreamFile(name, content string) func(testing.TB, string) {
	return func(t testing.TB, dir string) {
		require.NoError(t, os.WriteFile(filepath.Join(folder{dir}.streamDir(RecordStream), name), []byte(content), 0o600))
	}
}

// damages are ways in which the files of a log are damaged, and how many entries
// they cost; -1 stands for many.
var damages = map[string]struct {
	do     func(testing.TB, string)
	lost   int
	killed bool // tried after kill -9 as well, and with restore and acceptance
}{
	"byte of an entry, middle block":  {edited(2, payload), 1, true},
	"byte of an entry, last block":    {edited(-1, payload), 1, true},
	"byte of a length, middle block":  {edited(2, lengthOf), 1, false},
	"byte of a length, last block":    {edited(-1, lengthOf), 1, false},
	"byte of a sequence":              {edited(2, sequence), 1, false},
	"byte of a subject":               {edited(2, subject), 1, false},
	"length of headers":               {edited(2, header), 1, false},
	"a page of zeros":                 {edited(-1, zeroed), 1, false},
	"middle block cut in half":        {edited(2, half), -1, false},
	"last block cut in half":          {edited(-1, half), -1, true},
	"last block empty":                {edited(-1, func([]byte) []byte { return nil }), -1, false},
	"first block gone":                {removeBlock(1), -1, false},
	"middle block gone":               {removeBlock(2), -1, true},
	"last block gone":                 {removeBlock(-1), -1, true},
	"metadata damaged":                {writeStreamFile("meta.inf", "{"), 0, true},
	"sum of metadata damaged":         {writeStreamFile("meta.sum", "0000000000000000"), 0, false},
	"garbage behind the last entry":   {edited(-1, func(b []byte) []byte { return append(b, "garbage"...) }), -2, true},
	"index of the server damaged":     {func(t testing.TB, dir string) { writeStreamFile(filepath.Join("msgs", "index.db"), "garbage")(t, dir) }, -2, false},
	"a half record behind the last":   {edited(-1, func(b []byte) []byte { _, size := at(b); return append(b, b[:size-9]...) }), -2, false},
	"a record of the server's own":    {edited(1, func(b []byte) []byte { return b }), -2, false},
	"two bytes of one entry":          {edited(2, func(b []byte) []byte { return payload(sequence(b)) }), 1, false},
	"bytes of entries in two blocks":  {func(t testing.TB, dir string) { edited(1, payload)(t, dir); edited(-1, payload)(t, dir) }, 2, false},
	"the end of every block":          {func(t testing.TB, dir string) { edited(1, cutEnd)(t, dir); edited(2, cutEnd)(t, dir) }, 2, false},
	"a block in the place of another": {func(t testing.TB, dir string) { copyFile(t, blockOf(t, dir, 1), blockOf(t, dir, 2)) }, -1, false},
}

func cutEnd(b []byte) []byte { return b[:len(b)-1] }

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(to, b, 0o600))
}

// snapshot is what the files of a folder hold, but for those that every start writes.
func snapshot(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	require.NoError(t, filepath.WalkDir(filepath.Join(dir, "jetstream"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		out[name], err = os.ReadFile(name)
		return err
	}))
	return out
}

func TestDamageOfFiles(t *testing.T) {
	stopped := t.TempDir()
	s := openDir(t, stopped)
	require.NoError(t, childBulk(t.Context(), s))
	require.NoError(t, s.Close())
	killed := t.TempDir()
	c, _ := startChild(t, "bulk", killed, 0)
	require.Equal(t, "done", c.line())
	c.kill()
	for name, d := range damages {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.CopyFS(dir, os.DirFS(stopped)))
			d.do(t, dir)
			testDamaged(t, dir, d.lost, d.killed)
		})
		if d.killed {
			t.Run(name+", after kill -9", func(t *testing.T) {
				dir := t.TempDir()
				require.NoError(t, os.CopyFS(dir, os.DirFS(killed)))
				d.do(t, dir)
				testDamaged(t, dir, d.lost, false)
			})
		}
	}
}

// testDamaged opens a damaged folder: it is refused, and what is left can be read;
// then, if asked to, in every other way.
func testDamaged(t *testing.T, dir string, want int, all bool) {
	before := snapshot(t, dir)
	s, err := Open(t.Context(), Options{Dir: dir})
	if want == -2 { // nothing is lost
		require.NoError(t, err)
		require.NoError(t, verified(t, s, nil).Err())
		require.NoError(t, s.Close())
		return
	}
	var damage *DamageError
	require.ErrorAs(t, err, &damage)
	require.Equal(t, before, snapshot(t, dir), "nothing was touched")
	lost := 0
	for _, r := range damage.Lost {
		lost += int(r.To - r.From + 1)
	}
	if want >= 0 {
		require.Equal(t, want, lost, "%v", damage)
	} else {
		require.Greater(t, lost, 10, "%v", damage)
	}
	if lost > 0 {
		assert.Regexp(t, `of the entries, [0-9]+ of (lake|talks)`, damage.Error())
	}

	// What is left can be read, backed up and restored, at its positions.
	reader := openDir(t, dir, func(o *Options) { o.OnDamage = ReadDamaged })
	require.Equal(t, damage.Lost, reader.Damage().Lost)
	v := verified(t, reader, nil)
	require.Equal(t, lost, len(v.Findings)+v.More)
	for _, f := range v.Findings {
		require.Equal(t, Dropped, f.Kind)
		require.True(t, within(damage.Lost, f.Position))
	}
	saved := messagesOf(t, reader, RecordStream, recordPrefix+"*")
	require.Len(t, saved, bulkEvents+2-lost)
	if !all {
		return
	}
	var file bytes.Buffer
	report, err := reader.Backup(t.Context(), &file, newKey(t), nil)
	require.NoError(t, err)
	require.Equal(t, damage.Lost, nilIfNone(report.Missing))
	_, err = reader.Append(t.Context(), Any(), statements("talks", "new", 1), AppendOptions{})
	require.ErrorAs(t, err, &damage)
	require.NoError(t, reader.Close())
	require.Equal(t, before, snapshot(t, dir), "nothing was touched")

	to := filepath.Join(t.TempDir(), "new")
	restored, err := Restore(t.Context(), "it", &file, Options{Dir: to}, RestoreOptions{})
	require.NoError(t, err)
	require.Equal(t, report.Checkpoint, restored.Checkpoint)
	goesOn(t, openDir(t, to), saved)

	// Or the loss is accepted.
	accepted := openDir(t, dir, func(o *Options) { o.OnDamage = AcceptLoss })
	goesOn(t, accepted, saved)
	require.NoError(t, accepted.Close())
	again := openDir(t, dir)
	require.NoError(t, verified(t, again, nil).Err())
	require.NoError(t, again.Close())
	_, err = os.Stat(filepath.Join(dir, lossesFile))
	require.NoError(t, err)
	aside, err := filepath.Glob(filepath.Join(dir, "jetstream-damaged-*"))
	require.NoError(t, err)
	require.Len(t, aside, 1)
}

func nilIfNone(r []Range) []Range {
	if len(r) == 0 {
		return nil
	}
	return r
}

// goesOn demands that a store has these messages and takes more, at positions that
// were never given before.
func goesOn(t *testing.T, s *Store, saved []stored) {
	t.Helper()
	require.Equal(t, saved, messagesOf(t, s, RecordStream, recordPrefix+"*"))
	require.NoError(t, verified(t, s, nil).Err())
	receipt, err := s.Append(t.Context(), Any(), slices.Concat(offer(registration("after")), statements("after", "new", 1)), AppendOptions{})
	require.NoError(t, err)
	require.Equal(t, uint64(bulkEvents+3), receipt.Appended[0].Position)
}

// The reader of blocks and the server agree on what a stream holds, also where
// messages were deleted.
func TestBlocksAreReadAsTheServerReads(t *testing.T) {
	dir, _, _ := backedUpTalks(t)
	s := openDir(t, dir)
	streams := map[string][]stored{
		RecordStream: messagesOf(t, s, RecordStream, recordPrefix+"*"),
		BranchStream: messagesOf(t, s, BranchStream, branchPrefix+">"),
	}
	require.NoError(t, s.Close())
	for stream, want := range streams {
		var got []stored
		report, err := blocks.Inspect(folder{dir}.streamDir(stream), stream)
		require.NoError(t, err)
		require.NoError(t, report.Messages(func(m blocks.Message) bool {
			got = append(got, stored{subject: m.Subject, position: m.Position, data: append([]byte{}, m.Data...)})
			return true
		}))
		require.NoError(t, report.Meta)
		require.Empty(t, report.Faults)
		require.Equal(t, len(want), len(got))
		for i := range want {
			require.Equal(t, want[i].subject, got[i].subject)
			require.Equal(t, want[i].position, got[i].position)
			require.True(t, bytes.Equal(want[i].data, got[i].data))
		}
	}
	report, err := blocks.Inspect(filepath.Join(dir, "no such folder"), RecordStream)
	require.NoError(t, err)
	require.False(t, report.Exists)
	require.True(t, errors.Is(report.Meta, fs.ErrNotExist))
}
