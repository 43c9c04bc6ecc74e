package main

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/domain"
	"parley/eventstore"

	"github.com/spf13/cobra"
)

// appendFlags are the flags of append.
type appendFlags struct {
	set    []string
	short  map[string]*[]string // by path
	expect string
	dryRun bool
}

// shorthands are flags for the paths that nearly every event has.
var shorthands = []struct{ flag, letter, path, doc string }{
	{"negotiation", "n", "negotiation", "`id` of the negotiation"},
	{"key", "k", "key", "stable `key` of the event"},
	{"round", "", "round", "`id` of the round"},
	{"session", "", "session", "`id` of the session"},
	{"occurred", "", "occurred", "EDTF `date`: when the act happened"},
	{"reported", "", "reported", "EDTF `date`: when it became known"},
	{"actor", "a", "actors", "`id` of an actor who did it; can be given again"},
	{"recipient", "r", "recipients", "`id` of an actor to or with whom; can be given again"},
	{"modality", "", "modality", "`word`: asserted, historical, planned or negated"},
	{"document", "", "source.document", "`file` or address of the source"},
	{"quote", "", "source.quote", "short verbatim `quote`"},
	{"speaker", "", "source.speaker", "`name` of who said it, as in the document"},
	{"side", "", "source.side", "whose voice it is: `id` of an actor, or unknown"},
	{"after", "", "after", "`key` of an event it is said to have followed; can be given again"},
	{"note", "", "note", "`text`: how a value was inferred"},
}

func (p *program) appendCommand() *cobra.Command {
	flags := appendFlags{short: map[string]*[]string{}}
	cmd := &cobra.Command{
		Use:     "append TYPE",
		GroupID: groupRecord,
		Short:   "Record one event by hand",
		Long: `Append records one event. Its values are given by flags: the usual ones have
their own, all others are set by path, as in the columns of a table:
--set act.draft=istanbul-draft. "parley schema TYPE" lists the paths of a type.
Lists take a flag each or values separated by |.

With - in place of the type, the event is one JSON object on standard input.

--expect says where the log must stand for the event to be recorded: any (the
default, for observations of the world), none (the negotiation has no log yet) or
#POSITION. If it stands elsewhere, nothing is written and the exit code is 5.`,
		Example: `  parley append CommitmentRetracted -n pak-afg-2025 --key s9-retraction \
    --occurred 2025-11-08 --actor afghan-taliban \
    --set act.draft=istanbul-draft --set act.what=draft
  parley append - --expect '#187' < event.json`,
		Args:              takes("TYPE"),
		ValidArgsFunction: completeTypes,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.append(cmd, args[0], flags)
		},
	}
	cmd.Flags().SortFlags = false
	for _, s := range shorthands {
		flags.short[s.path] = cmd.Flags().StringArrayP(s.flag, s.letter, nil, s.doc)
	}
	cmd.Flags().StringArrayVar(&flags.set, "set", nil, "`PATH=VALUE` of any field; can be given again")
	cmd.Flags().StringVar(&flags.expect, "expect", "any", "where the log must stand: any, none or `#POSITION`")
	cmd.Flags().BoolVar(&flags.dryRun, "dry-run", false, "write nothing, say whether it could be written")
	return cmd
}

func (p *program) append(cmd *cobra.Command, typeName string, flags appendFlags) (err error) {
	expect, err := readExpect(flags.expect)
	if err != nil {
		return err
	}
	candidate, err := p.candidate(typeName, flags)
	if err != nil {
		return err
	}
	sign([]domain.Candidate{candidate}, "parley:append", time.Now())
	s, err := p.open(cmd)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	receipt, err := s.Append(cmd.Context(), expect, []domain.Candidate{candidate}, eventstore.AppendOptions{DryRun: flags.dryRun})
	if faults, ok := errors.AsType[domain.Faults](err); ok {
		return p.nearNegotiations(cmd.Context(), s, faults)
	}
	if err != nil {
		return err
	}
	return p.say(appendAnswer(candidate.Event, receipt, flags.dryRun))
}

