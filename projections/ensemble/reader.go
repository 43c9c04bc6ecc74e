package ensemble

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"

	"parley/domain"
	"parley/domain/intake"
	"parley/projections"

	"github.com/go-json-experiment/json/jsontext"
)

// Reader reads runs and checks them against the log under a base, as if each alone
// were appended to it: with all faults, and with names that the run itself registers.
// Its methods may be called concurrently.
type Reader struct {
	trial *domain.Trial
}

// NewReader prepares reading. It goes through the whole log under the base once.
func NewReader(base *projections.Base) *Reader {
	return &Reader{domain.NewTrial(base.Ledger())}
}

// Lines reads runs from NDJSON, one a line; empty lines are passed over:
//
//	{"run":"1","events":[{"type":"AgreementSigned","occurred":"2025-11-04",…},…]}
//
// Events are written as for import, flat or as CloudEvents; the negotiation may be
// left out. "cut":true says that the run was stopped before it had ended. The events
// themselves are read when the run is evaluated.
func (r *Reader) Lines(file string, in io.Reader) iter.Seq2[Run, error] {
	return func(yield func(Run, error) bool) {
		in, packed := intake.Unpacked(file, in)
		if packed != nil {
			yield(Run{}, domain.Faults{*packed})
			return
		}
		scan := bufio.NewScanner(in)
		scan.Buffer(make([]byte, 64<<10), MaxLine)
		row := 0
		for scan.Scan() {
			row++
			line := bytes.TrimSpace(bytes.TrimPrefix(scan.Bytes(), []byte("\ufeff")))
			if len(line) == 0 {
				continue
			}
			at, text := domain.Place{File: file, Row: row}, bytes.Clone(line)
			if !yield(Load(len(text), func() (Run, error) { return r.Line(at, text) }), nil) {
				return
			}
		}
		switch err := scan.Err(); {
		case errors.Is(err, bufio.ErrTooLong):
			yield(Run{}, domain.Faults{{
				Place: domain.Place{File: file, Row: row + 1}, Problem: domain.TooLarge,
				Reason: fmt.Sprintf("the line is longer than %d bytes", MaxLine), Hint: "write one run a line, and fewer events in it",
			}})
		case err != nil:
			yield(Run{}, fmt.Errorf("%s, after line %d: %w", file, row, err))
		}
	}
}

// Line reads one run from JSON text that stands at a place. The error is
// [domain.Faults].
func (r *Reader) Line(at domain.Place, text []byte) (Run, error) {
	// Names that stand twice are looked for once: here for the members of a run, within
	// its events where they are read.
	p := parser{reader: r, at: at, dec: jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true))}
	if err := p.object(); err != nil {
		return Run{}, domain.Faults{{
			Place: at, Problem: domain.Malformed, Reason: err.Error(),
			Hint: `write {"run":"1","events":[…]}, one run a line`,
		}}
	}
	run, err := r.Decide(p.name, p.in, p.faults)
	run.Cut = p.cut
	return run, err
}

// Check is for events that were made in Go: it gives the run with the events that the
// base does not hold, each with its id, or [domain.Faults], whose places are JSON
// pointers.
func (r *Reader) Check(run Run) (Run, error) {
	in := make([]domain.Candidate, len(run.Events))
	for i, e := range run.Events {
		if e.Negotiation == "" {
			named := *e
			named.Negotiation = r.trial.Negotiation()
			e = &named
		}
		in[i] = domain.Offer(e)
		in[i].Place = within(fmt.Sprintf("/events/%d", i), in[i].Place)
		for k := range in[i].Faults {
			f := &in[i].Faults[k]
			f.Pointer = fmt.Sprintf("/events/%d%s", i, f.Pointer)
		}
	}
	checked, err := r.Decide(run.Name, in, nil)
	checked.Cut = run.Cut
	return checked, err
}

func within(pointer string, place func(string) domain.Place) func(string) domain.Place {
	return func(path string) domain.Place {
		at := place(path)
		at.Pointer = pointer + at.Pointer
		return at
	}
}

// Decide checks candidates that were read elsewhere, with the faults of their form, and
// makes a run of them. Events that the log holds already are left out: they change
// nothing.
func (r *Reader) Decide(name string, in []domain.Candidate, faults domain.Faults) (Run, error) {
	d, more := r.trial.Decide(in)
	if faults = append(faults, more...); len(faults) > 0 {
		return Run{}, faults
	}
	return Run{Name: name, Events: d.Append}, nil
}

