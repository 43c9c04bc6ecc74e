package server

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"parley/domain"
	"parley/domain/intake"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// input is what the body of a request holds.
type input struct {
	negotiation string // in the address
	candidates  []domain.Candidate
	faults      domain.Faults // of the form
}

// readLines reads NDJSON. Row is the line, from 1.
func (in *input) readLines(r io.Reader) error {
	r, packed := intake.Unpacked("", r)
	if packed != nil {
		in.faults = append(in.faults, *packed)
		return nil
	}
	scan := bufio.NewScanner(r)
	scan.Buffer(make([]byte, 64<<10), intake.MaxLine)
	row := 0
	for scan.Scan() {
		row++
		if line := bytes.TrimSpace(bytes.TrimPrefix(scan.Bytes(), []byte("\ufeff"))); len(line) > 0 {
			in.take(domain.Place{Row: row}, "", line)
		}
	}
	err := scan.Err()
	if errors.Is(err, bufio.ErrTooLong) {
		in.faults = append(in.faults, domain.Fault{
			Place: domain.Place{Row: row + 1}, Problem: domain.TooLarge,
			Reason: "the line is too long for an event", Hint: "write one event a line",
		})
		return nil
	}
	return err
}

// readDocument reads a JSON array of events, or one event. A pointer leads from the
// whole document.
func (in *input) readDocument(r io.Reader) error {
	dec := jsontext.NewDecoder(r)
	if dec.PeekKind() != '[' {
		text, err := dec.ReadValue()
		if err == nil {
			in.take(domain.Place{}, "", text)
			err = in.atEnd(dec)
		}
		return in.malformed("", err)
	}
	_, err := dec.ReadToken()
	for i := 0; err == nil && dec.PeekKind() != ']' && dec.PeekKind() != 0; i++ {
		text, err := dec.ReadValue()
		if err != nil {
			return in.malformed("/"+strconv.Itoa(i), err)
		}
		in.take(domain.Place{}, "/"+strconv.Itoa(i), text)
	}
	if err == nil {
		_, err = dec.ReadToken()
	}
	if err == nil {
		err = in.atEnd(dec)
	}
	return in.malformed("", err)
}

func (in *input) atEnd(dec *jsontext.Decoder) error {
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		if err == nil {
			err = &jsontext.SyntacticError{Err: errors.New("there is more after the end")}
		}
		return err
	}
	return nil
}

// malformed makes a fault of an error of the form. Other errors are of the way here.
func (in *input) malformed(pointer string, err error) error {
	_, form := errors.AsType[*jsontext.SyntacticError](err)
	if !form && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	in.faults = append(in.faults, domain.Fault{
		Place: domain.Place{Pointer: pointer}, Problem: domain.Malformed,
		Reason: intake.NotJSON(err), Hint: "write an array of events, or one event",
	})
	return nil
}

// take reads one event. What stands at a pointer within the document has the pointer
// before its own.
func (in *input) take(at domain.Place, under string, text []byte) {
	c, fault := intake.Line(at, in.addressed(text))
	if fault != nil {
		fault.Pointer = under + fault.Pointer
		fault.Hint = "write one JSON object for each event"
		in.faults = append(in.faults, *fault)
		return
	}
	if under != "" {
		place := c.Place
		c.Place = func(path string) domain.Place {
			p := place(path)
			p.Pointer = under + p.Pointer
			return p
		}
		for i := range c.Faults {
			c.Faults[i].Pointer = under + c.Faults[i].Pointer
		}
	}
	if n := c.Event.Negotiation; n != "" && n != in.negotiation {
		c.Faults = append(c.Faults, domain.Fault{
			Place: c.Place("negotiation"), Problem: domain.NotAllowed, Read: shorten(n),
			Reason: "is not the negotiation of this address", Hint: "write " + in.negotiation + ", or leave it out",
		})
	}
	in.candidates = append(in.candidates, c)
}

// addressed adds the negotiation of the address to an event that names none.
func (in *input) addressed(text []byte) []byte {
	var names map[string]jsontext.Value
	if json.Unmarshal(text, &names) != nil {
		return text // whoever reads it says what is wrong
	}
	name := "negotiation"
	if _, wrapped := names["specversion"]; wrapped {
		name = "subject"
	}
	if _, has := names[name]; has {
		return text
	}
	more := fmt.Sprintf(`{%q:%q`, name, in.negotiation)
	if len(names) > 0 {
		more += ","
	}
	return append([]byte(more), bytes.TrimPrefix(bytes.TrimSpace(text), []byte("{"))...)
}
