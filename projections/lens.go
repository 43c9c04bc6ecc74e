package projections

import (
	"strings"
	"time"

	"parley/domain"
)

// Limits on one lens. Its length bounds what the parser has to do, its size what
// one account costs: no part of a lens reads a value of the account more than
// once, a part with a list reads each item once, and such parts do not nest.
const (
	MaxLensBytes        = 4096 // of its text
	maxLensNodes        = 1000 // after the lenses that it names have been put in
	maxLensPatternSteps = 500  // bytes, and instructions, of one regular expression
)

// Lens tells which accounts count. The zero Lens admits all. A Lens never
// changes, and any number of goroutines may share one.
//
// A lens is written in a part of the Expr language (expr-lang.org):
//
//	source.side != "pakistan" && reliability <= "B"
//	source.attribution in ["named", "institution"] and not act.redLine
//	"qatar" in actors or any(recipients, # startsWith "afghan")
//	lower(source.quote) contains "doha" && !(note matches "(?i)inferr?ed")
//	occurred <= "2025-10-28" || unknown(occurred)
//	lens("named-only") && coder == "ds"
//
// Fields are the paths of an event as CSV and JSON have them (links.same-act and
// act.draft too), with position, recorded, and hypothetical, which is false in
// the record. An unknown field, type, word of a closed list or form of id is an
// error when the lens is compiled, at its place; nothing can err afterwards.
//
//	text, words, ids  == != in contains startsWith endsWith matches lower() len()
//	numbers           == != < <= > >= in
//	lists             "x" in list, len(), any(list, # …), all(list, …), none(list, …)
//	true or false     as it stands, == !=
//	grades, dates     == != < <= > >= with a text: reliability <= "B", occurred < "2025-11"
//	everything        and && or || not !, unknown(field)
//
// What an event does not say reads as "unknown" in source.attribution,
// source.vantage and source.side, as "asserted" in modality, and elsewhere as ""
// and the empty list. An event of another type has no such act field and reads
// alike. The reliability is the one by which the source was graded, where the
// event states none.
//
// # What cannot be judged
//
// An unjudged grade (absent, F or 6) is not a number, and no comparison with it
// holds: neither == nor !=, neither <= nor >, nor the negation of any of them.
// Such a comparison is undecided, and so is whatever depends on it, after Kleene:
// undecided or true is true, undecided and false is false, not undecided is
// undecided. A lens admits an account only where the whole is true.
//
//	                                        A, B  C, D, E  F, absent
//	reliability <= "B"                      yes   no       undecided
//	reliability > "B", !(reliability <= "B") no   yes      undecided
//	reliability <= "B" || unknown(reliability) yes no      yes
//	unknown(reliability)                    no    no       yes
//
// Smaller letters and digits are better grades. To write F or 6 in a comparison is
// an error, for it could never hold: ask unknown(reliability).
//
// Dates are held to the same. They compare by their bounds in the negotiation's
// time zone, and what the bounds leave open is undecided: occurred <= "2025-10-28"
// holds where the latest bound lies within that day, its negation where the
// earliest lies after it; occurred == "2025-10" holds where both lie in October.
// So does a number that is not stated (0), and an absent clock.start.
//
// unknown(field) is always yes or no: yes for an unjudged grade, a date without
// any bound, a number that is not stated, an empty text or list, and the word
// "unknown".
type Lens struct {
	text  string
	named bool // text is the id of a registered lens
	nodes int

	record   lensTruth // nil admits all
	supposed lensTruth // for what a branch supposes; nil where hypothetical is not named
	mentions []lensMention
}

// CompileLens reads an expression that names no other lens, with its dates in
// UTC. Blank text is the zero Lens. The error is a [*LensError].
func CompileLens(expression string) (Lens, error) { return ResolveLens(expression, nil) }

// String is the text of the lens; [ResolveLens] reads it back, and [CompileLens]
// does if it names no registered lens.
func (l Lens) String() string { return l.text }

// IsZero tells whether the lens admits all because it says nothing.
func (l Lens) IsZero() bool { return l.record == nil }

// Admits tells whether an account of the record counts.
func (l Lens) Admits(a *Account) bool {
	return l.record == nil || l.record(a, "") == lensYes
}

// Undecided tells whether an account of the record does not count for no other
// reason than that the lens cannot tell: a grade that is not judged, a date that
// is too vague.
func (l Lens) Undecided(a *Account) bool {
	return l.record != nil && l.record(a, "") == lensUndecided
}

// AdmitsSupposed tells whether an account counts that only a branch supposes. A
// lens that does not name hypothetical admits all of them.
func (l Lens) AdmitsSupposed(a *Account) bool {
	return l.supposed == nil || l.supposed(a, "") == lensYes
}

// AdmitsEntry tells whether an entry of a log satisfies the expression; control
// events have fields like all others. The registry gives the grades of sources;
// without one only the grade that an event states counts. Of an entry that does
// not decode nothing can be told: only the zero Lens admits it.
func (l Lens) AdmitsEntry(e domain.Entry, reg *domain.Registry) bool {
	if l.record == nil || e.Parked() {
		return l.record == nil
	}
	a := &Account{Event: e.Event, Position: e.Position, grade: e.Event.Reliability}
	if reg != nil {
		a.grade = (&Selection{Registry: reg}).gradeOf(a)
	}
	return l.Admits(a)
}

// And admits what both lenses admit. Its text is both texts, so that it can stand
// in a view: (a) && (b). It fails only where both together exceed the limits.
func (l Lens) And(m Lens) (Lens, error) {
	switch {
	case l.IsZero(), l.text == m.text && l.named == m.named:
		return m, nil
	case m.IsZero():
		return l, nil
	}
	both := Lens{
		text: l.operand(m) + " && " + m.operand(l), nodes: l.nodes + m.nodes + 1,
		record: lensAnd(l.record, m.record), mentions: append(l.mentions[:len(l.mentions):len(l.mentions)], m.mentions...),
	}
	switch {
	case l.supposed == nil:
		both.supposed = m.supposed
	case m.supposed == nil:
		both.supposed = l.supposed
	default:
		both.supposed = lensAnd(l.supposed, m.supposed)
	}
	if (l.supposed == nil) != (m.supposed == nil) {
		both.nodes += 2 // hypothetical ||
	}
	switch {
	case len(both.text) > MaxLensBytes:
		return Lens{}, lensTooLong(both.text)
	case both.nodes > maxLensNodes:
		return Lens{}, lensTooLarge(both.text)
	}
	return both, nil
}

// operand is the lens as one side of an intersection with another. If only the
// other names hypothetical, this one must go on letting everything hypothetical
// pass, which as a part of the whole it would not.
func (l Lens) operand(other Lens) string {
	text := l.text
	if l.named {
		text = `lens("` + text + `")`
	}
	if strings.Contains(text, "//") {
		text += "\n" // a comment must not swallow what follows
	}
	if l.supposed == nil && other.supposed != nil {
		text = "hypothetical || (" + text + ")"
	}
	return "(" + text + ")"
}

// zoneOfLens is the time zone in which a lens reads dates.
func zoneOfLens(reg *domain.Registry) *time.Location {
	if reg == nil {
		return time.UTC
	}
	return reg.Zone()
}
