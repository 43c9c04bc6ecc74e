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

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
)

// withEnd writes a backup again with its end as edit leaves it, and nothing else
// changed. An older one has the format before and no manifest.
func withEnd(t *testing.T, backup []byte, older bool, edit func(e *backupEnd)) []byte {
	t.Helper()
	zip, err := gzip.NewReader(bytes.NewReader(backup))
	require.NoError(t, err)
	plain, err := io.ReadAll(zip)
	require.NoError(t, err)
	at := bytes.LastIndex(plain, []byte(`{"end":true`))
	var end backupEnd
	require.NoError(t, json.Unmarshal(plain[at:], &end))
	plain = plain[:at]
	if older {
		plain = bytes.Replace(plain, []byte(BackupFormat), []byte(olderBackup), 1)
		end.Manifest = ""
	}
	edit(&end)
	var out bytes.Buffer
	w := newBackupWriter(&out)
	_, err = w.buf.Write(plain)
	require.NoError(t, err)
	require.NoError(t, w.end(end))
	return out.Bytes()
}

// tellAll verifies and restores a backup, and gives what both say.
func tellAll(t *testing.T, backup []byte, signer Signer) (v *Verification, r *RestoreReport, to string, verifyErr, restoreErr error) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "it.backup")
	require.NoError(t, os.WriteFile(file, backup, 0o600))
	v, verifyErr = VerifyFiles(t.Context(), []string{file}, VerifyOptions{Signer: signer})
	to = filepath.Join(dir, "new")
	r, restoreErr = Restore(t.Context(), file, bytes.NewReader(backup), Options{Dir: to, Kind: "test"}, RestoreOptions{Signer: signer})
	return v, r, to, verifyErr, restoreErr
}

// signedTalks is a backup of two negotiations and of branches, whose last ones were
// dropped, and whoever has the key that signed it.
func signedTalks(t *testing.T) ([]byte, Signer) {
	t.Helper()
	s := openDir(t, twoTalks(t, 3))
	for i, name := range []string{"a", "b", "a", "c"} {
		require.NoError(t, publishRaw(s, branchPrefix+name+".talks", []byte(strings.Repeat("x", i))))
	}
	key := newKey(t)
	var file bytes.Buffer
	_, err := s.Backup(t.Context(), &file, key, nil)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	public, err := seal.ParsePublic(key.Public)
	require.NoError(t, err)
	return file.Bytes(), func(string) note.Verifier { return public }
}

// Every word of the end of a backup is signed: a changed one is told by verify and
// refused by restore, with the key at hand or without.
func TestManifest(t *testing.T) {
	backup, signer := signedTalks(t)
	v, r, _, verifyErr, restoreErr := tellAll(t, backup, signer)
	require.NoError(t, verifyErr)
	require.NoError(t, restoreErr)
	require.NoError(t, v.Err())
	require.Empty(t, append(v.Remarks, r.Remarks...))
	for name, edit := range map[string]func(e *backupEnd){
		"last of the record":   func(e *backupEnd) { e.Last[RecordStream]++ },
		"last of the branches": func(e *backupEnd) { e.Last[BranchStream]++ },
		"no last":              func(e *backupEnd) { delete(e.Last, BranchStream) },
		"missing":              func(e *backupEnd) { e.Missing = []Range{{1, 2}} },
		"missing branches":     func(e *backupEnd) { e.BranchMissing = []Range{{2, 3}} },
		"entries":              func(e *backupEnd) { e.Entries++ },
		"no manifest":          func(e *backupEnd) { e.Manifest = "" },
		"half a manifest":      func(e *backupEnd) { e.Manifest = e.Manifest[:len(e.Manifest)/2] },
	} {
		for _, s := range []Signer{nil, signer} {
			_, _, to, verifyErr, restoreErr := tellAll(t, withEnd(t, backup, false, edit), s)
			require.Error(t, verifyErr, name)
			require.Error(t, restoreErr, name)
			require.NoDirExists(t, to)
		}
	}
	// Whoever changes the manifest as well cannot sign it.
	for name, forged := range map[string][]byte{
		"an end":   rewritten(t, backup, func(*item) {}, func(e *backupEnd) { e.BranchMissing = []Range{{2, 3}} }),
		"a branch": rewritten(t, backup, func(i *item) { i.subject = strings.Replace(i.subject, ".b.", ".d.", 1) }, func(*backupEnd) {}),
	} {
		_, _, _, verifyErr, restoreErr = tellAll(t, forged, nil)
		require.NoError(t, verifyErr, name)
		require.NoError(t, restoreErr, name)
		_, _, to, verifyErr, restoreErr := tellAll(t, forged, signer)
		for _, err := range []error{verifyErr, restoreErr} {
			var signature *SignatureError
			require.ErrorAs(t, err, &signature, name)
			require.ErrorContains(t, err, "the manifest in")
		}
		require.NoDirExists(t, to)
	}
}

