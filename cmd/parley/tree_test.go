package main

import (
	"strings"
	"testing"
	"unicode/utf8"

	"parley/docs/examples/istanbul-2025"
	"parley/domain"
	"parley/projections"
)

// exampleLog is the log of the worked example, made without a store.
func exampleLog(t *testing.T) []domain.Entry {
	t.Helper()
	in, err := readExample(istanbul2025.Files)
	if err != nil {
		t.Fatal(err)
	}
	decision, faults := domain.Decide(map[string]*domain.Ledger{demoNegotiation: domain.NewLedger(demoNegotiation)}, in.candidates, domain.Handling{})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	var log []domain.Entry
	for i, e := range decision.Append {
		log = append(log, domain.Entry{Position: uint64(i + 1), Event: e})
	}
	return log
}

func examplePicture(t *testing.T) *projections.Picture {
	t.Helper()
	pic, err := projections.Project(demoNegotiation, exampleLog(t), projections.View{})
	if err != nil {
		t.Fatal(err)
	}
	return pic
}

// Every path that a state is listed by leads to its value, as why follows it.
func TestEveryPathLeads(t *testing.T) {
	pic := examplePicture(t)
	tree, err := pic.Print("")
	if err != nil {
		t.Fatal(err)
	}
	paths := 0
	for l := range leaves(tree) {
		paths++
		if _, err := tree.Walk(l.path); err != nil {
			t.Errorf("%s: %v", l.path, err)
		}
	}
	if paths < 500 {
		t.Errorf("only %d paths", paths)
	}
}

// The changes of a replay add up to the state.
func TestReplayAddsUp(t *testing.T) {
	pic := examplePicture(t)
	all, err := steps(pic)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != len(pic.Happenings) {
		t.Fatalf("%d steps of %d happenings", len(all), len(pic.Happenings))
	}
	nothing := *pic
	nothing.Happenings, nothing.State = nil, projections.State{}
	begin, err := valuesOf(&nothing)
	if err != nil {
		t.Fatal(err)
	}
	sum := begin.at
	for _, x := range all {
		for _, c := range x.Changes {
			if sum[c.Path] != c.Old && !(sum[c.Path] == "" && c.Old == "unknown") {
				t.Errorf("step %d: %s was %q, not %q", x.Step, c.Path, sum[c.Path], c.Old)
			}
			sum[c.Path] = c.New
		}
	}
	want, err := valuesOf(pic)
	if err != nil {
		t.Fatal(err)
	}
	for path, value := range want.at {
		if got := sum[path]; got != value && value != "unknown" {
			t.Errorf("%s adds up to %q, want %q", path, got, value)
		}
		delete(sum, path)
	}
	for path, value := range sum {
		if value != "" {
			t.Errorf("%s adds up to %q, want nothing", path, value)
		}
	}
}

// All views of the story exist, and it fits on a screen.
func TestStory(t *testing.T) {
	out := must(t, "demo", "--once", "--data", t.TempDir())
	if lines := strings.Count(out, "\n"); lines > 50 {
		t.Errorf("it takes %d lines", lines)
	}
	for line := range strings.Lines(out) {
		if n := utf8.RuneCountInString(line); n > widthDefault+1 && !strings.Contains(line, "--data") {
			t.Errorf("a line takes %d columns: %s", n, line)
		}
	}
}
