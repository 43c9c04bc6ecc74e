package domain

import "fmt"

// The grammar, with q = ? | ~ | % and x = a digit or X:
//
//	edtf     = date | interval | set | datetime | longyear
//	interval = end "/" end          end = date | ".." | nothing
//	set      = "[" members "]" | "{" members "}"
//	members  = [".."] date {"," date [".." date]} [".."]
//	date     = year ["-" month ["-" day]] | year "-" season
//	year     = [q] ["-"] xxxx [q]   month, day = [q] xx [q]   season = [q] 21..41 [q]
//	longyear = "Y" ["-"] digits ["E" digits] ["S" digits] | ["-"] dddd "S" digits
//	datetime = yyyy-mm-dd "T" hh:mm:ss ["Z" | ("+"|"-") hh [":" mm]]
//
// A qualifier to the right of a part is about it and all parts to its left, one
// to the left about that part only (EDTF 2019, level 2, Qualification). As bounds
// take no notice of qualifiers, only their presence is kept.

// edtfParser reads one text. The first failure is kept and moves to the end of
// the text, where nothing more can be read: so only loops need to look at err.
type edtfParser struct {
	s     string
	pos   int
	flags edtfFlags
	err   *EDTFError
}

// edtfDate is a date within a text.
type edtfDate struct {
	first, last int64 // days
	parts       int   // 1 year, 2 month, 3 day; 4 season or other part of a year
	vague       bool  // X or a season: it ends by last, but nobody says when
	season      int64 // orders the seasons 21 to 24 of known years; else 0
}

var edtfNoDate = edtfDate{first: pastDay, last: futureDay, vague: true}

// parseEDTF is ParseEDTF without a hint, which is looked for by parsing again.
func parseEDTF(s string) (EDTF, *EDTFError) {
	p := edtfParser{s: s}
	if len(s) > edtfMaxBytes {
		p.fail(edtfMaxBytes, "the text is longer than %d bytes", edtfMaxBytes)
		return EDTF{}, p.err
	}
	first, last := p.whole()
	if p.ahead(0) == 'T' {
		p.fail(p.pos, "intervals and sets hold dates only, no times of day")
	} else if p.pos < len(s) {
		p.fail(p.pos, "nothing may follow here")
	}
	if p.err != nil {
		return EDTF{}, p.err
	}
	return EDTF{text: s, first: first, last: last, flags: p.flags}, nil
}

// whole reads any expression. Its bounds are civil milliseconds, or absolute ones
// if edtfAbsolute is set.
func (p *edtfParser) whole() (first, last int64) {
	var d edtfDate
	switch c := p.ahead(0); {
	case c == '[':
		d = p.set(']')
	case c == '{':
		d = p.set('}')
	case c == 'Y' || p.ahead(4) == 'S' || (c == '-' && p.ahead(5) == 'S'):
		d = p.longYear()
	default:
		switch d = p.end(); {
		case p.ahead(0) == 'T':
			return p.clock(d)
		case p.take('/'):
			d = p.interval(d)
		case d == edtfNoDate:
			p.fail(p.pos, "an interval needs '/'")
		}
	}
	return startMillis(d.first), endMillis(d.last)
}

// interval reads on after the slash.
func (p *edtfParser) interval(a edtfDate) edtfDate {
	at := p.pos
	b := p.end()
	if b.before(a) {
		p.fail(at, "the interval ends before it starts")
	}
	return edtfDate{first: a.first, last: b.last}
}

// end reads one end of an interval: a date, "..", or nothing.
func (p *edtfParser) end() edtfDate {
	if p.takeDots() || p.ahead(0) == '/' || (p.pos > 0 && p.pos == len(p.s)) {
		return edtfNoDate
	}
	return p.date()
}

// before tells whether an interval from a to b runs backwards. What counts is
// where both begin, so 0000-02/0000 does; but an end of which only the latest day
// is known can fall on that. Seasons of either hemisphere overlap as bounds, so
// these go by year and number.
func (b edtfDate) before(a edtfDate) bool {
	switch {
	case a.season != 0 && b.season != 0:
		return b.season < a.season
	case b.vague:
		return b.last < a.first
	}
	return b.first < a.first
}

