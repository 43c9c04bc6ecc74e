package main

import (
	"strings"
	"testing"
	"unicode/utf8"

	"parley/cmd/parley/internal/reply"
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
	for l := range reply.Leaves(tree) {
		paths++
		if _, err := tree.Walk(l.Path); err != nil {
			t.Errorf("%s: %v", l.Path, err)
		}
	}
	if paths < 500 {
		t.Errorf("only %d paths", paths)
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
