package intake

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"parley/domain"

	"github.com/go-json-experiment/json/jsontext"
)

// Table reads a CSV file (RFC 4180, UTF-8, a header row; a byte order mark is
// passed over, semicolons and tabs are recognised). It returns a candidate a row, each
// with its own faults, and the faults of the table itself.
//
// file is the name that places carry. Rows are counted as spreadsheets do: a line
// break within a cell begins no row, an empty line is one.
func Table(file string, r io.Reader) ([]domain.Candidate, domain.Faults) {
	r, packed := Unpacked(file, r)
	if packed != nil {
		return nil, domain.Faults{*packed}
	}
	in := bufio.NewReaderSize(r, 64<<10)
	if mark, err := in.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, _ = in.Discard(3)
	}
	t := table{file: file, rows: csv.NewReader(in), next: 1, before: before{}}
	t.rows.FieldsPerRecord = -1
	t.rows.ReuseRecord = true
	t.rows.Comma = separator(in)
	header, err := t.read()
	switch {
	case errors.Is(err, io.EOF): // no events, as in a header alone or in no lines of NDJSON
		return nil, nil
	case err != nil:
		t.broken(err)
		return nil, t.faults
	}
	if !t.header(header) {
		return nil, t.faults
	}
	var out []domain.Candidate
	for {
		cells, err := t.read()
		if errors.Is(err, io.EOF) {
			return out, t.faults
		}
		if err != nil {
			t.broken(err)
			return out, t.faults
		}
		if blank(cells) {
			continue
		}
		out = append(out, domain.Bind(t.record(t.row, cells)))
	}
}

// separator looks at the header: tables saved in some locales use semicolons,
// those copied from spreadsheets tabs.
func separator(in *bufio.Reader) rune {
	line, _ := in.Peek(4096)
	head, _, _ := strings.Cut(string(line), "\n")
	best := ','
	for _, r := range ";\t" {
		if strings.Count(head, string(r)) > strings.Count(head, string(best)) {
			best = r
		}
	}
	return best
}

type table struct {
	file    string
	rows    *csv.Reader
	columns []column
	faults  domain.Faults
	before  before
	row     int // of the record read last
	next    int // the line that follows it
}

// column is what stands below one cell of the header.
type column struct {
	path   string // empty for those passed over
	nested bool   // an event within an event, in JSON
}

// read reads a record and counts its row. The CSV reader passes over empty lines.
func (t *table) read() ([]string, error) {
	cells, err := t.rows.Read()
	if err != nil {
		return nil, err
	}
	last := len(cells) - 1
	start, _ := t.rows.FieldPos(0)
	end, _ := t.rows.FieldPos(last)
	t.row += 1 + start - t.next
	t.next = end + 1 + strings.Count(cells[last], "\n")
	return cells, nil
}

func (t *table) fault(row int, column string, p domain.Problem, read, reason, hint string) {
	t.faults = append(t.faults, domain.Fault{
		Place:   domain.Place{File: t.file, Row: row, Column: strings.ToValidUTF8(column, "\uFFFD")},
		Problem: p, Read: excerpt([]byte(read)), Reason: reason, Hint: hint,
	})
}

// broken reports a fault of the CSV itself; nothing after it can be read.
func (t *table) broken(err error) {
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		t.fault(t.row+1+parse.StartLine-t.next, "", domain.Malformed, "",
			fmt.Sprintf("not CSV: %v (line %d, column %d)", parse.Err, parse.Line, parse.Column),
			`put text with quotation marks, commas or line breaks in "…" and double the marks inside`)
		return
	}
	t.fault(t.row+1, "", domain.Malformed, "", "cannot be read: "+err.Error(), "")
}

// header reads the names of the columns, and tells whether the rows below can be
// read at all.
func (t *table) header(cells []string) bool {
	if !utf8.ValidString(strings.Join(cells, "")) {
		t.fault(1, "", domain.Malformed, strings.Join(cells, ","), "not UTF-8", "save the table as CSV in UTF-8")
		return false
	}
	known := columnNames()
	t.columns = make([]column, len(cells))
	for i, name := range cells {
		switch {
		case name == "":
			t.fault(1, fmt.Sprint("column ", i+1), domain.UnknownField, "", "the column has no name", "name it or take it out")
		case slices.Contains(cells[:i], name):
			t.fault(1, name, domain.UnknownField, name, "the column stands twice", "keep one")
		case passedOver[name]:
		case !slices.Contains(known, name):
			t.fault(1, name, domain.UnknownField, name, "no such column", domain.DidYouMean(name, known))
		default:
			t.columns[i] = column{name, whole[name]}
		}
	}
	return true
}

// Columns lists every column that a table may have: the fields of the envelope,
// of the body and of all acts.
func Columns() []string { return slices.Clone(columnNames()) }

var columnNames = sync.OnceValue(func() []string {
	names := []string{"key", "type", "negotiation", "id", "writer", "time"}
	add := func(fields []domain.Field) {
		for _, f := range fields {
			if !slices.Contains(names, f.Path) {
				names = append(names, f.Path)
			}
		}
	}
	add(domain.BodyFields())
	for _, s := range domain.Catalogue() {
		add(s.Fields())
	}
	return names
})

func (t *table) record(row int, cells []string) domain.Record {
	if len(cells) > len(t.columns) {
		t.fault(row, "", domain.Malformed, cells[len(t.columns)],
			fmt.Sprintf("the row has %d cells, the header %d", len(cells), len(t.columns)), "put text with commas in quotation marks")
		cells = cells[:len(t.columns)]
	}
	filled := 0
	for _, cell := range cells {
		if cell != "" {
			filled++
		}
	}
	values := make([]domain.Value, 0, filled) // most cells of a table are empty
	items := make([]string, 0, filled)
	for i, cell := range cells {
		c := t.columns[i]
		if cell == "" || c.path == "" {
			continue
		}
		cell = unguard(cell)
		switch {
		case !utf8.ValidString(cell):
			t.fault(row, c.path, domain.Malformed, cell, "not UTF-8", "save the table as UTF-8")
		case c.nested:
			if v, err := nested(c.path, cell); err != nil {
				t.fault(row, c.path, domain.Malformed, cell, err.Error(), "write a JSON object with type, occurred, act, …")
			} else {
				values = append(values, v)
			}
		default:
			items = append(items, t.before.same(c.path, cell))
			n := len(items)
			values = append(values, domain.Value{Path: c.path, Items: items[n-1 : n : n], Form: domain.Cell})
		}
	}
	file := t.file
	return domain.Record{Values: values, Place: func(path string) domain.Place {
		return domain.Place{File: file, Row: row, Column: path}
	}}
}

// nested reads a cell that holds an event within an event.
func nested(path, cell string) (domain.Value, error) {
	dec := jsontext.NewDecoder(strings.NewReader(cell))
	if dec.PeekKind() != '{' {
		return domain.Value{}, errors.New("not a JSON object")
	}
	inner, err := members(dec, "", nil)
	if err == nil {
		err = atEnd(dec)
	}
	if err != nil {
		return domain.Value{}, errors.New(NotJSON(err))
	}
	return domain.Value{Path: path, Form: domain.Object, Nested: inner}, nil
}

func blank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}
