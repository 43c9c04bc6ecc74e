package eventstore

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"parley/eventstore/blocks"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// bulky is entries of a branch that fill more than two blocks.
const bulky = 300

func appendBulk(t *testing.T, s *Store, branch, prefix string) {
	t.Helper()
	in := statements("talks", prefix, bulky)
	for _, c := range in {
		c.Event.Note = strings.Repeat(c.Event.Key, bulkNote/len(c.Event.Key))
	}
	_, err := s.AppendBranch(t.Context(), branch, Any(), in, AppendOptions{})
	require.NoError(t, err)
}

// branchBlocks lists the files of the branches, in order.
func branchBlocks(t *testing.T, dir string) (files []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder{dir}.streamDir(BranchStream), "msgs", "*.blk"))
	require.NoError(t, err)
	number := func(name string) int {
		n, err := strconv.Atoi(strings.TrimSuffix(filepath.Base(name), ".blk"))
		require.NoError(t, err)
		return n
	}
	slices.SortFunc(files, func(a, b string) int { return number(a) - number(b) })
	return files
}

// dropsAndKeeps makes a folder with the branches kept and gone, each of many blocks, of
// which gone was dropped: whole files of it went from the middle.
func dropsAndKeeps(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	s := openDir(t, dir)
	begin(t, s, "talks")
	for _, name := range []string{"kept", "gone"} {
		_, err := s.OpenBranch(t.Context(), opening(name))
		require.NoError(t, err)
		appendBulk(t, s, name, name)
	}
	appendBulk(t, s, "kept", "late")
	require.NoError(t, s.Close())
	before := len(branchBlocks(t, dir))
	s = openDir(t, dir)
	require.NoError(t, s.DropBranch(t.Context(), "talks", "gone", "test", "no longer needed"))
	require.NoError(t, s.DropBranch(t.Context(), "talks", "gone", "test", "again"))
	require.NoError(t, s.Close())
	require.Less(t, len(branchBlocks(t, dir)), before, "whole files went")
	return dir
}

func inspectBranches(t *testing.T, dir string) *blocks.Report {
	t.Helper()
	r, err := blocks.Inspect(folder{dir}.streamDir(BranchStream), BranchStream)
	require.NoError(t, err)
	return r
}

// A file of branches that is gone is told from one that went when a branch was dropped.
func TestLostFileOfBranches(t *testing.T) {
	whole := dropsAndKeeps(t)
	noted, err := folder{whole}.readDropped()
	require.NoError(t, err)
	assert.Equal(t, []Range{{bulky + 2, 2*bulky + 2}}, noted.ranges, "the opening and the entries of gone")
	copied := func(t *testing.T) string {
		dir := t.TempDir()
		require.NoError(t, os.CopyFS(dir, os.DirFS(whole)))
		return dir
	}

	t.Run("dropped", func(t *testing.T) {
		dir := copied(t)
		s := openDir(t, dir)
		var file bytes.Buffer
		report, err := s.Backup(t.Context(), &file, newKey(t), nil)
		require.NoError(t, err)
		require.Empty(t, report.BranchMissing)
		require.NoError(t, s.Close())
		to := filepath.Join(t.TempDir(), "new")
		_, err = Restore(t.Context(), "it", &file, Options{Dir: to}, RestoreOptions{})
		require.NoError(t, err)
		require.NoError(t, openDir(t, to).Close())
	})
	t.Run("lost", func(t *testing.T) {
		dir := copied(t)
		before := gapsOf(inspectBranches(t, dir))
		list := branchBlocks(t, dir)
		require.NoError(t, os.Remove(list[len(list)-2]))
		lost := newGap(t, dir, before)
		acceptsLostBranches(t, dir, []Range{lost}, "")
	})
	t.Run("lost, with the beginning of a branch", func(t *testing.T) {
		dir := copied(t)
		require.NoError(t, os.Remove(branchBlocks(t, dir)[0]))
		acceptsLostBranches(t, dir, []Range{{1, inspectBranches(t, dir).First - 1}}, "branch kept of talks")
	})
	t.Run("notes that do not read", func(t *testing.T) {
		dir := copied(t)
		file := filepath.Join(dir, droppedFile)
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		b[len(b)-12] ^= 1
		require.NoError(t, os.WriteFile(file, b, 0o600))
		_, err = Open(t.Context(), Options{Dir: dir})
		require.ErrorContains(t, err, "1 lines of the file dropped do not read")
		require.NoError(t, openDir(t, dir, func(o *Options) { o.OnDamage = AcceptLoss }).Close())
		openDir(t, dir)
	})
	t.Run("without notes", func(t *testing.T) {
		dir := copied(t)
		require.NoError(t, os.Remove(filepath.Join(dir, droppedFile)))
		require.NoError(t, openDir(t, dir).Close(), "what is free by then counts as dropped")
		before := gapsOf(inspectBranches(t, dir))
		list := branchBlocks(t, dir)
		require.NoError(t, os.Remove(list[len(list)-2]))
		acceptsLostBranches(t, dir, []Range{newGap(t, dir, before)}, "")
	})
}

