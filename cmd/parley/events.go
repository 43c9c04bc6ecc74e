package main

import (
	"fmt"
	"iter"
	"strings"

	"parley/cmd/parley/internal/reply"
	"parley/domain"
	"parley/projections"

	"github.com/spf13/cobra"
)

func (p *program) eventsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "events NEGOTIATION",
		GroupID: groupRecord,
		Short:   "List the events of a negotiation",
		Long: `Events lists the log of a negotiation in the order in which it was recorded: all
of it, or what a view leaves. Registrations, links and corrections speak of the
record; only --recorded-by hides them. Events that were corrected or withdrawn
are marked, and so are entries that cannot be read. --where keeps the events for
which an expression over their fields holds, as in a lens; registrations, links
and corrections have fields like all others, and of an entry that cannot be read
nothing holds. parley help lenses describes the language.

With -o ndjson every line is the event exactly as it is stored, as a CloudEvent;
such lines can be imported again.`,
		Example: `  parley events pak-afg-2025
  parley events pak-afg-2025 --type CommitmentRetracted
  parley events pak-afg-2025 --where '"qatar" in actors or source.quote contains "Doha"'
  parley events pak-afg-2025 --known-by 2025-10-28 -o ndjson`,
		Args:              takes("NEGOTIATION"),
		ValidArgsFunction: p.completeNegotiation(nil),
	}
	flags := addView(cmd)
	p.damagedFlag(cmd)
	var types []string
	var where string
	cmd.Flags().StringSliceVar(&types, "type", nil, "only events of this `type`; can be given again")
	cmd.Flags().StringVar(&where, "where", "", "only events for which this `expression` holds")
	_ = cmd.RegisterFlagCompletionFunc("type", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return reply.TypeNames(), cobra.ShellCompDirectiveNoFileComp
	}) // it fails on unknown flags only
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.events(cmd, args[0], types, where, flags)
	}
	return cmd
}

func (p *program) events(cmd *cobra.Command, negotiation string, types []string, where string, flags *viewFlags) error {
	types, err := reply.TypesNamed(types)
	if err != nil {
		return err
	}
	pic, _, err := p.picture(cmd, negotiation, flags)
	if err != nil {
		return err
	}
	if text := straddlingText(pic); text != "" && p.format != formatJSON && p.format != formatTable {
		p.tell("%s", text)
	}
	events, err := reply.EventsOf(pic, types, where, "--where")
	if err != nil {
		return err
	}
	p.warn(pic, where, "--where")
	return p.say(eventsAnswer(pic, events))
}

func eventsAnswer(pic *projections.Picture, events []reply.Listed) answer {
	return answer{
		json: func() any { return reply.Events{View: pic.Seen(), Events: events} },
		ndjson: func() iter.Seq[any] {
			return func(yield func(any) bool) {
				for _, l := range events {
					if l.State == "parked" {
						continue
					}
					line, err := reply.MarkedEvent(l.Event, pic.Branch)
					if err != nil || !yield(line) { // an event that is none is parked
						return
					}
				}
			}
		},
		csv: func() iter.Seq[[]string] {
			head := []string{
				"position", "recorded", "state", "key", "id", "type", "round", "session", "occurred", "reported", "actors", "recipients",
				"modality", "document", "locator", "quote", "speaker", "side", "reliability", "credibility", "note",
			}
			return markRows(withHead(head, each(events, cellsOf)), pic.Branch, nil)
		},
		table: func(s *screen) { showEvents(s, pic, events) },
	}
}

// cellsOf is an event as a row of CSV.
func cellsOf(l reply.Listed) []string {
	row := []string{placeOf(l.Branch, l.Position)}
	if l.Entry.Parked() {
		return append(row, "", l.State, "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", l.Fault)
	}
	e := l.Current
	source := domain.Source{}
	if e.Source != nil {
		source = *e.Source
	}
	return append(row,
		e.Recorded.UTC().Format(domain.TimeLayout), l.State, e.Key, e.ID.String(), e.Type(), string(e.Round), string(e.Session),
		e.Occurred.String(), e.Reported.String(), joined(e.Actors), joined(e.Recipients), string(e.Modality),
		source.Document, source.Locator, source.Quote, source.Speaker, string(source.Side),
		string(e.Reliability), string(e.Credibility), e.Note)
}

func joined[T ~string](ids []T) string { return joinedBy(ids, "|") }

func joinedBy[T ~string](ids []T, separator string) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = string(id)
	}
	return strings.Join(words, separator)
}

func showEvents(s *screen, pic *projections.Picture, events []reply.Listed) {
	at := func(l reply.Listed) string { return placeOf(l.Branch, l.Position) }
	t := &sheet{head: []string{"#", "event", "type", "occurred", "by", "said by"}, empty: "no such event in this view"}
	for _, l := range events {
		if l.Entry.Parked() {
			t.row(at(l), "(parked)", l.Fault, "", "", "")
			continue
		}
		e := l.Current
		by := joinedBy(e.Actors, ", ")
		if len(e.Recipients) > 0 {
			by = strings.TrimSpace(by + " → " + joinedBy(e.Recipients, ", "))
		}
		name := e.Name()
		if l.State != "" {
			name += " (" + l.State + ")"
		}
		kind := e.Type()
		if m := e.Modality; m != "" && m != domain.Asserted {
			kind += " (" + string(m) + ")"
		}
		side := string(e.SideOrUnknown())
		if e.Control() {
			side = "" // a matter of the record
		}
		t.row(at(l), name, kind, e.Occurred.String(), by, side)
	}
	s.show(t)
	s.line("")
	s.paragraph(fmt.Sprintf("%s of %s; %s", count(len(events), "entry", "entries"), pic.Negotiation, logText(pic)), "  ")
	showSupposed(s, pic.Branch)
	if text := straddlingText(pic); text != "" {
		s.paragraph(text, "  ")
	}
}
