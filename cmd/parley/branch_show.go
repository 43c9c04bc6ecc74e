package main

import (
	"errors"
	"fmt"
	"iter"
	"strconv"

	"parley/cmd/parley/internal/reply"
	"parley/domain"
	"parley/eventstore"
	"parley/projections"

	"github.com/spf13/cobra"
)

var branchHead = []string{"branch", "negotiation", "hypothetical", "parent", "fork", "followParent", "author", "purpose", "without", "replace", "opened", "events", "dropped", "reason", "opener", "droppedAt", "droppedBy"}

func branchCells(l reply.Branch) []string {
	return []string{
		l.Branch, l.Negotiation, "true", l.Parent, l.Fork, strconv.FormatBool(l.FollowParent), l.Author, l.Purpose,
		joined(l.Without), joined(l.Replace), l.Opened, strconv.FormatUint(l.Events, 10), strconv.FormatBool(l.Dropped), l.Reason,
		l.Opener, l.DroppedAt, l.DroppedBy,
	}
}

// branchAnswer says what became of one branch.
func branchAnswer(done string, b eventstore.Branch) answer {
	l := reply.BranchOf(b)
	return answer{
		json:   func() any { return l },
		ndjson: func() iter.Seq[any] { return each([]reply.Branch{l}, func(l reply.Branch) any { return l }) },
		csv:    func() iter.Seq[[]string] { return withHead(branchHead, each([]reply.Branch{l}, branchCells)) },
		table: func(s *screen) {
			if done == "dropped" {
				s.paragraph(fmt.Sprintf("Branch %s of %s is dropped.", l.Branch, l.Negotiation), "  ")
				return
			}
			s.paragraph(fmt.Sprintf("Branch %s of %s is %s, at #%s of %s.", l.Branch, l.Negotiation, done, l.Fork, parentText(l.Parent)), "  ")
			s.paragraph(fmt.Sprintf("Ask with --branch %s: parley state %s --branch %s", l.Branch, l.Negotiation, l.Branch), "  ")
		},
	}
}

func parentText(parent string) string {
	if parent == domain.RecordName {
		return "the record"
	}
	return "branch " + parent
}

func (p *program) branchListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list [NEGOTIATION]",
		Short: "List the branches",
		Long: `List shows the branches of a negotiation, or of all: what each stands on, who opened
it and what for, and how many events of its own it has. Dropped ones are left out
unless --dropped is given.`,
		Example: `  parley branch list pak-afg-2025
  parley branch list --json`,
		Args:              takes("[NEGOTIATION]"),
		ValidArgsFunction: p.completeNegotiation(nil),
	}
	dropped := cmd.Flags().Bool("dropped", false, "list dropped branches too")
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		negotiation := ""
		if len(args) > 0 {
			negotiation = args[0]
		}
		s, err := p.openToRead(cmd)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, s.Close()) }()
		all, err := s.Branches(cmd.Context(), negotiation)
		if err != nil {
			return err
		}
		lines := reply.BranchesOf(all, *dropped)
		return p.say(answer{
			json:   func() any { return lines },
			ndjson: func() iter.Seq[any] { return each(lines, func(l reply.Branch) any { return l }) },
			csv:    func() iter.Seq[[]string] { return withHead(branchHead, each(lines, branchCells)) },
			table:  func(sc *screen) { showBranches(sc, lines) },
		})
	}
	return cmd
}

func showBranches(s *screen, lines []reply.Branch) {
	t := &sheet{head: []string{"branch", "of", "stands on", "events", "author", "purpose"}, empty: "no branch; parley branch open makes one"}
	for _, l := range lines {
		on := l.Parent + " at #" + l.Fork
		if l.Parent == "" {
			on = "not known" // a former version dropped it, and kept nothing of it
		}
		if l.FollowParent {
			on += ", following"
		}
		name := l.Branch
		if l.Dropped {
			name += " (dropped)"
			t.note(droppedText(l))
		}
		t.row(name, l.Negotiation, on, strconv.FormatUint(l.Events, 10), l.Author, l.Purpose)
	}
	s.show(t)
}

// droppedText says when a branch was dropped, by whom and why.
func droppedText(l reply.Branch) string {
	text := l.Branch + " was dropped at " + l.DroppedAt + " by " + l.DroppedBy
	if l.Reason != "" {
		text += ": " + l.Reason
	}
	return text
}

func (p *program) branchShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Show a branch: what it leaves out, and its own events",
		Long: `Show tells of one branch where it forks, who opened it and what for, every event of
its parent that it leaves out, and its own events. parley events NEGOTIATION
--branch NAME lists the whole log that it comes to.`,
		Example: "  parley branch show no-retraction",
		Args:    takes("NAME"),
	}
	on := addOn(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.withBranch(cmd, args[0], *on, func(s *eventstore.Store, b eventstore.Branch) error {
			shown, pic, err := reply.ShowBranch(cmd.Context(), s, b)
			if err != nil {
				return err
			}
			return p.say(shownAnswer(shown, pic))
		})
	}
	return cmd
}

func shownAnswer(b reply.ShownBranch, pic *projections.Picture) answer {
	return answer{
		json: func() any { return b },
		ndjson: func() iter.Seq[any] {
			return each(b.Own, func(l reply.Listed) any {
				line, err := reply.Marked(l, pic.Branch)
				if err != nil {
					return l
				}
				return line
			})
		},
		csv: eventsAnswer(pic, b.Own).csv,
		table: func(s *screen) {
			s.line(s.bold("Branch " + b.Branch.Branch + " of " + b.Negotiation))
			showSupposed(s, pic.Branch)
			if len(b.LeftOut) > 0 {
				s.paragraph("events of "+parentText(b.Parent)+" that it leaves out: "+reply.Few(b.LeftOut, 40), "  ")
			}
			s.line("")
			showEvents(s, pic, b.Own)
		},
	}
}
