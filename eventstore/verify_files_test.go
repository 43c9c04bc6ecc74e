package eventstore

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/eventstore/seal"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
)

// rewritten writes a backup again, with its entries and its end as change leaves
// them, and a checkpoint and a manifest that agree with them. The signatures stay what
// they were.
func rewritten(t *testing.T, backup []byte, change func(i *item), end func(e *backupEnd)) []byte {
	t.Helper()
	b, err := openBackup("it", bytes.NewReader(backup))
	require.NoError(t, err)
	var out bytes.Buffer
	w := newBackupWriter(&out)
	require.NoError(t, w.line(b.head))
	var roll seal.Roll
	var branches branchSum
	for {
		i, _, err := b.next()
		require.NoError(t, err)
		if i == nil {
			break
		}
		change(i)
		if i.stream == RecordStream {
			require.NoError(t, roll.Add(lineOf(i.stored)))
		} else {
			branches.add(i.stored)
		}
		require.NoError(t, w.item(backupItem{Stream: i.stream, Position: i.position, Subject: i.subject, Hash: seal.Leaf(i.data), Bytes: len(i.data)}, i.data))
	}
	_, signatures, _ := strings.Cut(b.end.Checkpoint, "\n\n")
	c, err := seal.Open([]byte(b.end.Checkpoint), nil)
	require.NoError(t, err)
	now := roll.Checkpoint(c.Origin)
	b.end.Checkpoint = now.Format() + "\n" + signatures
	end(b.end)
	_, signatures, _ = strings.Cut(b.end.Manifest, "\n\n")
	b.end.Manifest = b.end.manifest(now, &branches) + "\n" + signatures
	require.NoError(t, w.end(*b.end))
	return out.Bytes()
}

// A backup in which an event and all hashes were changed agrees with itself. Only
// its signature tells, to whoever has the key.
func TestVerifyForgedBackup(t *testing.T) {
	s := openDir(t, twoTalks(t, 5))
	key := newKey(t)
	var file bytes.Buffer
	_, err := s.Backup(t.Context(), &file, key, nil)
	require.NoError(t, err)
	forged := rewritten(t, file.Bytes(), func(i *item) {
		i.data = bytes.Replace(i.data, []byte("through the night"), []byte("through the Night"), 1)
	}, func(*backupEnd) {})
	require.NotEqual(t, file.Bytes(), forged)
	own, err := seal.ParsePublic(key.Public)
	require.NoError(t, err)
	other, err := seal.ParsePublic(newKey(t).Public)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		file []byte
		key  note.Verifier
		says string
	}{
		"true":                          {file.Bytes(), own, ""},
		"true, with another key":        {file.Bytes(), other, "it is not signed with the key"},
		"forged, with the key":          {forged, own, "invalid signature"},
		"forged, with another key":      {forged, other, "it is not signed with the key"},
		"forged, and no key was known":  {forged, nil, ""},
		"not forged, no key was known ": {file.Bytes(), nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			signer := func(string) note.Verifier { return c.key }
			from := filepath.Join(t.TempDir(), "it")
			require.NoError(t, os.WriteFile(from, c.file, 0o600))
			to := filepath.Join(t.TempDir(), "new")
			v, verifyErr := VerifyFiles(t.Context(), []string{from}, VerifyOptions{Signer: signer})
			r, restoreErr := Restore(t.Context(), from, bytes.NewReader(c.file), Options{Dir: to}, RestoreOptions{Signer: signer})
			if c.says != "" {
				for _, err := range []error{verifyErr, restoreErr} {
					var signature *SignatureError
					require.ErrorAs(t, err, &signature)
					require.ErrorContains(t, err, c.says)
				}
				require.NoDirExists(t, to)
				return
			}
			require.NoError(t, verifyErr)
			require.NoError(t, restoreErr)
			require.NoError(t, v.Err())
			require.Equal(t, c.key != nil, v.Signed)
			require.Equal(t, c.key != nil, r.Checked)
		})
	}
}

// What is neither a backup nor an export is never verified, whatever it is called.
func TestVerifyNoBackupNorExport(t *testing.T) {
	_, backup, _ := backedUpTalks(t)
	dir := t.TempDir()
	file := func(name string, content []byte) string {
		name = filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(name, content, 0o600))
		return name
	}
	for name, content := range map[string][]byte{
		"empty":                 {},
		"one byte":              {0x1f},
		"a line feed":           []byte("\n"),
		"first byte zeroed":     append([]byte{0}, backup[1:]...),
		"another program":       []byte("\x7fELF\x02\x01\n\x00\n"),
		"JSON that is no event": []byte("{}\n[]\n"),
	} {
		_, err := VerifyFiles(t.Context(), []string{file(name, content)}, VerifyOptions{})
		var no *ExportError
		require.ErrorAs(t, err, &no, name)
	}
	one, two := file("one", backup), file("two", backup)
	_, err := VerifyFiles(t.Context(), []string{one, two}, VerifyOptions{})
	var option *OptionError
	require.ErrorAs(t, err, &option)
	require.ErrorContains(t, err, "one is a backup")
}

