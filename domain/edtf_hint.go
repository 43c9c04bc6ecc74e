package domain

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

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
