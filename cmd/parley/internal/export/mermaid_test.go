package export

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"parley/domain/domaintest"
	"parley/projections"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var (
	mermaidCode  = regexp.MustCompile(`#\d+;`)
	mermaidPlain = regexp.MustCompile(`^[\p{L}\p{M}\p{Nd} .,'’“”()\[\]/!?~=+–—…\-_*→]*$`)
)

// FuzzMermaidEscape: no text leaves a sign that Mermaid has a use for, and the
// codes say what the text said.
func FuzzMermaidEscape(f *testing.F) {
	for _, s := range []string{
		"a; b", "#35;", "%%{init: {'theme':'x'}}%%", "line\nbreak", "<script>", "$$x$$", "end", "wrap: x", "style a:b#c;", "a->>b: c", "é ∞ \x00 \xff\xff",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := mermaidEscape(s)
		require.Regexp(t, mermaidPlain, mermaidCode.ReplaceAllString(got, ""))
		require.Equal(t, strings.Join(strings.Fields(string([]rune(s))), " "), shownByMermaid(t, got))
	})
}

// shownByMermaid is what a text says once its codes are letters again.
func shownByMermaid(t *testing.T, s string) string {
	t.Helper()
	return mermaidCode.ReplaceAllStringFunc(s, func(code string) string {
		n, err := strconv.Atoi(strings.Trim(code, "#;"))
		require.NoError(t, err)
		return string(rune(n))
	})
}

var mermaidStatement = regexp.MustCompile(`^(sequenceDiagram` +
	`|    (accTitle:|accDescr:|title) .+` +
	`|    participant p\d+ as .+` +
	`|    Note over p\d+(,p\d+)?: .+` +
	`|    p\d+(->>|-->>|-x)p\d+: .+)$`)

// TestMermaidStatements: whatever the texts, the diagram is one statement a line,
// and names only participants that it has.
func TestMermaidStatements(t *testing.T) {
	named := regexp.MustCompile(`\bp\d+\b`)
	check := func(t fataler, pic *projections.Picture) {
		lines := strings.Split(strings.TrimSuffix(drawn(t, "mermaid.txt", pic), "\n"), "\n")
		known := map[string]bool{}
		for _, line := range lines {
			require.Regexp(t, mermaidStatement, line)
			head, _, _ := strings.Cut(strings.TrimSpace(line), ":")
			switch word, rest, _ := strings.Cut(head, " "); {
			case word == "participant":
				id, _, _ := strings.Cut(rest, " ")
				require.False(t, known[id])
				known[id] = true
			case strings.HasPrefix(head, "Note") || strings.HasPrefix(head, "p"):
				for _, id := range named.FindAllString(head, -1) {
					require.True(t, known[id], line)
				}
			}
		}
	}
	check(t, seen(t, example(t), ""))
	rapid.Check(t, func(t *rapid.T) {
		check(t, seen(t, domaintest.Record(domaintest.Talks.History(12).Draw(t, "events")), ""))
	})
}
