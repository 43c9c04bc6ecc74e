package intake

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
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
	r, packed := Unpacked(file, r)
	if packed != nil {
		return nil, domain.Faults{*packed}
	}
	scan := bufio.NewScanner(r)
	scan.Buffer(make([]byte, 64<<10), MaxLine)
	above := before{}
	row := 0
	for scan.Scan() {
		row++
		line := bytes.TrimSpace(bytes.TrimPrefix(scan.Bytes(), []byte("\ufeff")))
		if len(line) == 0 {
			continue
		}
		c, fault := lineOf("", domain.Place{File: file, Row: row}, line, above)
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

// Line reads one event from JSON text that stands at a place; if the place has a
// pointer, the text is the value there.
func Line(at domain.Place, text []byte) (domain.Candidate, *domain.Fault) {
	return LineOf("", at, text)
}

// LineOf is [Line] where the negotiation may be left out, because it is clear which
// one is meant; empty, it is required.
func LineOf(negotiation string, at domain.Place, text []byte) (domain.Candidate, *domain.Fault) {
	return lineOf(negotiation, at, text, nil)
}

// lineOf reads an event that stands below others, if above is given.
func lineOf(negotiation string, at domain.Place, text []byte, above before) (domain.Candidate, *domain.Fault) {
	dec := jsontext.NewDecoder(bytes.NewReader(text))
	malformed := func(reason string) *domain.Fault {
		return &domain.Fault{Place: at, Problem: domain.Malformed, Read: excerpt(text), Reason: reason, Hint: "write one JSON object a line"}
	}
	if dec.PeekKind() != '{' {
		if err := dec.SkipValue(); err != nil {
			return domain.Candidate{}, malformed(NotJSON(err))
		}
		return domain.Candidate{}, malformed("not a JSON object")
	}
	values, err := members(dec, "", make([]domain.Value, 0, valuesUsual))
	if err == nil {
		err = atEnd(dec)
	}
	if err != nil {
		return domain.Candidate{}, malformed(NotJSON(err))
	}
	if above != nil {
		for _, v := range values {
			if len(v.Items) == 1 && !v.List {
				v.Items[0] = above.same(v.Path, v.Items[0])
			}
		}
	}
	pointer := domain.Pointer
	ours := true
	if i := slices.IndexFunc(values, func(v domain.Value) bool { return v.Path == "specversion" }); i >= 0 {
		ours = slices.Equal(values[i].Items, []string{domain.SpecVersion})
		values, pointer = unwrap(values)
	} else {
		values = slices.DeleteFunc(values, func(v domain.Value) bool { return passedOver[v.Path] })
	}
	values, of := takeMarks(values)
	if negotiation != "" && !slices.ContainsFunc(values, func(v domain.Value) bool { return v.Path == "negotiation" }) {
		values = append(values, domain.Value{Path: "negotiation", Items: []string{negotiation}, Form: domain.Quoted})
	}
	place := func(path string) domain.Place {
		return domain.Place{File: at.File, Row: at.Row, Pointer: at.Pointer + pointer(path)}
	}
	c := domain.Bind(domain.Record{Values: values, Place: place})
	for i := range c.Faults {
		f := &c.Faults[i]
		if name, ok := strings.CutPrefix(f.Read, attributePrefix); ok && f.Problem == domain.UnknownField {
			f.Read, f.Reason, f.Hint = name, "the log does not keep this attribute", "put what it says into data, or take it out"
		}
	}
	if of != nil {
		c.Faults = append(c.Faults, of.fault(place))
	}
	if !ours {
		at.Pointer += "/specversion"
		c.Faults = append(c.Faults, domain.Fault{Place: at, Problem: domain.BadValue, Reason: "not CloudEvents " + domain.SpecVersion, Hint: "write " + domain.SpecVersion})
	}
	return c, nil
}

// NotJSON says why a text is no JSON, without the name of the package that found it.
func NotJSON(err error) string { return "not JSON: " + strings.TrimPrefix(err.Error(), "jsontext: ") }

func atEnd(dec *jsontext.Decoder) error {
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("there is more after the object")
	}
	return nil
}

// passedOver are members and columns that exports add and that are no input: the
// door stamps when an event was recorded, and the log gives its position.
var passedOver = map[string]bool{"recorded": true, "position": true}

func excerpt(b []byte) string {
	s := []rune(strings.ToValidUTF8(string(b), "�"))
	if len(s) > 60 {
		return string(s[:60]) + "…"
	}
	return string(s)
}

// valuesUsual is how many values most events have, or fewer.
const valuesUsual = 16

// members flattens an object into values with dotted paths, and appends them. A null is
// absent.
func members(dec *jsontext.Decoder, prefix string, out []domain.Value) ([]domain.Value, error) {
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	for dec.PeekKind() != '}' {
		name, err := dec.ReadToken()
		if err != nil {
			return nil, err
		}
		path := prefix + name.String()
		switch dec.PeekKind() {
		case '{':
			var err error
			if whole[path] {
				v := domain.Value{Path: path, Form: domain.Object}
				v.Nested, err = members(dec, "", nil)
				out = append(out, v)
			} else {
				before := len(out)
				if out, err = members(dec, path+".", out); len(out) == before { // {} is a value, which Bind may not expect
					out = append(out, domain.Value{Path: path, Form: domain.Object})
				}
			}
			if err != nil {
				return nil, err
			}
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

// envelopeOf maps attributes of a CloudEvent to our paths. Empty ones are not
// taken over: those that the log writes itself, and those that only speak of the
// transport. Any other attribute is refused, for it would be lost.
var envelopeOf = map[string]string{
	"id": "id", "type": "type", "time": "time", "subject": "negotiation", "source": "writer",
	"specversion": "", "recordedtime": "", "datacontenttype": "", "dataschema": "",
	"traceparent": "", "tracestate": "", "partitionkey": "", "sequence": "", "sequencetype": "", "sampledrate": "",
}

// attributePrefix marks what stands beside data in a CloudEvent, and is not ours.
const attributePrefix = "attribute:"

// unwrap renames the members of a CloudEvent to flat paths, and gives the way
// back to its pointers.
func unwrap(values []domain.Value) ([]domain.Value, func(string) string) {
	var out []domain.Value
	for _, v := range values {
		rest, inData := strings.CutPrefix(v.Path, "data.")
		name, known := envelopeOf[v.Path]
		switch {
		case inData && attributeOf[rest] == "":
			v.Path = rest
		case known && name == "", v.Path == "data" && v.Form == domain.Object && !v.List:
			continue // transport, or no data at all
		case known:
			v.Path = name
		default:
			v.Path = attributePrefix + v.Path
		}
		out = append(out, v)
	}
	return out, wrapped
}

// attributeOf is the way back from our paths to attributes.
var attributeOf = map[string]string{"negotiation": "subject", "writer": "source", "id": "id", "type": "type", "time": "time"}

// wrapped is the pointer to the value of a path in a CloudEvent.
func wrapped(path string) string {
	if attribute, ok := attributeOf[path]; ok {
		return domain.Pointer(attribute)
	}
	if attribute, ok := strings.CutPrefix(path, attributePrefix); ok {
		return domain.Pointer(attribute)
	}
	return "/data" + domain.Pointer(path)
}
