package main

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strconv"
	"strings"

	"parley/projections"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// format is one of the forms in which a command answers. It is a flag's value.
type format string

const (
	formatTable  format = "table"
	formatJSON   format = "json"
	formatNDJSON format = "ndjson"
	formatCSV    format = "csv"
)

var formats = []string{string(formatTable), string(formatJSON), string(formatNDJSON), string(formatCSV)}

func (f *format) String() string { return string(*f) }

// Type names the value in help.
func (f *format) Type() string { return "format" }

// Set reads the value of the flag.
func (f *format) Set(s string) error {
	if !slices.Contains(formats, s) {
		return fmt.Errorf("%s", guess(s, formats, ""))
	}
	*f = format(s)
	return nil
}

func completeFormat(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return formats, cobra.ShellCompDirectiveNoFileComp
}

// answer is what a command says, in every format. Only the one that is asked for
// is computed.
type answer struct {
	json   func() any
	ndjson func() iter.Seq[any]      // a value a line
	csv    func() iter.Seq[[]string] // a row a line, the header first
	table  func(*screen)
	live   bool // somebody watches: whatever is written is seen at once

	// supposed is the branch whose state is told, nil for the record: every line says
	// so. Documents and tables say it in their head.
	supposed *projections.Branch
	against  *projections.Branch // the other one, where two are compared
}

// seen writes through a buffer that remembers the first error.
type seen struct{ *bufio.Writer }

func (w seen) Write(b []byte) (int, error) {
	n, err := w.Writer.Write(b)
	if err == nil {
		err = w.Flush()
	}
	return n, err
}

// say writes an answer in the format that was asked for.
func (p *program) say(a answer) error {
	buffered := bufio.NewWriterSize(p.out, 64<<10)
	out := io.Writer(buffered)
	if a.live {
		out = seen{buffered}
	}
	var err error
	switch p.format {
	case formatJSON:
		err = writeJSON(out, a.json(), isTerminal(p.out))
	case formatNDJSON:
		for v := range a.ndjson() {
			if err = writeLine(out, v, a.supposed); err != nil {
				break
			}
		}
	case formatCSV:
		err = writeCSV(out, markRows(a.csv(), a.supposed, a.against))
	default:
		a.table(p.screen(out))
	}
	if err == nil {
		err = buffered.Flush()
	}
	if err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

// writeJSON writes one value and a line end, indented for people.
func writeJSON(out io.Writer, v any, indent bool) error {
	var options []json.Options
	if indent {
		options = append(options, jsontext.WithIndent("  "))
	}
	if err := json.MarshalWrite(out, v, options...); err != nil {
		return err
	}
	_, err := io.WriteString(out, "\n")
	return err
}

func writeCSV(out io.Writer, rows iter.Seq[[]string]) error {
	w := csv.NewWriter(out)
	for row := range rows {
		guarded := make([]string, len(row))
		for i, cell := range row {
			guarded[i] = guard(cell)
		}
		if err := w.Write(guarded); err != nil {
			return err
		}
		w.Flush()
	}
	return w.Error()
}

// guard keeps spreadsheets from taking text for a formula.
func guard(cell string) string {
	if cell == "" || !strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return cell
	}
	if _, err := strconv.ParseFloat(cell, 64); err == nil {
		return cell
	}
	return "'" + cell
}

// isTerminal tells whether a person is likely to read what is written.
func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

const (
	widthDefault = 100 // where nobody says how wide the screen is
	widthMin     = 60
	widthMax     = 160 // wider tables are harder to read
)

// screen is where tables are shown to people.
type screen struct {
	out   io.Writer
	width int
	color bool
}

func (p *program) screen(out io.Writer) *screen {
	s := &screen{out: out, width: widthDefault}
	if f, ok := p.out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		s.color = !p.noColor && os.Getenv("TERM") != "dumb"
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			s.width = min(max(w, widthMin), widthMax)
		}
	}
	return s
}

// line writes one line. Everything that is shown on a screen passes here.
func (s *screen) line(text string) {
	text = strings.TrimRight(text, " ")
	if s.color {
		fmt.Fprintln(s.out, painted(text))
		return
	}
	fmt.Fprintln(s.out, printable(text))
}

// bold marks a heading.
func (s *screen) bold(text string) string { return s.paint("1", text) }

// faint steps back behind the rest.
func (s *screen) faint(text string) string { return s.paint("2", text) }

func (s *screen) paint(code, text string) string {
	if !s.color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
