package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"parley/cmd/parley/internal/scenario"
	"parley/projections/ensemble"

	"github.com/spf13/cobra"
)

// simulateFlags are the flags of simulate beside those of a view.
type simulateFlags struct {
	runs              int
	seed              uint64
	workers           int
	each, emit, check bool
}

const runsUsual = 1000

func (p *program) simulateCommand() *cobra.Command {
	f := &simulateFlags{}
	cmd := &cobra.Command{
		Use:     "simulate SCENARIO",
		GroupID: groupSuppose,
		Short:   "Let a stochastic scenario go on from a view, many times",
		Long: `Simulate reads a scenario, a YAML file of states, transitions with their
probabilities and waiting times, and the events that each of them appends; it lets it
go on from what the view shows, many times, and sums up what the runs come to, as
whatif does. Nothing is stored.

The same scenario, seed and record give the same answer on any number of cores. With
--emit the runs are printed as NDJSON, for whatif or another program; whatif then
gives the same answer. The report names the file by its SHA-256, and says how many runs were cut off by the
greatest number of steps before their end. With --check the scenario is only examined: every fault is
told, by line and column. "parley schema --scenario" prints the form of the file.

What comes out is what the numbers in the scenario imply, and no forecast.`,
		Example: `  parley simulate docs/examples/istanbul-2025/full-powers.yaml --runs 10000 --seed 7
  parley simulate scenario.yaml --check
  parley simulate scenario.yaml --runs 100 --emit > runs.ndjson`,
		Args: takes("SCENARIO"),
	}
	flags := addView(cmd)
	own := cmd.Flags()
	own.IntVar(&f.runs, "runs", runsUsual, "how many runs")
	own.Uint64Var(&f.seed, "seed", 1, "where the random numbers begin")
	own.BoolVar(&f.emit, "emit", false, "print the runs as NDJSON and evaluate nothing")
	own.BoolVar(&f.check, "check", false, "only say whether the scenario has faults")
	addEnsemble(cmd, &f.workers, &f.each)
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return p.simulate(cmd, args[0], f, flags) }
	return cmd
}

func (p *program) simulate(cmd *cobra.Command, file string, f *simulateFlags, flags *viewFlags) error {
	if f.runs < 1 || f.runs > ensemble.MaxRuns {
		return &usageError{Reason: fmt.Sprintf("--runs %d is not possible", f.runs), Hint: fmt.Sprintf("write 1 to %d", ensemble.MaxRuns)}
	}
	s, faults := readScenario(file)
	if faults != nil && (s == nil || s.Negotiation == "") {
		return faults
	}
	base, err := p.base(cmd, s.Negotiation, flags)
	if faults != nil && err != nil {
		return faults
	}
	if _, missing := errors.AsType[*notFoundError](err); missing && f.check && p.mustExist() != nil {
		p.tell("%s has no faults of its own. There is no record, so the names in it were not looked up.", file)
		return nil
	}
	if err != nil {
		return err
	}
	if s, err = s.On(base); err != nil {
		return err
	}
	zone := base.Picture().Registry.Zone()
	switch {
	case f.check:
		p.tell("%s has no faults.", file)
		return nil
	case f.emit:
		p.tell("To evaluate them: %s", evaluation(s.Negotiation, s.Options(f.seed), flags))
		return emit(cmd.Context(), p.out, f.runs, func(out io.Writer, number int) error {
			_, err := out.Write(s.Run(zone, f.seed, uint64(number)).Line())
			return err
		})
	}
	o := s.Options(f.seed)
	o.Workers = f.workers
	return p.evaluate(cmd, base, s.Runs(zone, f.seed, f.runs), o, f.each, f.runs)
}

// readScenario reads a scenario as far as it can be read, with its faults.
func readScenario(file string) (*scenario.Scenario, error) {
	in, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("simulate: %w", err)
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, scenario.MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("simulate: %w", err)
	}
	return scenario.Draft(file, text)
}

// evaluation is the command that evaluates runs which are emitted: of the same view, with
// the same report.
func evaluation(negotiation string, o ensemble.Options, flags *viewFlags) string {
	words := append([]string{"parley", "whatif", negotiation}, flags.words()...)
	for _, part := range []struct{ flag, value string }{
		{"from", o.Origin.String()},
		{"model", o.Model},
		{"model-version", o.Version},
		{"model-digest", o.ModelDigest},
		{"seed", o.Seed},
		{"author", o.Author},
		{"purpose", o.Purpose},
	} {
		words = append(words, "--"+part.flag, part.value)
	}
	for i, word := range words {
		words[i] = quoted(word)
	}
	return strings.Join(words, " ")
}

// quoted is a text as one word of a shell.
func quoted(text string) string {
	if text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:", r)
	}) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// emit writes the runs one a line.
func emit(ctx context.Context, to io.Writer, runs int, line func(out io.Writer, number int) error) error {
	out := bufio.NewWriterSize(to, 64<<10)
	for i := 1; i <= runs; i++ {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := line(out, i); err != nil {
			return fmt.Errorf("write the runs: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the runs: %w", err)
	}
	return nil
}