// What may not be signed by anybody known is bounded: a restore would write it all.
func TestBackupThatCannotBe(t *testing.T) {
	_, backup, _ := backedUpTalks(t) // 63 entries of the record, the last of the branches at 6
	same := func(*item) {}
	for name, c := range map[string]struct {
		change func(*item)
		end    func(*backupEnd)
		says   string
	}{
		"record beyond its end":  {same, func(e *backupEnd) { e.Last[RecordStream] = 3_000_000 }, "went on to #3000000, but nothing of it is behind #63"},
		"branches beyond theirs": {same, func(e *backupEnd) { e.Last[BranchStream] = 1 << 40 }, "PARLEY_BRANCHES went on to"},
		"missing without end": {same, func(e *backupEnd) {
			e.Last[RecordStream], e.Missing = 1<<40, []Range{{64, 1 << 40}}
		}, "went on to"},
		"record before its end": {same, func(e *backupEnd) { e.Last[RecordStream] = 5 }, "ended at #5, but has #63"},
		"a stream of others":    {same, func(e *backupEnd) { e.Last["KV_x"] = 5 }, `a stream "KV_x", which is none of ours`},
		"an entry of others": {func(i *item) {
			if i.stream == BranchStream {
				i.stream = "KV_x"
			}
		}, func(*backupEnd) {}, `a stream "KV_x", which is none of ours`},
		"a subject of others": {func(i *item) {
			if i.stream == BranchStream {
				i.subject = "parley.record.talks"
			}
		}, func(*backupEnd) {}, `the subject "parley.record.talks" in the stream PARLEY_BRANCHES`},
		"a branch far away": {func(i *item) {
			if i.stream == BranchStream {
				i.position += 1 << 40
			}
		}, func(*backupEnd) {}, "and nothing between them"},
		"one position twice": {func(i *item) {
			if i.stream == BranchStream {
				i.position = 4
			}
		}, func(*backupEnd) {}, "#4 of PARLEY_BRANCHES comes after #4"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "it.backup")
			forged := rewritten(t, backup, c.change, c.end)
			require.NoError(t, os.WriteFile(file, forged, 0o600))
			_, verifyErr := VerifyFiles(t.Context(), []string{file}, VerifyOptions{})
			to := filepath.Join(t.TempDir(), "new")
			_, restoreErr := Restore(t.Context(), file, bytes.NewReader(forged), Options{Dir: to}, RestoreOptions{})
			for _, err := range []error{verifyErr, restoreErr} {
				var fault *BackupError
				require.ErrorAs(t, err, &fault)
				require.ErrorContains(t, err, c.says)
				require.ErrorContains(t, err, "it.backup")
			}
			require.NoDirExists(t, to)
		})
	}
}

// A restore goes into an empty folder, also through a link to one.
func TestRestoreIntoEmptyFolder(t *testing.T) {
	_, backup, _ := backedUpTalks(t)
	dir := t.TempDir()
	for _, name := range []string{"empty", "target", "full"} {
		require.NoError(t, os.Mkdir(filepath.Join(dir, name), 0o700))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "full", "x"), nil, 0o600))
	require.NoError(t, os.Symlink("target", filepath.Join(dir, "link")))
	require.NoError(t, os.Symlink("nowhere", filepath.Join(dir, "dangling")))
	restore := func(name string) error {
		_, err := Restore(t.Context(), "it", bytes.NewReader(backup), Options{Dir: filepath.Join(dir, name)}, RestoreOptions{})
		return err
	}
	require.NoError(t, restore("empty"))
	require.NoError(t, restore("link"))
	for _, name := range []string{"full", "dangling", "empty"} {
		var option *OptionError
		require.ErrorAs(t, restore(name), &option, name)
	}
	info, err := os.Lstat(filepath.Join(dir, "link"))
	require.NoError(t, err)
	require.NotZero(t, info.Mode()&os.ModeSymlink, "the link stays")
	for _, name := range []string{"empty", "link"} {
		require.NoError(t, verified(t, openDir(t, filepath.Join(dir, name)), nil).Err())
	}
}

// What was written under a subject that is no negotiation's is hashed and told, for
// no command shows it.
func TestVerifyTellsOfForeignSubjects(t *testing.T) {
	dir := t.TempDir()
	s := openDir(t, dir)
	require.NoError(t, publishRaw(s, recordPrefix+"BAD", []byte("poison")))
	require.NoError(t, s.Close())
	require.NoError(t, openDir(t, dir).Close()) // it is hashed now
	v := verified(t, openDir(t, dir), nil)
	require.NoError(t, v.Err())
	require.Contains(t, strings.Join(v.Remarks, ""), `"BAD" is no id of a negotiation`)
}
