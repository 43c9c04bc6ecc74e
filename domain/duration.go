package domain

import (
	"fmt"
	"strconv"
	"strings"
)

// ISODuration is an ISO 8601 duration of weeks, days, hours, minutes and
// seconds, such as PT18H or P4D. Years and months are refused, for their length
// is not known.
type ISODuration string

// durationUnits maps a designator to its length in seconds; days count 24 hours.
var durationUnits = []struct {
	letter byte
	time   bool
	size   float64
}{{'W', false, 604800}, {'D', false, 86400}, {'H', true, 3600}, {'M', true, 60}, {'S', true, 1}}

// Seconds is the length of the duration. It fails on anything but
// P[nW][nD][T[nH][nM][nS]] with at least one part; only the last part may have
// decimals (ISO 8601-1:2019, section 5.5.2).
func (d ISODuration) Seconds() (float64, error) {
	rest, ok := strings.CutPrefix(string(d), "P")
	if !ok || rest == "" {
		return 0, fmt.Errorf("%q is no ISO 8601 duration", string(d))
	}
	total, inTime, next, fraction := 0.0, false, 0, false
	for rest != "" {
		if rest[0] == 'T' && !inTime && len(rest) > 1 {
			inTime, rest = true, rest[1:]
			continue
		}
		n := strings.IndexFunc(rest, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
		if n <= 0 || fraction {
			return 0, fmt.Errorf("%q is no ISO 8601 duration", string(d))
		}
		value, err := strconv.ParseFloat(rest[:n], 64)
		if err != nil || rest[0] == '.' || rest[n-1] == '.' {
			return 0, fmt.Errorf("%q is no ISO 8601 duration: %q is no number", string(d), rest[:n])
		}
		fraction = strings.Contains(rest[:n], ".")
		unit := unitAt(rest[n], inTime, next)
		if unit < 0 {
			return 0, fmt.Errorf("%q is no ISO 8601 duration of weeks, days, hours, minutes and seconds", string(d))
		}
		total += value * durationUnits[unit].size
		next, rest = unit+1, rest[n+1:]
	}
	if next == 0 {
		return 0, fmt.Errorf("%q is no ISO 8601 duration", string(d))
	}
	return total, nil
}

// unitAt finds the designator, which must not stand before position from.
func unitAt(letter byte, inTime bool, from int) int {
	for i := from; i < len(durationUnits); i++ {
		if u := durationUnits[i]; u.letter == letter && u.time == inTime {
			return i
		}
	}
	return -1
}
