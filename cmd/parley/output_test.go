package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"
	"pgregory.net/rapid"
)

// What a spreadsheet would compute is guarded; numbers stay numbers.
func TestGuard(t *testing.T) {
	for cell, want := range map[string]string{
		"": "", "text": "text", "-3.5": "-3.5", "+7": "+7", "=1+1": "'=1+1", "@sum": "'@sum", "-x": "'-x", "\tx": "'\tx", "2025-10-28": "2025-10-28",
	} {
		if got := guard(cell); got != want {
			t.Errorf("guard(%q) = %q, want %q", cell, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 rows", 1: "1 row", 999: "999 rows", 1000: "1,000 rows", 1234567: "1,234,567 rows"} {
		if got := count(n, "row", "rows"); got != want {
			t.Errorf("count(%d) = %q, want %q", n, got, want)
		}
	}
}

// Errors are JSON if it is asked for anywhere before --, however it is written.
func TestAsksForJSON(t *testing.T) {
	for line, want := range map[string]bool{
		"state x": false, "state x --json": true, "--json staet": true, "state -o json x": true, "state -ojson": true,
		"state --output=ndjson": true, "state --output ndjson": true, "state -o csv": false, "state -- --json": false,
		"state --nonsense --json": true, "state -o": false,
	} {
		if got := asksForJSON(strings.Fields(line)); got != want {
			t.Errorf("%q: %v, want %v", line, got, want)
		}
	}
}

func TestQuoteShell(t *testing.T) {
	for word, want := range map[string]string{"": "''", ".parley-demo": ".parley-demo", "my data": "'my data'", "it's": `'it'\''s'`, "a$b": "'a$b'"} {
		if got := quoteShell(word); got != want {
			t.Errorf("quoteShell(%q) = %s, want %s", word, got, want)
		}
	}
}

// Wrapping loses no letter, keeps the lines that are there, and fits.
func TestWrap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`([a-zé|/.-]{1,30}[ \n]?){0,12}`).Draw(t, "text")
		width := rapid.IntRange(1, 40).Draw(t, "width")
		got := wrap(s, width)
		if a, b := strings.Join(strings.Fields(s), ""), strings.Join(strings.Fields(got), ""); a != b {
			t.Fatalf("%q became %q", a, b)
		}
		if text.LongestLineLen(got) > width {
			t.Fatalf("%q is wider than %d", got, width)
		}
		if strings.Count(got, "\n") < strings.Count(s, "\n") {
			t.Fatalf("%q lost a line of %q", got, s)
		}
	})
}

// A table fits on the screen if its columns can give way, those on the left last.
func TestFit(t *testing.T) {
	sheet := &sheet{head: []string{"event", "what", "note"}}
	sheet.row("s1-verbal-confirmation", strings.Repeat("word ", 30), strings.Repeat("x", 50))
	wide := fit(sheet, 60)
	total := -gap
	for _, w := range wide {
		total += w + gap
	}
	if total > 60 || wide[0] < len("confirmation") || wide[2] < narrowest {
		t.Errorf("columns of %v", wide)
	}
	if got := fit(sheet, 1000); !slices.Equal(got, []int{22, 150, 50}) {
		t.Errorf("with room enough, columns of %v", got)
	}
}

// Types of acts are broken between their words, and six columns fit on 60.
func TestFitNarrow(t *testing.T) {
	if got := wrap("EvidenceAcknowledged", 14); got != "Evidence\nAcknowledged" {
		t.Errorf("wrapped to %q", got)
	}
	if got := longestPiece("written-form s2 EvidenceAcknowledged"); got != len("Acknowledged") {
		t.Errorf("longest piece %d", got)
	}
	sheet := &sheet{head: []string{"party", "issue", "stance", "commitment", "refused", "said by"}}
	sheet.row("afghan-taliban", "written-verification-form", "conditional", "unconditional", "anything", "pakistan, unknown")
	total := -gap
	for _, w := range fit(sheet, widthMin) {
		total += w + gap
	}
	if total > widthMin {
		t.Errorf("it is %d wide", total)
	}
}