// parser reads the object of one run.
type parser struct {
	reader *Reader
	at     domain.Place
	dec    *jsontext.Decoder
	name   string
	cut    bool
	in     []domain.Candidate
	faults domain.Faults
}

var (
	errNotObject = errors.New("a run is a JSON object")
	errMore      = errors.New("there is more after the object")
)

func (p *parser) object() error {
	if p.dec.PeekKind() != '{' {
		if err := p.dec.SkipValue(); err != nil {
			return errors.New(intake.NotJSON(err))
		}
		return errNotObject
	}
	if err := p.members(); err != nil {
		return errors.New(intake.NotJSON(err))
	}
	if _, err := p.dec.ReadToken(); !errors.Is(err, io.EOF) {
		return errMore
	}
	return nil
}

func (p *parser) members() error {
	if _, err := p.dec.ReadToken(); err != nil {
		return err
	}
	var named, cut, filled bool
	for p.dec.PeekKind() != '}' {
		token, err := p.dec.ReadToken()
		if err != nil {
			return err
		}
		member := token.String()
		if member == "run" && named || member == "cut" && cut || member == "events" && filled {
			return fmt.Errorf("%s stands twice", member)
		}
		switch member {
		case "run":
			named, err = true, p.readName()
		case "cut":
			cut, err = true, p.readCut()
		case "events":
			filled, err = true, p.events()
		default:
			p.fault("/"+member, domain.UnknownField, member, "a run has no such member", domain.DidYouMean(member, []string{"run", "cut", "events"}))
			err = p.dec.SkipValue()
		}
		if err != nil {
			return err
		}
	}
	if !named {
		p.fault("/run", domain.Missing, "", "run is required", `name the run: "run":"1"`)
	}
	if !filled {
		p.fault("/events", domain.Missing, "", "events is required", `write "events":[] for a run in which nothing happens`)
	}
	_, err := p.dec.ReadToken()
	return err
}

func (p *parser) readName() error {
	value, err := p.dec.ReadValue()
	if err != nil {
		return err
	}
	text := string(value)
	if value.Kind() == '"' {
		name, err := jsontext.AppendUnquote(nil, value)
		if err != nil {
			return err
		}
		text = string(name)
	}
	if value.Kind() != '"' || !domain.ValidID(text) {
		p.fault("/run", domain.BadValue, text, "not the name of a run", `write 1 to 64 of a-z, 0-9 and - as a text: "run":"1"`)
	}
	p.name = text
	return nil
}

func (p *parser) readCut() error {
	value, err := p.dec.ReadValue()
	if kind := value.Kind(); err == nil && kind != 't' && kind != 'f' {
		p.fault("/cut", domain.BadValue, string(value), "is neither true nor false", `write "cut":true for a run that was stopped before it had ended`)
	}
	p.cut = value.Kind() == 't'
	return err
}

func (p *parser) events() error {
	if p.dec.PeekKind() != '[' {
		p.fault("/events", domain.BadValue, "", "events is not a list", `write "events":[{…},{…}]`)
		return p.dec.SkipValue()
	}
	if _, err := p.dec.ReadToken(); err != nil {
		return err
	}
	n := 0
	for ; p.dec.PeekKind() != ']'; n++ {
		text, err := p.dec.ReadValue()
		if err != nil {
			return err
		}
		if n >= MaxEvents {
			continue
		}
		at := p.at
		at.Pointer = fmt.Sprintf("/events/%d", n)
		c, fault := intake.LineOf(p.reader.trial.Negotiation(), at, text)
		if fault != nil {
			fault.Hint = "write an event as a JSON object"
			p.faults = append(p.faults, *fault)
			continue
		}
		p.in = append(p.in, c)
	}
	if n > MaxEvents {
		at := p.at
		at.Pointer = "/events"
		p.faults = append(p.faults, tooMany(at, "", n))
	}
	_, err := p.dec.ReadToken()
	return err
}

func (p *parser) fault(pointer string, problem domain.Problem, read, reason, hint string) {
	at := p.at
	at.Pointer = pointer
	p.faults = append(p.faults, domain.Fault{Place: at, Problem: problem, Read: excerpt(read), Reason: reason, Hint: hint})
}
