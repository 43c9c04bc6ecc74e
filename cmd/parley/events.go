package main

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"parley/domain"
	"parley/projections"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
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
	var types []string
	var where string
	cmd.Flags().StringSliceVar(&types, "type", nil, "only events of this `type`; can be given again")
	cmd.Flags().StringVar(&where, "where", "", "only events for which this `expression` holds")
	_ = cmd.RegisterFlagCompletionFunc("type", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return typeNames(), cobra.ShellCompDirectiveNoFileComp
	}) // it fails on unknown flags only
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.events(cmd, args[0], types, where, flags)
	}
	return cmd
}

func (p *program) events(cmd *cobra.Command, negotiation string, types []string, where string, flags *viewFlags) error {
	for i, t := range types {
		spec, err := typeNamed(t)
		if err != nil {
			return err
		}
		types[i] = spec.Name
	}
	pic, log, err := p.picture(cmd, negotiation, flags)
	if err != nil {
		return err
	}
	if text := straddlingText(pic); text != "" && p.format != formatJSON && p.format != formatTable {
		p.tell("%s", text)
	}
	filter, err := projections.ResolveLens(where, pic.Registry)
	if e, ok := errors.AsType[*projections.LensError](err); ok {
		return lensFault("--where", e)
	}
	p.warn(pic, where, "--where")
	events := slices.DeleteFunc(list(pic, log, types), func(l listed) bool {
		return !filter.AdmitsEntry(domain.Entry{Position: l.Position, Event: l.event}, pic.Registry)
	})
	return p.say(eventsAnswer(pic, events))
}

// listed is an entry of the log as it is listed.
type listed struct {
	Position    uint64         `json:"position"`
	State       string         `json:"state,omitzero"` // corrected, withdrawn, parked
	Fault       string         `json:"fault,omitzero"` // why it is parked
	CorrectedBy string         `json:"correctedBy,omitzero"`
	Event       jsontext.Value `json:"event,omitzero"` // as it is stored

	entry domain.Entry
	event *domain.Event // as it reads now
}

// list finds the entries of a log that a view leaves. Where neither a cut of the
// world nor a lens asks, those that were withdrawn are listed too.
func list(pic *projections.Picture, log []domain.Entry, types []string) []listed {
	shown := make(map[uuid.UUID]*projections.Account, len(pic.Accounts))
	for _, a := range pic.Accounts {
		shown[a.ID] = a
	}
	cut := !pic.View.AsOf.IsZero() || !pic.View.KnownBy.IsZero() || pic.View.Lens != ""
	repairs := repairsOf(pic, log)
	var out []listed
	for _, e := range log {
		if e.Position > pic.Head {
			break
		}
		l := listed{Position: e.Position, Event: e.Raw, entry: e, event: e.Event}
		if e.Parked() {
			l.State, l.Fault, l.Event = "parked", fmt.Sprint(e.Fault), nil
			if jsontext.Value(e.Raw).IsValid() {
				l.Event = e.Raw
			}
			if len(types) == 0 {
				out = append(out, l)
			}
			continue
		}
		word, repaired := repairs.Of(e.Event.ID)
		account, visible := shown[e.Event.ID]
		switch {
		case repaired && word.Withdrawn:
			l.State, l.CorrectedBy = "withdrawn", word.By.String()
		case repaired:
			l.State, l.CorrectedBy = "corrected", word.By.String()
			l.event = domain.Corrected(e.Event, word)
		}
		if visible {
			l.event = account.Event
		}
		if cut && !visible && !e.Event.Control() {
			continue
		}
		if len(types) == 0 || slices.Contains(types, l.event.Type()) {
			out = append(out, l)
		}
	}
	return out
}

// repairsOf is what the corrections and withdrawals within the view come to.
func repairsOf(pic *projections.Picture, log []domain.Entry) *domain.Repairs {
	positions := make(map[uuid.UUID]uint64, len(log))
	repairs := domain.NewRepairs(pic.Negotiation)
	for _, e := range log {
		if e.Parked() || e.Position > pic.Head {
			continue
		}
		if _, twice := positions[e.Event.ID]; twice {
			continue
		}
		positions[e.Event.ID] = e.Position
		repairs.Add(e, func(id uuid.UUID) (uint64, bool) { at, ok := positions[id]; return at, ok })
	}
	return repairs
}

// eventsDocument is a list of events in JSON, with the view that left them.
type eventsDocument struct {
	View   projections.Seen `json:"view"`
	Events []listed         `json:"events"`
}

func eventsAnswer(pic *projections.Picture, events []listed) answer {
	return answer{
		json: func() any { return eventsDocument{pic.Seen(), events} },
		ndjson: func() iter.Seq[any] {
			return func(yield func(any) bool) {
				for _, l := range events {
					if l.State != "parked" && !yield(l.Event) {
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
			return withHead(head, each(events, listed.cells))
		},
		table: func(s *screen) { showEvents(s, pic, events) },
	}
}

// cells is an event as a row of CSV.
func (l listed) cells() []string {
	row := []string{strconv.FormatUint(l.Position, 10)}
	if l.entry.Parked() {
		return append(row, "", l.State, "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", l.Fault)
	}
	e := l.event
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

func showEvents(s *screen, pic *projections.Picture, events []listed) {
	t := &sheet{head: []string{"#", "event", "type", "occurred", "by", "said by"}, empty: "no such event in this view"}
	for _, l := range events {
		if l.entry.Parked() {
			t.row(strconv.FormatUint(l.Position, 10), "(parked)", l.Fault, "", "", "")
			continue
		}
		e := l.event
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
		t.row(strconv.FormatUint(l.Position, 10), name, kind, e.Occurred.String(), by, side)
	}
	s.show(t)
	s.line("")
	s.line(fmt.Sprintf("%s of %s; log at #%d", count(len(events), "entry", "entries"), pic.Negotiation, pic.Head))
	if text := straddlingText(pic); text != "" {
		s.paragraph(text, "  ")
	}
}
