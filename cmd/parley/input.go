package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"parley/domain"
	"parley/domain/intake"
)

// input is what the files of one import hold. The candidates stand in the order
// of the files.
type input struct {
	files      []fileReport
	candidates []domain.Candidate
	faults     domain.Faults // of the form of the files
}

// reader reads candidates from one file.
type reader = func(file string, r io.Reader) ([]domain.Candidate, domain.Faults)

// readFiles reads all files of an import.
func (p *program) readFiles(names []string, format string) (*input, error) {
	in := &input{}
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return nil, &usageError{Reason: fmt.Sprintf("%s is named twice", name), Hint: "name every file once"}
		}
		read, err := readerOf(name, format)
		if err != nil {
			return nil, err
		}
		if err := p.readFile(in, name, read); err != nil {
			return nil, err
		}
	}
	return in, nil
}

func (p *program) readFile(in *input, name string, read reader) error {
	from := p.in
	if name == "-" {
		name = "standard input"
	} else {
		file, err := os.Open(name)
		if err != nil {
			return fmt.Errorf("import: %w", err)
		}
		defer file.Close()
		if info, err := file.Stat(); err == nil && info.IsDir() {
			return &usageError{Reason: name + " is a folder", Hint: "name the files in it: " + filepath.Join(name, "*.csv")}
		}
		from = file
	}
	in.read(name, from, read)
	return nil
}

// read adds the events of one file.
func (in *input) read(name string, from io.Reader, read reader) {
	candidates, faults := read(name, from)
	if in.candidates == nil {
		in.candidates = candidates // no copy of the one file that most have
	} else {
		in.candidates = append(in.candidates, candidates...)
	}
	in.faults = append(in.faults, faults...)
	in.files = append(in.files, fileReport{Name: name, Rows: len(candidates)})
}

// readerOf chooses how a file is read, by its name or as asked.
func readerOf(name, format string) (reader, error) {
	switch format {
	case "csv":
		return intake.Table, nil
	case "ndjson", "jsonl":
		return intake.Lines, nil
	case "":
	default:
		return nil, &usageError{Reason: fmt.Sprintf("--format %q is not known", format), Hint: "write csv or ndjson"}
	}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".csv":
		return intake.Table, nil
	case ".ndjson", ".jsonl":
		return intake.Lines, nil
	}
	if name == "-" {
		return nil, &usageError{Reason: "standard input has no name to tell its format by", Hint: "add --format csv or --format ndjson"}
	}
	if packed := strings.ToLower(filepath.Ext(name)); slices.Contains([]string{".gz", ".zst", ".xz", ".bz2", ".zip"}, packed) {
		return nil, &usageError{Reason: name + " is compressed, and not read as it is", Hint: "unpack it first; a pipe will do: gunzip -c FILE | parley import - --format ndjson"}
	}
	return nil, &usageError{Reason: name + " ends in neither .csv nor .ndjson", Hint: "rename it, or add --format csv or --format ndjson"}
}

// refuse joins the faults of the form and those of the content, in the order of
// the files.
func (in *input) refuse(content domain.Faults) error {
	order := make(map[string]int, len(in.files))
	for i, f := range in.files {
		order[f.Name] = i
	}
	all := slices.Concat(in.faults, content)
	slices.SortStableFunc(all, func(a, b domain.Fault) int {
		return cmp.Or(cmp.Compare(order[a.File], order[b.File]), cmp.Compare(a.Row, b.Row))
	})
	return &refusedError{files: in.files, faults: all}
}

// readObject reads one event from JSON text.
func readObject(file string, r io.Reader) (domain.Candidate, domain.Faults, error) {
	r, packed := intake.Unpacked(file, r)
	if packed != nil {
		return domain.Candidate{}, domain.Faults{*packed}, nil
	}
	text, err := io.ReadAll(io.LimitReader(r, intake.MaxLine+1))
	if err != nil {
		return domain.Candidate{}, nil, fmt.Errorf("%s: %w", file, err)
	}
	c, fault := intake.Line(domain.Place{File: file}, bytes.TrimSpace(text))
	if fault != nil {
		fault.Hint = "write one JSON object"
		return domain.Candidate{}, domain.Faults{*fault}, nil
	}
	return c, nil, nil
}

// each applies a function to the items of a list, as they are asked for.
func each[T, U any](items []T, f func(T) U) iter.Seq[U] {
	return func(yield func(U) bool) {
		for _, item := range items {
			if !yield(f(item)) {
				return
			}
		}
	}
}

// withHead is rows with their header before them.
func withHead(head []string, rows iter.Seq[[]string]) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		if !yield(head) {
			return
		}
		for r := range rows {
			if !yield(r) {
				return
			}
		}
	}
}
