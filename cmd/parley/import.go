package main

import (
	"errors"
	"fmt"
	"iter"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"parley/domain"
	"parley/eventstore"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
)

// importFlags are the flags of import.
type importFlags struct {
	format  string
	dryRun  bool
	correct string
}

func (p *program) importCommand() *cobra.Command {
	var flags importFlags
	cmd := &cobra.Command{
		Use:     "import FILE...",
		GroupID: groupRecord,
		Short:   "Record the events of CSV and NDJSON files",
		Long: `Import reads events from files and records those that are not recorded yet.

A file ending in .csv is a table with a header row, separated by commas, semicolons
or tabs; its columns are those of "parley schema --csv". A file ending in .ndjson or
.jsonl holds one JSON object a line, flat or as a CloudEvent. A file without events
is no fault. The name - stands for standard input and needs --format.

Input is taken whole or refused whole: every fault of every file is listed, with
its row, its column and what to write instead. A registration in any of the files
counts for all of them. Events that are recorded already are passed over, so an
import can be repeated, also after an interruption; those that were corrected or
withdrawn since are named. A row whose key is recorded with other content is
refused; --correct REASON records it as a correction.`,
		Example: `  parley import registry.csv talks.csv
  parley import talks.csv --dry-run
  parley import talks.csv --correct "date misread"
  curl -s https://example.org/events.ndjson | parley import - --format ndjson`,
		Args: takes("FILE..."),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("correct") && strings.TrimSpace(flags.correct) == "" {
				return &usageError{Reason: "--correct needs a reason", Hint: `write --correct "date misread"`}
			}
			return p.importFiles(cmd, args, flags)
		},
	}
	cmd.Flags().StringVar(&flags.format, "format", "", "`format` of the input, whatever its name: csv or ndjson")
	cmd.Flags().BoolVar(&flags.dryRun, "dry-run", false, "write nothing, say what would be written")
	cmd.Flags().StringVar(&flags.correct, "correct", "", "record rows that changed as corrections, for this `reason`")
	return cmd
}

func (p *program) importFiles(cmd *cobra.Command, names []string, flags importFlags) error {
	// All of it is held until all of it has been checked. What is needed no more is
	// given back at half of that, not when it is as much again.
	defer debug.SetGCPercent(debug.SetGCPercent(50))
	in, err := p.readFiles(names, flags.format)
	if err != nil {
		return err
	}
	sign(in.candidates, "parley:import", time.Now())
	report, err := p.record(cmd, in, flags)
	if err != nil {
		return err
	}
	p.warnKeyless(report)
	return p.say(report.answer())
}

// sign says who wrote the events that do not say it themselves, and when.
func sign(candidates []domain.Candidate, writer string, now time.Time) {
	for _, c := range candidates {
		if c.Event.Writer == "" {
			c.Event.Writer = writer
		}
		if c.Event.Time.IsZero() {
			c.Event.Time = now.UTC().Truncate(time.Millisecond)
		}
	}
}

// record appends an input to the log and reports what became of each file.
func (p *program) record(cmd *cobra.Command, in *input, flags importFlags) (report *importReport, err error) {
	s, err := p.open(cmd)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	bar := p.progress("recording", len(in.candidates))
	defer bar.end()
	opt := eventstore.AppendOptions{
		Handling: domain.Handling{Correct: flags.correct},
		DryRun:   flags.dryRun || len(in.faults) > 0, // faults of the form: only look for the other faults
		Progress: bar.set, GiveAway: true,            // half of what a long import needs would be what is recorded by now
	}
	rows := rowsOf(in.candidates)
	corrected, err := p.plan(cmd, s, in, opt.Handling)
	if err != nil {
		return nil, err
	}
	receipt, err := s.Append(cmd.Context(), eventstore.Any(), in.candidates, opt)
	faults, refused := errors.AsType[domain.Faults](err)
	switch {
	case refused || err == nil && len(in.faults) > 0:
		return nil, in.refuse(p.nearNegotiations(cmd.Context(), s, faults))
	case err != nil && len(receipt.Appended) > 0:
		return nil, &unfinishedError{Done: len(receipt.Appended), Total: bar.total, Err: err}
	case err != nil:
		return nil, err
	}
	report = in.report(rows, receipt, corrected, flags.dryRun)
	if report.Known > 0 && !p.quiet && (flags.correct == "" || !flags.dryRun) {
		err = p.warnOtherwise(cmd, s, in, receipt.Appended)
	}
	return report, err
}

