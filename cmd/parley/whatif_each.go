package main

import (
	"bufio"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"

	"parley/projections"
	"parley/projections/ensemble"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"
)

// evaluateEach tells what each run comes to. It waits in a file until all of them are
// accepted.
func (p *program) evaluateEach(cmd *cobra.Command, base *projections.Base, runs runSequence, o ensemble.Options) error {
	spool, err := os.CreateTemp("", "parley-runs-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(spool.Name()) }()
	defer spool.Close()
	lines := bufio.NewWriterSize(spool, 64<<10)
	if p.format == formatCSV {
		head := []string{"number", "run", "measure", "key", "value", "days", "hypothetical"}
		if err := writeCSV(lines, slices.Values([][]string{head})); err != nil {
			return err
		}
		supposed := cellText(ground(base, o))
		o.Each = func(r ensemble.Result) error { return writeCSV(lines, slices.Values(runRows(r, supposed))) }
	} else {
		negotiation, on := base.Picture().Negotiation, groundLine(ground(base, o))
		o.Each = func(r ensemble.Result) error {
			text, err := json.Marshal(eachLine{true, negotiation, r, on}, json.Deterministic(true))
			if err == nil {
				_, err = lines.Write(append(text, '\n'))
			}
			return err
		}
	}
	if _, err := ensemble.Evaluate(cmd.Context(), base, runs, o); err != nil {
		return explainRuns(err)
	}
	if err := lines.Flush(); err != nil {
		return err
	}
	if _, err := spool.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err = io.Copy(p.out, spool)
	return err
}

// eachLine is what a run comes to.
type eachLine struct {
	Hypothetical bool   `json:"hypothetical"`
	Negotiation  string `json:"negotiation"`
	ensemble.Result

	Base jsontext.Value `json:"base"`
}

// runRows are the rows of one run: a measure each, as in the CSV of a summary.
func runRows(r ensemble.Result, supposed string) (rows [][]string) {
	row := func(measure, key, value, days string) {
		rows = append(rows, []string{strconv.Itoa(r.Number), r.Run, measure, key, value, days, supposed})
	}
	if r.Cut {
		row("cut", "", "true", "")
	}
	row("agreement", "", r.Agreement, "")
	row("process", "", r.Process, "")
	for _, id := range slices.Sorted(maps.Keys(r.Ceasefires)) {
		row("ceasefire", id, r.Ceasefires[id], "")
	}
	for _, first := range slices.Sorted(maps.Keys(r.Days)) {
		days := ""
		if d := r.Days[first]; d != nil {
			days = number(*d)
		}
		row("first", "", first, days)
	}
	for _, id := range slices.Sorted(maps.Keys(r.Positions)) {
		row("stance", id, r.Positions[id].Stance, "")
		row("commitment", id, r.Positions[id].Commitment, "")
	}
	return rows
}
