package main

import (
	"cmp"
	"iter"
	"strconv"
	"strings"

	"parley/cmd/parley/internal/reply"
	"parley/domain"
	"parley/projections"

	"github.com/spf13/cobra"
)

// The flags of diff.
const (
	flagFrom = "from"
	flagTo   = "to"
)

func (p *program) diffCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "diff NEGOTIATION --from VIEW --to VIEW",
		GroupID: groupAsk,
		Short:   "Show what changes between two views, and why",
		Long: `Diff compares two views of a negotiation: the values that differ, with both sides,
the events that make the difference, and why one of the views had excluded them:

  moved     it had not happened yet (as-of)
  learned   it was not known or recorded yet, or corrected since (known-by, recorded-by)
  believed  a lens did not admit it
  supposed  a branch had it otherwise

A VIEW is the string form that stands in every answer: the names of the view flags
with their values, joined by & as in as-of=@KEY&known-by=2025-10-29&possibly&lens=…;
what is left out does not cut. A flag that is not given is the whole record.`,
		Example: `  parley diff pak-afg-2025 --from as-of=@s1-verbal-confirmation --to as-of=@s1-retraction
  parley diff pak-afg-2025 --from 'known-by=2025-10-28' --to 'known-by=2025-10-29&possibly'
  parley diff pak-afg-2025 --to 'lens=source.attribution == "named"' --json`,
		Args:                  takes("NEGOTIATION"),
		ValidArgsFunction:     p.completeNegotiation(nil),
		DisableFlagsInUseLine: true,
	}
	var from, to string
	cmd.Flags().StringVar(&from, flagFrom, "", "the `view` to start from")
	cmd.Flags().StringVar(&to, flagTo, "", "the `view` to compare it with")
	for _, flag := range []string{flagFrom, flagTo} {
		_ = cmd.RegisterFlagCompletionFunc(flag, completeView) // it fails on unknown flags only
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !cmd.Flags().Changed(flagFrom) && !cmd.Flags().Changed(flagTo) {
			return &usageError{Reason: cmd.CommandPath() + " needs --from, --to or both", Hint: "usage: " + cmd.UseLine()}
		}
		return p.diff(cmd, args[0], from, to)
	}
	return cmd
}

// completeView offers the keys with which the string form of a view may go on.
func completeView(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
	before := begun[:strings.LastIndexByte(begun, '&')+1]
	var offers []string
	for _, key := range reply.ViewKeys {
		switch key {
		case projections.KeyPossibly:
			offers = append(offers, before+key)
		default:
			offers = append(offers, before+key+"=")
		}
	}
	return offers, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

func (p *program) diff(cmd *cobra.Command, negotiation, from, to string) error {
	views := [2]projections.View{}
	sides := [2]struct{ flag, text string }{{flagFrom, from}, {flagTo, to}}
	for i, side := range sides {
		var err error
		if views[i], err = projections.ParseView(side.text); err != nil {
			return asked(side.flag).ViewFault(err)
		}
	}
	lines, err := p.readLines(cmd, negotiation, views[0].Branch, views[1].Branch)
	if err != nil {
		return err
	}
	var pics [2]*projections.Picture
	for i, side := range sides {
		if pics[i], err = p.side(negotiation, lines[i], views[i], side.flag); err != nil {
			return err
		}
	}
	d, err := projections.Compare(cmd.Context(), pics[0], pics[1])
	if err != nil {
		return err
	}
	return p.say(diffAnswer(d, pics[0], pics[1]))
}

// side folds the log under one of the views.
func (p *program) side(negotiation string, l domain.Lineage, v projections.View, flag string) (*projections.Picture, error) {
	pic, err := project(negotiation, l, v, flag)
	if err != nil {
		return nil, err
	}
	p.warn(pic, v.Lens, asked(flag).Lens())
	if text := undashed(straddlingText(pic)); text != "" && p.format != formatTable && p.format != formatJSON {
		p.tell("--%s: %s", flag, text)
	}
	return pic, nil
}

// undashed has no flags, for in the string form of a view there are none.
func undashed(text string) string { return strings.ReplaceAll(text, "--", "") }

// The lines of NDJSON: first the views, then what differs.
type (
	diffViews struct {
		Kind string           `json:"kind"`
		From projections.Seen `json:"from"`
		To   projections.Seen `json:"to"`
	}
	diffChange struct {
		Kind               string `json:"kind"`
		projections.Change `json:",inline"`
	}
	diffEvent struct {
		Kind               string `json:"kind"`
		projections.Differ `json:",inline"`
	}
)

func diffAnswer(d *projections.Diff, from, to *projections.Picture) answer {
	return answer{
		supposed: cmp.Or(to.Branch, from.Branch),
		against:  from.Branch,
		json:     func() any { return d },
		ndjson: func() iter.Seq[any] {
			return func(yield func(any) bool) {
				if !yield(diffViews{"views", d.From, d.To}) {
					return
				}
				for _, c := range d.Changes {
					if !yield(diffChange{"change", c}) {
						return
					}
				}
				for _, e := range d.Events {
					if !yield(diffEvent{"event", e}) {
						return
					}
				}
			}
		},
		csv: func() iter.Seq[[]string] {
			head := []string{"kind", "path", "from", "to", "why", "events", "in", "excludedBy", "more"}
			return withHead(head, func(yield func([]string) bool) {
				for _, c := range d.Changes {
					if !yield([]string{"change", c.Path, reply.SideCell(c.From), reply.SideCell(c.To), joined(c.Sorts), joined(c.Events), "", "", moreText(c.More)}) {
						return
					}
				}
				for _, e := range d.Events {
					if !yield([]string{"event", "", "", "", joined(e.Sorts), e.Event, e.In, joined(e.Steps), ""}) {
						return
					}
				}
			})
		},
		table: func(s *screen) { showDiff(s, d, from, to) },
	}
}

// moreText counts the events behind a change that are not named; empty for none.
func moreText(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
