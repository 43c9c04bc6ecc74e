package export

import (
	"encoding/csv"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/domain"
	"parley/domain/intake"
	"parley/projections"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// ploverRow is a happening as event data sets have it. The names of the fields are
// those of the PLOVER manual where it has one.
type ploverRow struct {
	ID        string   `json:"id"`
	Date      string   `json:"date,omitzero"`    // only where the day is known
	EndDate   string   `json:"enddate,omitzero"` // only where it is told, and known
	Actor     []string `json:"actor"`
	Recipient []string `json:"recipient"`
	Event     string   `json:"event"` // empty where PLOVER has none
	Mode      []string `json:"mode"`
	Context   string   `json:"context,omitzero"`
	CAMEO     string   `json:"cameo,omitzero"`
	Text      string   `json:"text,omitzero"`
	Cite      string   `json:"cite_info,omitzero"`
	Coder     string   `json:"coder,omitzero"`
	Comment   string   `json:"comment,omitzero"`
	Act       string   `json:"act"`
	EDTF      string   `json:"edtf"`
	Earliest  string   `json:"earliest,omitzero"`
	Latest    string   `json:"latest,omitzero"`
	Sides     []string `json:"sides"`
	Accounts  int      `json:"accounts"`
	Contested []string `json:"contested"`
	Provenance
}

var ploverHead = []string{
	"id", "date", "enddate", "actor", "recipient", "event", "mode", "context", "cameo", "text", "cite_info", "coder", "comment",
	"act", "edtf", "earliest", "latest", "sides", "accounts", "contested", "negotiation", "view", "position", "hypothetical", "fork", "author", "purpose",
}

func (r *ploverRow) cells() []string {
	list := func(items []string) string { return strings.Join(items, "|") }
	return []string{
		r.ID, r.Date, r.EndDate, list(r.Actor), list(r.Recipient), r.Event, list(r.Mode), r.Context, r.CAMEO,
		intake.Guard(r.Text), intake.Guard(r.Cite), intake.Guard(r.Coder), intake.Guard(r.Comment),
		r.Act, r.EDTF, r.Earliest, r.Latest, list(r.Sides), strconv.Itoa(r.Accounts), list(r.Contested),
		r.Negotiation, intake.Guard(r.View), r.Position, r.Hypothetical, r.Fork, intake.Guard(r.Author), intake.Guard(r.Purpose),
	}
}

// Plover writes the happenings of a picture as rows in PLOVER, as CSV. Each row has
// the values of the leading account, the number of accounts, and what is contested
// among them. Acts that PLOVER has no event for have rows without a code, whose
// comment says so. A date stands in date only if the day is known; earliest and
// latest are there in any case, each only where it is bounded.
func Plover(w io.Writer, pic *projections.Picture) (Tally, error) {
	rows, t, err := ploverRows(pic)
	if err != nil {
		return t, err
	}
	out := csv.NewWriter(w)
	if err := out.Write(ploverHead); err != nil {
		return t, err
	}
	for i := range rows {
		if err := out.Write(rows[i].cells()); err != nil {
			return t, err
		}
	}
	out.Flush()
	return t, out.Error()
}

// PloverJSON writes the same rows as a list of JSON objects, which is how PLOVER
// records are exchanged.
func PloverJSON(w io.Writer, pic *projections.Picture) (Tally, error) {
	rows, t, err := ploverRows(pic)
	if err != nil {
		return t, err
	}
	if err := json.MarshalWrite(w, rows, jsontext.WithIndent(" ")); err != nil {
		return t, err
	}
	_, err = io.WriteString(w, "\n")
	return t, err
}

func ploverRows(pic *projections.Picture) ([]ploverRow, Tally, error) {
	var t Tally
	board, err := contests(pic)
	if err != nil {
		return nil, t, err
	}
	from := Of(pic, "")
	rows := make([]ploverRow, 0, len(pic.Happenings))
	for _, h := range pic.Happenings {
		r := ploverRowOf(h, pic.Registry.Zone())
		r.Contested, r.Provenance = list(contested(board, h)), from
		if h.Lead.Hypothetical() {
			r.Mode = append(r.Mode, "hypothetical")
		}
		if r.Event == "" {
			t.Uncoded++
		}
		rows = append(rows, r)
		t.Written++
	}
	return rows, t, nil
}

func ploverRowOf(h *projections.Happening, zone *time.Location) ploverRow {
	a := h.Lead
	c, span := codeOf(a.Act), spanOf(h)
	r := ploverRow{
		ID: a.Name(), Event: c.Event, Mode: []string{}, Context: c.Context, CAMEO: c.CAMEO, Act: a.Type(),
		EDTF: a.Event.Occurred.String(), Earliest: bound(span.Earliest), Latest: bound(span.Latest),
		Actor: list(append(texts(a.Actors), a.UnnamedActors...)), Recipient: list(texts(recipients(a.Event))),
		Sides: sidesOf(h), Accounts: len(h.Accounts), Coder: a.Coder, Comment: c.Why,
	}
	if from, ok := a.Act.(domain.InstructionReceived); ok { // who instructs is who acts
		r.Actor, r.Recipient = list(texts(from.From)), list(texts(a.Actors))
	}
	if o := a.Event.Occurred; o.Uncertain() || o.Approximate() {
		r.Comment = strings.TrimPrefix(r.Comment+"; the date is qualified in edtf", "; ")
	}
	r.Date, r.EndDate = days(a.Event.Occurred, span, zone)
	for _, mode := range []string{c.Mode, auxiliary(a.Modality)} {
		if mode != "" {
			r.Mode = append(r.Mode, mode)
		}
	}
	if s := a.Source; s != nil {
		r.Text = s.Quote
		r.Cite = strings.Trim(s.Document+", "+s.Locator, ", ")
	}
	return r
}

// recipients are to whom an act was done: those of the event, else those that the
// act itself names.
func recipients(e *domain.Event) []domain.ActorID {
	if len(e.Recipients) > 0 {
		return e.Recipients
	}
	switch a := e.Act.(type) {
	case domain.AccusationMade:
		return a.Accused
	case domain.ObligationInvoked:
		return []domain.ActorID{a.Obligor}
	case domain.ConfirmationSought:
		if a.AskedOf != "" {
			return []domain.ActorID{a.AskedOf}
		}
	default:
	}
	return nil
}

// sidesOf lists whose voices tell of a happening.
func sidesOf(h *projections.Happening) []string {
	out := []string{}
	for _, a := range slices.Concat(h.Accounts, h.Denials, h.Plans) {
		if s := string(a.SideOrUnknown()); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return out
}

var lastedFor = regexp.MustCompile(`^(\d{4}-\d\d-\d\d)/(\d{4}-\d\d-\d\d)$`)

// days are the day of an act and the day of its end, where they are known.
func days(occurred domain.EDTF, b domain.Bounds, zone *time.Location) (date, end string) {
	if m := lastedFor.FindStringSubmatch(occurred.String()); m != nil {
		return m[1], m[2]
	}
	if b.Earliest == domain.Past || b.Latest == domain.Future {
		return "", ""
	}
	first, last := b.Earliest.Time().In(zone).Format(time.DateOnly), b.Latest.Time().In(zone).Format(time.DateOnly)
	if first != last {
		return "", ""
	}
	return first, ""
}

func texts[T ~string](ids []T) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}

// list is a list that prints as [] where it is empty.
func list(items []string) []string {
	if items == nil {
		return []string{}
	}
	return items
}
