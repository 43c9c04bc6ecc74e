package eventstore

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// withMark makes a folder with a log of n entries, and a mark of its own.
func withMark(t *testing.T, n int, mark marks) string {
	t.Helper()
	dir := t.TempDir()
	s := openDir(t, dir)
	begin(t, s, "talks")
	_, err := s.Append(t.Context(), Any(), statements("talks", "a", n-1), AppendOptions{})
	require.NoError(t, err)
	have, err := s.mark.read()
	require.NoError(t, err)
	have.Hashed = 0 // it follows within a second
	require.Equal(t, marks{Last: uint64(n)}, have)
	require.NoError(t, s.Close())
	require.NoError(t, folder{dir}.write(markFile, mark.encode()))
	return dir
}

func TestMarkAheadOfTheLog(t *testing.T) {
	dir := withMark(t, 5, marks{Last: 8})
	_, err := Open(t.Context(), Options{Dir: dir})
	var damage *DamageError
	require.ErrorAs(t, err, &damage)
	assert.Equal(t, []Range{{6, 8}}, damage.Lost)

	reader := openDir(t, dir, func(o *Options) { o.OnDamage = ReadDamaged })
	require.Equal(t, damage, reader.Damage())
	require.Equal(t, 5, len(readAll(t, reader, "talks", 0)))
	_, err = reader.Append(t.Context(), Any(), statements("talks", "b", 1), AppendOptions{})
	require.ErrorAs(t, err, &damage, "nothing is appended over a loss")
	require.NoError(t, reader.Close())

	s := openDir(t, dir, func(o *Options) { o.OnDamage = AcceptLoss })
	_, err = s.Append(t.Context(), Any(), statements("talks", "b", 1), AppendOptions{})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	note, err := os.ReadFile(filepath.Join(dir, lossesFile))
	require.NoError(t, err)
	assert.Contains(t, string(note), `"from":6`)
	openDir(t, dir) // it was decided once
}

func TestMarkBehindTheLog(t *testing.T) {
	dir := withMark(t, 5, marks{Last: 2})
	s := openDir(t, dir)
	have, err := s.mark.read()
	require.NoError(t, err)
	assert.Equal(t, uint64(5), have.Last)
}

func TestMarkThatDoesNotRead(t *testing.T) {
	dir := withMark(t, 5, marks{})
	flipped := marks{Last: 5}.encode()
	flipped[40] ^= 1
	for _, content := range [][]byte{{}, []byte("5"), flipped} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, markFile), content, 0o600))
		_, err := Open(t.Context(), Options{Dir: dir})
		require.ErrorContains(t, err, "high-water mark")
	}
}

func TestLogThatIsGone(t *testing.T) {
	dir := withMark(t, 5, marks{Last: 5})
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "jetstream")))
	_, err := Open(t.Context(), Options{Dir: dir})
	var damage *DamageError
	require.ErrorAs(t, err, &damage)
	assert.Equal(t, []Range{{1, 5}}, damage.Lost)
	s := openDir(t, dir, func(o *Options) { o.OnDamage = AcceptLoss })
	require.Empty(t, readAll(t, s, "talks", 0))
}

func TestStreamThatCannotBeRead(t *testing.T) {
	dir := withMark(t, 5, marks{})
	meta := filepath.Join(dir, "jetstream", "parley", "streams", RecordStream, "meta.inf")
	require.FileExists(t, meta)
	require.NoError(t, os.WriteFile(meta, []byte("{"), 0o600))
	_, err := Open(t.Context(), Options{Dir: dir})
	var damage *DamageError
	require.ErrorAs(t, err, &damage)
	require.NoError(t, os.WriteFile(filepath.Join(dir, markFile), marks{Last: 5}.encode(), 0o600))
	_, err = Open(t.Context(), Options{Dir: dir})
	require.ErrorAs(t, err, &damage)
}

