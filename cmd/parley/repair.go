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
	Damaged bool               `json:"damaged"`
	Lost    []eventstore.Range `json:"lost"`
	Detail  string             `json:"detail,omitzero"`
}

func (p *program) repair(cmd *cobra.Command, accept bool) error {
	s, err := p.openToRead(cmd)
	if err == nil {
		err = s.Close()
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
	text := "The record is whole again, and nothing is lost."
	if len(damage.Lost) > 0 {
		text = fmt.Sprintf("The record can be used again. Lost and accepted: %s.", rangesText(damage.Lost))
	}
	return p.say(repaired{true, append([]eventstore.Range{}, damage.Lost...), damage.Detail}.answer(text))
}

// answer says the same to people in a sentence.
func (r repaired) answer(text string) answer {
	return answer{
		json:   func() any { return r },
		ndjson: func() iter.Seq[any] { return each([]any{r}, func(v any) any { return v }) },
		csv: func() iter.Seq[[]string] {
			return withHead([]string{"from", "to"}, each(r.Lost, func(l eventstore.Range) []string {
				return []string{position(l.From), position(l.To)}
			}))
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
