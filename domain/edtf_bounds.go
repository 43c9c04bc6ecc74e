package domain

import (
	"math"
	"strconv"
	"time"
)

// Instant is a moment in milliseconds since 1970-01-01T00:00:00Z.
type Instant int64

// Past and Future stand for "no bound". They lie before and after every moment.
const (
	Past   Instant = math.MinInt64
	Future Instant = math.MaxInt64
)

// InstantOf is the moment of t, cut to the millisecond. Moments that do not fit
// (some 292 million years away) are taken as the furthest that do.
func InstantOf(t time.Time) Instant {
	switch s := t.Unix(); {
	case s <= math.MinInt64/1000:
		return Past + 1
	case s >= math.MaxInt64/1000:
		return Future - 1
	}
	return Instant(t.UnixMilli())
}

// Time is the moment in UTC. It panics on Past and Future: they have none, and a
// made-up one would be taken for true.
func (i Instant) Time() time.Time {
	if i == Past || i == Future {
		panic("domain: Past and Future have no time")
	}
	return time.UnixMilli(int64(i)).UTC()
}

// String is the moment in RFC 3339, in UTC and with milliseconds where there are
// any; Past and Future are "..". Years beyond RFC 3339 have as many digits as
// they need, and a minus sign before the year 0.
func (i Instant) String() string {
	if i == Past || i == Future {
		return ".."
	}
	return i.Time().Format("2006-01-02T15:04:05.999Z07:00")
}

// Bounds is the closed interval in which a moment or a span lies. Earliest is
// never after Latest.
type Bounds struct{ Earliest, Latest Instant }

// Precedes tells whether all of b is certainly before all of c. It is false
// where b has no latest or c has no earliest bound.
func (b Bounds) Precedes(c Bounds) bool { return b.Latest < c.Earliest }

const (
	secondMillis = 1000
	dayMillis    = 24 * 60 * 60 * secondMillis
)

// Day numbers count from 1970-01-01. pastDay and futureDay stand for "no bound".
const (
	pastDay   int64 = math.MinInt64
	futureDay int64 = math.MaxInt64
)

// dayNumber is the day number of a day of the proleptic Gregorian calendar, with
// astronomical years (year 0 is 1 BC). [time.Date] does not reach far enough.
// The count by eras of 400 years is Howard Hinnant's days_from_civil.
func dayNumber(year int64, month, day int) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	era := year / 400
	if year%400 < 0 {
		era--
	}
	yearOfEra := year - era*400
	dayOfYear := int64((153*(month-3)+2)/5 + day - 1) // the year begins in March
	return era*146097 + yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear - 719468
}

