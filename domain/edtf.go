package domain

import (
	"fmt"
	"strings"
	"time"
)

// EDTF is a date, a time or a span as well as it is known, in the Extended
// Date/Time Format of the Library of Congress (EDTF 2019, all of levels 0, 1
// and 2). It is immutable and comparable: == compares the text. The zero value
// means "absent".
//
// Its bounds are the first and the last millisecond it can speak of. Dates, and
// times without an offset, are read in the time zone that [EDTF.Bounds] is given.
//
//	text                      earliest             latest
//	2025-10-28                28 Oct 00:00:00.000  28 Oct 23:59:59.999
//	2025-10                   1 October            31 October
//	2025                      1 January            31 December
//	202X, 20XX                1 January 2020, 2000 31 December 2029, 2099
//	2025-10-XX                1 October            31 October
//	2025-XX-31                31 January           31 December
//	201X-02-29                29 February 2012     29 February 2016
//	XXXX, XXXX-12-25          no bound             no bound: the year is unknown
//	-XXXX                     no bound             31 December -0001
//	2025-10-28?  ~  %         28 October           28 October: qualifiers never widen
//	2025-10-28T03:00:00       03:00:00.000         03:00:00.999
//	2025-10-28T03:00:00+05:00 22:00:00.000Z        22:00:00.999Z, 27 October
//	2025-10/2025-11           1 October            30 November: it lasted from .. to
//	/2025-10  ../2025-10      no bound             31 October
//	2025-10/  2025-10/..      1 October            no bound
//	/  ../..                  no bound             no bound
//	[2025-10,2025-12]  {..}   1 October            31 December: over all members
//	[2025-10..2025-12]        1 October            31 December: one of them
//	[..2025-10]  {..2025-10}  no bound             31 October
//	[2025-10..]  {2025-10..}  1 October            no bound
//	1950S2                    1 January 1900       31 December 1999
//	Y12345, Y17E7             1 January            31 December of that year
//	2001-21, 2001-23          1 January            31 December
//	2001-22, 2001-24          1 December 2000      31 March 2002
//	2001-25, 2001-31          1 March              30 June
//	2001-26, 2001-32          1 June               30 September
//	2001-27, 2001-29          1 September          31 December
//	2001-28, 2001-30          1 December 2000      31 March 2002
//	2001-33 .. 2001-36        the quarters of the year
//	2001-37 .. 2001-39        its thirds
//	2001-40, 2001-41          its halves
//
// A season without a hemisphere (21 to 24) may be either one's, so spring and
// autumn get the year; one of summer and winter runs over New Year, and the
// standard does not say whose year it then bears. With a hemisphere (25 to 32)
// the bounds hold the meteorological and the astronomical season.
//
// Bounds that a millisecond count cannot reach (some 292 million years) stop one
// short of [Past] and [Future]: they are far, but they are known.
type EDTF struct {
	text string
	// Milliseconds since 1970, or Past and Future. Civil time, as if the zone
	// were UTC, unless the text has an offset. No zone is known here yet.
	first, last int64
	flags       edtfFlags
}

type edtfFlags uint8

const (
	edtfUncertain   edtfFlags = 1 << iota // ? or %
	edtfApproximate                       // ~ or %
	edtfAbsolute                          // a time with Z or an offset
)

// edtfMaxBytes limits what is parsed: room for a set of some ninety days.
const edtfMaxBytes = 1024

// EDTFError says why a text is not EDTF.
type EDTFError struct {
	Input  string
	Offset int    // in bytes, from 0 to len(Input)
	Reason string // what is wrong there
	Hint   string // what to write instead, or "" where that cannot be told
}

func (e *EDTFError) Error() string {
	input := e.Input
	if len(input) > 80 {
		input = input[:80] + "…"
	}
	text := fmt.Sprintf("%q is not EDTF: at byte %d, %s", input, e.Offset, e.Reason)
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

// ParseEDTF reads a whole string of at most 1024 bytes as EDTF 2019. The error is
// an [*EDTFError]. It is strict where readers differ:
//
//   - no space, no lower case, no basic format (20251028), no fraction of a second,
//     no 24:00:00 (withdrawn in ISO 8601-1:2019, 5.3.2), no leap second;
//   - dates must exist: 2025-02-29, and 15XX-02-3X, are refused;
//   - years have four digits, centuries and decades are 19XX and 199X; Y is for
//     years beyond 9999 either way, up to 15 digits; Y and S years stand alone;
//   - intervals and sets hold dates only ("Time of day is excluded");
//   - the end of an interval may not begin before its start does; where the end
//     has unspecified digits or is a season, it is enough that it can end later;
//   - both sides of ".." in a set have the same precision, and ".." without one
//     side stands at the beginning or the end of the set.
func ParseEDTF(s string) (EDTF, error) {
	d, err := parseEDTF(s)
	if err != nil {
		err.Hint = edtfHint(s)
		return EDTF{}, err
	}
	return d, nil
}

// MustEDTF is ParseEDTF for constants and tests: it panics on a bad text.
func MustEDTF(s string) EDTF {
	d, err := ParseEDTF(s)
	if err != nil {
		panic("domain: " + err.Error())
	}
	return d
}

// String is exactly the text that was parsed; "" if absent.
func (d EDTF) String() string { return d.text }

// IsZero tells whether the date is absent. Absent is not the same as unknown:
// that is XXXX-XX-XX.
func (d EDTF) IsZero() bool { return d.text == "" }

// Uncertain tells whether any part is qualified as uncertain, by ? or %.
func (d EDTF) Uncertain() bool { return d.flags&edtfUncertain != 0 }

// Approximate tells whether any part is qualified as approximate, by ~ or %.
func (d EDTF) Approximate() bool { return d.flags&edtfApproximate != 0 }

// Unknown tells whether there is a bound on neither side. An absent date is
// unknown too.
func (d EDTF) Unknown() bool {
	return d.IsZero() || (d.first == int64(Past) && d.last == int64(Future))
}

// Lasts tells whether it is an interval A/B: that something lasted from A to B,
// rather than happened on some day between them.
func (d EDTF) Lasts() bool { return strings.Contains(d.text, "/") }

// Bounds is the interval in which the moment or the span lies. Civil times are
// read in loc; nil means UTC. The days of a date begin and end as loc has them,
// with 23 or 25 hours if need be; a time that came twice there, or never, has the
// bounds of both its readings. The bounds of an absent date are Past and Future.
// Bounds does not allocate.
func (d EDTF) Bounds(loc *time.Location) Bounds {
	if d.text == "" {
		return Bounds{Past, Future}
	}
	if loc == nil || loc == time.UTC || d.flags&edtfAbsolute != 0 {
		return Bounds{Instant(d.first), Instant(d.last)}
	}
	return civilBounds(d.first, d.last, loc)
}

// MarshalText gives the text back. It fails on an absent date, for nothing could
// read an empty text again: leave absent fields out (omitzero).
func (d EDTF) MarshalText() ([]byte, error) {
	if d.text == "" {
		return nil, &EDTFError{Reason: "an absent date has no text", Hint: "leave the field out (omitzero)"}
	}
	return []byte(d.text), nil
}

// UnmarshalText is ParseEDTF; on an error, d is as before.
func (d *EDTF) UnmarshalText(b []byte) error {
	parsed, err := ParseEDTF(string(b))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}
