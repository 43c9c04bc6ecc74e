package projections

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"parley/domain"
)

// View says which events count. The zero View is everything the record holds.
type View struct {
	AsOf       Cut    // occurred by then, or @KEY
	KnownBy    Cut    // reported by then
	RecordedBy Cut    // recorded by then, or #POSITION
	Possibly   bool   // cuts admit what may have been by then, not only what certainly was
	Lens       string // whom to believe
	Branch     string // what is supposed

	settled *settled // of a continuation; has no text
}

// Cut is one cut in time. Exactly one of its forms is set, or none.
type Cut struct {
	Key      string      // @KEY, as-of only
	Position uint64      // #POSITION, recorded-by only: of the record
	Vector   string      // #record:43;b1:7, recorded-by only: of a branch
	Date     domain.EDTF // a date or time; a date means its end in the negotiation's time zone

	instant domain.Instant // made by Learn; has no text
}

// IsZero tells whether the cut is absent.
func (c Cut) IsZero() bool { return c == Cut{} }

// String is the cut as people write it.
func (c Cut) String() string {
	switch {
	case c.Key != "":
		return "@" + c.Key
	case c.Position > 0:
		return "#" + strconv.FormatUint(c.Position, 10)
	case c.Vector != "":
		return "#" + c.Vector
	}
	return c.Date.String()
}

// At is the last instant that the cut admits.
func (c Cut) At(zone *time.Location) domain.Instant {
	if c.instant != 0 {
		return c.instant
	}
	return c.Date.Bounds(zone).Latest
}

// The keys of a view's string form, which are the names of the flags.
const (
	KeyAsOf       = "as-of"
	KeyKnownBy    = "known-by"
	KeyRecordedBy = "recorded-by"
	KeyPossibly   = "possibly"
	KeyLens       = "lens"
	KeyBranch     = "branch"
)

// ViewError says what is wrong with one part of a view.
type ViewError struct {
	Key    string // as-of, known-by, …
	Read   string
	Reason string
	Hint   string
}

func (e *ViewError) Error() string {
	s := fmt.Sprintf("%s %q: %s", e.Key, e.Read, e.Reason)
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	return s
}

// String is the view as a URL query; [ParseView] reads it back. The empty string
// is the whole record.
func (v View) String() string {
	var parts []string
	add := func(key, value string) {
		if value != "" {
			parts = append(parts, key+"="+escape(value))
		}
	}
	add(KeyAsOf, v.AsOf.String())
	add(KeyKnownBy, v.KnownBy.String())
	add(KeyRecordedBy, v.RecordedBy.String())
	if v.Possibly {
		parts = append(parts, KeyPossibly)
	}
	add(KeyLens, v.Lens)
	add(KeyBranch, v.Branch)
	return strings.Join(parts, "&")
}

// escape keeps what a query may hold literally, so that views stay readable.
func escape(s string) string {
	return strings.NewReplacer("%40", "@", "%3A", ":", "%2F", "/", "%2C", ",").Replace(url.QueryEscape(s))
}

// ParseView reads the string form of a view. A position may be written with a
// bare #, although in a URL it has to be %23.
func ParseView(s string) (View, error) {
	var v View
	for part := range strings.SplitSeq(s, "&") {
		if part == "" {
			continue
		}
		key, raw, _ := strings.Cut(part, "=")
		value, err := url.QueryUnescape(raw)
		if err != nil {
			return View{}, &ViewError{Key: key, Read: raw, Reason: "is not URL-encoded rightly"}
		}
		if err := v.Set(key, value); err != nil {
			return View{}, err
		}
	}
	return v, nil
}

// Set fills in one part of the view from its key and its text.
func (v *View) Set(key, value string) (err error) {
	switch key {
	case KeyAsOf:
		v.AsOf, err = parseCut(key, value)
	case KeyKnownBy:
		v.KnownBy, err = parseCut(key, value)
	case KeyRecordedBy:
		v.RecordedBy, err = parseCut(key, value)
	case KeyPossibly:
		if value != "" && value != "true" && value != "false" {
			return &ViewError{Key: key, Read: value, Reason: "takes no value"}
		}
		v.Possibly = value != "false"
	case KeyLens:
		v.Lens = value // what it says is known only where the registry is: see ResolveLens
	case KeyBranch:
		if value != "" && !domain.ValidID(value) {
			return &ViewError{Key: key, Read: value, Reason: "is no id of a branch", Hint: "parley branch list shows the branches"}
		}
		v.Branch = value
	default:
		return &ViewError{
			Key: key, Read: value, Reason: "is no part of a view",
			Hint: "write as-of, known-by, recorded-by, possibly, lens or branch",
		}
	}
	return err
}

func parseCut(key, s string) (Cut, error) {
	bad := func(reason, hint string) (Cut, error) {
		return Cut{}, &ViewError{Key: key, Read: s, Reason: reason, Hint: hint}
	}
	switch {
	case s == "":
		return Cut{}, nil
	case s[0] == '@':
		if key != KeyAsOf {
			return bad("only as-of takes @KEY", "write a date")
		}
		if !domain.ValidID(s[1:]) {
			return bad("is not an event key or id", "write @ and the key of an event")
		}
		return Cut{Key: s[1:]}, nil
	case s[0] == '#':
		if key != KeyRecordedBy {
			return bad("only recorded-by takes #POSITION", "write a date")
		}
		p, err := domain.ParsePosition(s[1:])
		switch {
		case err != nil:
			return bad("is not a position", "write # and a number from 1 on, or on a branch #record:43;b1:7")
		case len(p.Branches) == 0:
			return Cut{Position: p.Record}, nil
		}
		return Cut{Vector: s[1:]}, nil
	}
	d, err := domain.ParseEDTF(s)
	if err != nil {
		return bad("is not a date or time", "write 2025-10-28 or 2025-10-28T14:30:00Z")
	}
	if d.Bounds(time.UTC).Latest == domain.Future {
		return bad("has no end", "write a date or time that ends, such as 2025-10-28")
	}
	return Cut{Date: d}, nil
}