// daysIn is the length of a month from 1 to 12.
func daysIn(year int64, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// monthDays is the span of whole months of a year. Months count from 0; -1 is the
// December before, 12 the January after.
func monthDays(first, last int64, from, to int) (int64, int64) {
	start := dayNumber(first+int64((from+12)/12-1), (from+12)%12+1, 1)
	end := dayNumber(last+int64((to+1)/12), (to+1)%12+1, 1) - 1
	return start, end
}

// subYears are the months that the codes 21 to 41 in place of a month stand for,
// as monthDays counts them. The table at [EDTF] gives the reasons.
var subYears = [...]struct{ from, to int }{
	{0, 11}, {-1, 14}, {0, 11}, {-1, 14}, // 21-24: seasons of either hemisphere
	{2, 5}, {5, 8}, {8, 11}, {-1, 14}, // 25-28: of the northern one, from spring
	{8, 11}, {-1, 14}, {2, 5}, {5, 8}, // 29-32: of the southern one, from spring
	{0, 2}, {3, 5}, {6, 8}, {9, 11}, // 33-36: quarters
	{0, 3}, {4, 7}, {8, 11}, // 37-39: thirds
	{0, 5}, {6, 11}, // 40-41: halves
}

// setSubYear sets the span of a season or another part of the year.
func (d *edtfDate) setSubYear(w *edtfPattern, code int) {
	d.parts = 4
	d.vague = code <= 32 || w.year.min != w.year.max
	from, _, _, _ := w.edge(+1)
	to, _, _, _ := w.edge(-1)
	if code <= 24 && from == to {
		d.season = from*100 + int64(code)
	}
	months := subYears[code-21]
	d.first, d.last = monthDays(from, to, months.from, months.to)
	d.openYear(w)
}

// setDays sets the span of a year, month or day. It is false if no day fits.
func (d *edtfDate) setDays(w *edtfPattern) bool {
	year, month, day, ok := w.edge(+1)
	if !ok {
		return false
	}
	d.first = dayNumber(year, month, day)
	d.last = d.first
	d.vague = w.year.min != w.year.max ||
		(d.parts > 1 && w.month.min != w.month.max) || (d.parts > 2 && w.day.min != w.day.max)
	if d.parts < 3 || d.vague {
		year, month, day, _ = w.edge(-1)
		d.last = dayNumber(year, month, day)
	}
	d.openYear(w)
	return true
}

// openYear takes the bounds away from a year that is wholly unknown; of one BC,
// only the early one.
func (d *edtfDate) openYear(w *edtfPattern) {
	if w.year.text == "XXXX" {
		d.first = pastDay
		if !w.negative {
			d.last = futureDay
		}
	}
}

// edtfDigits are digits of which any may be X: the text, and the least and the
// most that it can be.
type edtfDigits struct {
	text     string
	min, max int
}

// edtfAny stands for a month or day that is not given.
var edtfAny = edtfDigits{"XX", 0, 99}

func (d edtfDigits) fits(n int) bool {
	if d.min == d.max {
		return n == d.min
	}
	for i := len(d.text) - 1; i >= 0; i-- {
		if c := d.text[i]; c != 'X' && int(c-'0') != n%10 {
			return false
		}
		n /= 10
	}
	return true
}

// edtfPattern is a date of which any digit may be X.
type edtfPattern struct {
	negative         bool
	year, month, day edtfDigits
}

// edge finds the earliest day that fits (step +1) or the latest (step -1).
func (w *edtfPattern) edge(step int) (year int64, month, day int, ok bool) {
	from, to, sign := w.year.min, w.year.max, 1
	if w.negative {
		from, sign = max(from, 1), -1 // there is no -0000
	}
	for i := range to - from + 1 {
		y := nth(i, from, to, step*sign)
		if !w.year.fits(y) {
			continue
		}
		year = int64(sign * y)
		if month, day, ok = w.edgeOfYear(year, step); ok {
			return year, month, day, true
		}
	}
	return 0, 0, 0, false
}

func (w *edtfPattern) edgeOfYear(year int64, step int) (month, day int, ok bool) {
	from, to := max(w.month.min, 1), min(w.month.max, 12)
	for i := range to - from + 1 {
		month := nth(i, from, to, step)
		if !w.month.fits(month) {
			continue
		}
		from, to := max(w.day.min, 1), min(w.day.max, daysIn(year, month))
		for j := range to - from + 1 {
			if day := nth(j, from, to, step); w.day.fits(day) {
				return month, day, true
			}
		}
	}
	return 0, 0, false
}

// nth counts from low to high, or back if step is negative.
func nth(i, low, high, step int) int {
	if step < 0 {
		return high - i
	}
	return low + i
}

const edtfMaxYear = 999_999_999_999_999

// significant gives the years whose first digits are those of the year: 1950S2
// is 1900 to 1999. Years are written with four digits at least.
func significant(year, digits int64) (first, last int64) {
	size := int64(1)
	for n := max(4, int64(len(strconv.FormatInt(year, 10)))); n > digits; n-- {
		size *= 10
	}
	first = year / size * size
	return first, first + size - 1
}

// startMillis is the civil millisecond at which a day begins, cut off one short of
// Past and Future.
func startMillis(day int64) int64 {
	const limit = math.MaxInt64/dayMillis - 1
	switch {
	case day == pastDay || day == futureDay:
		return day // the same numbers as Past and Future
	case day < -limit:
		return int64(Past + 1)
	case day > limit:
		return int64(Future - 1)
	}
	return day * dayMillis
}

// endMillis is the civil millisecond at which a day ends.
func endMillis(day int64) int64 {
	m := startMillis(day)
	if m <= int64(Past+1) || m >= int64(Future-1) {
		return m
	}
	return m + dayMillis - 1
}

// civilBounds moves civil bounds to a time zone.
//
// Offsets are smaller than a day, so those of a day before and a day after show
// whether a zone changes near a civil time. No zone of the IANA database changes
// twice within three days. (The bounds that [time.Time.ZoneBounds] gives are not
// used: in leap years, those of rules for the future end a day too early.)
func civilBounds(first, last int64, loc *time.Location) Bounds {
	if !beyondZones(first) && !beyondZones(last) && last-first < dayMillis {
		if offset := offsetAt(first-dayMillis, loc); offset == offsetAt(last+dayMillis, loc) {
			return Bounds{Instant(first - offset), Instant(last - offset)}
		}
	}
	b := Bounds{firstAt(first, loc), lastAt(last, loc)}
	if b.Earliest <= b.Latest {
		return b
	}
	// The zone skipped this civil time: the clocks went forward over it, or the
	// zone crossed the date line. Whoever wrote it counted by the offset of one
	// side or the other, so the bounds hold both readings.
	before, after := offsetAt(int64(b.Latest), loc), offsetAt(int64(b.Earliest), loc)
	return Bounds{Instant(first - max(before, after)), Instant(last - min(before, after))}
}

// beyondZones tells whether a civil time has no bound, or is so far off that an
// offset might overflow and cannot matter.
func beyondZones(civil int64) bool {
	return civil < math.MinInt64+4*dayMillis || civil > math.MaxInt64-4*dayMillis
}

func offsetAt(at int64, loc *time.Location) int64 {
	_, seconds := time.UnixMilli(at).In(loc).Zone()
	return int64(seconds) * secondMillis
}

// changeNear finds when a zone changes within a day of a civil time, and its
// offsets before and after. If it does not, they are the same.
func changeNear(civil int64, loc *time.Location) (at, before, after int64) {
	low, high := civil-dayMillis, civil+dayMillis
	before, after = offsetAt(low, loc), offsetAt(high, loc)
	for before != after && high-low > 1 {
		if middle := low + (high-low)/2; offsetAt(middle, loc) == before {
			low = middle
		} else {
			high = middle
		}
	}
	return high, before, after
}

// firstAt is the first moment at which the clocks of a zone show the civil time
// or a later one. So a day whose midnight was skipped begins when it begins, and
// one with two midnights at the first.
func firstAt(civil int64, loc *time.Location) Instant {
	if beyondZones(civil) {
		return Instant(civil)
	}
	at, before, after := changeNear(civil, loc)
	if before == after || civil-before < at {
		return Instant(civil - before)
	}
	return Instant(max(at, civil-after))
}

// lastAt is the last moment at which the clocks of a zone show the civil time or
// an earlier one.
func lastAt(civil int64, loc *time.Location) Instant {
	if beyondZones(civil) {
		return Instant(civil)
	}
	at, before, after := changeNear(civil, loc)
	if before == after || civil-after >= at {
		return Instant(civil - after)
	}
	return Instant(min(at-1, civil-before))
}
