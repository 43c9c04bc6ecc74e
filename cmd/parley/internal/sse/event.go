package sse

import (
	"bytes"
	"strconv"
	"time"
)

// Event is what a stream tells.
type Event struct {
	Name string // its type; empty means message
	// ID is what a client that was cut off sends as Last-Event-ID. When writing, empty
	// leaves it as it is. When reading, it is the last one that the stream told.
	ID   string
	Data []byte
}

// Append appends an event to a stream. More is data as well, right behind that of the
// event.
func Append(b []byte, e Event, more ...[]byte) []byte {
	if e.Name != "" {
		b = append(append(append(b, "event: "...), e.Name...), '\n')
	}
	if e.ID != "" {
		b = append(append(append(b, "id: "...), e.ID...), '\n')
	}
	b = appendLines(append(b, "data: "...), e.Data)
	for _, part := range more {
		b = appendLines(b, part)
	}
	return append(b, "\n\n"...)
}

// appendLines appends data in a line that has begun, and in further ones.
func appendLines(b, data []byte) []byte {
	first := true
	for line := range bytes.SplitSeq(data, []byte{'\n'}) {
		if !first {
			b = append(b, "\ndata: "...)
		}
		b, first = append(b, line...), false
	}
	return b
}

// AppendComment appends what clients pass over.
func AppendComment(b []byte, text string) []byte {
	return append(append(append(b, ": "...), text...), "\n\n"...)
}

// AppendRetry appends how long a client shall wait before it connects again.
func AppendRetry(b []byte, wait time.Duration) []byte {
	b = append(b, "retry: "...)
	return append(strconv.AppendInt(b, wait.Milliseconds(), 10), "\n\n"...)
}
