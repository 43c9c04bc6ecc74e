package main

import (
	"errors"
	"fmt"
	"time"

	"parley/cmd/parley/internal/reply"
	"parley/domain"
	"parley/eventstore"
	"parley/projections"

	"github.com/spf13/cobra"
)

func (p *program) branchAppendCommand() *cobra.Command {
	var flags importFlags
	cmd := &cobra.Command{
		Use:   "append NAME FILE...",
		Short: "Append hypothetical events to a branch",
		Long: `Append reads events from CSV and NDJSON files, as import does, and appends them to
a branch. They may name what the branch stands on and what the files themselves
register. Nothing reaches the record. The name - stands for standard input and
needs --format.

Input is taken whole or refused whole, and can be repeated.`,
		Example: `  parley branch append written own.csv
  echo '{"type":"AgreementSigned","negotiation":"pak-afg-2025","occurred":"2025-10-29","actors":["pakistan","afghan-taliban"],"act":{"draft":"istanbul-draft","version":3,"form":"signature"}}' |
    parley branch append written - --format ndjson`,
		Args: takes("NAME", "FILE..."),
	}
	on := addOn(cmd)
	cmd.Flags().StringVar(&flags.format, "format", "", "`format` of the input, whatever its name: csv or ndjson")
	cmd.Flags().BoolVar(&flags.dryRun, "dry-run", false, "write nothing, say what would be written")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.branchAppend(cmd, args[0], *on, args[1:], flags)
	}
	return cmd
}

func (p *program) branchAppend(cmd *cobra.Command, name, on string, files []string, flags importFlags) error {
	in, err := p.readFiles(files, flags.format)
	if err != nil {
		return err
	}
	sign(in.candidates, "parley:branch", time.Now())
	return p.withBranch(cmd, name, on, func(s *eventstore.Store, b eventstore.Branch) error {
		if strays := straysFrom(b, in.candidates); len(strays) > 0 {
			return in.refuse(strays)
		}
		bar := p.progress("appending", len(in.candidates))
		defer bar.end()
		receipt, err := s.AppendBranch(cmd.Context(), name, eventstore.Any(), in.candidates, eventstore.AppendOptions{
			DryRun: flags.dryRun || len(in.faults) > 0, Progress: bar.set,
		})
		faults, refused := errors.AsType[domain.Faults](err)
		switch {
		case refused || err == nil && len(in.faults) > 0:
			return in.refuse(faults)
		case err != nil && len(receipt.Appended) > 0:
			return &unfinishedError{Done: len(receipt.Appended), Total: bar.total, Err: err}
		case err != nil:
			return err
		}
		report := in.report(rowsOf(in.candidates), receipt, nil, flags.dryRun)
		p.tell("hypothetical: branch %s of %s", name, b.Negotiation)
		return p.say(report.answer())
	})
}

// straysFrom lists the events that are of another negotiation than the branch.
func straysFrom(b eventstore.Branch, in []domain.Candidate) (strays domain.Faults) {
	for _, c := range in {
		if n := c.Event.Negotiation; n != b.Negotiation && domain.ValidID(n) {
			strays = append(strays, domain.Fault{
				Place: c.Place("negotiation"), Problem: domain.NotAllowed, Read: n,
				Reason: fmt.Sprintf("branch %s is of %s", b.Branch, b.Negotiation), Hint: "write " + b.Negotiation,
			})
		}
	}
	return strays
}

func (p *program) branchCompareCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "compare NAME [OTHER]",
		Short: "Compare a branch with the record, or with another branch",
		Long: `Compare shows where a branch parts from the record as it stands now, or from another
branch, which values differ and which events make the difference. It is diff with
two branches in place of two views; the view flags hold for both sides.`,
		Example: `  parley branch compare no-retraction
  parley branch compare no-retraction written --as-of 2025-10-29`,
		Args: takes("NAME", "[OTHER]"),
	}
	on := addOn(cmd)
	flags := addView(cmd)
	_ = cmd.Flags().MarkHidden(projections.KeyBranch) // the arguments name the branches
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		view, err := flags.view()
		if err != nil {
			return err
		}
		other := ""
		if len(args) > 1 && args[1] != domain.RecordName {
			other = args[1]
		}
		return p.branchCompare(cmd, *on, [2]string{other, args[0]}, view)
	}
	return cmd
}

func (p *program) branchCompare(cmd *cobra.Command, on string, names [2]string, view projections.View) error {
	return p.withBranch(cmd, names[1], on, func(s *eventstore.Store, b eventstore.Branch) error {
		log, err := p.log(cmd.Context(), s, b.Negotiation)
		if err != nil {
			return err
		}
		var pics [2]*projections.Picture
		for i, name := range names {
			l := domain.Lineage{Record: log}
			if name != "" {
				if l.Branches, err = reply.BranchLogs(cmd.Context(), s, b.Negotiation, name); err != nil {
					return err
				}
			}
			view.Branch = name
			if pics[i], err = p.side(b.Negotiation, l, view, ""); err != nil {
				return err
			}
		}
		d, err := projections.Compare(cmd.Context(), pics[0], pics[1])
		if err != nil {
			return err
		}
		return p.say(diffAnswer(d, pics[0], pics[1]))
	})
}