// A block holds 8 MiB.
func TestBlockThatIsGone(t *testing.T) {
	dir := t.TempDir()
	s := openDir(t, dir)
	begin(t, s, "talks")
	in := statements("talks", "a", 200)
	for _, c := range in {
		c.Event.Note = strings.Repeat("a", 64<<10)
	}
	_, err := s.Append(t.Context(), Any(), in, AppendOptions{})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	blocks, err := filepath.Glob(filepath.Join(dir, "jetstream", "parley", "streams", RecordStream, "msgs", "*.blk"))
	require.NoError(t, err)
	require.Greater(t, len(blocks), 1)
	require.NoError(t, os.Remove(filepath.Join(filepath.Dir(blocks[0]), "1.blk")))
	_, err = Open(t.Context(), Options{Dir: dir})
	var damage *DamageError
	require.ErrorAs(t, err, &damage)
	require.NotEmpty(t, damage.Lost)
	assert.Equal(t, uint64(1), damage.Lost[0].From)
}

func TestFindLoss(t *testing.T) {
	for name, c := range map[string]struct {
		have jetstream.StreamState
		mark marks
		lost []Range
	}{
		"empty":             {},
		"whole":             {jetstream.StreamState{Msgs: 9, FirstSeq: 1, LastSeq: 9}, marks{Last: 9}, nil},
		"beginning":         {jetstream.StreamState{Msgs: 6, FirstSeq: 4, LastSeq: 9}, marks{Last: 9}, []Range{{1, 3}}},
		"middle":            {jetstream.StreamState{Msgs: 6, FirstSeq: 1, LastSeq: 9, NumDeleted: 3, Deleted: []uint64{4, 5, 7}}, marks{Last: 9}, []Range{{4, 5}, {7, 7}}},
		"end":               {jetstream.StreamState{Msgs: 9, FirstSeq: 1, LastSeq: 9}, marks{Last: 11}, []Range{{10, 11}}},
		"all":               {jetstream.StreamState{Msgs: 0, FirstSeq: 10, LastSeq: 9}, marks{Last: 9}, []Range{{1, 9}}},
		"all, and the mark": {jetstream.StreamState{}, marks{Last: 9}, []Range{{1, 9}}},
		"accepted":          {jetstream.StreamState{Msgs: 6, FirstSeq: 4, LastSeq: 9}, marks{Last: 9, Accepted: 3}, nil},
		"torn":              {jetstream.StreamState{Msgs: 9, FirstSeq: 1, LastSeq: 9, Lost: &jetstream.LostStreamData{Msgs: []uint64{10}}}, marks{Last: 9}, nil},
		"said, and torn":    {jetstream.StreamState{Msgs: 9, FirstSeq: 1, LastSeq: 9, Lost: &jetstream.LostStreamData{Msgs: []uint64{9, 10}}}, marks{Last: 9}, []Range{{9, 9}}},
		"said":              {jetstream.StreamState{Msgs: 9, FirstSeq: 1, LastSeq: 9, Lost: &jetstream.LostStreamData{Msgs: []uint64{8, 9}}}, marks{Last: 9}, []Range{{8, 9}}},
	} {
		t.Run(name, func(t *testing.T) {
			lost, detail := findLoss(c.have, c.mark)
			assert.Equal(t, c.lost, lost)
			assert.Equal(t, len(lost) > 0, detail != "")
		})
	}
}

// A loss on a server of others is noted on the stream.
func TestLossOnAnotherServer(t *testing.T) {
	url := startExternal(t, t.TempDir(), -1).ClientURL()
	nc, err := nats.Connect(url)
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	c := recordConfig(1)
	c.DenyDelete = false
	stream, err := js.CreateStream(t.Context(), c)
	require.NoError(t, err)
	for range 5 {
		_, err := js.Publish(t.Context(), recordPrefix+"talks", []byte("no event"))
		require.NoError(t, err)
	}
	require.NoError(t, stream.DeleteMsg(t.Context(), 3))
	_, err = js.UpdateStream(t.Context(), recordConfig(1))
	require.NoError(t, err)

	_, err = Open(t.Context(), Options{URL: url})
	var damage *DamageError
	require.ErrorAs(t, err, &damage)
	require.Equal(t, []Range{{3, 3}}, damage.Lost)
	require.NoError(t, openURL(t, url, func(o *Options) { o.OnDamage = AcceptLoss }).Close())
	s := openURL(t, url)
	require.Len(t, readAll(t, s, "talks", 1), 4)
	stream, err = js.Stream(t.Context(), RecordStream)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.Equal(t, uint64(1), acceptedOf(stream.CachedInfo().Config))
}
