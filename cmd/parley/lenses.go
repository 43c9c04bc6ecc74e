package main

import (
	"fmt"

	"parley/cmd/parley/internal/reply"
	"parley/projections"

	"github.com/spf13/cobra"
)

// warn tells of names in a lens that nobody registered. They are no errors, but a
// misspelt one admits nothing, or all.
func (p *program) warn(pic *projections.Picture, text, place string) {
	lens, err := projections.ResolveLens(text, pic.Registry)
	if err != nil {
		return // whoever applies the lens says so
	}
	for _, e := range lens.Unregistered(pic.Registry) {
		warning := "parley: " + reply.LensReason(place, e) + " in this view"
		if e.Hint != "" {
			warning += "; " + e.Hint
		}
		p.tell("%s", warning)
	}
}

// lensesTopic is the language of lenses, as a text of the help.
func lensesTopic() *cobra.Command {
	topic := &cobra.Command{
		Use:     "lenses",
		GroupID: groupAbout,
		Short:   "Expressions that say whom to believe",
		Long: `A lens is an expression over an account. Under --lens only the accounts count for
which it holds; --where of parley events filters by the same language. A lens can
be registered with an author and a reason (LensRegistered), and then be named.
Lenses take away what is told of the world, never the registry, links or corrections.

Fields are the paths of an event, as in CSV and JSON; parley schema lists them.
Those most asked for are

  source.side source.attribution source.vantage source.speaker source.document
  reliability credibility actors recipients occurred reported modality coder note
  type round act.draft act.issue links.same-act key position recorded

What may be asked of a field depends on what it is:

  text, words, ids  == != in contains startsWith endsWith matches lower() len()
  numbers           == != < <= > >= in
  lists             "x" in list, len(), any(list, # …), all(list, …), none(list, …)
  true or false     as it stands, == !=
  grades, dates     == != < <= > >= with a text: reliability <= "B"
  everything        and && or || not !, unknown(field), lens("name")

What an event does not say reads as "unknown" in source.attribution, source.vantage
and source.side, as "asserted" in modality, and elsewhere as "" and the empty list.

A is the best grade. One that cannot be judged (absent, F or 6) is no number: no
comparison with it holds, nor does its negation. The same goes for what a vague
date leaves open. Ask unknown(reliability), or unknown(occurred), for those.

A field, type or word that does not exist is an error, shown at its place. Names of
actors, issues and ceasefires that nobody registered are warned of.

In the string form of a view & separates its parts: there write and for &&, or %26%26.`,
		Example: `  parley state pak-afg-2025 drafts --lens 'source.side != "pakistan"'
  parley state pak-afg-2025 drafts --lens 'source.attribution == "named"'
  parley state pak-afg-2025 positions --lens 'reliability <= "B" or unknown(reliability)'
  parley events pak-afg-2025 --where '"qatar" in actors and source.quote contains "Doha"'
  parley diff pak-afg-2025 --to 'lens=source.attribution == "named"'`,
	}
	topic.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		fmt.Fprintf(cmd.OutOrStdout(), "%s\n\nExamples:\n%s\n", cmd.Long, cmd.Example)
	})
	return topic
}
