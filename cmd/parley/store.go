package main

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"

	"parley/cmd/parley/internal/reply"
	"parley/domain"
	"parley/eventstore"
	"parley/projections"

	"github.com/spf13/cobra"
)

// options says how a command opens the store.
func (p *program) options(cmd *cobra.Command) eventstore.Options {
	return eventstore.Options{
		Dir: p.data, URL: p.natsURL, Context: p.natsContext,
		Kind: cmd.CommandPath(), Wait: p.wait, Logger: p.logger(),
		Notify: func(text string) { p.tell("parley: %s", text) },
	}
}

// open opens the store, to write to it.
func (p *program) open(cmd *cobra.Command) (*eventstore.Store, error) {
	if err := p.noFile(); err != nil {
		return nil, err
	}
	return eventstore.Open(cmd.Context(), p.options(cmd))
}

// noFile refuses a data folder that is a file.
func (p *program) noFile() error {
	if info, err := os.Stat(p.data); err == nil && !info.IsDir() {
		return &usageError{Reason: "--data " + p.data + " is a file", Hint: "give a folder"}
	}
	return nil
}

// openToRead opens a store that must be there already: whoever asks wants no new
// folder. One that cannot be written to is read all the same.
func (p *program) openToRead(cmd *cobra.Command) (*eventstore.Store, error) {
	if err := p.mustExist(); err != nil {
		return nil, err
	}
	o := p.options(cmd)
	o.Reads = true
	if p.damaged {
		o.OnDamage = eventstore.ReadDamaged
	}
	s, err := eventstore.Open(cmd.Context(), o)
	if err == nil && p.damaged {
		p.noteDamage(s)
	}
	return s, err
}

func (p *program) mustExist() error {
	if p.data == "" {
		return nil
	}
	_, err := os.Stat(p.data)
	if errors.Is(err, fs.ErrNotExist) {
		return &notFoundError{What: "data folder", Name: p.data, Hint: "parley import makes it; --data names another one"}
	}
	return cmp.Or(err, p.noFile())
}

// log reads the whole log of a negotiation.
func (p *program) log(ctx context.Context, s *eventstore.Store, negotiation string) ([]domain.Entry, error) {
	var log []domain.Entry
	if domain.ValidID(negotiation) {
		for e, err := range p.whole(ctx, s, negotiation) {
			if err != nil {
				return nil, err
			}
			log = append(log, e)
		}
	}
	if len(log) > 0 {
		return log, nil
	}
	known, err := s.Negotiations(ctx)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, n := range known {
		ids = append(ids, n.ID)
	}
	return nil, reply.NoNegotiation(negotiation, ids, s.Where())
}

// nearNegotiations adds to faults of an unknown negotiation which one may be
// meant: the store knows them all, an append looks at those it names.
func (p *program) nearNegotiations(ctx context.Context, s *eventstore.Store, faults domain.Faults) domain.Faults {
	var ids []string
	// Entries that are no events make no negotiation: what is not registered is not meant.
	unregistered := map[string]bool{}
	for _, f := range faults {
		if f.Problem == domain.Unregistered {
			unregistered[f.Read] = true
		}
	}
	for i, f := range faults {
		where := strings.TrimLeft(cmp.Or(f.Column, f.Pointer), "-/")
		if f.Problem != domain.Unregistered || where != "negotiation" && where != "subject" {
			continue
		}
		if ids == nil {
			known, err := s.Negotiations(ctx)
			if err != nil {
				return faults // they stand without the hint
			}
			for _, n := range known {
				if !unregistered[n.ID] {
					ids = append(ids, n.ID)
				}
			}
		}
		if near := guess(f.Read, ids, ""); strings.HasPrefix(near, "did you mean") {
			faults[i].Hint = near
		}
	}
	return faults
}

// picture folds a negotiation under the view that the flags ask for.
func (p *program) picture(cmd *cobra.Command, negotiation string, flags *viewFlags) (*projections.Picture, domain.Lineage, error) {
	view, err := flags.view()
	if err != nil {
		return nil, domain.Lineage{}, err
	}
	lines, err := p.readLines(cmd, negotiation, view.Branch)
	if err != nil {
		return nil, domain.Lineage{}, err
	}
	pic, err := project(negotiation, lines[0], view, "")
	if err == nil {
		p.warn(pic, view.Lens, asked("").Lens())
	}
	return pic, lines[0], err
}

// readLines opens the store to read the whole record of a negotiation, with what each
// of the branches stands on; an empty name is the record alone.
func (p *program) readLines(cmd *cobra.Command, negotiation string, branches ...string) (lines []domain.Lineage, err error) {
	s, err := p.openToRead(cmd)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	log, err := p.log(cmd.Context(), s, negotiation)
	if err != nil {
		return nil, err
	}
	for _, b := range branches {
		l := domain.Lineage{Record: log}
		if b != "" {
			if l.Branches, err = reply.BranchLogs(cmd.Context(), s, negotiation, b); err != nil {
				return nil, err
			}
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// completion is what a shell may offer for an argument.
type completion = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective)

// completeNegotiation offers the negotiations of the folder for the first
// argument, and what then says for the others.
func (p *program) completeNegotiation(then func(position int) []string) completion {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		const quiet = cobra.ShellCompDirectiveNoFileComp
		if len(args) > 0 {
			if then == nil {
				return nil, quiet
			}
			return then(len(args)), quiet
		}
		if p.settle(cmd) != nil || p.mustExist() != nil {
			return nil, quiet
		}
		p.wait, p.quiet = 0, true
		s, err := p.openToRead(cmd)
		if err != nil {
			return nil, quiet
		}
		defer s.Close()
		known, err := s.Negotiations(cmd.Context())
		if err != nil {
			return nil, quiet
		}
		var ids []string
		for _, n := range known {
			ids = append(ids, n.ID)
		}
		return ids, quiet
	}
}

// completeTypes offers the types of acts.
func completeTypes(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return reply.TypeNames(), cobra.ShellCompDirectiveNoFileComp
}
