package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"parley/cmd/parley/internal/problem"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// commands lists every command of the program.
func commands() []*cobra.Command {
	return append(newRoot(&program{}).Commands(), newRoot(&program{}))
}

// Every command explains itself, with an example that is a command of ours.
func TestEveryCommandHasHelp(t *testing.T) {
	for _, c := range commands() {
		t.Run(c.Name(), func(t *testing.T) {
			if c.Short == "" || strings.HasSuffix(c.Short, ".") {
				t.Errorf("Short is %q: want a few words without a full stop", c.Short)
			}
			if c.Long == "" {
				t.Error("there is no Long")
			}
			if !strings.Contains(c.Example, "parley") {
				t.Errorf("Example is %q: want one", c.Example)
			}
			if c.HasParent() && !c.Hidden && c.GroupID == "" {
				t.Error("it stands under no heading of the help")
			}
			c.Flags().VisitAll(func(f *pflag.Flag) {
				if f.Usage == "" {
					t.Errorf("--%s is not explained", f.Name)
				}
			})
		})
	}
}

// The flags and commands of the examples exist.
func TestExamplesParse(t *testing.T) {
	for _, c := range commands() {
		for line := range strings.SplitSeq(strings.ReplaceAll(c.Example, "\\\n", " "), "\n") {
			_, line, ok := strings.Cut(line, "parley ")
			if !ok {
				continue
			}
			line, _, _ = strings.Cut(line, " | ")
			line, _, _ = strings.Cut(line, " < ")
			line, _, _ = strings.Cut(line, " > ")
			args := strings.Fields(strings.TrimSuffix(line, ")"))
			root := newRoot(&program{})
			found, rest, err := root.Find(args)
			if err != nil || found == root && !strings.HasPrefix(args[0], "-") {
				t.Errorf("%q: no such command (%v)", line, err)
				continue
			}
			if err := found.ParseFlags(rest); err != nil {
				t.Errorf("%q: %v", line, err)
			}
		}
	}
}

