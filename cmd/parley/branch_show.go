package main

import (
	"errors"
	"fmt"
	"iter"
	"strconv"
	"time"

	"parley/cmd/parley/internal/reply"
	"parley/domain"
	"parley/eventstore"
	"parley/projections"

	"github.com/spf13/cobra"
)

// branchLine is a branch as it is listed. What it holds is hypothetical.
type branchLine struct {
	Branch       string            `json:"branch"`
	Negotiation  string            `json:"negotiation"`
	Hypothetical bool              `json:"hypothetical"`
	Parent       string            `json:"parent"`
	Fork         string            `json:"fork"`
	FollowParent bool              `json:"followParent,omitzero"`
	Author       string            `json:"author"`
	Purpose      string            `json:"purpose"`
	Without      []domain.EventRef `json:"without,omitempty"`
	Replace      []domain.EventRef `json:"replace,omitempty"`
	Opened       string            `json:"opened,omitzero"`
	Head         uint64            `json:"head"`
	Events       uint64            `json:"events"` // its own, the opening not counted
	Dropped      bool              `json:"dropped,omitzero"`
	Reason       string            `json:"reason,omitzero"`
}

func lineOf(b eventstore.Branch) branchLine {
	l := branchLine{
		Branch: string(b.Branch), Negotiation: b.Negotiation, Hypothetical: true, Parent: b.Parent, Fork: b.At,
		FollowParent: b.FollowParent, Author: b.Author, Purpose: b.Purpose, Without: b.Without, Replace: b.Replace,
		Head: b.Head, Events: max(b.Count, 1) - 1, Dropped: b.Dropped, Reason: b.Reason,
	}
	if !b.Opened.IsZero() {
		l.Opened = b.Opened.UTC().Format(time.RFC3339)
	}
	return l
}

var branchHead = []string{"branch", "negotiation", "hypothetical", "parent", "fork", "followParent", "author", "purpose", "without", "replace", "opened", "events", "dropped", "reason"}

func (l branchLine) cells() []string {
	return []string{
		l.Branch, l.Negotiation, "true", l.Parent, l.Fork, strconv.FormatBool(l.FollowParent), l.Author, l.Purpose,
		joined(l.Without), joined(l.Replace), l.Opened, strconv.FormatUint(l.Events, 10), strconv.FormatBool(l.Dropped), l.Reason,
	}
}

// branchAnswer says what became of one branch.
func branchAnswer(done string, b eventstore.Branch) answer {
	l := lineOf(b)
	return answer{
		json:   func() any { return l },
		ndjson: func() iter.Seq[any] { return each([]branchLine{l}, func(l branchLine) any { return l }) },
		csv:    func() iter.Seq[[]string] { return withHead(branchHead, each([]branchLine{l}, branchLine.cells)) },
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
		lines := []branchLine{}
		for _, b := range all {
			if *dropped || !b.Dropped {
				lines = append(lines, lineOf(b))
			}
		}
		return p.say(answer{
			json:   func() any { return lines },
			ndjson: func() iter.Seq[any] { return each(lines, func(l branchLine) any { return l }) },
			csv:    func() iter.Seq[[]string] { return withHead(branchHead, each(lines, branchLine.cells)) },
			table:  func(sc *screen) { showBranches(sc, lines) },
		})
	}
	return cmd
}

func showBranches(s *screen, lines []branchLine) {
	t := &sheet{head: []string{"branch", "of", "stands on", "events", "author", "purpose"}, empty: "no branch; parley branch open makes one"}
	for _, l := range lines {
		on := l.Parent + " at #" + l.Fork
		if l.FollowParent {
			on += ", following"
		}
		name := l.Branch
		if l.Dropped {
			name += " (dropped)"
		}
		t.row(name, l.Negotiation, on, strconv.FormatUint(l.Events, 10), l.Author, l.Purpose)
	}
	s.show(t)
}

// shownBranch is one branch with its own events and what it leaves out.
type shownBranch struct {
	branchLine
	LeftOut []string       `json:"leftOut"` // events of the parent
	Own     []reply.Listed `json:"own"`
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
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		s, err := p.openToRead(cmd)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, s.Close()) }()
		b, err := p.branchNamed(cmd.Context(), s, args[0], *on)
		if err != nil {
			return err
		}
		l, err := s.Lineage(cmd.Context(), b.Negotiation, args[0])
		if err != nil {
			return err
		}
		pic, err := projections.Suppose(b.Negotiation, l, projections.View{Branch: args[0]})
		if err != nil {
			return err
		}
		shown := shownBranch{branchLine: lineOf(b), LeftOut: []string{}, Own: []reply.Listed{}}
		for _, e := range l.LeftOut(b.Negotiation) {
			shown.LeftOut = append(shown.LeftOut, e.Name())
		}
		for _, x := range reply.List(pic) {
			if x.Branch == args[0] {
				shown.Own = append(shown.Own, x)
			}
		}
		return p.say(shown.answer(pic))
	}
	return cmd
}

func (b shownBranch) answer(pic *projections.Picture) answer {
	return answer{
		json:   func() any { return b },
		ndjson: func() iter.Seq[any] { return each(b.Own, func(l reply.Listed) any { return l }) },
		csv:    eventsAnswer(pic, b.Own).csv,
		table: func(s *screen) {
			s.line(s.bold("Branch " + b.Branch + " of " + b.Negotiation))
			showSupposed(s, pic.Branch)
			if len(b.LeftOut) > 0 {
				s.paragraph("events of "+parentText(b.Parent)+" that it leaves out: "+reply.Few(b.LeftOut, 40), "  ")
			}
			s.line("")
			showEvents(s, pic, b.Own)
		},
	}
}