func (p *edtfParser) set(closer byte) edtfDate {
	p.pos++
	all := edtfDate{first: futureDay, last: pastDay}
	for p.err == nil {
		d := p.member(p.pos == 1, closer)
		all.first, all.last = min(all.first, d.first), max(all.last, d.last)
		if p.take(closer) {
			break
		}
		p.want(',', "or the end of the set")
	}
	return all
}

func (p *edtfParser) member(leading bool, closer byte) edtfDate {
	if leading && p.takeDots() {
		d := p.date()
		d.first = pastDay
		return d
	}
	a, dots := p.date(), p.pos
	if !p.takeDots() {
		return a
	}
	if p.ahead(0) == closer {
		a.last = futureDay
		return a
	}
	if p.ahead(0) == ',' {
		p.fail(dots, "'..' after a date stands at the end of a set only")
	}
	at := p.pos
	b := p.date()
	if a.parts != b.parts {
		p.fail(at, "both sides of '..' need the same precision")
	}
	if b.before(a) {
		p.fail(at, "the right side of '..' is before the left side")
	}
	return edtfDate{first: min(a.first, b.first), last: max(a.last, b.last)}
}

// date reads a date of any precision.
func (p *edtfParser) date() edtfDate {
	from := p.pos
	p.qualifier()
	when := edtfPattern{negative: p.take('-'), month: edtfAny, day: edtfAny}
	when.year = p.digits(4, "year")
	if when.negative && when.year.max == 0 {
		p.fail(from, "there is no year -0000")
	}
	p.qualifier()
	d, at := edtfDate{parts: 1}, p.pos
	if p.take('-') {
		d.parts, at = 2, p.pos
		p.qualifier()
		when.month = p.digits(2, "month")
		p.qualifier()
		switch m := when.month; {
		case m.min == m.max && m.min >= 21 && m.min < 21+len(subYears):
			when.month = edtfAny
			d.setSubYear(&when, m.min)
			return d
		case m.min > 12 || m.max < 1:
			p.fail(at, "there is no month %s", m.text)
		}
		if p.take('-') {
			d.parts, at = 3, p.pos
			p.qualifier()
			when.day = p.digits(2, "day")
			p.qualifier()
		}
	}
	if p.err == nil && !d.setDays(&when) {
		p.fail(at, "there is no such day: %s", p.s[from:p.pos])
	}
	return d
}

// longYear reads a Y year or a year with significant digits. Neither Y nor S
// occurs anywhere else.
func (p *edtfParser) longYear() edtfDate {
	from, prefixed := p.pos, p.take('Y')
	negative, digits, year := p.take('-'), p.pos, int64(0)
	if prefixed {
		year = p.integer()
		if p.take('E') {
			for e := p.integer(); e > 0 && year > 0 && year <= edtfMaxYear; e-- {
				year *= 10
			}
		}
		if year <= 9999 {
			p.fail(from, "Y is for years of more than four digits")
		}
	} else if d := p.digits(4, "year"); d.min != d.max || (negative && d.max == 0) {
		p.fail(from, "S takes a year without X, and there is no year -0000")
	} else {
		year = int64(d.min)
	}
	if year > edtfMaxYear {
		p.fail(digits, "a year has at most 15 digits")
	}
	last := year
	if p.take('S') {
		year, last = significant(year, p.integer())
	}
	if p.pos < len(p.s) {
		p.fail(p.pos, "a Y or S year stands alone")
	}
	if negative {
		year, last = -last, -year
	}
	return edtfDate{first: dayNumber(year, 1, 1), last: dayNumber(last, 12, 31)}
}

