package sse

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"time"
)

// MaxEvent is how long an event may be.
const MaxEvent = 64 << 20

// ErrTooLong says that a line or an event is longer than [MaxEvent].
var ErrTooLong = errors.New("an event of the stream is too long")

// Reader reads a stream. It is for one goroutine.
type Reader struct {
	// Comment is called with every comment, if it is set: heartbeats are some.
	Comment func(text string)

	in     *bufio.Reader
	begun  bool
	id     string
	retry  time.Duration
	line   []byte
	skipLF bool // the line before ended with CR
}

// NewReader reads a stream from its beginning.
func NewReader(r io.Reader) *Reader { return &Reader{in: bufio.NewReader(r)} }

// LastID is the last id that the stream told, also where no event came with it.
func (r *Reader) LastID() string { return r.id }

// Retry is how long to wait before connecting again, 0 if the stream did not say.
func (r *Reader) Retry() time.Duration { return r.retry }

// Next reads the next event. It fails with io.EOF at the end of the stream, with the
// error of what it reads from, or with [ErrTooLong].
func (r *Reader) Next() (Event, error) {
	var e Event
	var some bool // data
	for {
		line, err := r.readLine()
		switch {
		case err != nil:
			return Event{}, err
		case len(line) > 0:
			some = r.field(&e, line) || some
			if len(e.Data) > MaxEvent {
				return Event{}, ErrTooLong
			}
		case some:
			e.ID = r.id
			e.Data = e.Data[:len(e.Data)-1] // the last line end
			return e, nil
		default:
			e = Event{}
		}
	}
}

// field takes in a line, and tells whether it is data.
func (r *Reader) field(e *Event, line []byte) bool {
	name, value, _ := bytes.Cut(line, []byte{':'})
	value = bytes.TrimPrefix(value, []byte{' '})
	switch string(name) {
	case "":
		if r.Comment != nil {
			r.Comment(string(value))
		}
	case "event":
		e.Name = string(value)
	case "data":
		e.Data = append(append(e.Data, value...), '\n')
		return true
	case "id":
		if !bytes.ContainsRune(value, 0) {
			r.id = string(value)
		}
	case "retry":
		if isDigits(value) {
			if n, err := strconv.ParseInt(string(value), 10, 32); err == nil {
				r.retry = time.Duration(n) * time.Millisecond
			}
		}
	}
	return false
}

func isDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}

// readLine reads a line without its end. A line that the stream does not end is none.
func (r *Reader) readLine() ([]byte, error) {
	if !r.begun {
		r.begun = true
		if mark, _ := r.in.Peek(3); string(mark) == "\ufeff" {
			_, _ = r.in.Discard(3) // they are there
		}
	}
	r.line = r.line[:0]
	for {
		c, err := r.in.ReadByte()
		if err != nil {
			return nil, err
		}
		after := r.skipLF
		r.skipLF = false
		switch {
		case c == '\n' && after:
		case c == '\n':
			return r.line, nil
		case c == '\r':
			r.skipLF = true
			return r.line, nil
		case len(r.line) >= MaxEvent:
			return nil, ErrTooLong
		default:
			r.line = append(r.line, c)
		}
	}
}
