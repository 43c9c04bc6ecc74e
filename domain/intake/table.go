package intake

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"parley/domain"
)

// Table reads a CSV file (RFC 4180, UTF-8, a header row; a byte order mark is
// passed over, semicolons are recognised). It returns a candidate a row, each
// with its own faults, and the faults of the table itself.
//
// file is the name that places carry.
func Table(file string, r io.Reader) ([]domain.Candidate, domain.Faults) {
	in := bufio.NewReaderSize(r, 64<<10)
	if mark, err := in.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, _ = in.Discard(3)
	}
	t := table{file: file, rows: csv.NewReader(in)}
	t.rows.FieldsPerRecord = -1
	t.rows.ReuseRecord = true
	t.rows.Comma = separator(in)
	header, err := t.rows.Read()
	switch {
	case errors.Is(err, io.EOF):
		t.fault(1, "", domain.Malformed, "", "the table is empty", "begin with a header row; see parley schema --csv")
		return nil, t.faults
	case err != nil:
		t.broken(err)
		return nil, t.faults
	}
	t.header(header)
	var out []domain.Candidate
	for row := 2; ; row++ {
		cells, err := t.rows.Read()
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
		out = append(out, domain.Bind(t.record(row, cells)))
	}
}

// separator looks at the header: tables saved in some locales use semicolons.
func separator(in *bufio.Reader) rune {
	line, _ := in.Peek(4096)
	head, _, _ := strings.Cut(string(line), "\n")
	if strings.Count(head, ";") > strings.Count(head, ",") {
		return ';'
	}
	return ','
}

type table struct {
	file    string
	rows    *csv.Reader
	columns []string // path of each column, empty for those passed over
	faults  domain.Faults
}

func (t *table) fault(row int, column string, p domain.Problem, read, reason, hint string) {
	t.faults = append(t.faults, domain.Fault{
		Place:   domain.Place{File: t.file, Row: row, Column: column},
		Problem: p, Read: read, Reason: reason, Hint: hint,
	})
}

// broken reports a fault of the CSV itself; nothing after it can be read.
func (t *table) broken(err error) {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		t.faults = append(t.faults, domain.Fault{
			Place:   domain.Place{File: t.file, Row: parse.Line},
			Problem: domain.Malformed, Reason: fmt.Sprintf("not CSV: %v (line %d, column %d)", parse.Err, parse.Line, parse.Column),
			Hint: `put text with quotation marks, commas or line breaks in "…" and double the marks inside`,
		})
		return
	}
	t.fault(0, "", domain.Malformed, "", "cannot be read: "+err.Error(), "")
}

func (t *table) header(cells []string) {
	known := Columns()
	t.columns = make([]string, len(cells))
	for i, name := range cells {
		switch {
		case name == "":
			t.fault(1, fmt.Sprint("column ", i+1), domain.UnknownField, "", "the column has no name", "name it or take it out")
		case slices.Contains(t.columns[:i], name):
			t.fault(1, name, domain.UnknownField, name, "the column stands twice", "keep one")
		case !slices.Contains(known, name):
			t.fault(1, name, domain.UnknownField, name, "no such column", domain.DidYouMean(name, known))
		default:
			t.columns[i] = name
		}
	}
}

// Columns lists every column that a table may have: the fields of the envelope,
// of the body and of all acts.
func Columns() []string {
	names := []string{"key", "type", "negotiation", "id", "writer", "time"}
	add := func(fields []domain.Field) {
		for _, f := range fields {
			if f.Kind != domain.Nested && !slices.Contains(names, f.Path) {
				names = append(names, f.Path)
			}
		}
	}
	add(domain.BodyFields())
	for _, s := range domain.Catalogue() {
		add(s.Fields())
	}
	return names
}

func (t *table) record(row int, cells []string) domain.Record {
	if len(cells) > len(t.columns) {
		t.fault(row, "", domain.Malformed, cells[len(t.columns)],
			fmt.Sprintf("the row has %d cells, the header %d", len(cells), len(t.columns)), "put text with commas in quotation marks")
	}
	values := make([]domain.Value, 0, len(cells))
	for i, cell := range cells {
		if i >= len(t.columns) || cell == "" || t.columns[i] == "" {
			continue
		}
		if !utf8.ValidString(cell) {
			t.fault(row, t.columns[i], domain.Malformed, strings.ToValidUTF8(cell, "�"), "not UTF-8", "save the table as UTF-8")
			continue
		}
		values = append(values, domain.Value{Path: t.columns[i], Items: []string{cell}, Form: domain.Cell})
	}
	file := t.file
	return domain.Record{Values: values, Place: func(path string) domain.Place {
		return domain.Place{File: file, Row: row, Column: path}
	}}
}

func blank(cells []string) bool {
	for _, c := range cells {
		if c != "" {
			return false
		}
	}
	return true
}
