package projections

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"parley/domain"
)

// lensKind is what a value of a lens is, and so what may be asked of it.
type lensKind byte

const (
	lensIsText lensKind = iota
	lensIsNumber
	lensIsTruth
	lensIsGrade
	lensIsDate
	lensIsList
)

func (k lensKind) String() string {
	return [...]string{"text", "a number", "true or false", "a grade", "a date", "a list"}[k]
}

// lensList reads a list of texts.
type lensList struct {
	size func(a *Account) int
	at   func(a *Account, i int) string
}

// lensValue is one value in a lens: a field, a literal, or what a function gives.
// Only the reader of its kind is set.
type lensValue struct {
	kind   lensKind
	path   string      // of a field; "" for everything else
	values []string    // closed list of a text, grades of a grade
	id     domain.Kind // what an id names, for texts and lists of ids
	absent string      // what an absent text reads

	text   func(a *Account, item string) string
	number func(a *Account, item string) (float64, bool) // false where it is not stated
	truth  lensTruth
	grade  func(a *Account) string // "" where it is not judged
	date   func(a *Account, zone *time.Location) domain.Bounds
	list   lensList

	literal bool
	written string  // literal text
	amount  float64 // literal number
}

// lensFields holds the fields of every event and of every act, by path.
var lensFields = sync.OnceValue(func() map[string]lensValue {
	fields := map[string]lensValue{}
	for _, f := range slices.Concat(lensEnvelope(), lensBody(), lensActs()) {
		fields[f.path] = f
	}
	return fields
})

// lensPaths lists the paths, for hints.
var lensPaths = sync.OnceValue(func() []string { return slices.Sorted(maps.Keys(lensFields())) })

func lensText(path string, read func(a *Account) string) lensValue {
	return lensValue{kind: lensIsText, path: path, text: func(a *Account, _ string) string { return read(a) }}
}

func lensID(kind domain.Kind, path string, read func(a *Account) string) lensValue {
	v := lensText(path, read)
	v.id = kind
	return v
}

// lensWord is a word of a closed list.
func lensWord[W interface {
	~string
	domain.Enum
}](path, absent string, read func(a *Account) W,
) lensValue {
	v := lensText(path, func(a *Account) string {
		if w := string(read(a)); w != "" {
			return w
		}
		return absent
	})
	v.values, v.absent = W("").Values(), absent
	return v
}

func lensGrade[G interface {
	~string
	domain.Enum
	Judged() bool
}](path string, read func(a *Account) G,
) lensValue {
	return lensValue{kind: lensIsGrade, path: path, values: G("").Values(), grade: func(a *Account) string {
		if g := read(a); g.Judged() {
			return string(g)
		}
		return ""
	}}
}

func lensItems[S ~string](id domain.Kind, path string, read func(a *Account) []S) lensValue {
	return lensValue{kind: lensIsList, path: path, id: id, list: lensList{
		size: func(a *Account) int { return len(read(a)) },
		at:   func(a *Account, i int) string { return string(read(a)[i]) },
	}}
}

func lensMoment(path string, read func(a *Account) time.Time) lensValue {
	return lensValue{kind: lensIsDate, path: path, date: func(a *Account, _ *time.Location) domain.Bounds {
		t := read(a)
		if t.IsZero() {
			return domain.Bounds{Earliest: domain.Past, Latest: domain.Future}
		}
		return domain.Bounds{Earliest: domain.InstantOf(t), Latest: domain.InstantOf(t)}
	}}
}

// lensEnvelope are the fields that are no part of what an event says.
func lensEnvelope() []lensValue {
	kind := lensText("type", func(a *Account) string { return a.Type() })
	for _, s := range domain.Catalogue() {
		kind.values = append(kind.values, s.Name)
	}
	return []lensValue{
		kind,
		lensText("id", func(a *Account) string { return a.ID.String() }),
		lensID(domain.Name, "negotiation", func(a *Account) string { return a.Negotiation }),
		lensText("writer", func(a *Account) string { return a.Writer }),
		lensMoment("time", func(a *Account) time.Time { return a.Time }),
		lensMoment("recorded", func(a *Account) time.Time { return a.Recorded }),
		{kind: lensIsNumber, path: "position", number: func(a *Account, _ string) (float64, bool) {
			return float64(a.Position), a.Position > 0
		}},
		{kind: lensIsTruth, path: "hypothetical"}, // its reader depends on whom it is asked of
	}
}

