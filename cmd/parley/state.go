package main

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"parley/cmd/parley/internal/reply"
	"parley/projections"

	"github.com/spf13/cobra"
)

func (p *program) stateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "state NEGOTIATION [PROJECTION]",
		GroupID: groupAsk,
		Short:   "Show rounds, drafts, positions and more, at any view",
		Long: `State shows what the events of a negotiation come to: one projection, or all.

` + wrap("The projections are "+reply.WordList(projections.Projections())+".", 80) + `

The view flags say which events count: --as-of what had happened, --known-by what
had been reported, --recorded-by what had been recorded by then. A cut admits what
certainly lies within it; --possibly admits what may. Events that straddle a cut
are named. Values that accounts dispute are marked with * and explained below.

--lens says whom to believe: only the accounts for which an expression holds. For
example 'source.side != "pakistan"', 'source.attribution == "named"' or
'reliability <= "B"'. parley help lenses describes the language.`,
		Example: `  parley state pak-afg-2025 rounds
  parley state pak-afg-2025 drafts --as-of @s1-verbal-confirmation
  parley state pak-afg-2025 drafts --known-by 2025-10-28 --json
  parley state pak-afg-2025 drafts --lens 'source.side != "pakistan"'
  parley state pak-afg-2025 positions -o csv`,
		Args: takes("NEGOTIATION", "[PROJECTION]"),
		ValidArgsFunction: p.completeNegotiation(func(position int) []string {
			if position == 1 {
				return projections.Projections()
			}
			return nil
		}),
	}
	flags := addView(cmd)
	p.damagedFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		name := ""
		if len(args) > 1 {
			name = args[1]
		}
		return p.state(cmd, args[0], name, flags)
	}
	return cmd
}

func (p *program) state(cmd *cobra.Command, negotiation, name string, flags *viewFlags) error {
	if name != "" && !slices.Contains(projections.Projections(), name) {
		return reply.NoProjection(name)
	}
	pic, _, err := p.picture(cmd, negotiation, flags)
	if err != nil {
		return err
	}
	tree, err := pic.Print(name)
	if err != nil {
		return err
	}
	if text := straddlingText(pic); text != "" && p.format != formatTable && p.format != formatJSON {
		p.tell("%s", text)
	}
	return p.say(stateAnswer(pic, tree))
}

// entity is one line of NDJSON: one round, one draft, one cell of a matrix.
type entity struct {
	Negotiation string            `json:"negotiation"`
	View        string            `json:"view"`
	Position    uint64            `json:"position"`
	Projection  string            `json:"projection"`
	ID          string            `json:"id"`
	State       *projections.Node `json:"state"`
}

func stateAnswer(pic *projections.Picture, tree *projections.Node) answer {
	return answer{
		supposed: pic.Branch,
		json:     func() any { return reply.State{View: pic.Seen(), State: tree} },
		ndjson: func() iter.Seq[any] {
			seen := pic.Seen()
			return func(yield func(any) bool) {
				for e := range entities(tree) {
					e.Negotiation, e.View, e.Position = seen.Negotiation, seen.View, seen.Position
					if !yield(e) {
						return
					}
				}
			}
		},
		csv: func() iter.Seq[[]string] {
			return withHead([]string{"path", "value", "contested"}, func(yield func([]string) bool) {
				for l := range reply.Leaves(tree) {
					if !yield([]string{l.Path, l.Value, l.Contested}) {
						return
					}
				}
			})
		},
		table: func(s *screen) { showState(s, pic, tree) },
	}
}

// entities walks a state entity by entity: a round, a draft, the cell of a matrix.
// How the process stands is an entity by itself.
func entities(tree *projections.Node) iter.Seq[entity] {
	return func(yield func(entity) bool) {
		for _, name := range tree.Members() {
			top, _ := tree.Get(name)
			if name == "process" {
				if !yield(entity{Projection: "rounds", ID: name, State: top}) {
					return
				}
				continue
			}
			for id, node := range reply.Children(top) {
				if name != "positions" && name != "assurances" {
					if !yield(entity{Projection: name, ID: id, State: node}) {
						return
					}
					continue
				}
				for issue, cell := range reply.Children(node) {
					if !yield(entity{Projection: name, ID: id + "/" + issue, State: cell}) {
						return
					}
				}
			}
		}
	}
}

// showState shows a state in tables.
func showState(s *screen, pic *projections.Picture, tree *projections.Node) {
	s.paragraph(titleText(s, pic), "  ")
	s.paragraph(pictureText(pic), "")
	showSupposed(s, pic.Branch)
	names := tree.Members()
	for _, name := range names {
		node, _ := tree.Get(name)
		if what, ok := longLists[name]; ok && len(names) > 2 {
			s.line("")
			s.paragraph(fmt.Sprintf("%s: parley state %s %s lists %s", s.bold(upperFirst(name)), pic.Negotiation, name, count(len(node.Items()), what[0], what[1])), "  ")
			continue
		}
		s.line("")
		showProjection(s, name, node)
	}
	if text := straddlingText(pic); text != "" {
		s.line("")
		for line := range strings.SplitSeq(text, "\n") {
			s.paragraph(line, "  ")
		}
	}
}

// longLists are counted, not listed, where all projections are shown.
var longLists = map[string][2]string{
	"timeline":      {"happening", "happenings"},
	"disagreements": {"disagreement", "disagreements"},
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func hiddenText(seen projections.Seen) string {
	var text string
	if seen.Hidden > 0 {
		text += fmt.Sprintf(", %s hidden by the view", thousands(seen.Hidden))
	}
	if seen.Parked > 0 {
		text += fmt.Sprintf(", %s parked (parley doctor shows them)", thousands(seen.Parked))
	}
	return text
}
