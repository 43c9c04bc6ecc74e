package export

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"parley/domain"
	"parley/projections"
)

// Colours. Those of the groups are of Okabe and Ito, which people with colour
// blindness can tell apart; each group has a shape as well.
const (
	ink     = "#1a1a1a"
	faint   = "#595959"
	hair    = "#d5d5d5"
	band    = "#f2f2f2"
	paper   = "#ffffff"
	warning = "#b34700"
)

var groupColours = map[string]string{
	groupRounds: "#0072b2", groupPositions: "#009e73", groupDrafts: "#d55e00",
	groupEvidence: "#cc79a7", groupVoices: "#7a7a7a", groupGround: "#b8860b",
}

const definitions = `<defs>
<pattern id="hypothetical" width="12" height="12" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="3" height="12" fill="#efe6f7"/></pattern>
<pattern id="taken-back" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="5" height="5" fill="#ffffff"/><rect width="2" height="5" fill="#d55e00"/></pattern>
</defs>
`

// figure is an image that grows downwards.
type figure struct {
	pic   *projections.Picture
	from  Provenance
	board map[string][]string
	axis  *axis
	zone  *time.Location
	body  bytes.Buffer
	y     float64
}

func (f *figure) draw(format string, args ...any) { fmt.Fprintf(&f.body, format+"\n", args...) }

// text writes a line of text whose foot is at y.
func (f *figure) text(x, y, size float64, s string, attributes string) {
	f.draw(`<text x="%.1f" y="%.1f" font-size="%g"%s>%s</text>`, x, y, size, attributes, escaped(s))
}

func escaped(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(strings.Join(strings.Fields(s), " "))) // writing to memory
	return b.String()
}

// fit cuts a text to a width.
func fit(s string, width, size float64) string {
	if n := fits(s, width, size); n < len([]rune(s)) {
		return shorten(s, max(n, 2))
	}
	return s
}

// fits is how many letters of a text a width has room for. Fonts differ, so it
// reckons with wide letters.
func fits(s string, width, size float64) int {
	room, n := width/size, 0
	for _, r := range s {
		if room -= letterWidth(r); room < 0 {
			break
		}
		n++
	}
	return n
}

// letterWidth is how wide a letter is, in times the size of the font.
func letterWidth(r rune) float64 {
	switch {
	case r >= 0x1100 && !unicode.Is(unicode.Arabic, r): // Hangul, Chinese, Japanese and others
		if r < 0x2e80 {
			return 0.6
		}
		return 1.05
	case strings.ContainsRune("iljtfrI.,:;'|!()[] ", r):
		return 0.32
	case unicode.IsUpper(r), strings.ContainsRune("mwMW—…", r):
		return 0.72
	default:
		return 0.55
	}
}

// heading has the title, the view and the axis.
func (f *figure) heading() {
	f.y = margin + 20
	if banner := f.from.Banner(); banner != "" {
		f.text(margin, f.y, 16, fit(banner, figureWidth-2*margin, 17), ` font-weight="bold" fill="#5b2a86"`)
		f.y += 26
	}
	f.text(margin, f.y, 20, fit(f.from.Name(), figureWidth-2*margin, 22), ` font-weight="bold"`)
	f.y += 20
	f.text(margin, f.y, 13, fit("View: "+f.from.ViewText()+"; log at "+f.from.Position+"; dates in "+f.zone.String(), figureWidth-2*margin, 13), ` fill="`+faint+`"`)
	f.y += 34
	for _, t := range f.axis.ticks(f.zone) {
		f.text(t.x, f.y, 11, t.text, ` text-anchor="middle"`)
	}
	f.text(plotLeft, f.y-16, 10, "← earlier", ` fill="`+faint+`"`)
	f.text(plotRight, f.y-16, 10, "later →", ` text-anchor="end" fill="`+faint+`"`)
	f.y += 8
}

// grid draws the dates behind rows, from y down to the foot.
func (f *figure) grid(top, foot float64) {
	for _, t := range f.axis.ticks(f.zone) {
		f.draw(`<path d="M%.1f %.1fV%.1f" stroke="%s"/>`, t.x, top, foot, hair)
	}
	for i, idle := range f.axis.idle {
		if idle {
			x := (f.axis.at[i] + f.axis.at[i+1]) / 2
			f.draw(`<path d="M%.1f %.1fV%.1fM%.1f %.1fV%.1f" stroke="%s" stroke-dasharray="2 3"/>`, x-2, top, foot, x+2, top, foot, faint)
		}
	}
}

