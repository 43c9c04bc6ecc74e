package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"parley/cmd/parley/internal/export"
	"parley/domain"
	"parley/eventstore"
	"parley/eventstore/unfinished"
	"parley/projections"

	"github.com/spf13/cobra"
)

// exportFlags are the flags of export.
type exportFlags struct {
	as, file, lanes string
	view            *viewFlags
}

// exportForms are the formats of export, in the order in which help lists them.
var exportForms = []string{"cloudevents", "ndjson", "csv", "plover", "ocel", "mermaid", "svg"}

var exportLanes = []string{export.LanesParty, export.LanesKind}

func (p *program) exportCommand() *cobra.Command {
	var flags exportFlags
	cmd := &cobra.Command{
		Use:     "export NEGOTIATION --as FORMAT",
		GroupID: groupAsk,
		Short:   "Write a negotiation in a format of others, or as a figure",
		Long: `Export writes a negotiation, or a view of it, to standard output or a file:

  cloudevents  the log: every stored message as it is, one a line, parked ones too
  ndjson, csv  the events as parley import reads them
  plover       a row for each happening, coded in PLOVER and CAMEO
  ocel         an object-centric event log, OCEL 2.0 in JSON
  mermaid      a sequence diagram as Mermaid text
  svg          a figure: when each thing can have happened, and how far drafts came

An export of cloudevents, ndjson or csv that takes in the whole log can be imported
into an empty folder: every view of it is the same. With a view, ndjson and csv
hold the accounts that it admits, with the registrations and what bears on them.
cloudevents takes no view but --recorded-by.

plover is CSV; with -o json it is JSON. What a format cannot say is counted on
standard error, with the view and the position of the log that the export shows.
docs/export.md has an example of each format.

With --damaged, what is left of a damaged folder is exported, and the exit code is 7.`,
		Example: `  parley export pak-afg-2025 --as cloudevents --file pak-afg-2025.ndjson
  parley export pak-afg-2025 --as csv --known-by 2025-10-29
  parley export pak-afg-2025 --as svg --as-of @s1-retraction --file talks.svg
  parley export pak-afg-2025 --as plover -o json | jq '.[] | select(.event == "REJECT")'`,
		Args:              takes("NEGOTIATION"),
		ValidArgsFunction: p.completeNegotiation(nil),
	}
	flags.view = addView(cmd)
	p.damagedFlag(cmd)
	cmd.Flags().StringVar(&flags.as, "as", "", "the `format`: cloudevents, ndjson, csv, plover, ocel, mermaid or svg")
	cmd.Flags().StringVar(&flags.file, "file", "", "write to this `file`, which is replaced only when all is written; - is standard output")
	cmd.Flags().StringVar(&flags.lanes, "lanes", export.LanesParty, "the `lanes` of a figure: party or kind")
	complete := func(flag string, words []string) {
		_ = cmd.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return words, cobra.ShellCompDirectiveNoFileComp
		}) // it fails on unknown flags only
	}
	complete("as", exportForms)
	complete("lanes", exportLanes)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := p.checkExport(cmd, &flags); err != nil {
			return err
		}
		return p.export(cmd, args[0], &flags)
	}
	return cmd
}

// checkExport refuses flags that do not go together.
func (p *program) checkExport(cmd *cobra.Command, flags *exportFlags) error {
	switch {
	case flags.as == "":
		return &usageError{Reason: "export needs --as", Hint: "write --as and one of " + strings.Join(exportForms, ", ")}
	case !slices.Contains(exportForms, flags.as):
		return &usageError{Reason: fmt.Sprintf("--as %q is no format of an export", flags.as), Hint: guess(flags.as, exportForms, "write one of "+strings.Join(exportForms, ", "))}
	case !slices.Contains(exportLanes, flags.lanes):
		return &usageError{Reason: fmt.Sprintf("--lanes %q is no way to make lanes", flags.lanes), Hint: guess(flags.lanes, exportLanes, "write party or kind")}
	case cmd.Flags().Changed("lanes") && flags.as != "svg":
		return &usageError{Reason: "--lanes is for --as svg", Hint: "leave it out"}
	case cmd.Flags().Changed("output") && flags.as != "plover":
		return &usageError{Reason: "the format of an export is that of --as", Hint: "leave out --output; --file names a file"}
	case flags.as == "plover" && p.format == formatNDJSON:
		return &usageError{Reason: "--as plover is CSV or JSON", Hint: "write -o csv or -o json"}
	case flags.as == "cloudevents" && flags.view.branch != "":
		return &usageError{Reason: "--as cloudevents is the log as it is stored, and takes no view but --recorded-by", Hint: "plover, ocel, mermaid and svg show a branch, and say that they do"}
	case flags.as == "cloudevents" && narrows(flags.view):
		return &usageError{Reason: "--as cloudevents is the log as it is stored, and takes no view but --recorded-by", Hint: "--as ndjson and --as csv take every view"}
	case flags.view.branch != "" && (flags.as == "ndjson" || flags.as == "csv"):
		return &usageError{Reason: "--as " + flags.as + " is what parley import reads, and what a branch supposes must not get into a record", Hint: "plover, ocel, mermaid and svg show a branch, and say that they do"}
	}
	return nil
}

// narrows tells whether a view asks for more than what was recorded by some time.
func narrows(v *viewFlags) bool {
	return v.asOf != "" || v.knownBy != "" || v.lens != "" || v.branch != "" || v.possibly
}