// readExpect reads the value of --expect.
func readExpect(s string) (eventstore.Expect, error) {
	switch s {
	case "any":
		return eventstore.Any(), nil
	case "none":
		return eventstore.None(), nil
	}
	if n, err := strconv.ParseUint(strings.TrimPrefix(s, "#"), 10, 64); err == nil && n > 0 {
		return eventstore.Exactly(n), nil
	}
	return eventstore.Expect{}, &usageError{Reason: fmt.Sprintf("--expect %q is no expectation", s), Hint: "write any, none or a position such as '#187'"}
}

// candidate reads the event, from standard input or from the flags.
func (p *program) candidate(typeName string, flags appendFlags) (domain.Candidate, error) {
	if typeName != "-" {
		values, err := flags.values()
		if err != nil {
			return domain.Candidate{}, err
		}
		values = append(values, domain.Value{Path: "type", Items: []string{typeName}, Form: domain.Cell})
		place := func(path string) domain.Place { return domain.Place{Column: flagOf(path)} }
		return domain.Bind(domain.Record{Values: values, Place: place}), nil
	}
	if given, err := flags.values(); err != nil || len(given) > 0 {
		return domain.Candidate{}, &usageError{Reason: "with - the whole event comes from standard input", Hint: "leave out the flags that set values"}
	}
	c, faults, err := readObject("standard input", p.in)
	if err == nil && len(faults) > 0 {
		err = faults
	}
	return c, err
}

// flagOf is how a path is given on the command line.
func flagOf(path string) string {
	for _, s := range shorthands {
		if s.path == path {
			return "--" + s.flag
		}
	}
	if path == "type" {
		return "TYPE"
	}
	return "--set " + path
}

// values gathers the values of all flags. A path that was given more than once
// is a list.
func (f *appendFlags) values() ([]domain.Value, error) {
	var order []string
	items := map[string][]string{}
	add := func(path string, values ...string) {
		if len(values) == 0 {
			return
		}
		if !slices.Contains(order, path) {
			order = append(order, path)
		}
		items[path] = append(items[path], values...)
	}
	for _, s := range shorthands {
		add(s.path, *f.short[s.path]...)
	}
	for _, pair := range f.set {
		path, value, ok := strings.Cut(pair, "=")
		if !ok || path == "" {
			return nil, &usageError{Reason: fmt.Sprintf("--set %q has no value", pair), Hint: "write --set act.draft=istanbul-draft"}
		}
		if path == "type" {
			return nil, &usageError{Reason: "the type is the first argument", Hint: "write parley append " + value}
		}
		add(path, value)
	}
	var out []domain.Value
	for _, path := range order {
		out = append(out, domain.Value{Path: path, Items: []string{strings.Join(items[path], "|")}, Form: domain.Cell})
	}
	return out, nil
}

// appended says what became of one event.
type appended struct {
	ID          string `json:"id"`
	Key         string `json:"key,omitzero"`
	Type        string `json:"type"`
	Negotiation string `json:"negotiation"`
	Position    uint64 `json:"position,omitzero"`
	Known       bool   `json:"alreadyRecorded"`
	DryRun      bool   `json:"dryRun"`
}

func appendAnswer(e *domain.Event, r eventstore.Receipt, dryRun bool) answer {
	a := appended{ID: e.ID.String(), Key: e.Key, Type: e.Type(), Negotiation: e.Negotiation, Known: r.Known > 0, DryRun: dryRun}
	for _, x := range r.Appended {
		a.Position = x.Position
	}
	return answer{
		json:   func() any { return a },
		ndjson: func() iter.Seq[any] { return each([]appended{a}, func(a appended) any { return a }) },
		csv: func() iter.Seq[[]string] {
			return withHead([]string{"id", "key", "type", "negotiation", "position", "alreadyRecorded", "dryRun"}, each([]appended{a}, func(a appended) []string {
				return []string{a.ID, a.Key, a.Type, a.Negotiation, strconv.FormatUint(a.Position, 10), strconv.FormatBool(a.Known), strconv.FormatBool(a.DryRun)}
			}))
		},
		table: func(s *screen) {
			switch {
			case a.Known:
				s.line("Nothing changed: the event is already recorded.")
			case a.DryRun:
				s.line(fmt.Sprintf("%s %s would be recorded. Nothing was written.", a.Type, e.Name()))
			default:
				s.line(fmt.Sprintf("%s %s is recorded at #%d of %s.", a.Type, e.Name(), a.Position, a.Negotiation))
			}
		},
	}
}
