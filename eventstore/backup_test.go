package eventstore

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/eventstore/seal"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// messagesOf lists what a stream holds.
func messagesOf(t testing.TB, s *Store, stream, filter string) []stored {
	t.Helper()
	last, err := s.head(t.Context(), stream, filter)
	require.NoError(t, err)
	var all []stored
	if last > 0 {
		require.NoError(t, s.pull(t.Context(), pullRequest{stream: stream, filter: filter, from: 1, to: last}, func(m stored) bool {
			all = append(all, m)
			return true
		}, func() {}))
	}
	return all
}

// backedUpTalks makes a folder with a record and branches, some of them dropped.
func backedUpTalks(t *testing.T) (dir string, backup []byte, report *BackupReport) {
	t.Helper()
	dir = twoTalks(t, 30)
	s := openDir(t, dir)
	for i, subject := range []string{"a.talks", "b.talks", "b.lake", "a.talks", "c.talks", "b.talks"} {
		require.NoError(t, publishRaw(s, branchPrefix+subject, []byte(strings.Repeat("x", i))))
	}
	stream, err := s.js.Stream(t.Context(), BranchStream)
	require.NoError(t, err)
	require.NoError(t, stream.Purge(t.Context(), jetstream.WithPurgeSubject(branchPrefix+"b.*")))
	var file bytes.Buffer
	report, err = s.Backup(t.Context(), &file, newKey(t), nil)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	return dir, file.Bytes(), report
}

func TestBackupAndRestore(t *testing.T) {
	dir, backup, report := backedUpTalks(t)
	require.Empty(t, report.Missing)
	require.Equal(t, int64(63), report.Entries)
	require.Equal(t, int64(3), report.BranchEntries)
	to := filepath.Join(t.TempDir(), "new")
	restored, err := Restore(t.Context(), "it", bytes.NewReader(backup), Options{Dir: to, Kind: "test"}, RestoreOptions{})
	require.NoError(t, err)
	require.Equal(t, report.Checkpoint, restored.Checkpoint)

	a, b := openDir(t, dir), openDir(t, to)
	for stream, filter := range map[string]string{RecordStream: recordPrefix + "*", BranchStream: branchPrefix + ">"} {
		require.Equal(t, messagesOf(t, a, stream, filter), messagesOf(t, b, stream, filter))
		for _, s := range []*Store{a, b} {
			x, err := s.js.Stream(t.Context(), stream)
			require.NoError(t, err)
			assert.Equal(t, map[string]uint64{RecordStream: 63, BranchStream: 6}[stream], x.CachedInfo().State.LastSeq)
			assert.True(t, x.CachedInfo().Config.DenyDelete)
		}
	}
	v := verified(t, b, report.Checkpoint)
	require.NoError(t, v.Err())
	assert.Equal(t, verified(t, a, nil).Root, v.Root)
	// It goes on where it was, and knows what it has.
	receipt, err := b.Append(t.Context(), Any(), statements("talks", "s1", 3), AppendOptions{})
	require.NoError(t, err)
	assert.Equal(t, 2, receipt.Known)
	require.Len(t, receipt.Appended, 1)
	assert.Equal(t, uint64(64), receipt.Appended[0].Position)

	_, err = Restore(t.Context(), "it", bytes.NewReader(backup), Options{Dir: to}, RestoreOptions{})
	var option *OptionError
	require.ErrorAs(t, err, &option)
}

