package main

import (
	"context"
	"iter"

	"parley/domain"
	"parley/eventstore"

	"github.com/spf13/cobra"
)

// damagedFlag lets a command read what is left of a damaged folder. Whoever asks
// for that gets an answer and the exit code of damage, so that no script takes the
// answer for the whole record.
func (p *program) damagedFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&p.damaged, "damaged", false, "read what is left of a damaged folder; the exit code is 7 all the same")
}

// noteDamage keeps for the end that something is missing, and says so at once.
func (p *program) noteDamage(s *eventstore.Store) {
	if p.damage = s.Damage(); p.damage != nil {
		p.tellDamage()
	}
}

func (p *program) tellDamage() {
	p.tell("parley: the folder is damaged: what follows is what is left of the record, not the record")
}

// noteUnread does the same where fewer entries were read than the store had counted
// before: they became damaged while a server has the folder, which shows the rest.
func (p *program) noteUnread(ctx context.Context, s *eventstore.Store, negotiation string, read, counted uint64) {
	if read >= counted || p.damage != nil {
		return
	}
	p.damage = s.Unread(ctx, negotiation, read, counted)
	p.tellDamage()
}

// whole yields the entries of a negotiation, and notes it where they are not all that the
// store had counted before. Where none of them reads, that is the error: there is nothing
// to answer from, though there is such a negotiation.
func (p *program) whole(ctx context.Context, s *eventstore.Store, negotiation string) iter.Seq2[domain.Entry, error] {
	return func(yield func(domain.Entry, error) bool) {
		counted, err := s.Count(ctx, negotiation)
		if err != nil {
			yield(domain.Entry{}, err)
			return
		}
		read := uint64(0)
		for e, err := range s.Read(ctx, negotiation, 1) {
			read++
			if !yield(e, err) || err != nil {
				return
			}
		}
		if read == 0 && counted > 0 {
			yield(domain.Entry{}, s.Unread(ctx, negotiation, read, counted))
			return
		}
		p.noteUnread(ctx, s, negotiation, read, counted)
	}
}

// ended is the error that a command ends with: an answer from a damaged folder is
// one, too.
func (p *program) ended(err error) error {
	if err == nil && p.damage != nil {
		return p.damage
	}
	return err
}
