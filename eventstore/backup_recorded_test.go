package eventstore

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"parley/eventstore/seal"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
)

// A backup of a record that is not what was recorded says so, and does not pass for one of
// what was.
func TestBackupOfAlteredRecord(t *testing.T) {
	for name, c := range map[string]struct {
		edit    func([]stored) []stored
		altered []Range
	}{
		"a byte more": {edit: func(m []stored) []stored {
			m[4].data = append(slices.Clone(m[4].data), ' ')
			return m
		}, altered: []Range{{5, 5}}},
		"of another negotiation": {edit: func(m []stored) []stored {
			m[4].subject = recordPrefix + "other"
			return m
		}, altered: []Range{{5, 5}}},
		"swapped":  {edit: func(m []stored) []stored { m[7], m[8] = m[8], m[7]; return m }, altered: []Range{{8, 9}}},
		"inserted": {edit: func(m []stored) []stored { return slices.Insert(m, 4, m[2]) }, altered: []Range{{5, 23}}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := twoTalks(t, 10)
			require.NoError(t, openDir(t, dir).Close()) // what was published past the door is hashed now
			rebuilt(t, dir, c.edit)
			s := openDir(t, dir, func(o *Options) { o.OnDamage = ReadDamaged })
			key := newKey(t)
			var b bytes.Buffer
			r, err := s.Backup(t.Context(), &b, key, nil)
			require.NoError(t, err)
			require.Equal(t, c.altered, r.Altered)
			var wrong *IntegrityError
			require.ErrorAs(t, r.Err(s.Where()), &wrong)
			require.NoError(t, s.Close())

			public, err := seal.ParsePublic(key.Public)
			require.NoError(t, err)
			signer := func(string) note.Verifier { return public }
			v, restored, to, verifyErr, restoreErr := tellAll(t, b.Bytes(), signer)
			require.NoError(t, verifyErr)
			require.ErrorAs(t, v.Err(), &wrong)
			require.Equal(t, c.altered[0].From, wrong.First.Position)
			require.NoError(t, restoreErr)
			require.Equal(t, c.altered, restored.Altered)
			losses, err := Losses(to)
			require.NoError(t, err)
			require.Equal(t, c.altered, losses[0].Lost)

			// Whoever takes that out of it cannot sign the rest.
			bare := withEnd(t, b.Bytes(), false, func(e *backupEnd) { e.Altered = nil })
			v, _, _, verifyErr, restoreErr = tellAll(t, bare, signer)
			require.Error(t, verifyErr, "%v", v)
			require.Error(t, restoreErr)
		})
	}
}

// Lines that do not read, or are gone from the end, are not held against any entry.
func TestBackupWithDamagedHashes(t *testing.T) {
	dir := twoTalks(t, 10)
	require.NoError(t, openDir(t, dir).Close())
	file := filepath.Join(dir, hashesFile)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	lines := bytes.SplitAfter(text, []byte("\n"))
	lines[5] = []byte("nothing that reads\n")
	require.NoError(t, os.WriteFile(file, bytes.Join(lines, nil), 0o600))
	s := openDir(t, dir, func(o *Options) { o.OnDamage = ReadDamaged })
	var b bytes.Buffer
	r, err := s.Backup(t.Context(), &b, newKey(t), nil)
	require.NoError(t, err)
	require.NoError(t, r.Err(s.Where()))
	require.NoError(t, os.WriteFile(file, bytes.Join(lines[:9], nil), 0o600))
	b.Reset()
	r, err = s.Backup(t.Context(), &b, newKey(t), nil)
	require.NoError(t, err)
	require.NoError(t, r.Err(s.Where()))
}