// wrongCalls are calls of every command that must fail, with the exit code.
var wrongCalls = []struct {
	code int
	args []string
}{
	{exitUsage, []string{"demo", "--twice"}},
	{exitUsage, []string{"demo", "story"}},
	{exitUsage, []string{"serve", "--listen", "0.0.0.0:4222"}},
	{exitUsage, []string{"serve", "--listen", "here"}},
	{exitUsage, []string{"serve", "--http", "0.0.0.0:8727"}},
	{exitUsage, []string{"serve", "--http", "here"}},
	{exitUsage, []string{"serve", "--http", "127.0.0.1:0", "--http-host", "parley.example"}},
	{exitUsage, []string{"import"}},
	{exitUsage, []string{"import", "-"}},
	{exitUsage, []string{"import", "talks.xlsx"}},
	{exitNotFound, []string{"import", "no-such-file.csv"}},
	{exitUsage, []string{"import", "a.csv", "--correct", " "}},
	{exitUsage, []string{"append"}},
	{exitUsage, []string{"append", "StatementIssued", "--expect", "soon"}},
	{exitUsage, []string{"append", "StatementIssued", "--set", "note"}},
	{exitUsage, []string{"append", "-", "--note", "x"}},
	{exitInvalid, []string{"append", "-"}},
	{exitInvalid, []string{"append", "StatmentIssued", "-n", "talks"}},
	{exitInvalid, []string{"append", "StatementIssued", "-n", "talks", "--occurred", "yesterday"}},
	{exitUsage, []string{"events"}},
	{exitNotFound, []string{"events", "no-such-talks"}},
	{exitNotFound, []string{"events", "talks", "--type", "Draft"}},
	{exitUsage, []string{"state"}},
	{exitNotFound, []string{"state", "no-such-talks"}},
	{exitNotFound, []string{"state", "talks", "round"}},
	{exitNotFound, []string{"state", "talks", "rounds", "--as-of", "@no-such-key"}},
	{exitUsage, []string{"state", "talks", "rounds", "--as-of", "yesterday"}},
	{exitUsage, []string{"state", "talks", "rounds", "--known-by", "#7"}},
	{exitNotFound, []string{"state", "talks", "rounds", "--branch", "b"}},
	{exitUsage, []string{"state", "talks", "rounds", "--branch", "B 1"}},
	{exitUsage, []string{"branch", "nonsense"}},
	{exitUsage, []string{"branch", "open", "b"}},
	{exitInvalid, []string{"branch", "open", "b", "--on", "talks"}},
	{exitInvalid, []string{"branch", "open", "b", "--on", "talks", "--at", "999", "--author", "A", "--purpose", "P"}},
	{exitNotFound, []string{"branch", "open", "b", "--on", "talks", "--parent", "none", "--author", "A", "--purpose", "P"}},
	{exitNotFound, []string{"branch", "show", "none"}},
	{exitNotFound, []string{"branch", "compare", "none"}},
	{exitNotFound, []string{"branch", "drop", "none"}},
	{exitNotFound, []string{"branch", "append", "none", "testdata/talks.csv"}},
	{exitUsage, []string{"export", "talks"}},
	{exitUsage, []string{"export", "talks", "--as", "pdf"}},
	{exitNotFound, []string{"export", "no-such-talks", "--as", "csv"}},
	{exitUsage, []string{"state", "talks", "rounds", "--lens", "source.sid == \"north\""}},
	{exitUsage, []string{"events", "talks", "--lens", "("}},
	{exitUsage, []string{"events", "talks", "--where", "actor == \"north\""}},
	{exitUsage, []string{"state", "talks", "rounds", "-o", "yaml"}},
	{exitUsage, []string{"state", "talks", "rounds", "--json", "-o", "csv"}},
	{exitUsage, []string{"state", "talks", "--nats", "nats://127.0.0.1:1"}},
	{exitNotFound, []string{"replay", "no-such-talks"}},
	{exitUsage, []string{"replay"}},
	{exitUsage, []string{"replay", "talks", "--order", "time"}},
	{exitUsage, []string{"replay", "talks", "--step"}},
	{exitUsage, []string{"replay", "talks", "--step", "--speed", "2"}},
	{exitUsage, []string{"replay", "talks", "--speed", "0"}},
	{exitUsage, []string{"replay", "talks", "--speed", "51"}},
	{exitUsage, []string{"replay", "talks", "--speed", "NaN"}},
	{exitUsage, []string{"replay", "talks", "--order", "knowledge", "--possibly"}},
	{exitUsage, []string{"diff"}},
	{exitUsage, []string{"diff", "talks"}},
	{exitUsage, []string{"diff", "talks", "--from", "as-of=soon"}},
	{exitUsage, []string{"diff", "talks", "--to", "as_of=2026"}},
	{exitUsage, []string{"diff", "talks", "--to", "lens=source.sid == \"north\""}},
	{exitNotFound, []string{"diff", "no-such-talks", "--to", ""}},
	{exitNotFound, []string{"diff", "talks", "--from", "as-of=@no-such-key"}},
	{exitUsage, []string{"lenses", "--twice"}},
	{exitUsage, []string{"why", "talks"}},
	{exitNotFound, []string{"why", "talks", "rounds/first/dys"}},
	{exitNotFound, []string{"schema", "Draft"}},
	{exitUsage, []string{"schema", "a", "b"}},
	{exitUsage, []string{"projection"}},
	{exitUsage, []string{"projection", "rounds"}},
	{exitUsage, []string{"projection", "list", "talks"}},
	{exitUsage, []string{"projection", "rebuild", "talks"}},
	{exitNotFound, []string{"projection", "list"}},
	{exitNotFound, []string{"projection", "check", "talks"}},
	{exitUsage, []string{"schema", "--scenario", "--csv"}},
	{exitUsage, []string{"whatif"}},
	{exitInvalid, []string{"whatif", "talks"}},
	{exitNotFound, []string{"whatif", "no-such-talks"}},
	{exitNotFound, []string{"whatif", "talks", "--runs", "no-such-file.ndjson"}},
	{exitUsage, []string{"whatif", "talks", "--from", "tomorrow"}},
	{exitUsage, []string{"whatif", "talks", "--from", "2025/.."}},
	{exitUsage, []string{"whatif", "talks", "--workers", "-1"}},
	{exitUsage, []string{"whatif", "talks", "--each", "-o", "json"}},
	{exitUsage, []string{"simulate"}},
	{exitNotFound, []string{"simulate", "no-such-file.yaml"}},
	{exitInvalid, []string{"simulate", "testdata/talks.csv"}},
	{exitUsage, []string{"simulate", "testdata/talks.yaml", "--runs", "0"}},
	{exitUsage, []string{"simulate", "testdata/talks.yaml", "--seed", "-1"}},
	{exitNotFound, []string{"simulate", "../../docs/examples/istanbul-2025/full-powers.yaml"}},
	{exitUsage, []string{"doctor", "now"}},
	{exitUsage, []string{"checkpoint", "now"}},
	{exitFailure, []string{"checkpoint", "--key", "testdata/talks.csv"}},
	{exitUsage, []string{"proof"}},
	{exitNotFound, []string{"proof", "no-such-event"}},
	{exitNotFound, []string{"proof", "#99"}},
	{exitUsage, []string{"proof", "#first"}},
	{exitUsage, []string{"proof", "sat", "-n", "No Id"}},
	{exitNotFound, []string{"verify", "no-such-file.backup"}},
	{exitNotFound, []string{"verify", "--checkpoint", "no-such-file"}},
	{exitIntegrity, []string{"verify", "--checkpoint", "testdata/talks.csv"}},
	{exitNotFound, []string{"verify", "--proof", "no-such-file"}},
	{exitIntegrity, []string{"verify", "--proof", "testdata/talks.csv"}},
	{exitUsage, []string{"verify", "--proof", "x", "a.backup"}},
	{exitUsage, []string{"backup"}},
	{exitUsage, []string{"backup", "testdata/talks.csv"}},
	{exitUsage, []string{"restore"}},
	{exitNotFound, []string{"restore", "no-such-file"}},
	{exitIntegrity, []string{"restore", "testdata/talks.csv"}},
	{exitUsage, []string{"repair", "now"}},
	{exitUsage, []string{"access", "add", "ana"}},
	{exitUsage, []string{"access", "add", "ana", "--role", "analist"}},
	{exitUsage, []string{"access", "add", "No Name", "--role", "analyst"}},
	{exitUsage, []string{"access", "list", "ana"}},
	{exitNotFound, []string{"access", "revoke", "ana"}},
	{exitUsage, []string{"completion"}},
	{exitUsage, []string{"completion", "tcsh"}},
	{exitUsage, []string{"version", "1"}},
	{exitFailure, []string{"docs", "--check", "--dir", "no-such-folder"}},
	{exitUsage, []string{"help", "staet"}},
	{exitUsage, []string{"staet"}},
}

