package main

import (
	"errors"
	"io"
	"iter"
	"strconv"

	"parley/projections"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// markMember is the member, and the column, that says of a line that a branch
// supposes it.
const markMember = "hypothetical"

// writeLine writes a value as a line of NDJSON. Of a branch, the line says so.
func writeLine(out io.Writer, v any, b *projections.Branch) error {
	if b == nil {
		return writeJSON(out, v, false)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	mark, err := json.Marshal(b)
	if err != nil {
		return err
	}
	if len(text) < 2 || text[0] != '{' {
		return errors.New("a line that is no object cannot be marked as hypothetical")
	}
	comma := ","
	if len(text) == len("{}") {
		comma = ""
	}
	marked := append(text[:len(text)-1], comma+strconv.Quote(markMember)+":"...)
	return writeJSON(out, jsontext.Value(append(append(marked, mark...), '}')), false)
}

// markRows adds to every row which branch supposes it.
func markRows(rows iter.Seq[[]string], b *projections.Branch) iter.Seq[[]string] {
	if b == nil {
		return rows
	}
	return func(yield func([]string) bool) {
		cell := markMember
		for row := range rows {
			if !yield(append(row[:len(row):len(row)], cell)) {
				return
			}
			cell = supposedText(b)
		}
	}
}

// placeOf is a position for people: a number in the record, the branch and a number
// on a branch.
func placeOf(branch string, position uint64) string {
	number := strconv.FormatUint(position, 10)
	if branch == "" {
		return number
	}
	return branch + ":" + number
}
