package main

import (
	"errors"
	"fmt"
	"iter"

	"parley/cmd/parley/internal/reply"
	"parley/eventstore"

	"github.com/spf13/cobra"
)

func (p *program) repairCommand() *cobra.Command {
	var accept bool
	cmd := &cobra.Command{
		Use:     "repair",
		GroupID: groupKeep,
		Short:   "Go on with a damaged record, without what is lost",
		Long: `Repair makes a damaged data folder usable again. What still reads stays at its
position; positions that are lost stay empty and are never given to other events.
Damaged files are put aside in the folder, not deleted, and what was lost is written
to losses.ndjson in it. With --nats or --context the loss is noted on the stream.
Restoring a backup loses less, if there is one.

Without --accept-loss it only says what is lost, with the exit code 7.`,
		Example: `  parley repair
  parley repair --accept-loss`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.repair(cmd, accept)
		},
	}
	cmd.Flags().BoolVar(&accept, "accept-loss", false, "go on without what is lost")
	return cmd
}

// repaired is what repair says.
type repaired struct {
	Damaged  bool               `json:"damaged"`
	Lost     []eventstore.Range `json:"lost"`              // of the record
	Branches []eventstore.Range `json:"branches,omitzero"` // of the branches
	Detail   string             `json:"detail,omitzero"`
}

func (p *program) repair(cmd *cobra.Command, accept bool) error {
	s, err := p.openToRead(cmd)
	if err == nil {
		err = s.Close()
	}
	if err == nil && p.data != "" {
		err = eventstore.CheckHashes(p.data)
	}
	damage, damaged := errors.AsType[*eventstore.DamageError](err)
	switch {
	case err != nil && !damaged:
		return err
	case !damaged:
		return p.say(repaired{Lost: []eventstore.Range{}}.answer("Nothing is damaged."))
	case !accept:
		return damage
	}
	o := p.options(cmd)
	o.OnDamage = eventstore.AcceptLoss
	if s, err = eventstore.Open(cmd.Context(), o); err == nil {
		err = s.Close()
	}
	if err != nil {
		return err
	}
	r := repaired{true, append([]eventstore.Range{}, damage.LostOf(eventstore.RecordStream)...), damage.LostOf(eventstore.BranchStream), damage.Detail}
	if damage.Also != nil {
		r.Detail += "; " + damage.Also.Detail
	}
	return p.say(r.answer(r.text()))
}

// text says what was lost, and of what.
func (r repaired) text() string {
	switch record, branches := rangesText(r.Lost), rangesText(r.Branches); {
	case record == "" && branches == "":
		return "The record is whole again, and nothing is lost."
	case branches == "":
		return fmt.Sprintf("The record can be used again. Lost and accepted: %s.", record)
	case record == "":
		return fmt.Sprintf("The record lost nothing. Lost of the branches and accepted: %s (%s).", branches, r.Detail)
	default:
		return fmt.Sprintf("The record can be used again. Lost and accepted: %s; and of the branches %s (%s).", record, branches, r.Detail)
	}
}

// answer says the same to people in a sentence.
func (r repaired) answer(text string) answer {
	return answer{
		json:   func() any { return r },
		ndjson: func() iter.Seq[any] { return each([]any{r}, func(v any) any { return v }) },
		csv: func() iter.Seq[[]string] {
			return withHead([]string{"stream", "from", "to"}, func(yield func([]string) bool) {
				for _, of := range []struct {
					stream string
					lost   []eventstore.Range
				}{{eventstore.RecordStream, r.Lost}, {eventstore.BranchStream, r.Branches}} {
					for _, l := range of.lost {
						if !yield([]string{of.stream, position(l.From), position(l.To)}) {
							return
						}
					}
				}
			})
		},
		table: func(s *screen) { s.paragraph(text, "") },
	}
}

func rangesText(list []eventstore.Range) string {
	texts := make([]string, len(list))
	for i, r := range list {
		texts[i] = r.String()
	}
	return reply.Few(texts, 12)
}
