package domain_test

import (
	"strings"
	"testing"

	"parley/domain"

	"github.com/stretchr/testify/require"
)

// sayings are what people may write, and what they may not: of events, of branches and
// of runs alike.
var sayings = map[string]bool{
	"A. Analyst": true, "had the confirmation stood": true, "استنبول مذاکرات\u200f، 2025": true, "naïve – “quoted”": true,
	"a\u0007b\u001b[31m": false, "\u202eevil": false, "a\u2066b\u2069": false, "\u009b31m": false, "a\u007f": false, "\xff": false,
}

func TestTextOfPeople(t *testing.T) {
	for text, fine := range sayings {
		require.Equal(t, fine, len(domain.CheckText(domain.Place{}, text, 100)) == 0, "%q", text)
		e := thanks()
		e.Note = text
		require.Equal(t, fine, len(domain.Check(e)) == 0, "%q in an event", text)
		for path, o := range map[string]domain.BranchOpened{
			"/act/author": {Branch: "b", Parent: "record", Author: text, Purpose: "P"}, "/act/purpose": {Branch: "b", Parent: "record", Author: "A", Purpose: text},
		} {
			faults := domain.CheckOpening("talks", o, nil, func(path string) domain.Place { return domain.Place{Pointer: domain.Pointer(path)} })
			require.Equal(t, fine, len(faults) == 0, "%q in %s", text, path)
			if !fine {
				require.Equal(t, path, faults[0].Pointer)
			}
		}
	}
	for text, problem := range map[string]domain.Problem{
		"two\nlines": domain.BadValue, "a\ttab": domain.BadValue, "a\u2028b": domain.BadValue, strings.Repeat("ä", 101): domain.TooLarge,
	} {
		faults := domain.CheckText(domain.Place{Column: "--purpose"}, text, 100)
		require.Len(t, faults, 1, "%q", text)
		require.Equal(t, problem, faults[0].Problem)
		require.Equal(t, "--purpose", faults[0].Column)
	}
	require.Empty(t, domain.CheckText(domain.Place{}, strings.Repeat("ä", 100), 100))
	require.Empty(t, domain.CheckText(domain.Place{}, "", 100))
}

// What is shown at the head of every answer is short.
func TestOpeningsAreShort(t *testing.T) {
	long := domain.BranchOpened{Branch: "b", Parent: "record", Author: strings.Repeat("a", domain.MaxNameRunes+1), Purpose: strings.Repeat("p", domain.MaxSentenceRunes+1)}
	faults := domain.CheckOpening("talks", long, nil, func(path string) domain.Place { return domain.Place{Column: path} })
	require.Len(t, faults, 2)
	for _, f := range faults {
		require.Equal(t, domain.TooLarge, f.Problem)
	}
}

// The reason of a correction is stored, and shown, like any other text.
func TestReasonsAreTexts(t *testing.T) {
	ledgers := map[string]*domain.Ledger{"talks": domain.NewLedger("talks")}
	_, faults := domain.Decide(ledgers, nil, domain.Handling{Correct: "a\u001b[2J"})
	require.Len(t, faults, 1)
	require.Equal(t, "correct", faults[0].Parameter)
}