// newGap is the one gap that was not there before.
func newGap(t *testing.T, dir string, before []Range) Range {
	t.Helper()
	var found []Range
	for _, g := range gapsOf(inspectBranches(t, dir)) {
		if !slices.Contains(before, g) {
			found = append(found, g)
		}
	}
	require.Len(t, found, 1)
	return found[0]
}

func acceptsLostBranches(t *testing.T, dir string, lost []Range, name string) {
	t.Helper()
	_, err := Open(t.Context(), Options{Dir: dir})
	var damage *DamageError
	require.ErrorAs(t, err, &damage)
	assert.Equal(t, lost, damage.LostOf(BranchStream), "%v", damage)
	assert.Empty(t, damage.LostOf(RecordStream))
	assert.Contains(t, damage.Detail, "no branch that was dropped had them")
	assert.Contains(t, damage.Detail, name)

	reader := openDir(t, dir, func(o *Options) { o.OnDamage = ReadDamaged })
	left := messagesOf(t, reader, BranchStream, branchPrefix+">")
	require.NoError(t, reader.Close())
	s := openDir(t, dir, func(o *Options) { o.OnDamage = AcceptLoss })
	assert.Equal(t, left, messagesOf(t, s, BranchStream, branchPrefix+">"))
	require.NoError(t, s.Close())
	s = openDir(t, dir) // it was decided once
	require.NoError(t, verified(t, s, nil).Err())
	require.NoError(t, s.Close())
}

func TestDroppedNotes(t *testing.T) {
	f := folder{t.TempDir()}
	var list []Range
	for i := range uint64(2*droppedRanges + 1) {
		list = append(list, Range{3*i + 1, 3*i + 1 + i%2})
	}
	require.NoError(t, f.noteDropped(droppedOthers, nil))
	d, err := f.readDropped()
	require.NoError(t, err)
	require.Equal(t, dropped{known: true}, d)
	require.NoError(t, f.noteDropped("a.talks", list))
	torn, err := os.OpenFile(f.path(droppedFile), os.O_WRONLY|os.O_APPEND, 0)
	require.NoError(t, err)
	_, err = torn.WriteString("b.talks 7-")
	require.NoError(t, err)
	require.NoError(t, torn.Close())
	require.NoError(t, f.noteDropped("c.talks", []Range{{9000, 9000}}))
	d, err = f.readDropped()
	require.NoError(t, err)
	require.Equal(t, 1, d.damaged)
	require.Equal(t, append(list, Range{9000, 9000}), d.ranges)
}

func TestWithoutRanges(t *testing.T) {
	for _, c := range []struct{ noted, want []Range }{
		{nil, []Range{{5, 9}}},
		{[]Range{{1, 4}, {10, 12}}, []Range{{5, 9}}},
		{[]Range{{1, 5}, {9, 9}}, []Range{{6, 8}}},
		{[]Range{{6, 6}, {6, 7}, {8, 8}}, []Range{{5, 5}, {9, 9}}},
		{[]Range{{1, 20}}, nil},
		{[]Range{{5, 7}, {6, 9}}, nil},
	} {
		assert.Equal(t, c.want, without(Range{5, 9}, c.noted), "%v", c.noted)
	}
}
