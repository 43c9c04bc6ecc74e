package main

import (
	"fmt"
	"strconv"
	"strings"

	"parley/cmd/parley/internal/reply"
	"parley/domain"
	"parley/projections"
)

// story is the worked example on one screen.
type story struct {
	pic     *projections.Picture
	state   *projections.Node
	glances []glance
	where   string
	record  string // flags that name the record
}

// glance is the draft of the example at one view.
type glance struct {
	view   string
	pic    *projections.Picture
	drafts *projections.Node
}

// demoDraft and demoVersion are what the views of the story look at.
const (
	demoDraft   = "istanbul-draft"
	demoVersion = "3"
)

// demoIssues are the issues whose positions the story shows.
var demoIssues = []string{"soil-use", "ttp-action", "verification", "written-form"}

// demoViews are the views under which the story looks at the draft.
var demoViews = []string{
	"as-of=@s1-verbal-confirmation",
	"",
	"known-by=2025-10-28",
	"known-by=2025-10-29",
	"known-by=2025-10-29&possibly",
}

// tell folds the log of the example under all views of the story.
func tell(log []domain.Entry) (*story, error) {
	pic, err := projections.Project(demoNegotiation, log, projections.View{})
	if err != nil {
		return nil, err
	}
	t := &story{pic: pic}
	if t.state, err = pic.Print(""); err != nil {
		return nil, err
	}
	for _, text := range demoViews {
		view, err := projections.ParseView(text)
		if err != nil {
			return nil, err
		}
		g := glance{view: flagsOf(view)}
		if g.pic, err = projections.Project(demoNegotiation, log, view); err != nil {
			return nil, err
		}
		if g.drafts, err = g.pic.Print("drafts"); err != nil {
			return nil, err
		}
		t.glances = append(t.glances, g)
	}
	return t, nil
}

// flagsOf is a view as it is asked for on the command line.
func flagsOf(v projections.View) string {
	if v == (projections.View{}) {
		return viewText(v)
	}
	return "--" + strings.NewReplacer("=", " ", "&", " --").Replace(v.String())
}

func (t *story) answer() answer {
	a := stateAnswer(t.pic, t.state)
	a.table = t.show
	return a
}

func (t *story) show(s *screen) {
	documents := map[string]bool{}
	for _, a := range t.pic.Accounts {
		if a.Source != nil && a.Source.Document != "" {
			documents[a.Source.Document] = true
		}
	}
	s.line(s.bold(t.pic.Registry.Title))
	s.paragraph(fmt.Sprintf("%s from %d press reports, %s; log of %s at #%d in %s", count(len(t.pic.Accounts), "account", "accounts"), len(documents),
		count(len(t.pic.Happenings), "happening", "happenings"), t.pic.Negotiation, t.pic.Head, t.where), "  ")
	s.line("")
	rounds, _ := t.state.Get("rounds")
	showRounds(s, rounds)
	s.line("")
	t.showDraft(s)
	s.line("")
	positions, _ := t.state.Get("positions")
	showMatrix(s, positions, demoIssues)
	t.showCeasefire(s)
	s.line("")
	t.showGlances(s)
	s.line("")
	t.showCommands(s)
}

// showDraft shows the ladder of the draft, with the way each version went.
func (t *story) showDraft(s *screen) {
	versions, err := t.state.Walk("drafts/" + demoDraft + "/versions")
	if err != nil {
		return
	}
	ladder := &sheet{title: "Draft " + demoDraft, head: []string{"version", "stands", "its way"}}
	for version, v := range reply.Children(versions) {
		var way []string
		steps, _ := v.Get("steps")
		for _, x := range reply.Children(steps) {
			way = append(way, stepWords(v, x))
		}
		ladder.row(version, ladder.shown(v, "version "+version, "stands"), strings.Join(way, " → "))
	}
	s.show(ladder)
}

// stepWords is a step of a draft in few words.
func stepWords(version, step *projections.Node) string {
	switch act := reply.TextOf(step, "act"); act {
	case "DraftRevised":
		return "revised"
	case "DraftFinalized":
		return "finalized"
	case "ConfirmationSought":
		return "confirmation sought"
	case "VerbalConfirmationGiven":
		return "confirmed verbally by " + reply.TextOf(step, "by")
	case "CommitmentRetracted":
		held := reply.TextOf(version, "retracted", reply.TextOf(step, "event"), "held")
		if held != "" {
			held = " (" + held + " later)"
		}
		return "taken back" + held
	default:
		return act
	}
}

func (t *story) showCeasefire(s *screen) {
	ceasefires, _ := t.state.Get("ceasefires")
	for id, c := range reply.Children(ceasefires) {
		condition := reply.TextOf(c, "condition")
		if condition != "" {
			condition = ": “" + condition + "”"
		}
		s.paragraph(s.bold("Ceasefire "+id)+" is "+reply.TextOf(c, "status")+condition, "  ")
	}
}

// showGlances shows the draft as it stood at other views: what could be known
// when.
func (t *story) showGlances(s *screen) {
	sheet := &sheet{title: "The same draft, seen otherwise", head: []string{"view", "versions", "version " + demoVersion + " stands", "events", "straddling"}}
	for _, g := range t.glances {
		known, stands := "none", ""
		if versions, err := g.drafts.Walk("drafts/" + demoDraft + "/versions"); err == nil && len(versions.Items()) > 0 {
			known = strings.Join(versions.Elements(), ", ")
			if last, ok := versions.Get(demoVersion); ok {
				stands = reply.TextOf(last, "stands")
				if _, contested := contestedField(last, "stands"); contested {
					stands += "*"
				}
			}
		}
		seen := g.pic.Seen()
		sheet.row(g.view, known, stands, strconv.Itoa(seen.Events), strconv.Itoa(len(seen.Straddling)))
	}
	s.show(sheet)
}

// contestedField finds what contests a field.
func contestedField(n *projections.Node, field string) (*projections.Node, bool) {
	beside, ok := n.Get("contested")
	if !ok {
		return nil, false
	}
	return beside.Get(field)
}

func (t *story) showCommands(s *screen) {
	s.line(s.bold("How to go on"))
	for _, c := range []string{
		"state " + demoNegotiation + " positions",
		"state " + demoNegotiation + " drafts --as-of @s1-verbal-confirmation",
		"state " + demoNegotiation + " drafts --known-by 2025-10-29 --possibly",
		"why " + demoNegotiation + " rounds/istanbul-oct/days",
		"replay " + demoNegotiation,
	} {
		s.line("  " + programName() + " " + c + t.record)
	}
}

// quoteShell quotes a word for a shell if it needs it.
func quoteShell(word string) string {
	plain := strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:@%,=")
	if plain == "" && word != "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
