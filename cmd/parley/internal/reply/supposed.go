package reply

import (
	"errors"
	"strconv"

	"parley/projections"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// MarkMember is the member, and the column, that says of a line that a branch
// supposes it.
const MarkMember = "hypothetical"

// Marked is a line of NDJSON that says so if it is of a branch, which is nil for the
// record. Documents say it in their view.
func Marked(line any, b *projections.Branch) (any, error) { return marked(line, MarkMember, b) }

// SuppositionMember is the member that says of an event, as it is stored, of what it was
// read. Those that are the branch's own have [MarkMember] in their stored bytes; what it
// stands on was observed, and is told here as a part of what is supposed.
const SuppositionMember = "supposition"

// MarkedEvent is an event as it is stored, and what is supposed if it is read of a
// branch, which is nil for the record.
func MarkedEvent(event jsontext.Value, b *projections.Branch) (any, error) {
	return marked(event, SuppositionMember, b)
}

func marked(line any, member string, b *projections.Branch) (any, error) {
	if b == nil {
		return line, nil
	}
	text, err := json.Marshal(line)
	if err != nil {
		return nil, err
	}
	mark, err := json.Marshal(b)
	if err != nil {
		return nil, err
	}
	if len(text) < 2 || text[0] != '{' {
		return nil, errors.New("a line that is no object cannot be marked as hypothetical")
	}
	comma := ","
	if len(text) == len("{}") {
		comma = ""
	}
	said := append(text[:len(text)-1], comma+strconv.Quote(member)+":"...)
	return jsontext.Value(append(append(said, mark...), '}')), nil
}
