package domain

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// Place says where in the input something stands. A value of a table has File,
// Row and Column; a value of JSON has File, Row (the line) and Pointer
// (RFC 6901); one given in Go has only a Pointer; one of a URL has its Parameter.
type Place struct {
	File    string `json:"file,omitzero"`
	Row     int    `json:"row,omitzero"` // from 1; a table's header is row 1
	Column  string `json:"column,omitzero"`
	Pointer string `json:"pointer,omitzero"`

	Parameter string `json:"parameter,omitzero"`
}

func (p Place) String() string {
	var parts []string
	if p.File != "" {
		parts = append(parts, p.File)
	}
	if p.Row > 0 {
		parts = append(parts, "row "+strconv.Itoa(p.Row))
	}
	if p.Column != "" {
		parts = append(parts, p.Column)
	} else if p.Pointer != "" {
		parts = append(parts, p.Pointer)
	}
	if p.Parameter != "" {
		parts = append(parts, p.Parameter)
	}
	return strings.Join(parts, ", ")
}

// Problem is the kind of a fault, for programs.
type Problem string

// The kinds of fault.
const (
	Malformed    Problem = "malformed"     // the input is not CSV, not JSON, not UTF-8
	UnknownField Problem = "unknown-field" // no such column or member
	UnknownType  Problem = "unknown-type"  // no such act
	Missing      Problem = "missing"       // a required field is absent
	BadValue     Problem = "bad-value"     // not of the field's type, not in its list
	BadDate      Problem = "bad-date"      // not EDTF
	Unregistered Problem = "unregistered"  // an id that no registration introduces
	UnknownEvent Problem = "unknown-event" // a reference to no event
	DuplicateKey Problem = "duplicate-key" // the same key twice in one input, with other content
	ChangedEvent Problem = "changed-event" // the id is recorded with other content
	TooLarge     Problem = "too-large"     // over a limit
	NotAllowed   Problem = "not-allowed"   // an act that does not belong here
)

// Fault is one thing wrong with input.
type Fault struct {
	Place
	Problem Problem `json:"problem"`
	Read    string  `json:"read,omitzero"` // what stands there
	Reason  string  `json:"reason"`        // what is wrong with it
	Hint    string  `json:"hint,omitzero"` // what to write instead

	// kind is the field's where the text is no id at all. Only Decide, which has
	// the registry, can tell whose name it is.
	kind Kind
}

func (f Fault) String() string {
	var parts []string
	if at := f.Place.String(); at != "" {
		parts = append(parts, at)
	}
	if f.Read != "" {
		parts = append(parts, strconv.Quote(f.Read))
	}
	text := strings.Join(append(parts, f.Reason), ": ")
	if f.Hint != "" {
		text += "; " + f.Hint
	}
	return text
}

// Faults are all faults of one input. Input with faults is refused whole.
type Faults []Fault

// Error counts the faults and gives the first; the caller prints them all.
func (f Faults) Error() string {
	switch len(f) {
	case 0:
		return "no faults"
	case 1:
		return f[0].String()
	}
	return fmt.Sprintf("%d faults, first: %s", len(f), f[0])
}

// Candidate is an event as it was read, before it is recorded, with the place of
// each of its values.
type Candidate struct {
	Event *Event
	// Place tells where the value at a path (act.issue, source.side) stands.
	Place func(path string) Place
	// Faults are what is wrong with the record alone. A candidate that has any
	// is never recorded.
	Faults Faults
}

// Offer makes a candidate of an event that was made in Go, checked by [Check];
// its places are JSON pointers. An event without an id gets the one that [Bind]
// would give it.
func Offer(e *Event) Candidate {
	faults := Check(e)
	if e.ID == uuid.Nil {
		named := *e
		b := binder{place: pointerPlace, faults: faults}
		b.name(&named)
		e, faults = &named, b.faults
	}
	return Candidate{Event: e, Place: pointerPlace, Faults: faults}
}

func pointerPlace(path string) Place { return Place{Pointer: Pointer(path)} }

// Pointer is the JSON pointer (RFC 6901) of a path: act.issue is /act/issue.
func Pointer(path string) string { return "/" + pointerSigns.Replace(path) }

var pointerSigns = strings.NewReplacer("~", "~0", "/", "~1", ".", "/")

func (c Candidate) fault(path string, p Problem, read, reason, hint string) Fault {
	return Fault{Place: c.Place(path), Problem: p, Read: excerpt(read), Reason: reason, Hint: hint}
}
