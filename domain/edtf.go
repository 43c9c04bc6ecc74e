package domain

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
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

// Bounds is the interval in which the moment or the span lies. Civil times are
// read in loc; nil means UTC. The days of a date begin and end as loc has them,
// with 23 or 25 hours if need be. The bounds of an absent date are Past and
// Future. Bounds does not allocate.
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

// edtfMendings propose what may have been meant. They may propose nonsense: only
// what parses becomes a hint. The first of them that has something wins.
var edtfMendings = []func(string) []string{
	edtfNumbers, edtfSpelling, edtfReversed, edtfClock, edtfRange, edtfWords,
}

func edtfHint(s string) string {
	if len(s) > edtfMaxBytes {
		return ""
	}
	for _, mend := range edtfMendings {
		found := slices.DeleteFunc(mend(s), func(c string) bool { return !isEDTF(c) })
		slices.Sort(found)
		switch found = slices.Compact(found); len(found) {
		case 0:
		case 1:
			return "write " + found[0]
		default:
			return "write " + strings.Join(found, " or ") + ", whichever is meant"
		}
	}
	return ""
}

func isEDTF(s string) bool {
	_, err := parseEDTF(s)
	return err == nil
}

// edtfNumbers mends dates of digits only: 28/10/2025, 2025-1-5, 20251028, 12345.
func edtfNumbers(s string) []string {
	f := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("/-. ", r) })
	if strings.Trim(s, "0123456789/-. ") != "" || strings.HasPrefix(s, "-") || strings.Contains(s, "..") {
		return nil
	}
	join := func(year string, rest ...string) string {
		for _, part := range rest {
			year += "-" + strings.Repeat("0", max(0, 2-len(part))) + part
		}
		return year
	}
	switch n := len(f); {
	case n == 3 && len(f[0]) == 4 && isEDTF(join(f[0], f[1:]...)):
		return []string{join(f[0], f[1:]...)}
	case n == 3 && len(f[0]) == 4:
		return []string{join(f[0], f[2], f[1])}
	case n == 3:
		return []string{join(f[2], f[1], f[0]), join(f[2], f[0], f[1])}
	case n == 2:
		return []string{join(f[0], f[1]), join(f[1], f[0])}
	case n == 1 && len(s) == 8:
		return []string{join(s[:4], s[4:6], s[6:])}
	case n == 1 && len(s) == 6:
		return []string{join(s[:4], s[4:])}
	case n == 1:
		return []string{s + "XX", s + "X", "Y" + s}
	}
	return nil
}

// edtfSpelling mends spaces, case, decades, the 2012 draft, and the unknown.
func edtfSpelling(s string) []string {
	packed := strings.ToUpper(strings.Join(strings.Fields(s), ""))
	switch packed {
	case "", "-", "?", "UNKNOWN", "UNDATED", "NONE", "NULL", "N/A", "N.D.", "TBD":
		return []string{"XXXX-XX-XX"}
	}
	draft := strings.NewReplacer("/UNKNOWN", "/", "UNKNOWN/", "/", "/OPEN", "/..", "?~", "%", "~?", "%", "U", "X").Replace(packed)
	return []string{
		packed, draft, strings.Replace(packed, "00S", "XX", 1), strings.Replace(packed, "0S", "X", 1),
		strings.Replace(packed, "-0000", "0000", 1), strings.TrimPrefix(packed, "Y"),
	}
}

// edtfReversed turns around an interval, and what runs backwards in a set.
func edtfReversed(s string) []string {
	if a, b, ok := strings.Cut(s, "/"); ok {
		return []string{b + "/" + a}
	}
	if len(s) < 2 || strings.IndexByte("[{", s[0]) < 0 {
		return nil
	}
	members := strings.Split(s[1:len(s)-1], ",")
	for i, m := range members {
		if a, b, _ := strings.Cut(m, ".."); a != "" && b != "" && isEDTF("["+b+".."+a+"]") {
			members[i] = b + ".." + a
		}
	}
	return []string{s[:1] + strings.Join(members, ",") + s[len(s)-1:]}
}

// edtfClock mends times of day, and takes them away where they cannot be: from
// intervals, and where the seconds are not known.
func edtfClock(s string) []string {
	if a, b, ok := strings.Cut(s, "/"); ok {
		a, _, _ = strings.Cut(a, "T")
		b, _, _ = strings.Cut(b, "T")
		return []string{a + "/" + b}
	}
	if len(s) < 16 || (s[10] != 'T' && s[10] != ' ') {
		return nil
	}
	day, clock := s[:10], strings.ToUpper(s[11:])
	if len(clock) > 8 && clock[8] == '.' {
		clock = clock[:8] + strings.TrimLeft(clock[9:], "0123456789")
	}
	if n := len(clock); n == 13 && clock[10] != ':' {
		clock = clock[:n-2] + ":" + clock[n-2:]
	}
	if len(clock) >= 5 && isEDTF(day+"T"+clock[:5]+":00"+clock[5:]) {
		return []string{day}
	}
	return []string{day + "T" + clock}
}

// edtfRange mends ranges of which it must be said whether something lasted all
// the time or happened on one day.
func edtfRange(s string) []string {
	s = strings.NewReplacer(" to ", "..", " - ", "..", " – ", "..", "–", "..").Replace(s)
	a, b, ok := strings.Cut(s, "..")
	if !ok {
		return nil
	}
	return []string{"[" + s + "]", cmp.Or(a, "..") + "/" + cmp.Or(b, "..")}
}

var monthNames = strings.Fields("january february march april may june july august september october november december")

// edtfWords mends English dates: 28 October 2025, Oct 28th, 2025, circa 2025.
func edtfWords(s string) []string {
	year, month, day, qualifier := "", "", "", ""
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return strings.ContainsRune(" ,.-/", r) }) {
		number := strings.TrimRight(w, "sthndr")
		switch _, err := strconv.Atoi(number); {
		case err == nil && len(number) == 4 && year == "":
			year = number
		case err == nil && len(number) <= 2 && day == "":
			day = "-" + strings.Repeat("0", 2-len(number)) + number
		case w == "c" || w == "ca" || w == "circa" || w == "about" || w == "around" || w == "approx":
			qualifier = "~"
		case w == "the" || w == "of":
		default:
			m := slices.IndexFunc(monthNames, func(name string) bool { return len(w) > 2 && strings.HasPrefix(name, w) })
			if m < 0 || month != "" {
				return nil
			}
			month = fmt.Sprintf("-%02d", m+1)
		}
	}
	if day != "" && month == "" {
		return nil
	}
	return []string{year + month + day + qualifier}
}
