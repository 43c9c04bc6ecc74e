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
func Marked(line any, b *projections.Branch) (any, error) {
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
	marked := append(text[:len(text)-1], comma+strconv.Quote(MarkMember)+":"...)
	return jsontext.Value(append(append(marked, mark...), '}')), nil
}
