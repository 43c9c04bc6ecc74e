package scenario_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/cmd/parley/internal/scenario"
	istanbul2025 "parley/docs/examples/istanbul-2025"
	"parley/domain"
	"parley/domain/intake"
	"parley/projections"
	"parley/projections/ensemble"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "write the golden summaries anew; commit them only if you can explain the diff")

const talks = "pak-afg-2025"

// example is the record of the worked example under a view; with a key, on a branch
// that leaves its happening out; with more events at its end.
func example(t testing.TB, view, without string, more ...*domain.Event) *projections.Base {
	t.Helper()
	files, err := fs.Glob(istanbul2025.Files, "*.csv")
	require.NoError(t, err)
	var in []domain.Candidate
	for _, f := range files {
		b, err := fs.ReadFile(istanbul2025.Files, f)
		require.NoError(t, err)
		rows, faults := intake.Table(f, bytes.NewReader(b))
		require.Empty(t, faults)
		in = append(in, rows...)
	}
	d, faults := domain.Decide(map[string]*domain.Ledger{talks: domain.NewLedger(talks)}, in, domain.Handling{})
	require.Empty(t, faults)
	var l domain.Lineage
	for i, e := range append(d.Append, more...) {
		e.Recorded = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		l.Record = append(l.Record, domain.Entry{Position: uint64(i + 1), Event: e})
	}
	v, err := projections.ParseView(view)
	require.NoError(t, err)
	if without != "" {
		opened := domain.BranchOpened{Branch: "b", Parent: domain.RecordName, At: fmt.Sprint(len(l.Record)), Author: "A", Purpose: "P", Without: []domain.EventRef{domain.EventRef(without)}}
		l.Branches = []domain.BranchLog{{Opened: opened, Entries: []domain.Entry{{Position: 1, Event: &domain.Event{ID: domain.KeyedID(talks, "opened"), Negotiation: talks, Body: domain.Body{Act: opened}}}}}}
		v.Branch = "b"
	}
	base, err := projections.NewBase(talks, l, v)
	require.NoError(t, err)
	return base
}

func readFile(t testing.TB, name string) *scenario.Scenario {
	t.Helper()
	text, err := fs.ReadFile(istanbul2025.Files, name)
	require.NoError(t, err)
	s, err := scenario.Read(name, text)
	require.NoError(t, err)
	return s
}

