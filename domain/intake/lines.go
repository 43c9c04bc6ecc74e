package intake

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"

	"parley/domain"

	"github.com/go-json-experiment/json/jsontext"
)

// MaxLine is the length limit of one line of NDJSON, in bytes.
const MaxLine = 4 * domain.MaxEventBytes

// Lines reads NDJSON: one event a line, flat (key, type, negotiation, …) or as
// CloudEvents in structured mode. Empty lines are passed over. It returns a
// candidate a line, each with its own faults, and the faults of the form.
//
// The recordedtime of a CloudEvent is not taken over: the door stamps its own.
func Lines(file string, r io.Reader) ([]domain.Candidate, domain.Faults) {
	var (
		out    []domain.Candidate
		faults domain.Faults
	)
	scan := bufio.NewScanner(r)
	scan.Buffer(make([]byte, 64<<10), MaxLine)
	row := 0
	for scan.Scan() {
		row++
		line := bytes.TrimSpace(bytes.TrimPrefix(scan.Bytes(), []byte("\ufeff")))
		if len(line) == 0 {
			continue
		}
		c, fault := Line(domain.Place{File: file, Row: row}, line)
		if fault != nil {
			faults = append(faults, *fault)
			continue
		}
		out = append(out, c)
	}
	if err := scan.Err(); err != nil {
		f := domain.Fault{Place: domain.Place{File: file, Row: row + 1}, Problem: domain.Malformed, Reason: "cannot be read: " + err.Error()}
		if errors.Is(err, bufio.ErrTooLong) {
			f.Problem, f.Reason = domain.TooLarge, "the line is too long for an event"
			f.Hint = "write one event a line"
		}
		faults = append(faults, f)
	}
	return out, faults
}

// Line reads one event from JSON text that stands at a place.
func Line(at domain.Place, text []byte) (domain.Candidate, *domain.Fault) {
	dec := jsontext.NewDecoder(bytes.NewReader(text))
	malformed := func(reason string) *domain.Fault {
		return &domain.Fault{Place: at, Problem: domain.Malformed, Read: excerpt(text), Reason: reason, Hint: "write one JSON object a line"}
	}
	if dec.PeekKind() != '{' {
		if err := skim(dec); err != nil {
			return domain.Candidate{}, malformed("not JSON: " + err.Error())
		}
		return domain.Candidate{}, malformed("not a JSON object")
	}
	values, err := members(dec, "")
	if err == nil {
		if _, more := dec.ReadToken(); !errors.Is(more, io.EOF) {
			err = errors.New("there is more after the object")
		}
	}
	if err != nil {
		return domain.Candidate{}, malformed("not JSON: " + err.Error())
	}
	pointer := func(path string) string { return "/" + strings.ReplaceAll(path, ".", "/") }
	if cloudEvent(values) {
		values, pointer = unwrap(values)
	}
	return domain.Bind(domain.Record{Values: values, Place: func(path string) domain.Place {
		return domain.Place{File: at.File, Row: at.Row, Pointer: pointer(path)}
	}}), nil
}

func skim(dec *jsontext.Decoder) error { return dec.SkipValue() }

func excerpt(b []byte) string {
	s := []rune(strings.ToValidUTF8(string(b), "�"))
	if len(s) > 60 {
		return string(s[:60]) + "…"
	}
	return string(s)
}

// members flattens an object into values with dotted paths. A null is absent.
func members(dec *jsontext.Decoder, prefix string) ([]domain.Value, error) {
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	var out []domain.Value
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return nil, err
		}
		path := prefix + name.String()
		switch dec.PeekKind() {
		case '{':
			nestedPrefix := path + "."
			if whole[path] {
				nestedPrefix = ""
			}
			inner, err := members(dec, nestedPrefix)
			if err != nil {
				return nil, err
			}
			if nestedPrefix == "" {
				inner = []domain.Value{{Path: path, Form: domain.Object, Nested: inner}}
			}
			out = append(out, inner...)
		case '[':
			v, err := list(dec, path)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		default:
			token, err := dec.ReadToken()
			if err != nil {
				return nil, err
			}
			if form := formOf(token); form != "" {
				out = append(out, domain.Value{Path: path, Items: []string{token.String()}, Form: form})
			}
		}
	}
	_, err := dec.ReadToken()
	return out, err
}

// whole are the paths whose object is one value: an event within an event.
var whole = map[string]bool{"act.replacement": true, "data.act.replacement": true}

func list(dec *jsontext.Decoder, path string) (domain.Value, error) {
	v := domain.Value{Path: path, List: true, Form: domain.Quoted}
	if _, err := dec.ReadToken(); err != nil {
		return v, err
	}
	for dec.PeekKind() != ']' {
		if k := dec.PeekKind(); k == '{' || k == '[' {
			v.Form = domain.Object // no field holds a list of these; Bind says so
			if err := dec.SkipValue(); err != nil {
				return v, err
			}
			continue
		}
		token, err := dec.ReadToken()
		if err != nil {
			return v, err
		}
		if form := formOf(token); form != domain.Quoted && v.Form == domain.Quoted {
			v.Form = form
			if form == "" {
				v.Form = domain.Object
			}
		}
		v.Items = append(v.Items, token.String())
	}
	_, err := dec.ReadToken()
	return v, err
}

func formOf(t jsontext.Token) domain.Form {
	switch t.Kind() {
	case '"':
		return domain.Quoted
	case '0':
		return domain.Digits
	case 't', 'f':
		return domain.Bare
	default:
		return ""
	}
}

func cloudEvent(values []domain.Value) bool {
	for _, v := range values {
		if v.Path == "specversion" {
			return true
		}
	}
	return false
}

// envelopeOf maps attributes of a CloudEvent to our paths; empty ones are not
// taken over.
var envelopeOf = map[string]string{
	"subject": "negotiation", "source": "writer", "specversion": "", "recordedtime": "", "datacontenttype": "",
}

// unwrap renames the members of a CloudEvent to flat paths, and gives the way
// back to its pointers.
func unwrap(values []domain.Value) ([]domain.Value, func(string) string) {
	var out []domain.Value
	for _, v := range values {
		if rest, ok := strings.CutPrefix(v.Path, "data."); ok {
			v.Path = rest
		} else if name, ok := envelopeOf[v.Path]; ok {
			if name == "" {
				continue
			}
			v.Path = name
		} else if v.Path != "id" && v.Path != "type" && v.Path != "time" {
			v.Path = "attribute." + v.Path // no attribute of ours: refused as unknown
		}
		out = append(out, v)
	}
	return out, func(path string) string {
		for attribute, name := range envelopeOf {
			if name == path {
				return "/" + attribute
			}
		}
		if path == "id" || path == "type" || path == "time" {
			return "/" + path
		}
		return "/data/" + strings.ReplaceAll(path, ".", "/")
	}
}
