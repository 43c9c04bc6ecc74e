package projections

import (
	"strings"
	"time"

	"parley/domain"
)

// Limits on one lens. Its length bounds what the parser has to do, its parts what
// one account costs: that is at most linear in the size of the event, times the
// parts. For a part reads a value once, or each item of a list once, and parts
// that go through lists do not nest. A regular expression has as many parts as
// instructions. Nothing loops otherwise, so every lens ends.
const (
	MaxLensBytes = 4096 // of its text
	maxLensParts = 1000 // after the lenses that it names have been put in
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
// the record. A field, type or word that does not exist is an error when the lens
// is compiled, and so is what cannot be an id; nothing can err afterwards.
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
//	                                            A, B  C, D, E  F, absent
//	reliability <= "B"                          yes   no       undecided
//	reliability > "B"                           no    yes      undecided
//	!(reliability <= "B")                       no    yes      undecided
//	reliability <= "B" || unknown(reliability)  yes   no       yes
//	unknown(reliability)                        no    no       yes
//
// Smaller letters and digits are better grades. To write F or 6 in a comparison is
// an error, for it could never hold: ask unknown(reliability).
//
// Dates are held to the same. They compare by their bounds, as the event itself
// states them, in the negotiation's time zone, and what the bounds leave open is
// undecided: occurred <= "2025-10-28" holds where the latest bound is not after
// the end of that day, and its negation where the earliest is after it;
// occurred == "2025-10" holds where both lie in October. A number that is not
// stated is undecided too; in acts that is 0, which the log leaves out.
//
// unknown(field) is always yes or no: yes for an unjudged grade, a date without
// any bound, a number that is not stated, an empty text or list, and where the
// word itself reads "unknown".
type Lens struct {
	text  string
	named bool // text is the id of a registered lens
	parts int

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

// believes tells whether an account counts, of the record or supposed.
func (l Lens) believes(a *Account) bool {
	if a.Hypothetical() {
		return l.AdmitsSupposed(a)
	}
	return l.Admits(a)
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
		text: l.operand(m) + " && " + m.operand(l), parts: l.parts + m.parts + 1,
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
		both.parts += 2 // hypothetical ||
	}
	switch {
	case len(both.text) > MaxLensBytes:
		return Lens{}, lensTooLong(both.text)
	case both.parts > maxLensParts:
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