// clock reads the time of day after a date. Its bounds are one second.
func (p *edtfParser) clock(d edtfDate) (first, last int64) {
	if d.parts != 3 || d.vague || p.flags != 0 {
		p.fail(p.pos, "a time of day needs a complete date without qualifiers")
	}
	p.want('T', "")
	minutes := 60 * p.number("hours", 23)
	p.want(':', "and the minutes")
	minutes += p.number("minutes", 59)
	p.want(':', "and the seconds")
	seconds := p.number("seconds", 59)
	first = startMillis(d.first) + int64(60*(minutes-p.zone())+seconds)*secondMillis
	return first, first + secondMillis - 1
}

// zone reads the offset from UTC in minutes, if there is one. ISO 8601 gives UTC a
// plus, never a minus; the range is that of the zones in use.
func (p *edtfParser) zone() int {
	at, sign := p.pos, p.ahead(0)
	if sign != 'Z' && sign != '+' && sign != '-' {
		return 0
	}
	p.pos++
	p.flags |= edtfAbsolute
	if sign == 'Z' {
		return 0
	}
	minutes := 60 * p.number("hours of the offset", 99)
	if p.take(':') {
		minutes += p.number("minutes of the offset", 59)
	}
	if sign == '-' {
		minutes = -minutes
	}
	if (sign == '-' && minutes == 0) || minutes < -12*60 || minutes > 14*60 {
		p.fail(at, "the offset is from -12:00 to +14:00, and never -00:00")
	}
	return minutes
}

// number reads two digits without X.
func (p *edtfParser) number(what string, most int) int {
	at := p.pos
	d := p.digits(2, what)
	if d.min != d.max || d.min > most {
		p.fail(at, "the %s are from 00 to %d", what, most)
	}
	return d.min
}

// digits reads n digits, of which any may be X.
func (p *edtfParser) digits(n int, what string) edtfDigits {
	d := edtfDigits{}
	for i := range n {
		low, high := 0, 9
		switch c := p.ahead(i); {
		case c >= '0' && c <= '9':
			low, high = int(c-'0'), int(c-'0')
		case c != 'X':
			p.fail(p.pos+i, "want %d digits of the %s", n, what)
			return d
		}
		d.min, d.max = d.min*10+low, d.max*10+high
	}
	d.text = p.s[p.pos : p.pos+n]
	p.pos += n
	return d
}

// integer reads a positive number of any length; past the largest year it stays
// there.
func (p *edtfParser) integer() int64 {
	from, n := p.pos, int64(0)
	for ; p.ahead(0) >= '0' && p.ahead(0) <= '9'; p.pos++ {
		n = min(n*10+int64(p.ahead(0)-'0'), edtfMaxYear+1)
	}
	if p.pos == from || p.s[from] == '0' {
		p.fail(from, "want a number that does not begin with 0")
	}
	return n
}

func (p *edtfParser) qualifier() {
	switch p.ahead(0) {
	case '?':
		p.flags |= edtfUncertain
	case '~':
		p.flags |= edtfApproximate
	case '%':
		p.flags |= edtfUncertain | edtfApproximate
	default:
		return
	}
	p.pos++
}

// ahead is the byte n places on, or 0 past the end; no text has use for NUL.
func (p *edtfParser) ahead(n int) byte {
	if p.pos+n < len(p.s) {
		return p.s[p.pos+n]
	}
	return 0
}

func (p *edtfParser) take(c byte) bool {
	found := p.pos < len(p.s) && p.s[p.pos] == c
	if found {
		p.pos++
	}
	return found
}

func (p *edtfParser) takeDots() bool {
	found := p.ahead(0) == '.' && p.ahead(1) == '.'
	if found {
		p.pos += 2
	}
	return found
}

func (p *edtfParser) want(c byte, more string) {
	if !p.take(c) {
		p.fail(p.pos, "want '%c' %s", c, more)
	}
}

func (p *edtfParser) fail(at int, reason string, args ...any) {
	if p.err == nil {
		p.err = &EDTFError{Input: p.s, Offset: at, Reason: fmt.Sprintf(reason, args...)}
	}
	p.pos = len(p.s)
}
