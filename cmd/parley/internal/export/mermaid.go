package export

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"parley/domain"
	"parley/projections"
)

// mermaidText is how long a message of a diagram may be, in letters.
const mermaidText = 90

// Mermaid writes the happenings of a picture as a Mermaid sequence diagram: who did
// what to whom, in the order of the picture. Each message begins with the date as
// it is known, in EDTF. ~ marks what is not certainly later than the message above;
// a dashed arrow is a plan, one that ends in a cross what is only denied.
//
// Everything that Mermaid could take for its own syntax is written as a character
// code, so that no text of a source can end a statement or set an option.
func Mermaid(w io.Writer, pic *projections.Picture, program string) (Tally, error) {
	var t Tally
	board, err := contests(pic)
	if err != nil {
		return t, err
	}
	out := bufio.NewWriterSize(w, 64<<10)
	from := Of(pic, program)
	fmt.Fprintf(out, "sequenceDiagram\n")
	fmt.Fprintf(out, "    accTitle: %s\n", mermaidEscape(from.Name()))
	fmt.Fprintf(out, "    accDescr: %s\n", mermaidEscape(from.String()))
	title := from.Name()
	if from.Hypothetical != "" {
		title = "HYPOTHETICAL – " + title
	}
	fmt.Fprintf(out, "    title %s\n", mermaidEscape(title))
	d := diagram{pic: pic, board: board, ids: map[domain.ActorID]string{}}
	d.participants(out)
	for _, line := range from.Lines() {
		fmt.Fprintf(out, "    Note over %s: %s\n", d.span(), mermaidEscape(line))
	}
	var before *projections.Happening
	for _, h := range pic.Happenings {
		fmt.Fprintf(out, "    %s\n", d.message(h, before))
		t.Written++
		before = h
	}
	return t, out.Flush()
}

// diagram gives the actors of a picture their places.
type diagram struct {
	pic   *projections.Picture
	board map[string][]string
	order []domain.ActorID
	ids   map[domain.ActorID]string // p1, p2, …: names may be words of the syntax
}

// unnamedActor stands for those whom the sources do not name.
const unnamedActor domain.ActorID = ""

// participants lists everybody who acts or is acted upon, parties first.
func (d *diagram) participants(out io.Writer) {
	for _, h := range d.pic.Happenings {
		for _, a := range slices.Concat(d.by(h), recipients(h.Lead.Event)) {
			if d.ids[a] == "" {
				d.ids[a] = "-" // place taken; the id follows
				d.order = append(d.order, a)
			}
		}
	}
	if len(d.order) == 0 {
		d.order = []domain.ActorID{unnamedActor}
	}
	slices.SortStableFunc(d.order, func(a, b domain.ActorID) int { return d.rank(a) - d.rank(b) })
	for i, a := range d.order {
		d.ids[a] = "p" + strconv.Itoa(i+1)
		name := "(not named)"
		if a != unnamedActor {
			name = d.pic.Registry.Name(a)
		}
		fmt.Fprintf(out, "    participant %s as %s\n", d.ids[a], mermaidEscape(name))
	}
}

// rank puts parties before mediators, and those whom nobody names last.
func (d *diagram) rank(a domain.ActorID) int {
	kind := string(d.pic.Registry.Actors[a].Kind)
	order := []string{"party", "delegation", "principal", "mediator", "person", "institution", "armed-group", "outlet", "other", ""}
	if i := slices.Index(order, kind); i >= 0 && a != unnamedActor {
		return i
	}
	return len(order)
}

// by lists who did something; somebody did.
func (d *diagram) by(h *projections.Happening) []domain.ActorID {
	if len(h.Lead.Actors) == 0 {
		return []domain.ActorID{unnamedActor}
	}
	return h.Lead.Actors
}

// span names the first and the last place, for notes over all.
func (d *diagram) span() string { return d.over(d.order) }

func (d *diagram) over(actors []domain.ActorID) string {
	first, last := d.reach(actors)
	if first == last {
		return d.ids[d.order[first]]
	}
	return d.ids[d.order[first]] + "," + d.ids[d.order[last]]
}

// reach is the first and the last place of actors.
func (d *diagram) reach(actors []domain.ActorID) (first, last int) {
	first, last = len(d.order), -1
	for _, a := range actors {
		i := slices.Index(d.order, a)
		first, last = min(first, i), max(last, i)
	}
	return first, last
}

// side tells whether actors stand side by side.
func (d *diagram) side(actors []domain.ActorID) bool {
	first, last := d.reach(actors)
	return last-first+1 == len(actors)
}

// message is one happening: an arrow where it was done to somebody, else a note.
func (d *diagram) message(h, before *projections.Happening) string {
	by, to := d.by(h), recipients(h.Lead.Event)
	text := d.text(h, before, by, to)
	if len(to) == 0 {
		return "Note over " + d.over(by) + ": " + mermaidEscape(text)
	}
	arrow := "->>"
	switch domain.Modality(modalityOf(h)) {
	case domain.Planned:
		arrow = "-->>"
	case domain.Negated:
		arrow = "-x"
	default:
	}
	return d.ids[by[0]] + arrow + d.ids[to[0]] + ": " + mermaidEscape(text)
}

func (d *diagram) text(h, before *projections.Happening, by, to []domain.ActorID) string {
	a := h.Lead
	text := a.Event.Occurred.String() + " – " + spaced(a.Type())
	if a.Hypothetical() {
		text = "SUPPOSED " + text
	}
	if before != nil && d.pic.Unordered(before, h) {
		text = "~ " + text
	}
	if how := modalityOf(h); how != "" {
		text += " (" + how + ")"
	}
	if what := about(h); what != "" {
		text += ": " + what
	}
	text = shorten(text, mermaidText)
	if len(by) > 1 && (len(to) > 0 || !d.side(by)) { // else the note lies over just these
		text += " (by " + d.names(by) + ")"
	}
	if len(to) > 1 {
		text += " (to " + d.names(to) + ")"
	}
	if by[0] == unnamedActor && len(a.UnnamedActors) > 0 {
		text += " (" + shorten(strings.Join(a.UnnamedActors, ", "), mermaidText) + ")"
	}
	if disputed := contested(d.board, h); len(disputed) > 0 {
		text += " [" + disputedText(disputed) + "]"
	}
	return text
}

func (d *diagram) names(actors []domain.ActorID) string {
	names := make([]string, len(actors))
	for i, a := range actors {
		names[i] = d.pic.Registry.Name(a)
	}
	return strings.Join(names, ", ")
}

// mermaidEscape writes a text so that Mermaid shows it as it is: letters, digits
// and a few harmless signs stand for themselves, all else as a character code. White
// space becomes one space, for a line break ends a statement.
func mermaidEscape(s string) string {
	var b strings.Builder
	for i, word := range strings.Fields(s) {
		if i > 0 {
			b.WriteByte(' ')
		}
		for _, r := range word {
			if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune(".,'’“”()[]/!?~=+–—…-_*→", r) {
				b.WriteRune(r)
				continue
			}
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}
