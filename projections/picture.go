package projections

import (
	"fmt"
	"slices"
	"strings"

	"parley/domain"
)

// Picture is a negotiation under a view: what was selected, merged, ordered and
// folded. Projections are printed from it.
type Picture struct {
	*Selection
	Happenings []*Happening // in order
	State      State

	sequence []int    // all groups in line, hidden ones too
	descent  *descent // nil if the picture is of no stage
}

// Project folds the record of a negotiation under a view: log holds its entries in
// log order. It fails with a [NotFoundError] if the view names an event that it does
// not hold, or a branch.
func Project(negotiation string, log []domain.Entry, v View) (*Picture, error) {
	return Suppose(negotiation, domain.Lineage{Record: log}, v)
}

// Suppose is Project on a branch, which the view names; the lineage ends with it. A
// view that names none shows the record, whatever the lineage ends with.
func Suppose(negotiation string, l domain.Lineage, v View) (*Picture, error) {
	s, err := Select(negotiation, l, v)
	if err != nil {
		return nil, err
	}
	p := &Picture{Selection: s}
	p.merge()
	for _, h := range p.Happenings {
		p.State = Evolve(p.State, h)
	}
	return p, nil
}

// printers print the projections by name.
var printers = map[string]func(*Picture) *Node{
	"rounds":     (*Picture).printRounds,
	"drafts":     (*Picture).printDrafts,
	"positions":  (*Picture).printPositions,
	"mandates":   (*Picture).printMandates,
	"ceasefires": (*Picture).printCeasefires,
	"timeline":   (*Picture).printTimeline,
	"anomalies":  (*Picture).printAnomalies,

	"assurances":  (*Picture).printAssurances,
	"evidence":    (*Picture).printEvidence,
	"obligations": (*Picture).printObligations,
	"coverage":    (*Picture).printCoverage,

	"disagreements": (*Picture).printDisagreements,
	"questions":     (*Picture).printQuestions,
}

// Projections lists the names of all projections, in the order in which a reader
// wants them.
func Projections() []string {
	return []string{
		"questions", "rounds", "drafts", "positions", "mandates", "ceasefires",
		"assurances", "evidence", "obligations", "disagreements", "timeline", "coverage", "anomalies",
	}
}

// Print prints one projection, or all of them if name is empty.
func (p *Picture) Print(name string) (*Node, error) {
	if name == "" {
		return p.PrintAfter(nil).Tree, nil
	}
	all := object()
	printer, ok := printers[name]
	if !ok {
		return nil, &NotFoundError{What: "projection", Name: name}
	}
	out := all.put(name, printer(p))
	if name == "rounds" {
		out.put("process", p.printProcess())
	}
	return out, nil
}

// PrintOnly prints some projections, in the order in which they are named.
func (p *Picture) PrintOnly(names ...string) (*Node, error) {
	out := object()
	for _, name := range names {
		one, err := p.Print(name)
		if err != nil {
			return nil, err
		}
		for element, n := range one.Children() {
			out.put(element, n)
		}
	}
	return out, nil
}

// PrintAt prints what a path leads to, and of the other projections nothing. It fails
// as [Node.Walk] does.
func (p *Picture) PrintAt(path string) (*Node, error) {
	all, err := p.printInto(path)
	if err != nil {
		return nil, err
	}
	return all.Walk(path)
}

// printInto prints the projection that a path leads into, or all if it leads into none,
// for the names of those that there are.
func (p *Picture) printInto(path string) (*Node, error) {
	name, _, _ := strings.Cut(path, "/")
	if name == "process" {
		name = "rounds" // it comes with them
	}
	if _, ok := printers[name]; !ok {
		name = ""
	}
	return p.Print(name)
}

// Seen describes the view that an answer was computed under.
type Seen struct {
	Negotiation string      `json:"negotiation"`
	View        string      `json:"view"`
	Position    uint64      `json:"position"` // of the record
	Branch      *Branch     `json:"branch,omitzero"`
	Events      int         `json:"events"`
	Hidden      int         `json:"hidden"`
	Straddling  []Straddler `json:"straddling"`
	Parked      int         `json:"parked,omitzero"`
}

// Seen tells what the picture shows: its view, the log position it reflects, how
// many events it rests on, and which events straddle a cut.
func (p *Picture) Seen() Seen {
	straddling := slices.Clone(p.Straddling)
	if straddling == nil {
		straddling = []Straddler{}
	}
	return Seen{
		Negotiation: p.Negotiation, View: p.View.String(), Position: p.Head, Branch: p.Branch,
		Events: len(p.Accounts), Hidden: len(p.links.index) - len(p.Accounts),
		Straddling: straddling, Parked: len(p.Parked),
	}
}

// Because is an account behind a value, for people.
type Because struct {
	Event       string `json:"event"`
	Position    uint64 `json:"position"`        // in the record, or in its branch
	Branch      string `json:"branch,omitzero"` // that supposes it
	Type        string `json:"type"`
	Document    string `json:"document,omitzero"`
	Locator     string `json:"locator,omitzero"`
	Quote       string `json:"quote,omitzero"`
	Speaker     string `json:"speaker,omitzero"`
	Side        string `json:"side"`
	Occurred    string `json:"occurred,omitzero"`
	Reported    string `json:"reported,omitzero"`
	Reliability string `json:"reliability,omitzero"`
	Credibility string `json:"credibility,omitzero"`
	CorrectedBy string `json:"correctedBy,omitzero"`
	Note        string `json:"note,omitzero"`
}

// Why explains the value at a path such as drafts/istanbul-draft/versions/3/reached.
type Why struct {
	Path      string    `json:"path"`
	Value     *Node     `json:"value"`
	Rule      string    `json:"rule,omitzero"`
	Contested *Node     `json:"contested,omitzero"`
	Events    []Because `json:"events"`
}

// Why finds the value at a path and the accounts it rests on, those that contest
// it included.
func (p *Picture) Why(path string) (*Why, error) {
	all, err := p.printInto(path)
	if err != nil {
		return nil, err
	}
	n, err := all.Walk(path)
	if err != nil {
		return nil, err
	}
	w := &Why{Path: path, Value: n, Rule: n.Rule(), Events: []Because{}}
	because := n.Because()
	if i := lastSlash(path); i > 0 {
		if parent, err := all.Walk(path[:i]); err == nil {
			if beside, ok := parent.Get("contested"); ok {
				if c, ok := beside.Get(path[i+1:]); ok {
					w.Contested = c
					for _, a := range c.Because() {
						if !slices.Contains(because, a) {
							because = append(because, a)
						}
					}
				}
			}
		}
	}
	for _, a := range because {
		w.Events = append(w.Events, a.because())
	}
	return w, nil
}

func lastSlash(s string) int {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == '/' {
			return i
		}
	}
	return -1
}

func (a *Account) because() Because {
	b := Because{
		Event: a.Name(), Position: a.Position, Branch: string(a.Branch), Type: a.Type(), Side: string(a.SideOrUnknown()),
		Occurred: a.Event.Occurred.String(), Reported: a.Reported.String(),
		Reliability: string(a.grade), Credibility: string(a.Credibility), Note: a.Note,
	}
	if s := a.Source; s != nil {
		b.Document, b.Locator, b.Quote, b.Speaker = s.Document, s.Locator, s.Quote, s.Speaker
	}
	if a.CorrectedBy != [16]byte{} {
		b.CorrectedBy = fmt.Sprint(a.CorrectedBy)
	}
	return b
}
