package eventstore

import (
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// recordsIn cuts a block into its records.
func recordsIn(t *testing.T, file string) (list [][]byte) {
	t.Helper()
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	begin := append(recordsOf(b), len(b))
	for i := range begin[1:] {
		list = append(list, b[begin[i]:begin[i+1]])
	}
	return list
}

func writeRecords(t *testing.T, file string, list [][]byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(file, slices.Concat(list...), 0o600))
}

// inBlock edits the records of one block; across edits those of two.
func inBlock(n int, edit func([][]byte) [][]byte) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		file := blockOf(t, dir, n)
		writeRecords(t, file, edit(recordsIn(t, file)))
	}
}

func across(edit func(first, second [][]byte) ([][]byte, [][]byte)) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		one, two := blockOf(t, dir, 1), blockOf(t, dir, 2)
		first, second := edit(recordsIn(t, one), recordsIn(t, two))
		writeRecords(t, one, first)
		writeRecords(t, two, second)
	}
}

func swap(i, j int) func([][]byte) [][]byte {
	return func(r [][]byte) [][]byte { r[i], r[j] = r[j], r[i]; return r }
}

// Records that stand elsewhere in the files than they were written are named: nothing
// of them is lost, though a server would cut them off or read others in their place.
func TestRecordsThatWereMoved(t *testing.T) {
	whole := t.TempDir()
	s := openDir(t, whole)
	require.NoError(t, childBulk(t.Context(), s))
	saved := messagesOf(t, s, RecordStream, recordPrefix+"*")
	require.NoError(t, s.Close())
	inFirst := uint64(len(recordsIn(t, blockOf(t, whole, 1)))) // the second block begins behind it

	for name, c := range map[string]struct {
		do    func(*testing.T, string)
		moved map[uint64]uint64 // and with what they changed places
	}{
		"neighbours":          {inBlock(1, swap(4, 5)), map[uint64]uint64{5: 6, 6: 5}},
		"first and second":    {inBlock(1, swap(0, 1)), map[uint64]uint64{1: 2, 2: 1}},
		"far from each other": {inBlock(1, swap(4, 40)), map[uint64]uint64{5: 41, 41: 5}},
		"two pairs":           {inBlock(1, func(r [][]byte) [][]byte { return swap(10, 12)(swap(4, 40)(r)) }), map[uint64]uint64{5: 41, 41: 5, 11: 13, 13: 11}},
		"the last of a block": {inBlock(2, func(r [][]byte) [][]byte { return swap(0, len(r)-1)(r) }), nil},
		"one, to the end of its block": {inBlock(1, func(r [][]byte) [][]byte {
			return append(slices.Delete(slices.Clone(r), 4, 5), r[4])
		}), map[uint64]uint64{5: 0}},
		"one, to the beginning": {inBlock(1, func(r [][]byte) [][]byte {
			return append([][]byte{r[40]}, slices.Delete(slices.Clone(r), 40, 41)...)
		}), map[uint64]uint64{41: 0}},
		"between two blocks": {across(func(a, b [][]byte) ([][]byte, [][]byte) {
			a[4], b[7] = b[7], a[4]
			return a, b
		}), map[uint64]uint64{5: inFirst + 8, inFirst + 8: 5}},
		"one, to another block": {across(func(a, b [][]byte) ([][]byte, [][]byte) {
			return slices.Delete(slices.Clone(a), 4, 5), slices.Insert(b, 7, a[4])
		}), map[uint64]uint64{5: 0}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.CopyFS(dir, os.DirFS(whole)))
			if c.do(t, dir); c.moved == nil {
				end := inFirst + uint64(len(recordsIn(t, blockOf(t, dir, 2))))
				c.moved = map[uint64]uint64{inFirst + 1: end, end: inFirst + 1}
			}
			testMoved(t, dir, c.moved, saved)
		})
	}
}

func testMoved(t *testing.T, dir string, moved map[uint64]uint64, saved []stored) {
	t.Helper()
	before := snapshot(t, dir)
	_, err := Open(t.Context(), Options{Dir: dir})
	var damage *DamageError
	require.ErrorAs(t, err, &damage)
	assert.Empty(t, damage.Lost, "%v", damage)

	reader := openDir(t, dir, func(o *Options) { o.OnDamage = ReadDamaged })
	v := verified(t, reader, nil)
	got := map[uint64]uint64{}
	for _, f := range v.Findings {
		assert.Equal(t, Moved, f.Kind, "%+v", f)
		assert.Contains(t, []string{"talks", "lake"}, f.Negotiation)
		assert.Equal(t, entryOf(saved[f.Position-1]).Event.Name(), f.Event)
		assert.Contains(t, damage.Error(), f.Detail[:len("msgs/1.blk: the record of")])
		got[f.Position] = f.Now
	}
	assert.Equal(t, moved, got)
	assert.Equal(t, len(saved), v.Compared, "all are there, and as they were")
	require.ErrorContains(t, v.Err(), "was moved")
	require.Equal(t, saved, messagesOf(t, reader, RecordStream, recordPrefix+"*"))
	require.NoError(t, reader.Close())
	require.Equal(t, before, snapshot(t, dir), "nothing was touched")

	goesOn(t, openDir(t, dir, func(o *Options) { o.OnDamage = AcceptLoss }), saved)
}

// A record that stands twice, once in the place of another, is a copy: the other one is
// lost.
func TestRecordThatWasCopied(t *testing.T) {
	dir := t.TempDir()
	s := openDir(t, dir)
	require.NoError(t, childBulk(t.Context(), s))
	require.NoError(t, s.Close())
	across(func(a, b [][]byte) ([][]byte, [][]byte) { b[7] = a[4]; return a, b })(t, dir)
	lost := uint64(len(recordsIn(t, blockOf(t, dir, 1))) + 8)
	_, err := Open(t.Context(), Options{Dir: dir})
	var damage *DamageError
	require.ErrorAs(t, err, &damage)
	assert.Equal(t, []Range{{lost, lost}}, damage.Lost)
	assert.Contains(t, damage.Detail, "a copy of #5 of msgs/1.blk stands here")
}