// The worked scenarios come to what they came to, evaluated here and by way of NDJSON,
// by any number of workers.
func TestWorkedScenarios(t *testing.T) {
	for _, c := range []struct{ name, view, without string }{
		{"full-powers", "as-of=2025-10-28", ""},
		{"written-down", "as-of=2025-10-28", "s1-retraction"},
	} {
		t.Run(c.name, func(t *testing.T) {
			const runs, seed = 300, 7
			base := example(t, c.view, c.without)
			s, err := readFile(t, c.name+".yaml").On(base)
			require.NoError(t, err)
			reader := ensemble.NewReader(base)
			zone := base.Picture().Registry.Zone()
			var lines bytes.Buffer
			for i := range uint64(runs) {
				lines.Write(s.Run(zone, seed, i+1).Line())
			}
			var got string
			for _, workers := range []int{1, 2, 9} {
				o := s.Options(seed)
				o.Workers = workers
				direct, err := ensemble.Evaluate(t.Context(), base, s.Runs(zone, seed, runs), o)
				require.NoError(t, err)
				piped, err := ensemble.Evaluate(t.Context(), base, reader.Lines("runs", bytes.NewReader(lines.Bytes())), o)
				require.NoError(t, err)
				for _, summary := range []*ensemble.Summary{direct, piped} {
					text, err := summary.JSON()
					require.NoError(t, err)
					if got == "" {
						got = string(text)
					}
					require.Equal(t, got, string(text), "%d workers", workers)
				}
			}
			var indented bytes.Buffer
			require.NoError(t, json.Indent(&indented, []byte(got), "", "  "))
			golden := filepath.Join("testdata", c.name+".json")
			if *update {
				require.NoError(t, os.WriteFile(golden, append(indented.Bytes(), '\n'), 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), indented.String()+"\n")
		})
	}
}

// small is a scenario in which all that happens can be told by hand.
const small = `scenario: small
version: 1
negotiation: pak-afg-2025
author: A
purpose: P
start: 2025-10-29
horizon: 10
counters: {calls: 0}
given:
  - {type: StatementIssued, actors: [pakistan], act: {content: first}}
begin: a
states:
  a:
    next:
      - to: a
        wait: 2
        when: {calls: {max: 2}}
        count: {calls: 1}
        append:
          - {name: said, type: VerbalConfirmationGiven, actors: [pakistan], act: {draft: istanbul-draft, version: 3}}
      - to: b
        wait: 0.5
        when: {calls: {min: 3}}
        append:
          - {type: CommitmentRetracted, actors: [pakistan], after: [$said], act: {draft: istanbul-draft, what: confirmation, retracts: [$said]}}
  b:
`

func TestRun(t *testing.T) {
	s, err := scenario.Read("small.yaml", []byte(small))
	require.NoError(t, err)
	s, err = s.On(example(t, "", ""))
	require.NoError(t, err)
	told := func(s *scenario.Scenario) (out []string) {
		for _, e := range s.Run(time.UTC, 1, 1).Events {
			line := e.Key + " " + e.Type() + " " + e.Occurred.String()
			if c, ok := e.Act.(domain.CommitmentRetracted); ok {
				line += fmt.Sprint(" ", c.Retracts, " ", e.After)
			}
			out = append(out, line)
		}
		return out
	}
	require.Equal(t, []string{
		"sim-1-1 StatementIssued 2025-10-29",
		"sim-said-1 VerbalConfirmationGiven 2025-11-01T00:00:00Z",
		"sim-said-2 VerbalConfirmationGiven 2025-11-03T00:00:00Z",
		"sim-said-3 VerbalConfirmationGiven 2025-11-05T00:00:00Z",
		"sim-3-1 CommitmentRetracted 2025-11-05T12:00:00Z [sim-said-3] [sim-said-3]",
	}, told(s))

	short, err := scenario.Read("small.yaml", []byte(strings.Replace(small, "horizon: 10", "horizon: 3.9", 1)))
	require.NoError(t, err)
	require.Len(t, told(short), 2, "what lies beyond the horizon does not happen")
	brief, err := scenario.Read("small.yaml", []byte(strings.Replace(small, "horizon: 10", "horizon: 10\nsteps: 2", 1)))
	require.NoError(t, err)
	require.Len(t, told(brief), 3)

	// Only what might have gone on is cut.
	cut := func(s *scenario.Scenario) bool { return s.Run(time.UTC, 1, 1).Cut }
	require.False(t, cut(s))
	require.False(t, cut(short))
	require.True(t, cut(brief))
	exact, err := scenario.Read("small.yaml", []byte(strings.Replace(small, "horizon: 10", "horizon: 10\nsteps: 4", 1)))
	require.NoError(t, err)
	require.Equal(t, told(s), told(exact))
	require.False(t, cut(exact), "it ends with its last step")
}

// A loop that would go on beyond the steps says so in the report, fed directly or as
// NDJSON.
func TestCutRuns(t *testing.T) {
	s, err := scenario.Read("loop.yaml", []byte(`scenario: loop
version: 1
negotiation: pak-afg-2025
author: A
purpose: P
start: 2025-10-29
horizon: 10
begin: a
states:
  a:
    next:
      - {to: a, wait: 0.001, append: [{type: StatementIssued, actors: [qatar], act: {content: x}}]}
`))
	require.NoError(t, err)
	base := example(t, "", "")
	direct, err := ensemble.Evaluate(t.Context(), base, s.Runs(time.UTC, 1, 3), s.Options(1))
	require.NoError(t, err)
	require.Equal(t, []int{3, 3}, []int{direct.Runs, direct.Cut})
	var lines bytes.Buffer
	for i := range uint64(3) {
		lines.Write(s.Run(time.UTC, 1, i+1).Line())
	}
	sum := ensemble.Digest(lines.Bytes())
	piped, err := ensemble.Evaluate(t.Context(), base, ensemble.NewReader(base).Lines("runs", &lines), s.Options(1))
	require.NoError(t, err)
	require.Equal(t, direct, piped)
	require.Equal(t, sum, direct.RunsDigest, "it is that of the file")
}

// Runs of one seed are their own, and others of another seed.
func TestSeeds(t *testing.T) {
	s := readFile(t, "full-powers.yaml")
	line := func(seed, number uint64) string {
		run := s.Run(time.UTC, seed, number)
		run.Name = "x"
		return string(run.Line())
	}
	require.Equal(t, line(7, 3), line(7, 3))
	require.NotEqual(t, line(7, 3), line(7, 4))
	require.NotEqual(t, line(7, 3), line(8, 3))
}

// The distributions have the means that they should have.
func TestWaits(t *testing.T) {
	for wait, mean := range map[string]float64{
		"4": 4, "{fixed: {days: 4}}": 4, "{uniform: {from: 2, to: 6}}": 4, "{exponential: {mean: 4}}": 4,
		"{weibull: {scale: 4, shape: 2}}": 3.544908, "{lognormal: {median: 4, sigma: 0.5}}": 4.532594,
	} {
		text := "scenario: s\nversion: 1\nnegotiation: n\nauthor: A\npurpose: P\nstart: 2025-10-29\nhorizon: 36500\nsteps: 1\nbegin: a\nstates:\n  a:\n    next:\n      - {to: a, wait: " + wait + ", append: [{type: StatementIssued, act: {content: x}}]}\n"
		s, err := scenario.Read("w.yaml", []byte(text))
		require.NoError(t, err)
		const n = 20_000
		sum := 0.0
		start := time.Date(2025, 10, 30, 0, 0, 0, 0, time.UTC)
		for i := range uint64(n) {
			at, err := time.Parse(time.RFC3339, s.Run(time.UTC, 1, i).Events[0].Occurred.String())
			require.NoError(t, err)
			sum += at.Sub(start).Hours() / 24
		}
		require.InDelta(t, mean, sum/n, 0.12, wait) // four standard errors of the widest
	}
}

// The schema and the reader know the same members, and agree on what is right.
func TestSchema(t *testing.T) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(scenario.Schema))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("scenario.json", document))
	schema, err := c.Compile("scenario.json")
	require.NoError(t, err)
	check := func(text string) error {
		var v any
		if err := yaml.Unmarshal([]byte(text), &v); err != nil {
			return err
		}
		plain, err := json.Marshal(v)
		require.NoError(t, err)
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(plain))
		require.NoError(t, err)
		return schema.Validate(value)
	}
	require.NoError(t, check(small))
	for _, name := range []string{"full-powers.yaml", "written-down.yaml"} {
		text, err := fs.ReadFile(istanbul2025.Files, name)
		require.NoError(t, err)
		require.NoError(t, check(string(text)), name)
	}
	for _, c := range faulty {
		if c.schema {
			require.Error(t, check(strings.Replace(small, c.old, c.new, 1)), c.want)
		}
	}
}