// plan tells which events an input would correct, by their ids. The receipt of
// an append names the corrections, not what they correct.
func (p *program) plan(cmd *cobra.Command, s *eventstore.Store, in *input, h domain.Handling) (map[uuid.UUID]bool, error) {
	if h.Correct == "" || len(in.faults) > 0 {
		return nil, nil
	}
	ledgers := map[string]*domain.Ledger{}
	for _, c := range in.candidates {
		n := c.Event.Negotiation
		if !domain.ValidID(n) || ledgers[n] != nil {
			continue
		}
		ledgers[n] = domain.NewLedger(n)
		for e, err := range p.whole(cmd.Context(), s, n) {
			if err != nil {
				return nil, err
			}
			ledgers[n].Apply(e)
		}
		if p.damage != nil { // what is lost would be taken for new
			return nil, p.damage
		}
	}
	decision, faults := domain.Decide(ledgers, in.candidates, h)
	if len(faults) > 0 {
		return nil, nil // the append tells them
	}
	corrected := map[uuid.UUID]bool{}
	for _, e := range decision.Append {
		if c, ok := e.Act.(domain.EventCorrected); ok {
			corrected[c.Target.Resolve(e.Negotiation)] = true
		}
	}
	return corrected, nil
}

func (p *program) warnKeyless(r *importReport) {
	for _, f := range r.Files {
		if f.Keyless > 0 {
			p.tell("%s: %s no key, so an edited row will count as another event; a column key prevents that",
				f.Name, count(f.Keyless, "event has", "events have"))
		}
	}
}

// importReport says what became of an input.
type importReport struct {
	DryRun    bool              `json:"dryRun"`
	Events    int               `json:"events"`
	New       int               `json:"new"`
	Known     int               `json:"alreadyRecorded"`
	Corrected int               `json:"corrected"`
	Files     []fileReport      `json:"files"`
	Heads     map[string]uint64 `json:"positions,omitempty"`
}

// fileReport says what became of one file.
type fileReport struct {
	Name      string `json:"file"`
	Rows      int    `json:"rows"`
	New       int    `json:"new"`
	Known     int    `json:"alreadyRecorded"`
	Corrected int    `json:"corrected"`
	Keyless   int    `json:"keyless,omitzero"`
}

// row is what the report needs to know of an event of the input.
type row struct {
	id      uuid.UUID
	keyless bool // an edit of it cannot be told from another event
}

func rowsOf(candidates []domain.Candidate) []row {
	rows := make([]row, len(candidates))
	for i, c := range candidates {
		rows[i] = row{c.Event.ID, c.Event.Key == "" && !c.Event.Control()}
	}
	return rows
}

// report tells, file by file, which events are new.
func (in *input) report(rows []row, receipt eventstore.Receipt, corrected map[uuid.UUID]bool, dryRun bool) *importReport {
	appended := make(map[uuid.UUID]bool, len(receipt.Appended))
	for _, a := range receipt.Appended {
		appended[a.ID] = true
	}
	r := &importReport{DryRun: dryRun, Events: len(rows), Heads: receipt.Heads}
	next := 0
	for _, f := range in.files {
		for _, x := range rows[next : next+f.Rows] {
			switch {
			case appended[x.id]:
				f.New++
				if x.keyless {
					f.Keyless++
				}
				delete(appended, x.id) // the same event again, in another file, is known
			case corrected[x.id]:
				f.Corrected++
				delete(corrected, x.id)
			default:
				f.Known++
			}
		}
		next += f.Rows
		r.New, r.Known, r.Corrected = r.New+f.New, r.Known+f.Known, r.Corrected+f.Corrected
		r.Files = append(r.Files, f)
	}
	return r
}

// sentence is the report in a few words.
func (r *importReport) sentence() string {
	var parts []string
	if r.New > 0 {
		parts = append(parts, count(r.New, "event", "events"))
	}
	if r.Corrected > 0 {
		parts = append(parts, count(r.Corrected, "correction", "corrections"))
	}
	what := strings.Join(parts, " and ")
	switch {
	case r.Events == 0 && len(r.Files) == 1:
		return "Nothing changed: there are no events in " + r.Files[0].Name + "."
	case r.Events == 0:
		return "Nothing changed: there are no events in the input."
	case what == "" && r.Events == 1:
		return "Nothing changed: the event is already recorded."
	case what == "":
		return fmt.Sprintf("Nothing changed: all %s events are already recorded.", thousands(r.Events))
	case r.DryRun:
		return fmt.Sprintf("%s would be recorded. Nothing was written.", what)
	case r.Known > 0:
		return fmt.Sprintf("%s recorded, %s already recorded.", what, thousands(r.Known))
	default:
		return what + " recorded."
	}
}

func (r *importReport) answer() answer {
	head := []string{"file", "rows", "new", "already recorded", "corrected"}
	row := func(f fileReport) []string {
		return []string{f.Name, strconv.Itoa(f.Rows), strconv.Itoa(f.New), strconv.Itoa(f.Known), strconv.Itoa(f.Corrected)}
	}
	return answer{
		json: func() any { return r },
		ndjson: func() iter.Seq[any] {
			return each(r.Files, func(f fileReport) any { return f })
		},
		csv: func() iter.Seq[[]string] {
			return withHead(head, each(r.Files, row))
		},
		table: func(s *screen) {
			t := &sheet{head: head}
			for _, f := range r.Files {
				t.row(row(f)...)
			}
			if len(r.Files) > 1 || r.Corrected > 0 || r.New > 0 && r.Known > 0 {
				s.show(t)
			}
			s.line(r.sentence())
		},
	}
}
