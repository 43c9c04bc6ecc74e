package main

import (
	"io"
	"iter"
	"strconv"

	"parley/cmd/parley/internal/reply"
	"parley/projections"
)

// writeLine writes a value as a line of NDJSON. Of a branch, the line says so.
func writeLine(out io.Writer, v any, b *projections.Branch) error {
	marked, err := reply.Marked(v, b)
	if err != nil {
		return err
	}
	return writeJSON(out, marked, false)
}

// markRows adds to every row which branch supposes it, or which two where they are
// compared.
func markRows(rows iter.Seq[[]string], b, against *projections.Branch) iter.Seq[[]string] {
	if b == nil {
		return rows
	}
	mark := supposedText(b)
	if other := supposedText(against); other != "" && other != mark {
		mark = other + "; against " + mark
	}
	return func(yield func([]string) bool) {
		cell := reply.MarkMember
		for row := range rows {
			if !yield(append(row[:len(row):len(row)], cell)) {
				return
			}
			cell = mark
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
