package export

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"parley/domain"
	"parley/projections"
)

// What the lanes of a figure are.
const (
	LanesParty = "party" // who acted: the party behind a person or a delegation
	LanesKind  = "kind"  // what sort of act it was
)

// Measures of a figure, in pixels.
const (
	figureWidth = 1200.0
	margin      = 24.0
	plotLeft    = 430.0
	plotRight   = 930.0
	marksLeft   = 942.0
	rowHeight   = 17.0
	laneHead    = 24.0
	laneGap     = 8.0
)

// Figure writes a picture as one SVG image: a bar for every happening, from the
// earliest to the latest moment at which it can have been, in lanes; then the
// commitment ladder of every draft. It needs nothing else: no script, no font, no
// style of its surroundings. The caption has the provenance.
func Figure(w io.Writer, pic *projections.Picture, lanes, program string) (Tally, error) {
	var t Tally
	board, err := contests(pic)
	if err != nil {
		return t, err
	}
	ladders, err := laddersOf(pic)
	if err != nil {
		return t, err
	}
	f := &figure{
		pic: pic, from: Of(pic, program), board: board,
		axis: newAxis(pic.Happenings, plotLeft, plotRight), zone: pic.Registry.Zone(),
	}
	f.heading()
	f.rows(lanesOf(pic, lanes))
	f.ladders(ladders)
	f.legend(lanes)
	f.caption()
	t.Written = len(pic.Happenings)
	_, err = w.Write(f.document())
	return t, err
}

// lane is the happenings that stand together.
type lane struct {
	name       string
	happenings []*projections.Happening
}

// lanesOf sorts happenings into lanes, each in the order of the picture. Lanes are
// in the order of the legend, or of who acts most; those whom nobody names are last.
func lanesOf(pic *projections.Picture, by string) []lane {
	var out []lane
	file := func(name string, h *projections.Happening) {
		i := slices.IndexFunc(out, func(l lane) bool { return l.name == name })
		if i < 0 {
			out = append(out, lane{name: name})
			i = len(out) - 1
		}
		out[i].happenings = append(out[i].happenings, h)
	}
	for _, h := range pic.Happenings {
		if by == LanesKind {
			file(groupOf(h.Act()), h)
		} else {
			file(partyLane(pic.Registry, h), h)
		}
	}
	rank := func(l lane) int {
		switch {
		case by == LanesKind:
			return slices.Index(groups, l.name)
		case l.name == laneNobody:
			return 1
		case l.name == laneSeveral:
			return 0
		}
		return -len(l.happenings)
	}
	slices.SortStableFunc(out, func(a, b lane) int { return rank(a) - rank(b) })
	return out
}

// The lanes of those who are no single party.
const (
	laneSeveral = "Several together"
	laneNobody  = "Not named by the source"
)

// partyLane names the party behind the actors of a happening.
func partyLane(reg *domain.Registry, h *projections.Happening) string {
	var roots []domain.ActorID
	for _, a := range h.Lead.Actors {
		if r := rootOf(reg, a); !slices.Contains(roots, r) {
			roots = append(roots, r)
		}
	}
	switch len(roots) {
	case 0:
		return laneNobody
	case 1:
		return reg.Name(roots[0])
	default:
		return laneSeveral
	}
}

// rootOf goes up from an actor to the first party or mediator that it belongs to,
// or as far as the registry leads.
func rootOf(reg *domain.Registry, a domain.ActorID) domain.ActorID {
	for range reg.Actors { // a registry can hold a circle
		r, ok := reg.Actors[a]
		if !ok || r.Kind == "party" || r.Kind == "mediator" || len(r.MemberOf) == 0 {
			break
		}
		a = r.MemberOf[0]
	}
	return a
}

// document puts the parts together.
func (f *figure) document() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title desc" width="%g" height="%g" viewBox="0 0 %[1]g %[2]g" font-family="Helvetica, Arial, 'Liberation Sans', sans-serif" fill="%s">`+"\n",
		figureWidth, f.y, ink)
	fmt.Fprintf(&b, "<title id=\"title\">%s</title>\n<desc id=\"desc\">%s</desc>\n", escaped(f.from.Name()), escaped(f.description()))
	b.WriteString(definitions)
	fmt.Fprintf(&b, `<rect width="%g" height="%g" fill="%s"/>`+"\n", figureWidth, f.y, paper)
	if f.from.Hypothetical != "" {
		fmt.Fprintf(&b, `<rect width="%g" height="%g" fill="url(#hypothetical)"/>`+"\n", figureWidth, f.y)
	}
	b.Write(f.body.Bytes())
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// description says in words what the image shows.
func (f *figure) description() string {
	dated, open := 0, 0
	for _, h := range f.pic.Happenings {
		switch {
		case spanOf(h) == domain.Bounds{Earliest: domain.Past, Latest: domain.Future}:
			open++
		default:
			dated++
		}
	}
	return fmt.Sprintf("Timeline of %d happenings in lanes, each a bar from the earliest to the latest moment at which it can have been; "+
		"of %d nothing is known about the date. Below, the commitment ladder of each draft. %s. "+
		"The same as a table: parley state %s timeline.", dated+open, open, f.from, f.pic.Negotiation)
}
