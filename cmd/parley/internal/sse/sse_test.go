package sse

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// told is an event with the wait that held when it came.
type told struct {
	name, data, id string
	retry          time.Duration
}

func readAll(t require.TestingT, r *Reader) []told {
	var out []told
	for {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		require.NoError(t, err)
		out = append(out, told{e.Name, string(e.Data), e.ID, r.Retry()})
	}
}

// What a stream tells, by the rules of the standard, however it is cut into reads.
func TestReader(t *testing.T) {
	for _, c := range []struct {
		rule, stream string
		want         []told
	}{
		{"an event is its data lines, joined", "data: a\ndata: b\n\n", []told{{data: "a\nb"}}},
		{"one blank after the colon is no data, a second one is", "data:x\ndata: x\ndata:  x\ndata:\tx\n\n", []told{{data: "x\nx\n x\n\tx"}}},
		{"a field without a colon has an empty value", "data\n\ndata\ndata\n\n", []told{{}, {data: "\n"}}},
		{"without data there is no event", "event: e\n\n\n\nid: 1\n\n", nil},
		{"a type is of one event", "event: e\ndata: 1\n\ndata: 2\n\n", []told{{name: "e", data: "1"}, {data: "2"}}},
		{"an empty type is none, and the last one counts", "event: e\nevent:\ndata: 1\n\nevent: a\nevent: b\ndata: 2\n\n", []told{{data: "1"}, {name: "b", data: "2"}}},
		{"the type of what is no event is forgotten", "event: e\n\ndata: 1\n\n", []told{{data: "1"}}},
		{"an id lasts", "id: 7\ndata: 1\n\ndata: 2\n\nid: 8\n\ndata: 3\n\n", []told{{data: "1", id: "7"}, {data: "2", id: "7"}, {data: "3", id: "8"}}},
		{"an empty id takes it back", "id: 7\ndata: 1\n\nid\ndata: 2\n\n", []told{{data: "1", id: "7"}, {data: "2"}}},
		{"an id with a NUL is none", "id: 7\x00\ndata: 1\n\nid: 7\nid: \x00\ndata: 2\n\n", []told{{data: "1"}, {data: "2", id: "7"}}},
		{"lines end with CR, LF, or both", "data: 1\rdata: 2\ndata: 3\r\n\r\ndata: 4\r\r", []told{{data: "1\n2\n3"}, {data: "4"}}},
		{"CR LF is one end, LF CR two", "data: 1\n\rdata: 2\r\n\n", []told{{data: "1"}, {data: "2"}}},
		{"comments and unknown fields say nothing", ": c\ndata: 1\n:\nDATA: 2\n data: 3\ndata : 4\nfoo: 5\nfoo\n\n", []told{{data: "1"}}},
		{"data may hold colons and NULs", "data: a: b\x00\n\n", []told{{data: "a: b\x00"}}},
		{"retry takes digits only", "retry: 12\nretry: 13x\nretry: -1\nretry: 1.5\nretry:\nretry\nretry:  14\ndata: 1\n\n", []told{{data: "1", retry: 12 * time.Millisecond}}},
		{"retry holds without an event", "retry: 0012\n\ndata: 1\n\n", []told{{data: "1", retry: 12 * time.Millisecond}}},
		{"one byte order mark at the beginning is none of the text", "\ufeffdata: 1\n\n\ufeffdata: 2\n\ndata: 3\n\n", []told{{data: "1"}, {data: "3"}}},
		{"a second one is", "\ufeff\ufeffdata: 1\n\ndata: 2\n\n", []told{{data: "2"}}},
		{"text is UTF-8", "event: ö\ndata: 会\n\n", []told{{name: "ö", data: "会"}}},
		{"what the end cuts off is none", "data: 1\n\ndata: 2\n", []told{{data: "1"}}},
		{"also in the midst of a line, or after a CR", "data: 1\n\ndata: 2\r", []told{{data: "1"}}},
	} {
		require.Equal(t, c.want, readAll(t, NewReader(strings.NewReader(c.stream))), c.rule)
		require.Equal(t, c.want, readAll(t, NewReader(iotest.OneByteReader(strings.NewReader(c.stream)))), c.rule)
		require.Equal(t, c.want, readAll(t, NewReader(iotest.DataErrReader(strings.NewReader(c.stream)))), c.rule)
	}
}

// A read that fails is no end of the stream.
func TestReaderFails(t *testing.T) {
	broken := errors.New("the cable is cut")
	r := NewReader(io.MultiReader(strings.NewReader("data: 1\n\ndata: 2\n"), iotest.ErrReader(broken)))
	e, err := r.Next()
	require.NoError(t, err)
	require.Equal(t, "1", string(e.Data))
	_, err = r.Next()
	require.ErrorIs(t, err, broken)
}

// An event that does not end is given up.
func TestReaderTooLong(t *testing.T) {
	endless := func(line string) io.Reader { return &repeating{text: line} }
	_, err := NewReader(endless("x")).Next()
	require.ErrorIs(t, err, ErrTooLong)
	_, err = NewReader(endless("data: " + strings.Repeat("x", 1<<20) + "\n")).Next()
	require.ErrorIs(t, err, ErrTooLong)
}

// repeating is a text again and again.
type repeating struct {
	text string
	at   int
}

func (r *repeating) Read(b []byte) (int, error) {
	n := copy(b, r.text[r.at:])
	r.at = (r.at + n) % len(r.text)
	return n, nil
}

// What is written is read back, with comments in between.
func TestWrittenIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var stream []byte
		var want []told
		var comments []string
		id, retry := "", time.Duration(0)
		for range rapid.IntRange(0, 8).Draw(t, "events") {
			if rapid.Bool().Draw(t, "heartbeat") {
				stream = AppendComment(stream, "heartbeat")
				comments = append(comments, "heartbeat")
			}
			if rapid.Bool().Draw(t, "retries") {
				retry = time.Duration(rapid.IntRange(0, 10_000).Draw(t, "retry")) * time.Millisecond
				stream = AppendRetry(stream, retry)
			}
			e := Event{
				Name: rapid.StringMatching(`[a-zö :]{0,4}`).Draw(t, "name"), ID: rapid.StringMatching(`[0-9 a-z:]{0,4}`).Draw(t, "id"),
				Data: []byte(rapid.StringMatching(`[a ö:\n\x00]{0,12}`).Draw(t, "data")),
			}
			stream = Append(stream, e)
			if e.ID != "" {
				id = e.ID
			}
			want = append(want, told{e.Name, string(e.Data), id, retry})
		}
		r := NewReader(iotest.HalfReader(bytes.NewReader(stream)))
		var heard []string
		r.Comment = func(text string) { heard = append(heard, text) }
		require.Equal(t, want, readAll(t, r))
		require.Equal(t, comments, heard)
		require.Equal(t, id, r.LastID())
	})
}
