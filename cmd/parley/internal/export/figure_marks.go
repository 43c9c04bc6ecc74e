package export

import (
	"fmt"
	"strings"

	"parley/projections"
)

// glyph is the shape of a group of acts.
func glyph(group string, x, y float64) string {
	colour := groupColours[group]
	switch group {
	case groupRounds:
		return fmt.Sprintf(`<circle cx="%.1f" cy="%.1f" r="4.5" fill="%s"/>`, x, y, colour)
	case groupPositions:
		return fmt.Sprintf(`<rect x="%.1f" y="%.1f" width="8" height="8" fill="%s"/>`, x-4, y-4, colour)
	case groupDrafts:
		return fmt.Sprintf(`<path d="M%.1f %.1fl5 9h-10z" fill="%s"/>`, x, y-5, colour)
	case groupEvidence:
		return fmt.Sprintf(`<path d="M%.1f %.1fl5 5l-5 5l-5 -5z" fill="%s"/>`, x, y-5, colour)
	case groupGround:
		return fmt.Sprintf(`<path d="M%.1f %.1fl8 8m0 -8l-8 8" stroke="%s" stroke-width="2.5"/>`, x-4, y-4, colour)
	default:
		return fmt.Sprintf(`<circle cx="%.1f" cy="%.1f" r="3.5" fill="%s" stroke="%s" stroke-width="2"/>`, x, y, paper, colour)
	}
}

// marks says at the end of a row what is special about a happening.
func (f *figure) marks(h *projections.Happening, foot float64) {
	x, room := marksLeft+14, figureWidth-margin-marksLeft-14
	var words []string
	if how := modalityOf(h); how != "" {
		words = append(words, how+", not asserted")
	}
	if h.Lead.Hypothetical() {
		words = append(words, "supposed")
	}
	disputed := contested(f.board, h)
	if len(disputed) > 0 {
		words = append(words, disputedText(disputed))
	}
	if n := len(h.Accounts); n > 1 {
		words = append(words, fmt.Sprintf("%d accounts", n))
	}
	if len(words) == 0 {
		return
	}
	attributes := ` fill="` + faint + `"`
	if len(disputed) > 0 {
		f.draw(`<path d="M%.1f %.1fh8m-8 4h8m-1.5 -7l-5 10" stroke="%s" stroke-width="1.5" fill="none"/>`, x-13, foot-6, warning)
		attributes = ` fill="` + warning + `"`
	}
	f.text(x, foot, 10.5, fit(strings.Join(words, "; "), room, 10.5), attributes)
}

// ladder is how far one version of a draft came.
type ladder struct {
	name            string
	reached, stands string
	contested       []string // other values of where it stands or how far it came
	retracted       int
	declined        int
}

// rungs of the commitment ladder, as projections name them.
var rungs = []string{"tabled", "finalized", "verbally-confirmed", "initialled", "signed", "ratified"}

// laddersOf reads the ladders of all drafts off their projection.
func laddersOf(pic *projections.Picture) ([]ladder, error) {
	all, err := pic.Print("drafts")
	if err != nil {
		return nil, err
	}
	drafts, err := all.Walk("drafts")
	if err != nil {
		return nil, err
	}
	var out []ladder
	for _, id := range drafts.Members() {
		draft, _ := drafts.Get(id)
		versions, _ := draft.Get("versions")
		for _, v := range versions.Items() {
			number, _ := v.Get("version")
			out = append(out, ladderOf(id+" v"+number.Text(), v))
		}
		if v, ok := draft.Get("unversioned"); ok {
			out = append(out, ladderOf(id+", version not told", v))
		}
	}
	return out, nil
}

func ladderOf(name string, n *projections.Node) ladder {
	l := ladder{name: name, reached: textAt(n, "reached"), stands: textAt(n, "stands")}
	if list, ok := n.Get("retracted"); ok {
		l.retracted = len(list.Items())
	}
	if list, ok := n.Get("declined"); ok {
		l.declined = len(list.Items())
	}
	for _, field := range []string{"reached", "stands"} {
		claims, err := n.Walk("contested/" + field)
		if err != nil {
			continue // not contested
		}
		for _, claim := range claims.Items()[1:] {
			l.contested = append(l.contested, field+" "+textAt(claim, "value"))
		}
	}
	return l
}

func textAt(n *projections.Node, member string) string {
	if v, ok := n.Get(member); ok {
		return v.Text()
	}
	return ""
}

// ladders draws a row for every version: a step for each rung, filled as far as it
// stands, hatched where it was reached and taken back.
func (f *figure) ladders(all []ladder) {
	if len(all) == 0 {
		return
	}
	f.y += 6
	f.draw(`<g role="group" aria-label="Drafts: how far each version came">`)
	f.draw(`<rect x="%g" y="%.1f" width="%g" height="%g" fill="%s"/>`, margin, f.y, figureWidth-2*margin, laneHead-4, band)
	f.text(margin+6, f.y+14.5, 13, "Drafts: how far each version came", ` font-weight="bold"`)
	f.y += laneHead + 12
	step := (plotRight - plotLeft) / float64(len(rungs))
	for i, rung := range rungs {
		f.text(plotLeft+step*(float64(i)+0.5), f.y, 10, strings.ReplaceAll(rung, "verbally-", "verbally "), ` text-anchor="middle" fill="`+faint+`"`)
	}
	f.y += 6
	for _, l := range all {
		f.ladder(l, step)
		f.y += rowHeight + 3
	}
	f.draw(`</g>`)
	f.y += laneGap
}

