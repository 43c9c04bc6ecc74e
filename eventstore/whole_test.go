package eventstore

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is damaged while a server has the folder, it leaves out of what it shows, and goes
// on to count. So whoever reads it knows that something is gone, and what.
func TestUnread(t *testing.T) {
	dir := t.TempDir()
	s := openDir(t, dir)
	begin(t, s, "talks")
	_, err := s.Append(t.Context(), Any(), statements("talks", "a", 900), AppendOptions{})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	openDir(t, dir, listening)
	block := filepath.Join(dir, "jetstream/parley/streams/PARLEY/msgs/1.blk")
	spoilInPlace(t, block, `"a-500"`)

	r := openDir(t, dir)
	_, err = r.Append(t.Context(), Any(), statements("talks", "b", 10), AppendOptions{}) // then it reads the file
	require.NoError(t, err)
	want, err := r.Count(t.Context(), "talks")
	require.NoError(t, err)
	require.EqualValues(t, 911, want)
	got := uint64(len(readAll(t, r, "talks", 1)))
	require.EqualValues(t, 910, got)
	require.Equal(t, []Range{{502, 502}}, r.Unread(t.Context(), "talks", got, want).Lost)
	_, err = r.Append(t.Context(), Any(), statements("talks", "later", 10), AppendOptions{})
	require.NoError(t, err)
	require.Equal(t, []Range{{502, 502}}, r.Unread(t.Context(), "talks", got, want).Lost, "of what was counted")

	none, err := r.Count(t.Context(), "others")
	require.NoError(t, err)
	require.Zero(t, none)
	var file bytes.Buffer
	report, err := r.Backup(t.Context(), &file, newKey(t), nil)
	require.NoError(t, err)
	var damage *DamageError
	require.ErrorAs(t, report.Err(dir), &damage)
	require.Equal(t, []Range{{502, 502}}, damage.LostOf(RecordStream))
}

// What is gone behind the last entry that reads is named as well, and so is a negotiation
// of which nothing reads.
func TestUnreadEnd(t *testing.T) {
	lost := map[string]Range{"talks": {301, 301}, "alone": {302, 302}}
	for name, spoiled := range map[string]string{"talks": `"talks-299"`, "alone": `parley.record.alone`} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := openDir(t, dir)
			begin(t, s, "talks")
			_, err := s.Append(t.Context(), Any(), statements("talks", "talks", 300), AppendOptions{})
			require.NoError(t, err)
			begin(t, s, "alone")
			counted, err := s.Count(t.Context(), name)
			require.NoError(t, err)
			require.NoError(t, s.Close())
			spoilInPlace(t, filepath.Join(dir, "jetstream/parley/streams/PARLEY/msgs/1.blk"), spoiled)

			r := openDir(t, dir, func(o *Options) { o.OnDamage = ReadDamaged })
			read := uint64(len(readAll(t, r, name, 1)))
			require.Equal(t, counted-1, read)
			require.Equal(t, []Range{lost[name]}, r.Unread(t.Context(), name, read, counted).Lost)
		})
	}
}

// spoilInPlace changes one byte behind a text in a file. The rest of the file stays in
// place all the while: a server that reads a file cut short loses all of it.
func spoilInPlace(t *testing.T, name, text string) {
	t.Helper()
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	require.NoError(t, err)
	defer file.Close()
	b, err := io.ReadAll(file)
	require.NoError(t, err)
	at := bytes.Index(b, []byte(text))
	require.NotEqual(t, -1, at)
	at += len(text) + 10
	_, err = file.WriteAt([]byte{b[at] ^ 1}, int64(at))
	require.NoError(t, err)
}