func (p *program) export(cmd *cobra.Command, negotiation string, flags *exportFlags) (err error) {
	view, err := flags.view.view()
	if err != nil {
		return err
	}
	var write exportWriter
	entries := flags.as == "cloudevents" || flags.as == "ndjson" || flags.as == "csv"
	prefix := view.RecordedBy.IsZero() || view.RecordedBy.Position > 0
	if entries && prefix && !narrows(flags.view) {
		s, openErr := p.openToRead(cmd)
		if openErr != nil {
			return openErr
		}
		defer func() { err = errors.Join(err, s.Close()) }()
		write, err = p.streamed(cmd.Context(), s, negotiation, view, flags.as)
	} else {
		write, err = p.pictured(cmd, negotiation, flags)
	}
	if err != nil {
		return err
	}
	from, tally, err := p.deliver(flags.file, write)
	if err != nil {
		return err
	}
	p.tell("%s: %s %s of %s; view: %s; log at %s", flags.as, thousands(tally.Written), unitOf(flags.as, tally.Written), from.Negotiation, from.ViewText(), from.Position)
	if banner := from.Banner(); banner != "" {
		p.tell("%s", banner)
	}
	for _, note := range tally.Notes() {
		p.tell("%s", note)
	}
	return nil
}

// unitOf is what a format is counted in.
func unitOf(as string, n int) string {
	one, many := "happening", "happenings"
	switch as {
	case "cloudevents":
		one, many = "entry", "entries"
	case "ndjson", "csv":
		one, many = "event", "events"
	}
	if n == 1 {
		return one
	}
	return many
}

// exportWriter writes an export and says what it shows.
type exportWriter func(io.Writer) (export.Provenance, export.Tally, error)

// pictured exports a view that has to be folded.
func (p *program) pictured(cmd *cobra.Command, negotiation string, flags *exportFlags) (exportWriter, error) {
	pic, line, err := p.picture(cmd, negotiation, flags.view)
	if err != nil {
		return nil, err
	}
	if text := straddlingText(pic); text != "" {
		p.tell("%s", text)
	}
	program := "parley " + buildOf().Version
	return func(w io.Writer) (from export.Provenance, t export.Tally, err error) {
		from = export.Of(pic, program)
		switch flags.as {
		case "plover":
			if p.format == formatJSON {
				t, err = export.PloverJSON(w, pic)
			} else {
				t, err = export.Plover(w, pic)
			}
		case "ocel":
			t, err = export.OCEL(w, pic, program)
		case "mermaid":
			t, err = export.Mermaid(w, pic, program)
		case "svg":
			t, err = export.Figure(w, pic, flags.lanes, program)
		default:
			chosen, left := export.Excerpt(pic, line.Record)
			if t, err = writeEntries(w, flags.as, held(chosen)); err == nil {
				t.Aside, t.Loose = left.Aside, left.Loose
			}
		}
		return from, t, err
	}, nil
}

// streamed exports a log without holding it, up to a position if the view has one.
func (p *program) streamed(ctx context.Context, s *eventstore.Store, negotiation string, view projections.View, as string) (exportWriter, error) {
	known, err := s.Negotiations(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(known, func(n eventstore.Negotiation) bool { return n.ID == negotiation })
	if i < 0 {
		_, err := p.log(ctx, s, negotiation) // it words what is not there
		return nil, err
	}
	last := known[i].Head
	if cut := view.RecordedBy.Position; cut > 0 {
		last = min(last, cut)
	}
	return func(w io.Writer) (export.Provenance, export.Tally, error) {
		bar := p.progress("exporting", int(min(known[i].Count, 1<<31)))
		defer bar.end()
		from := export.Provenance{Negotiation: negotiation, View: view.String()}
		var reached, read uint64
		log := func(yield func(domain.Entry, error) bool) {
			reached, read = 0, 0 // a table goes over the log twice
			done := 0
			for e, err := range s.Read(ctx, negotiation, 1) {
				if err == nil && e.Position > last {
					return
				}
				reached = max(reached, e.Position)
				if err == nil {
					read++
				}
				if done++; done%256 == 0 {
					bar.set(done, bar.total)
				}
				if !yield(e, err) {
					return
				}
			}
		}
		t, err := writeEntries(w, as, log)
		if err == nil && last == known[i].Head {
			p.noteUnread(ctx, s, negotiation, read, known[i].Count)
		}
		from.Position = fmt.Sprintf("#%d", reached)
		return from, t, err
	}, nil
}

func writeEntries(w io.Writer, as string, log export.Log) (export.Tally, error) {
	switch as {
	case "cloudevents":
		return export.CloudEvents(w, log)
	case "csv":
		return export.Table(w, log)
	default:
		return export.Lines(w, log)
	}
}

// held is a log that is held.
func held(entries []domain.Entry) export.Log {
	return func(yield func(domain.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// deliver writes to standard output, or to a file that appears whole or not at all.
func (p *program) deliver(name string, write exportWriter) (from export.Provenance, t export.Tally, err error) {
	if name == "" || name == "-" {
		out := bufio.NewWriterSize(p.out, 64<<10)
		if from, t, err = write(out); err == nil {
			err = out.Flush()
		}
		if err != nil {
			err = fmt.Errorf("write the export: %w", err)
		}
		return from, t, err
	}
	file, err := unfinished.Create(name)
	if err != nil {
		return from, t, fmt.Errorf("write %s: %w", name, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("write %s: %w", name, err), file.Discard())
		}
	}()
	out := bufio.NewWriterSize(file, 64<<10)
	from, t, err = write(out)
	if err == nil {
		err = out.Flush()
	}
	if err == nil {
		err = file.Chmod(0o644) // as a file that a shell makes; what it holds is for others
	}
	if err == nil {
		err = file.Place()
	}
	return from, t, err
}