// Every error has its exit code, and is JSON where JSON is asked for.
func TestErrors(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	if code, _, errors := runIt(t, "", "import", "testdata/talks.csv", "--data", data); code != exitOK {
		t.Fatal(errors)
	}
	called := map[string]bool{}
	for _, call := range wrongCalls {
		called[call.args[0]] = true
		t.Run(strings.Join(call.args, " "), func(t *testing.T) {
			args := append(slices.Clone(call.args), "--data", data)
			code, out, text := runIt(t, "", args...)
			if code != call.code {
				t.Errorf("exit code %d, want %d: %s", code, call.code, text)
			}
			if out != "" {
				t.Errorf("there is something on standard output: %s", out)
			}
			if text == "" {
				t.Error("there is nothing on standard error")
			}
			if slices.Contains(call.args, "-o") {
				return
			}
			_, out, text = runIt(t, "", append(args, "--json")...)
			var p problem.Problem
			if err := json.Unmarshal([]byte(text), &p); err != nil {
				t.Fatalf("the error is no JSON: %v: %s", err, text)
			}
			if p.Exit != call.code || p.Title == "" || p.Detail == "" || !strings.HasPrefix(p.Type, problem.Space) || p.Status < 400 {
				t.Errorf("the problem is %+v", p)
			}
			// Input can name what is not there.
			if faults := len(p.Faults) > 0; p.Exit == exitInvalid && !faults || faults && p.Exit != exitInvalid && p.Exit != exitNotFound {
				t.Errorf("exit code %d with %d faults", p.Exit, len(p.Faults))
			}
			if out != "" {
				t.Errorf("there is something on standard output: %s", out)
			}
		})
	}
	for _, c := range commands() {
		if c.HasParent() && !called[c.Name()] {
			t.Errorf("%s is never called wrongly here", c.Name())
		}
	}
}

// Commands that answer do so in every format, and say nothing else there.
func TestFormats(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	for _, args := range [][]string{
		{"import", "testdata/talks.csv"},
		{"import", "testdata/talks.csv", "--dry-run"},
		{"append", "StatementIssued", "-n", "talks", "--key", "said", "--occurred", "2026-03-09"},
		{"events", "talks"},
		{"state", "talks"},
		{"state", "talks", "rounds"},
		{"replay", "talks"},
		{"replay", "talks", "--order", "knowledge"},
		{"replay", "talks", "--speed", "50", "--as-of", "@sat"},
		{"diff", "talks", "--from", "as-of=@confirmed", "--to", ""},
		{"why", "talks", "rounds/first/outcome"},
		{"schema"},
		{"schema", "--csv"},
		{"schema", "DraftFinalized"},
		{"schema", "DraftFinalized", "--csv"},
		{"checkpoint"},
		{"checkpoint", "--public-key"},
		{"proof", "sat"},
		{"verify"},
		{"repair"},
		{"schema", "--scenario"},
		{"simulate", "testdata/talks.yaml", "--runs", "20"},
		{"doctor"},
		{"version"},
	} {
		for _, format := range formats {
			t.Run(strings.Join(args, " ")+" -o "+format, func(t *testing.T) {
				code, out, errors := runIt(t, "", append(slices.Clone(args), "--data", data, "-o", format)...)
				if code != exitOK || out == "" {
					t.Fatalf("exit code %d, %d bytes: %s", code, len(out), errors)
				}
				lines := strings.Split(strings.TrimSpace(out), "\n")
				switch format {
				case "json":
					if args[0] == "replay" {
						break // one line a step
					}
					lines = []string{out}
				case "ndjson":
				default:
					return
				}
				for _, line := range lines {
					var v any
					if err := json.Unmarshal([]byte(line), &v); err != nil {
						t.Fatalf("no JSON: %v: %s", err, line)
					}
				}
			})
		}
	}
}