// lensBody are the fields that every event has.
func lensBody() []lensValue {
	return []lensValue{
		lensText("key", func(a *Account) string { return a.Key }),
		lensID(domain.Name, "round", func(a *Account) string { return string(a.Round) }),
		lensID(domain.Name, "session", func(a *Account) string { return string(a.Session) }),
		{kind: lensIsDate, path: "occurred", date: lensOccurred},
		lensMoment("clock.start", func(a *Account) time.Time { return lensPart(a.Clock).Start }),
		lensMoment("clock.end", func(a *Account) time.Time { return lensPart(a.Clock).End }),
		lensText("duration.value", func(a *Account) string { return string(lensPart(a.Duration).Value) }),
		{kind: lensIsTruth, path: "duration.approximate", truth: lensTold(func(a *Account, _ string) bool {
			return lensPart(a.Duration).Approximate
		})},
		{kind: lensIsDate, path: "reported", date: func(a *Account, zone *time.Location) domain.Bounds {
			return a.Reported.Bounds(zone)
		}},
		lensItems(domain.Actor, "actors", func(a *Account) []domain.ActorID { return a.Actors }),
		lensItems(domain.Actor, "recipients", func(a *Account) []domain.ActorID { return a.Recipients }),
		lensItems("", "unnamedActors", func(a *Account) []string { return a.UnnamedActors }),
		lensWord("modality", string(domain.Asserted), func(a *Account) domain.Modality { return a.Modality }),
		lensSource("document", func(s *domain.Source) string { return s.Document }),
		lensSource("locator", func(s *domain.Source) string { return s.Locator }),
		lensSource("quote", func(s *domain.Source) string { return s.Quote }),
		lensSource("outlet", func(s *domain.Source) string { return s.Outlet }),
		lensSource("speaker", func(s *domain.Source) string { return s.Speaker }),
		lensSource("office", func(s *domain.Source) string { return s.Office }),
		lensVoice("attribution", func(s *domain.Source) domain.Attribution { return s.Attribution }),
		lensVoice("vantage", func(s *domain.Source) domain.Vantage { return s.Vantage }),
		lensSide(),
		lensSource("channel", func(s *domain.Source) string { return s.Channel }),
		lensGrade("reliability", func(a *Account) domain.Reliability { return a.grade }),
		lensGrade("credibility", func(a *Account) domain.Credibility { return a.Credibility }),
		lensItems(domain.Reference, "after", func(a *Account) []domain.EventRef { return a.After }),
		lensLinks(domain.SameAct), lensLinks(domain.SameStatement), lensLinks(domain.Corroborates),
		lensLinks(domain.Contradicts), lensLinks(domain.RefinesScope), lensLinks(domain.DerivedFrom),
		lensText("coder", func(a *Account) string { return a.Coder }),
		lensText("note", func(a *Account) string { return a.Note }),
	}
}

// lensUnknown is the word for what a source does not tell.
const lensUnknown = string(domain.UnknownSide)

// lensPart is what p points at, and the zero value where the event has no such
// part.
func lensPart[T any](p *T) T {
	if p == nil {
		var none T
		return none
	}
	return *p
}

// lensSource is a text of the source, "" where the event names none.
func lensSource(name string, read func(s *domain.Source) string) lensValue {
	return lensText("source."+name, func(a *Account) string {
		if a.Source == nil {
			return ""
		}
		return read(a.Source)
	})
}

// lensVoice is a word on the source, unknown where nothing is said.
func lensVoice[W interface {
	~string
	domain.Enum
}](name string, read func(s *domain.Source) W,
) lensValue {
	return lensWord("source."+name, lensUnknown, func(a *Account) W {
		if a.Source == nil {
			return ""
		}
		return read(a.Source)
	})
}

func lensSide() lensValue {
	v := lensID(domain.Actor, "source.side", func(a *Account) string { return string(a.SideOrUnknown()) })
	v.absent = lensUnknown
	return v
}

func lensLinks(r domain.Relation) lensValue {
	return lensItems(domain.Reference, "links."+string(r), func(a *Account) []domain.EventRef { return a.Links.Of(r) })
}

// lensOccurred bounds the act by what its own event says. Bounds that other events
// tighten are not used: whom to believe must not depend on who else is heard.
func lensOccurred(a *Account, zone *time.Location) domain.Bounds {
	dated := a.Event.Occurred.Bounds(zone)
	b := dated
	if c := a.Clock; c != nil {
		if !c.Start.IsZero() {
			b.Earliest = max(b.Earliest, domain.InstantOf(c.Start))
		}
		if !c.End.IsZero() {
			b.Latest = min(b.Latest, domain.InstantOf(c.End))
		}
	}
	if b.Earliest > b.Latest {
		return dated // the clock contradicts the date, which then is all that is sure
	}
	return b
}

// lensPathHint names the field that was probably meant: also where only its last
// name was written.
func lensPathHint(read string) string {
	var ends, within []string
	for _, p := range lensPaths() {
		switch {
		case strings.HasSuffix(p, "."+read):
			ends = append(ends, p)
		case strings.HasPrefix(p, read+".") && read != "act":
			within = append(within, p)
		}
	}
	switch {
	case read == "act":
		return "write act. and a field of the act: act.draft"
	case len(within) > 0:
		return "write one of " + strings.Join(within, ", ")
	case len(ends) > 0 && len(ends) <= 3:
		return "did you mean " + strings.Join(ends, " or ") + "?"
	}
	return domain.DidYouMean(read, lensPaths())
}