// rows draws the lanes.
func (f *figure) rows(lanes []lane) {
	if len(lanes) == 0 {
		f.y += 20
		f.text(margin, f.y, 13, "Nothing happened in this view.", "")
	}
	for _, l := range lanes {
		top := f.y
		f.draw(`<g role="group" aria-label="%s">`, escaped(l.name))
		f.draw(`<rect x="%g" y="%.1f" width="%g" height="%g" fill="%s"/>`, margin, top, figureWidth-2*margin, laneHead-4, band)
		f.text(margin+6, top+14.5, 13, fmt.Sprintf("%s (%d)", capital(l.name), len(l.happenings)), ` font-weight="bold"`)
		f.grid(top+laneHead-4, top+laneHead+rowHeight*float64(len(l.happenings)))
		f.y += laneHead
		for i, h := range l.happenings {
			f.row(h)
			if i > 0 && f.pic.Precedes(l.happenings[i-1], h) && !l.happenings[i-1].Bounds.Precedes(h.Bounds) {
				f.draw(`<path d="M%.1f %.1fv9m-3 -4l3 4l3 -4" stroke="%s" stroke-width="1.3" fill="none"/>`, plotRight+5, f.y-4.5, ink)
			}
			f.y += rowHeight
		}
		f.draw(`</g>`)
		f.y += laneGap
	}
}

// capital begins a heading.
func capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}

// row draws one happening: its group, what it is, its bar and its marks.
func (f *figure) row(h *projections.Happening) {
	middle, foot := f.y+rowHeight/2, f.y+rowHeight/2+4
	group := groupOf(h.Act())
	label := spaced(h.Lead.Type())
	if what := about(h); what != "" {
		label += ": " + what
	}
	f.draw(`<g><title>%s</title>`, escaped(f.hover(h, label)))
	f.draw(`%s`, glyph(group, margin+8, middle))
	f.text(margin+20, foot, 11.5, fit(label, plotLeft-margin-30, 11.5), "")
	f.bar(h, group, middle)
	f.marks(h, foot)
	f.draw(`</g>`)
}

// hover is what is told of a happening beyond its line.
func (f *figure) hover(h *projections.Happening, label string) string {
	text := h.Name() + ": " + label + "; occurred " + h.Lead.Event.Occurred.String() +
		", between " + spanOf(h).Earliest.String() + " and " + spanOf(h).Latest.String()
	if s := h.Lead.Source; s != nil && s.Quote != "" {
		text += "; “" + s.Quote + "”"
	}
	return text
}

const dashed = ` stroke-dasharray="3 2"`

// bar draws from when to when a happening can have been. A filled bar is a day that
// is known, a pale one a longer span, a dotted line no date at all. Ends without a
// bound are arrows. A dashed outline is a date that its source qualifies (? ~), or,
// around nothing, what is only planned or denied.
func (f *figure) bar(h *projections.Happening, group string, y float64) {
	colour := groupColours[group]
	span := spanOf(h)
	from, to := f.axis.x(span.Earliest), f.axis.x(span.Latest)
	open, endless := span.Earliest == domain.Past, span.Latest == domain.Future
	if open && endless {
		f.draw(`<path d="M%.1f %.1fH%.1f" stroke="%s" stroke-width="1.5" stroke-dasharray="1.5 4"/>`, from, y, to, colour)
		f.arrows(from, to, y, colour, open, endless)
		return
	}
	if to-from < 5 {
		from, to = (from+to)/2-2.5, (from+to)/2+2.5
	}
	fill, dash := "0.3", ""
	if day, _ := days(h.Lead.Event.Occurred, span, f.zone); day != "" {
		fill = "1"
	}
	if o := h.Lead.Event.Occurred; o.Uncertain() || o.Approximate() {
		fill, dash = "0.3", dashed
	}
	if !h.Moves() {
		fill, dash = "0", dashed
	}
	f.draw(`<rect x="%.1f" y="%.1f" width="%.1f" height="9" fill="%s" fill-opacity="%s" stroke="%s"%s/>`, from, y-4.5, to-from, colour, fill, colour, dash)
	f.arrows(from, to, y, colour, open, endless)
}

// arrows marks ends that have no bound.
func (f *figure) arrows(from, to, y float64, colour string, open, endless bool) {
	if open {
		f.draw(`<path d="M%.1f %.1fl8 -6v12z" fill="%s"/>`, from-2, y, colour)
	}
	if endless {
		f.draw(`<path d="M%.1f %.1fl-8 -6v12z" fill="%s"/>`, to+2, y, colour)
	}
}
