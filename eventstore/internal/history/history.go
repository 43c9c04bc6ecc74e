package history

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-json-experiment/json"
)

// Event is an event as it was sent: its id, and a digest of all that its sender
// determines.
type Event struct {
	ID      string `json:"id"`
	Content string `json:"content"`
}

// Outcome is what a writer was told of an append.
type Outcome string

// The outcomes.
const (
	Unknown  Outcome = ""         // nothing, or that it is not known
	Accepted Outcome = "accepted" // all of it is in the log
	Refused  Outcome = "refused"  // only what Recorded names was recorded
)

// Placed is an event that a call was told it recorded, and where.
type Placed struct {
	ID       string `json:"id"`
	Position uint64 `json:"position"`
}

// Call is one append to one negotiation as its writer saw it.
type Call struct {
	Name        string   `json:"name"` // of the writer, and a number
	Negotiation string   `json:"negotiation"`
	Expect      *uint64  `json:"expect,omitzero"` // head expected, 0 for none; nil for any
	Sent        []Event  `json:"sent,omitempty"`
	Begun       int64    `json:"begun,omitzero"` // nanoseconds of the common clock
	Ended       int64    `json:"ended,omitzero"` // 0 if the writer did not live to see it
	Outcome     Outcome  `json:"outcome,omitzero"`
	Recorded    []Placed `json:"recorded,omitempty"`
	Have        uint64   `json:"have,omitzero"` // head that a conflict told of
	Said        string   `json:"said,omitzero"` // error, for people
}

// Entry is an entry of the log as it is in the end.
type Entry struct {
	Position    uint64
	Negotiation string
	Event
	Recorded time.Time
}

// Writer notes calls. Each note is synced before the writer goes on.
type Writer struct {
	out io.Writer
	end func() error
}

// NewWriter notes calls in out, and calls sync after each note.
func NewWriter(out io.Writer, sync func() error) *Writer { return &Writer{out, sync} }

// Note writes a call down: once as it begins, and again as it has ended.
func (w *Writer) Note(c Call) error {
	line, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("note %s: %w", c.Name, err)
	}
	if _, err := w.out.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("note %s: %w", c.Name, err)
	}
	return w.end()
}

// maxLine is the longest note, in bytes.
const maxLine = 16 << 20

// Parse reads the notes of one writer. A last line without an end is what was
// being written when the writer was killed: it is passed over. Any other line that
// does not read is an error.
func Parse(r io.Reader) ([]Call, error) {
	var calls []Call
	at := map[string]int{}
	in := bufio.NewReaderSize(r, 1<<20)
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return calls, nil
		}
		if err != nil {
			return nil, fmt.Errorf("notes, line %d: %w", n, err)
		}
		if len(line) > maxLine {
			return nil, fmt.Errorf("notes, line %d: longer than %d bytes", n, maxLine)
		}
		var c Call
		if err := json.Unmarshal(line, &c); err != nil {
			return nil, fmt.Errorf("notes, line %d: %w", n, err)
		}
		if i, ok := at[c.Name]; ok {
			calls[i] = c
			continue
		}
		at[c.Name] = len(calls)
		calls = append(calls, c)
	}
}
