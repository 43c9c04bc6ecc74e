package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"parley/domain"
	"parley/eventstore"

	"github.com/spf13/cobra"
)

func (p *program) branchCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "branch",
		GroupID: groupSuppose,
		Short:   "Suppose that something had been otherwise",
		Long: `A branch is hypothetical: events on top of the record, or of another branch, as it
stood at one position. It can leave out happenings of what it stands on, and
replace them. The record is never touched, and whatever is shown of a branch says
that it is hypothetical. --branch NAME asks any question of a branch.`,
		Example: `  parley branch open no-retraction --on pak-afg-2025 --without s1-retraction \
    --author "A. Analyst" --purpose "had the confirmation stood"
  parley state pak-afg-2025 drafts --branch no-retraction
  parley branch compare no-retraction`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(p.branchOpenCommand(), p.branchAppendCommand(), p.branchListCommand(), p.branchShowCommand(), p.branchCompareCommand(), p.branchDropCommand())
	return cmd
}

func (p *program) branchOpenCommand() *cobra.Command {
	var o eventstore.Opening
	var without, replace []string
	cmd := &cobra.Command{
		Use:   "open NAME --on NEGOTIATION",
		Short: "Open a branch",
		Long: `Open opens a branch. It costs the same however long the record is.

--without KEY leaves a happening out: all accounts of it, also those that are linked
to it later, named by any of them. --replace KEY does the same, and the branch's own
events may then bear its keys.

A branch forks from the end of its parent, or from --at: a position of the record
such as 43, or of a branch such as record:43;b1:7. It must be one that the parent has
come to: a branch that follows nothing keeps what it stands on as it was, and stands on
no less. What the parent records later is not seen, unless --follow-parent is given.

The same opening again changes nothing. A name that was used stays taken.`,
		Example: `  parley branch open no-retraction --on pak-afg-2025 --without s1-retraction \
    --author "A. Analyst" --purpose "had the confirmation stood"
  parley branch open written --on pak-afg-2025 --parent no-retraction --author A --purpose P`,
		Args:                  takes("NAME"),
		DisableFlagsInUseLine: true,
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringVar(&o.Negotiation, "on", "", "the `negotiation` that it is about")
	flags.StringVar(&o.At, "at", "", "`position` of the parent at which it forks (default its end)")
	flags.StringVar(&o.Parent, "parent", domain.RecordName, "what it stands on: record, or the `name` of a branch")
	flags.StringArrayVar(&without, "without", nil, "`key` of a happening to leave out; can be given again")
	flags.StringArrayVar(&replace, "replace", nil, "`key` of a happening that its own events replace; can be given again")
	flags.BoolVar(&o.FollowParent, "follow-parent", false, "let later events of the parent count as well")
	flags.StringVar(&o.Author, "author", "", "`name` of who opens it")
	flags.StringVar(&o.Purpose, "purpose", "", "what it is for, in a `sentence`")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if o.Negotiation == "" {
			return &usageError{Reason: cmd.CommandPath() + " needs --on", Hint: "usage: " + cmd.UseLine()}
		}
		o.Branch, o.Writer = domain.NewID(args[0]), "parley:branch"
		o.Without, o.Replace = refsOf(without), refsOf(replace)
		o.Place = openingPlace
		return p.branchOpen(cmd, o)
	}
	return cmd
}

// openingPlace tells how a value of an opening is given on the command line.
func openingPlace(path string) domain.Place {
	switch path {
	case "subject":
		return domain.Place{Column: "--on"}
	case "act.branch":
		return domain.Place{Column: "NAME"}
	}
	return domain.Place{Column: "--" + strings.TrimPrefix(path, "act.")}
}

func refsOf(keys []string) []domain.EventRef {
	var refs []domain.EventRef
	for _, k := range keys {
		refs = append(refs, domain.EventRef(strings.TrimPrefix(k, "@")))
	}
	return refs
}

func (p *program) branchOpen(cmd *cobra.Command, o eventstore.Opening) (err error) {
	s, err := p.openToRead(cmd)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	b, err := s.OpenBranch(cmd.Context(), o)
	if err != nil {
		return err
	}
	return p.say(branchAnswer("opened", b))
}

// withBranch opens the store and hands on the branch of a name. on is the negotiation
// that the branch is about, or empty.
func (p *program) withBranch(cmd *cobra.Command, name, on string, do func(*eventstore.Store, eventstore.Branch) error) (err error) {
	s, err := p.openToRead(cmd)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	b, err := branchNamed(cmd.Context(), s, name, on)
	if err != nil {
		return err
	}
	return do(s, b)
}

// branchNamed finds a branch by its name. Where several negotiations have one of the
// name, or none has, it says so.
func branchNamed(ctx context.Context, s *eventstore.Store, name, on string) (eventstore.Branch, error) {
	of, names, err := s.BranchNames(ctx, on, name)
	if err != nil {
		return eventstore.Branch{}, err
	}
	switch len(of) {
	case 1:
		return s.Branch(ctx, of[0], name)
	case 0:
		return eventstore.Branch{}, &notFoundError{What: "branch", Name: strconv.Quote(name), Where: "in " + s.Where(), Hint: guess(name, names, "parley branch list shows the branches")}
	}
	return eventstore.Branch{}, &usageError{Reason: fmt.Sprintf("%s have a branch %s", strings.Join(of, " and "), name), Hint: "say which one: --on " + of[0]}
}

// addOn gives a command the flag that tells branches of one name apart.
func addOn(cmd *cobra.Command) *string {
	return cmd.Flags().String("on", "", "the `negotiation` that the branch is about, where several have one of the name")
}

func (p *program) branchDropCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "drop NAME",
		Short: "Drop a branch",
		Long: `Drop ends a branch and frees what it held. No branch may stand on it. Its name
stays taken, and branch list --dropped says what it was, who dropped it, when and
why.`,
		Example: `  parley branch drop no-retraction --reason "answered"`,
		Args:    takes("NAME"),
	}
	on := addOn(cmd)
	reason := cmd.Flags().String("reason", "", "why, in a `sentence`")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if faults := domain.CheckText(domain.Place{Column: "--reason"}, *reason, domain.MaxSentenceRunes); len(faults) > 0 {
			return faults
		}
		return p.withBranch(cmd, args[0], *on, func(s *eventstore.Store, b eventstore.Branch) error {
			if err := s.DropBranch(cmd.Context(), b.Negotiation, args[0], "parley:branch", *reason); err != nil {
				return err
			}
			b, err := s.Branch(cmd.Context(), b.Negotiation, args[0])
			if err != nil {
				return err
			}
			return p.say(branchAnswer("dropped", b))
		})
	}
	return cmd
}
