package main

import (
	"errors"
	"fmt"
	"os"

	"parley/cmd/parley/internal/reply"
	"parley/domain"
	"parley/projections"
	"parley/projections/ensemble"

	"github.com/spf13/cobra"
)

// whatifFlags are the flags of whatif beside those of a view.
type whatifFlags struct {
	runs, from string
	options    ensemble.Options
	each       bool
}

func (p *program) whatifCommand() *cobra.Command {
	f := &whatifFlags{}
	cmd := &cobra.Command{
		Use:     "whatif NEGOTIATION",
		GroupID: groupSuppose,
		Short:   "Evaluate many ways in which a negotiation may go on",
		Long: `Whatif reads runs, each a list of events that might happen after what the view
shows, and sums up what they come to: how often which outcome, after how many days,
and how the shares settled as runs were added. Nothing is stored.

A run is a line of NDJSON, with events as for import; the negotiation may be left
out. Runs do not see each other, and what one registers holds for it alone:

  {"run":"1","events":[{"type":"AgreementSigned","occurred":"2025-11-04",…},…]}

Input is taken whole or refused whole, with the line and place of each fault. There
may be a million runs of a thousand events. The same runs in the same order give the
same answer, to the byte in JSON, whatever the number of cores.

First agreement: somebody confirms, initials, signs or ratifies a text, as the view
does not show it yet; first end of a ceasefire: it is declared ended or suspended.
Days are counted from the end of --from; without it, from the latest date
by which something that the view shows has certainly happened.`,
		Example: `  parley whatif pak-afg-2025 < runs.ndjson
  parley whatif pak-afg-2025 --branch no-retraction --runs runs.ndjson --json
  parley simulate scenario.yaml --emit | parley whatif pak-afg-2025 --from 2025-10-28 --seed 1`,
		Args:              takes("NEGOTIATION"),
		ValidArgsFunction: p.completeNegotiation(nil),
	}
	flags := addView(cmd)
	own := cmd.Flags()
	own.StringVar(&f.runs, "runs", "-", "`file` of runs, - for standard input")
	own.StringVar(&f.from, "from", "", "count days from the end of this `date`")
	own.StringVar(&f.options.Model, "model", "", "`name` of what made the runs, for the report")
	own.StringVar(&f.options.Version, "model-version", "", "its `version`, for the report")
	own.StringVar(&f.options.ModelDigest, "model-digest", "", "`SHA-256` of the file that holds it, 64 hexadecimal digits, for the report")
	own.StringVar(&f.options.Seed, "seed", "", "the `seed` that it was given, for the report")
	own.StringVar(&f.options.Author, "author", "", "`name` of who asks, for the report")
	own.StringVar(&f.options.Purpose, "purpose", "", "what for, in a `sentence`, for the report")
	addEnsemble(cmd, &f.options.Workers, &f.each)
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return p.whatif(cmd, args[0], f, flags) }
	return cmd
}

// addEnsemble gives a command the flags of an evaluation.
func addEnsemble(cmd *cobra.Command, workers *int, each *bool) {
	cmd.Flags().IntVar(workers, "workers", 0, "how many runs are evaluated at once (default as many as there are cores)")
	cmd.Flags().BoolVar(each, "each", false, "what each run comes to, in place of the summary: as NDJSON, or as CSV if -o says so")
}

func (p *program) whatif(cmd *cobra.Command, negotiation string, f *whatifFlags, flags *viewFlags) error {
	if err := p.settleFrom(f); err != nil {
		return err
	}
	if faults := f.options.Check(flagOfSummary); len(faults) > 0 {
		return faults
	}
	in, name := p.in, "standard input"
	if f.runs != "-" {
		file, err := os.Open(f.runs)
		if err != nil {
			return fmt.Errorf("whatif: %w", err)
		}
		defer file.Close()
		in, name = file, f.runs
	}
	base, err := p.base(cmd, negotiation, flags)
	if err != nil {
		return err
	}
	return p.evaluate(cmd, base, ensemble.NewReader(base).Lines(name, in), f.options, f.each, -1)
}

// flagOfSummary is where a member of a summary is given on the command line.
func flagOfSummary(member string) domain.Place {
	switch member {
	case "modelVersion":
		member = "model-version"
	case "modelDigest":
		member = "model-digest"
	}
	return domain.Place{Column: "--" + member}
}

// settleFrom reads the date from which days are counted.
func (p *program) settleFrom(f *whatifFlags) (err error) {
	if f.from == "" {
		return nil
	}
	if f.options.Origin, err = domain.ParseEDTF(f.from); err != nil {
		return &usageError{Reason: "--from " + err.Error(), Hint: "write a date, such as 2025-10-29"}
	}
	return nil
}

// base folds the view that runs go on from.
func (p *program) base(cmd *cobra.Command, negotiation string, flags *viewFlags) (*projections.Base, error) {
	view, err := flags.view()
	if err != nil {
		return nil, err
	}
	lines, err := p.readLines(cmd, negotiation, view.Branch)
	if err != nil {
		return nil, err
	}
	base, err := projections.NewBase(negotiation, lines[0], view)
	if err != nil {
		return nil, asked("").Explain(err, negotiation, lines[0], view)
	}
	p.warn(base.Picture(), view.Lens, asked("").Lens())
	return base, nil
}

// evaluate evaluates runs and says what they come to. total is how many there are, -1
// where nobody knows.
func (p *program) evaluate(cmd *cobra.Command, base *projections.Base, runs runSequence, o ensemble.Options, each bool, total int) error {
	if each && p.format == formatJSON {
		return &usageError{Reason: "--each and --output json exclude each other", Hint: "runs are told one a line: -o ndjson, or as a table of rows: -o csv"}
	}
	if o.Workers < 0 {
		return &usageError{Reason: "--workers is less than nothing"}
	}
	o = reply.RootsOf(base).In(o)
	bar := p.progressOf("evaluating", "runs", total)
	defer bar.end()
	o.Progress = func(done int) { bar.set(done, total) }
	if !each {
		s, err := ensemble.Evaluate(cmd.Context(), base, runs, o)
		if err != nil {
			return explainRuns(err)
		}
		bar.end()
		return p.say(summaryAnswer(base.Picture(), s))
	}
	return p.evaluateEach(cmd, base, runs, o)
}

func explainRuns(err error) error {
	if e, ok := errors.AsType[*ensemble.OriginError](err); ok {
		return &usageError{Reason: e.Error(), Hint: "write --from with a day, such as 2025-10-29"}
	}
	return err
}