func (f *figure) ladder(l ladder, step float64) {
	foot := f.y + rowHeight/2 + 4
	said := "reached " + l.reached + ", stands " + l.stands
	f.draw(`<g><title>%s</title>`, escaped(l.name+": "+said))
	f.draw(`%s`, glyph(groupDrafts, margin+8, f.y+rowHeight/2))
	f.text(margin+20, foot, 11.5, fit(l.name+": "+said, plotLeft-margin-30, 11.5), "")
	reached, stands := rungOf(l.reached), rungOf(l.stands)
	for i := range rungs {
		fill := paper
		switch {
		case i <= stands:
			fill = groupColours[groupDrafts]
		case i <= reached:
			fill = "url(#taken-back)"
		}
		f.draw(`<rect x="%.1f" y="%.1f" width="%.1f" height="11" fill="%s" stroke="%s"/>`, plotLeft+step*float64(i)+2, f.y+3, step-4, fill, groupColours[groupDrafts])
	}
	var words []string
	if l.retracted > 0 {
		words = append(words, fmt.Sprintf("taken back %d×", l.retracted))
	}
	if l.declined > 0 {
		words = append(words, fmt.Sprintf("declined %d×", l.declined))
	}
	x := marksLeft + 14
	attributes := ` fill="` + faint + `"`
	if len(l.contested) > 0 {
		words = append(words, "contested: "+strings.Join(l.contested, ", "))
		attributes = ` fill="` + warning + `"`
		f.draw(`<path d="M%.1f %.1fh8m-8 4h8m-1.5 -7l-5 10" stroke="%s" stroke-width="1.5" fill="none"/>`, x-13, foot-6, warning)
	}
	f.text(x, foot, 10.5, fit(strings.Join(words, "; "), figureWidth-margin-x, 10.5), attributes)
	f.draw(`</g>`)
}

// rungOf is the place of a rung, -1 for none.
func rungOf(name string) int {
	for i, r := range rungs {
		if r == name {
			return i
		}
	}
	return -1
}

// legend explains shapes, bars and marks.
func (f *figure) legend(lanes string) {
	f.y += 10
	f.draw(`<path d="M%g %.1fH%g" stroke="%s"/>`, margin, f.y, figureWidth-margin, hair)
	f.y += 18
	x := margin
	for _, g := range groups {
		f.draw(`%s`, glyph(g, x+6, f.y-4))
		f.text(x+16, f.y, 11, g, "")
		x += 95
	}
	x += 20
	for _, sample := range []struct{ shape, text string }{
		{`<rect x="%.1f" y="%.1f" width="18" height="9" fill="#595959" stroke="#595959"/>`, "the days are known"},
		{`<rect x="%.1f" y="%.1f" width="18" height="9" fill="#595959" fill-opacity="0.3" stroke="#595959"/>`, "some time within"},
		{`<rect x="%.1f" y="%.1f" width="18" height="9" fill="none" stroke="#595959" stroke-dasharray="3 2"/>`, "planned or denied; filled: ? ~"},
	} {
		f.draw(sample.shape, x, f.y-8.5)
		f.text(x+24, f.y, 11, sample.text, "")
		x += 150
	}
	f.y += 19
	f.text(margin, f.y, 11, "Arrows: no bound on that side. Dotted line: no date is known. Double vertical dashes: a span in which nothing is dated, not to scale. "+
		"Hatched: reached and taken back.", ` fill="`+faint+`"`)
	f.y += 15
	by := "Lanes: the party behind whoever acted. "
	if lanes == LanesKind {
		by = "Lanes: the sort of act. "
	}
	f.text(margin, f.y, 11, by+"Bars that overlap may have come either way round; a small arrow to their right says that a row certainly came after the one above it.", ` fill="`+faint+`"`)
}

// caption says where the figure comes from.
func (f *figure) caption() {
	f.y += 22
	for _, line := range f.from.Lines() {
		for _, part := range broken(line, figureWidth-2*margin, 12) {
			f.text(margin, f.y, 12, part, "")
			f.y += 16
		}
	}
	f.y += margin - 12
}

// broken breaks a line into parts that fit a width, between words where it can.
// Nothing of a caption is cut off.
func broken(line string, width, size float64) []string {
	var out []string
	now := ""
	end := func() {
		if now != "" {
			out = append(out, now)
		}
		now = ""
	}
	for word := range strings.FieldsSeq(line) {
		if longer := strings.TrimSpace(now + " " + word); fits(longer, width, size) == len([]rune(longer)) {
			now = longer
			continue
		}
		end()
		letters := []rune(word)
		for n := fits(word, width, size); n < len(letters); n = fits(string(letters), width, size) {
			n = max(n, 1) // a lens can be one long word
			out = append(out, string(letters[:n]))
			letters = letters[n:]
		}
		now = string(letters)
	}
	end()
	return out
}