// No backup that was changed is restored, wherever it was changed; and verify says
// what is the matter.
func TestBackupThatWasChanged(t *testing.T) {
	_, backup, _ := backedUpTalks(t)
	zip, err := gzip.NewReader(bytes.NewReader(backup))
	require.NoError(t, err)
	plain, err := io.ReadAll(zip)
	require.NoError(t, err)
	pack := func(text []byte) []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, err := w.Write(text)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		return b.Bytes()
	}
	lines := bytes.SplitAfter(plain, []byte("\n"))
	require.Greater(t, len(lines), 100)
	without := func(from, to int) []byte {
		return bytes.Join(append(append([][]byte{}, lines[:from]...), lines[to:]...), nil)
	}
	swapped := func() []byte {
		l := append([][]byte{}, lines...)
		l[4], l[6] = l[6], l[4] // the bytes of two entries
		return bytes.Join(l, nil)
	}
	for name, c := range map[string]struct {
		file []byte
		says string
	}{
		"a byte of an entry": {pack(bytes.Replace(plain, []byte("through the night"), []byte("through the Night"), 1)), "#3 of lake was changed"},
		"an entry left out":  {pack(without(9, 11)), "#5"},
		"bytes swapped":      {pack(swapped()), "damaged after #1"},
		"its end":            {pack(without(len(lines)-2, len(lines))), "it ends too early"},
		"half of it":         {backup[:len(backup)/2], "it ends too early"},
		"a bit in the file":  {flip(backup, len(backup)/2, 3), "damaged after"},
		"something behind":   {pack(append(bytes.Clone(plain), "{}\n"...)), "something follows its end"},
		"another file":       {[]byte("key,type\n"), "no gzip file"},
		"another format":     {pack([]byte("{}\n")), "does not begin with the format"},
		"nothing":            {nil, "no gzip file"},
	} {
		t.Run(name, func(t *testing.T) {
			to := filepath.Join(t.TempDir(), "new")
			_, err := Restore(t.Context(), "it", bytes.NewReader(c.file), Options{Dir: to}, RestoreOptions{})
			require.Error(t, err)
			left, err := os.ReadDir(filepath.Dir(to))
			require.NoError(t, err)
			require.Empty(t, left, "nothing is left behind")
			file := filepath.Join(t.TempDir(), "it")
			require.NoError(t, os.WriteFile(file, c.file, 0o600))
			v, err := VerifyFiles(t.Context(), []string{file}, VerifyOptions{})
			if err == nil {
				err = v.Err()
			}
			if name == "another file" || name == "nothing" {
				c.says = "is neither a backup nor an export of stored events"
			}
			require.ErrorContains(t, err, c.says)
		})
	}
}

func flip(b []byte, at, bit int) []byte {
	b = bytes.Clone(b)
	b[at] ^= 1 << bit
	return b
}

// Files are verified without a store: a backup, and exports of one negotiation.
func TestVerifyFiles(t *testing.T) {
	dir, backup, report := backedUpTalks(t)
	file := filepath.Join(t.TempDir(), "record.backup")
	require.NoError(t, os.WriteFile(file, backup, 0o600))
	v, err := VerifyFiles(t.Context(), []string{file}, VerifyOptions{Checkpoint: report.Checkpoint})
	require.NoError(t, err)
	require.NoError(t, v.Err())
	require.Equal(t, report.Checkpoint.Logs, v.Logs)

	s := openDir(t, dir)
	var text []byte
	var roll seal.Roll
	for _, m := range messagesOf(t, s, RecordStream, recordPrefix+"lake") {
		text = append(append(text, m.data...), '\n')
		require.NoError(t, roll.Add(lineOf(m)))
	}
	export := filepath.Join(t.TempDir(), "anything.ndjson")
	check := func(content []byte, c *seal.Checkpoint) error {
		require.NoError(t, os.WriteFile(export, content, 0o600))
		v, err := VerifyFiles(t.Context(), []string{export}, VerifyOptions{Checkpoint: c})
		require.NoError(t, err)
		return v.Err()
	}
	var option *OptionError
	require.ErrorAs(t, check(text, nil), &option)
	require.NoError(t, check(text, report.Checkpoint))
	require.NoError(t, check(append(bytes.Clone(text), "more\n"...), report.Checkpoint))
	for i := range 100 {
		at := i * (len(text) - 1) / 99
		require.Error(t, check(flip(text, at, i%7), report.Checkpoint), "byte %d", at)
	}
	require.ErrorContains(t, check(text[:len(text)/2], report.Checkpoint), "and had")
	require.ErrorContains(t, check(text, &seal.Checkpoint{}), "does not speak of it")
}
