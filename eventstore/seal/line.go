package seal

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strconv"
)

// Line is what the index says of one entry.
type Line struct {
	Position uint64 // in the stream, from 1
	Log      string // the negotiation
	Leaf     Hash
}

// LogName is the name of a log in lines and checkpoints: the last token of its
// subject, which is the id of the negotiation; what is no id is escaped.
func LogName(token string) string { return url.PathEscape(token) }

// Token is the inverse of LogName.
func Token(log string) string {
	token, err := url.PathUnescape(log)
	if err != nil {
		return log
	}
	return token
}

// AppendTo writes the line, with its line feed.
func (l Line) AppendTo(b []byte) []byte {
	b = strconv.AppendUint(b, l.Position, 10)
	b = append(append(append(b, ' '), l.Log...), ' ')
	return append(base64.StdEncoding.AppendEncode(b, l.Leaf[:]), '\n')
}

// ParseLine reads what AppendTo wrote, without the line feed.
func ParseLine(text []byte) (Line, error) {
	position, rest, _ := bytes.Cut(text, []byte{' '})
	log, hash, ok := bytes.Cut(rest, []byte{' '})
	n, err := strconv.ParseUint(string(position), 10, 64)
	if !ok || err != nil || len(log) == 0 {
		return Line{}, fmt.Errorf("%q is no line of an index", text)
	}
	leaf, err := parseHash(string(hash))
	if err != nil {
		return Line{}, err
	}
	l := Line{Position: n, Log: string(log), Leaf: leaf}
	if written := l.AppendTo(make([]byte, 0, len(text)+1)); !bytes.Equal(written[:len(written)-1], text) {
		return Line{}, fmt.Errorf("%q is not how a line of an index is written", text)
	}
	return l, nil
}

func parseHash(text string) (Hash, error) {
	var h Hash
	if base64.StdEncoding.EncodedLen(len(h)) != len(text) {
		return h, fmt.Errorf("%q is no hash", text)
	}
	decoded, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(decoded) != len(h) {
		return h, fmt.Errorf("%q is no hash", text)
	}
	copy(h[:], decoded)
	return h, nil
}

var errOrder = errors.New("positions do not rise")

// Roll takes in the lines of an index and knows every root. The zero value is an
// empty store. It can also watch whether the logs pass through an older checkpoint.
type Roll struct {
	index Range
	logs  map[string]*Range
	last  uint64
	old   *Checkpoint
	want  map[string]LogRoot
	bad   map[string]bool // logs that did not have their older root
	shape bool            // the index did not have its older root
	line  []byte
}

// Against makes an empty roll that watches for an older checkpoint.
func Against(old *Checkpoint) *Roll {
	r := &Roll{old: old, want: map[string]LogRoot{}, bad: map[string]bool{}}
	for _, l := range old.Logs {
		r.want[l.Name] = l
	}
	return r
}

// Add takes in the next line. Positions rise.
func (r *Roll) Add(l Line) error {
	if l.Position <= r.last {
		return fmt.Errorf("#%d after #%d: %w", l.Position, r.last, errOrder)
	}
	r.last = l.Position
	if r.logs == nil {
		r.logs = map[string]*Range{}
	}
	log := r.logs[l.Log]
	if log == nil {
		log = &Range{}
		r.logs[l.Log] = log
	}
	log.Add(l.Leaf)
	r.line = l.AppendTo(r.line[:0])
	r.index.Add(Leaf(r.line))
	if r.old != nil {
		if w := r.want[l.Log]; log.size == w.Size && log.Root() != w.Root {
			r.bad[l.Log] = true
		}
		if r.index.size == r.old.Size && r.index.Root() != r.old.Root {
			r.shape = true
		}
	}
	return nil
}

// Last is the position of the last line.
func (r *Roll) Last() uint64 { return r.last }

// Size is the number of lines.
func (r *Roll) Size() int64 { return r.index.size }