// A manifest stands with its own checkpoint: that of another backup of the same key
// is none for this one.
func TestManifestOfAnotherBackup(t *testing.T) {
	s := openDir(t, twoTalks(t, 3))
	key := newKey(t)
	var files [2]bytes.Buffer
	var ends [2]backupEnd
	for i := range files {
		_, err := s.Backup(t.Context(), &files[i], key, nil)
		require.NoError(t, err)
		withEnd(t, files[i].Bytes(), false, func(e *backupEnd) { ends[i] = *e })
		_, err = s.Append(t.Context(), Any(), statements("talks", "more", 1), AppendOptions{})
		require.NoError(t, err)
	}
	mixed := withEnd(t, files[0].Bytes(), false, func(e *backupEnd) { e.Manifest = ends[1].Manifest })
	_, _, _, verifyErr, restoreErr := tellAll(t, mixed, nil)
	require.ErrorContains(t, verifyErr, "not what was signed with it")
	require.ErrorContains(t, restoreErr, "not what was signed with it")
}

// A backup of the format before is read, and it is said what nobody signed in it.
func TestOlderBackup(t *testing.T) {
	backup, signer := signedTalks(t)
	older := withEnd(t, backup, true, func(e *backupEnd) { e.Last[RecordStream] += 7 })
	v, r, _, verifyErr, restoreErr := tellAll(t, older, nil)
	require.NoError(t, verifyErr)
	require.NoError(t, restoreErr)
	require.Contains(t, v.Remarks, olderRemark)
	require.Contains(t, strings.Join(v.Remarks, ""), "hold nothing and are given to nothing")
	require.Equal(t, []string{olderRemark}, r.Remarks)

	// Whoever checks signatures gets none for that, and has to say that it will do.
	var signature *SignatureError
	_, _, to, verifyErr, restoreErr := tellAll(t, older, signer)
	require.ErrorAs(t, verifyErr, &signature)
	require.ErrorAs(t, restoreErr, &signature)
	require.ErrorContains(t, verifyErr, olderRemark)
	require.True(t, signature.Older)
	require.NoDirExists(t, to)
	r, err := Restore(t.Context(), "it", bytes.NewReader(older), Options{Dir: to}, RestoreOptions{Signer: signer, Older: true})
	require.NoError(t, err)
	require.True(t, r.Checked)
	require.Equal(t, []string{olderRemark}, r.Remarks)
}

// A manifest is not stripped by writing another format into the first line.
func TestManifestCannotBeStripped(t *testing.T) {
	backup, _ := signedTalks(t)
	stripped := withEnd(t, backup, true, func(e *backupEnd) {
		withEnd(t, backup, false, func(was *backupEnd) { e.Manifest = was.Manifest })
		e.BranchMissing = []Range{{2, 3}}
	})
	_, _, to, verifyErr, restoreErr := tellAll(t, stripped, nil)
	for _, err := range []error{verifyErr, restoreErr} {
		var signature *SignatureError
		require.ErrorAs(t, err, &signature)
		require.ErrorContains(t, err, "its first line was changed")
	}
	require.NoDirExists(t, to)
}

// What a backup misses of branches is written down where it is restored, as what it
// misses of the record is.
func TestRestoreNotesLossesOfBranches(t *testing.T) {
	backup, _ := signedTalks(t)
	_, r, to, _, restoreErr := tellAll(t, rewritten(t, backup, func(*item) {}, func(e *backupEnd) { e.BranchMissing = []Range{{2, 2}} }), nil)
	require.NoError(t, restoreErr)
	require.Equal(t, []Range{{2, 2}}, r.BranchMissing)
	losses, err := Losses(to)
	require.NoError(t, err)
	require.Len(t, losses, 1)
	require.Equal(t, BranchStream, losses[0].Stream)
	require.Equal(t, []Range{{2, 2}}, losses[0].Lost)
}
