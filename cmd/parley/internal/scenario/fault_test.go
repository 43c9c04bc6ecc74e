package scenario_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"parley/cmd/parley/internal/scenario"
	"parley/domain"
	"parley/projections/ensemble"

	"github.com/stretchr/testify/require"
)

// faulty are changes of the small scenario, and what is said of them. schema tells
// whether the schema sees the fault as well.
var faulty = []struct {
	old, new, want string
	schema         bool
}{
	{"version: 1\n", "", "row 1, column 1: version is required", true},
	{"horizon:", "horizn:", `row 7, column 1: "horizn": no such member; did you mean horizon?`, true},
	{"horizon: 10", "horizon: long", `row 7, column 10: "long": horizon: not a number from 0 to 36500`, true},
	{"start: 2025-10-29", "start: 29 October", "row 6, column 8: \"29 October\": start: not a date in EDTF", false},
	{"start: 2025-10-29", "start: 2025-10-29/..", "the clock cannot begin at its end", false},
	{"scenario: small", "scenario: My Model", `"My Model": scenario: not an id`, true},
	{"begin: a", "begin: c", `"c": begin: no such state`, false},
	{"calls: 0", "calls: some", `"some": counters/calls: not a whole number`, true},
	{"to: b", "to: bb", `row 21, column 13: "bb": states/a/next/1/to: no such state`, false},
	{"wait: 2\n", "wait: {exponental: {mean: 2}}\n", `"exponental": states/a/next/0/wait: no such member; did you mean exponential?`, true},
	{"wait: 2\n", "wait: {exponential: {}}\n", "mean is required", true},
	{"wait: 2\n", "wait: {exponential: {mean: 0}}\n", "mean must be more than 0", true},
	{"wait: 2\n", "wait: {uniform: {from: 3, to: 1}}\n", "it ends before it starts", false},
	{"wait: 2\n", "wait: -2\n", `"-2": states/a/next/0/wait: not a number from 0 to 36500`, true},
	{"wait: 2\n", "wait: .nan\n", "not a number from 0 to 36500", false},
	{"{max: 2}", "{atMost: 2}", `"atMost": states/a/next/0/when/calls: no such member`, true},
	{"when: {calls: {max: 2}}", "when: {call: {max: 2}}", `"call": states/a/next/0/when: no such counter; did you mean calls?`, false},
	{"when: {calls: {max: 2}}\n        count: {calls: 1}", "count: {call: 1}", `"call": states/a/next/0/count: no such counter`, false},
	{"{max: 2}", "{min: 5, max: 1}", `"5 to 1": states/a/next/0/when/calls: never open`, false},
	{"to: b\n", "to: b\n        probability: 1.5\n", "not a number from 0 to 1", true},
	{"VerbalConfirmationGiven", "VerbalConfirmation", `"VerbalConfirmation": states/a/next/0/append/0/type: no such type of act; did you mean VerbalConfirmationGiven?`, false},
	{"version: 3}}\n      - to: b", "version: three}}\n      - to: b", `states/a/next/0/append/0/act/version`, false},
	{"retracts: [$said]", "retracts: [$sad]", `"$sad": states/a/next/1/append/0/act/retracts: no event of the scenario has this name; did you mean said?`, false},
	{"{name: said,", "{key: said,", "a simulated event does not say this itself", true},
	{"act: {content: first}", "act: {content: first}, actor: x", `"actor": given/0/actor: no such field; did you mean actors?`, false},
	{"given:\n  -", "given:\n  x:", "given: not a list", true},
	{"begin: a\n", "begin: a\nbegin: b\n", `"begin": stands twice`, false},
	{"begin: a\n", "begin: &x a\n", "anchors and aliases are not read", false},
	{"begin: a\n", "begin: a\n\tx\n", "not YAML", false},
	{small, "", "the file is empty", false},
	{small, "--- {}\n--- {}\n", "more than one document", false},
	{small, "[1]", "not a mapping", true},
}

func TestFaults(t *testing.T) {
	for _, c := range faulty {
		t.Run(c.want, func(t *testing.T) {
			require.Contains(t, small, c.old)
			s, err := scenario.Read("small.yaml", []byte(strings.Replace(small, c.old, c.new, 1)))
			require.Nil(t, s)
			var faults domain.Faults
			require.ErrorAs(t, err, &faults)
			var all []string
			for _, f := range faults {
				require.Equal(t, "small.yaml", f.File)
				all = append(all, f.String())
			}
			require.Contains(t, strings.Join(all, "\n"), c.want)
		})
	}
}

// All faults are told at once, in the order of the lines.
func TestFaultsAtOnce(t *testing.T) {
	text := strings.NewReplacer("horizon: 10", "horizon: -1", "begin: a", "begin: z", "to: b", "to: y", "wait: 2", "wait: x").Replace(small)
	_, err := scenario.Read("small.yaml", []byte(text))
	var faults domain.Faults
	require.ErrorAs(t, err, &faults)
	var rows []int
	for _, f := range faults {
		rows = append(rows, f.Row)
	}
	require.Equal(t, []int{7, 11, 16, 21}, rows)
}

// told lists the faults of a draft on the worked example, as row and what was read.
func told(t *testing.T, text string) (out []string) {
	t.Helper()
	s, err := scenario.Draft("small.yaml", []byte(text))
	if err == nil || s.Negotiation != "" {
		_, err = s.On(example(t, "", ""))
	}
	var faults domain.Faults
	require.ErrorAs(t, err, &faults)
	for _, f := range faults {
		out = append(out, fmt.Sprint(f.Row, " ", f.Problem, " ", f.Read))
	}
	return out
}

// The names of a file are looked up whatever else is wrong with it, and nothing is told
// twice.
func TestNamesAndFormAtOnce(t *testing.T) {
	text := strings.NewReplacer(
		"horizon: 10", "horizon: long", "act: {content: first}", "act: {contents: first}",
		"{name: said, type: VerbalConfirmationGiven, actors: [pakistan]", "{name: said, type: VerbalConfirmationGiven, actors: [pakistn]",
		"what: confirmation, retracts", "what: confirmations, retracts",
	).Replace(small)
	require.Equal(t, []string{
		"7 bad-value long", "10 unknown-field act.contents", "20 unregistered pakistn", "25 bad-value confirmations",
	}, told(t, text))
}

// An anchor hides no other fault, and what is not read is faulted once.
func TestAnchorsHideNothing(t *testing.T) {
	text := strings.NewReplacer(
		"author: A", "author: &a A", "purpose: P", "purpose: *a", "horizon: 10", "horizon: *a", "start: 2025-10-29", "start: *a",
		"wait: 2", "wait: x", "wait: 0.5", "wait: *a", "{min: 3}", "{min: *a}",
		"act: {content: first}", "act: *a", "retracts: [$said]", "retracts: [*a]",
		"  b:\n", "  b:\n    next:\n      - *a\n      - {<<: *a, probability: 0.5}\n",
	).Replace(small)
	require.Equal(t, []string{
		"4 not-allowed A", "5 not-allowed a", "6 not-allowed a", "7 not-allowed a", "10 not-allowed a", "16 bad-value x",
		"22 not-allowed a", "23 not-allowed a", "25 not-allowed a", "28 not-allowed a", "29 not-allowed <<", "29 not-allowed a",
	}, told(t, text))
}

// A number without quotation marks is not told to leave them out.
func TestHintOfNumbers(t *testing.T) {
	hint := func(version string) string {
		_, err := scenario.Read("small.yaml", []byte(strings.Replace(small, "version: 3}}\n      - to: b", "version: "+version+"}}\n      - to: b", 1)))
		var faults domain.Faults
		require.ErrorAs(t, err, &faults)
		require.Len(t, faults, 1)
		return faults[0].Reason + faults[0].Hint
	}
	require.NotContains(t, hint("three"), "quotation")
	require.Contains(t, hint(`"three"`), "quotation")
}

func TestProbabilities(t *testing.T) {
	text := strings.NewReplacer("        when: {calls: {max: 2}}\n", "        probability: 0.6\n", "        when: {calls: {min: 3}}\n", "        probability: 0.5\n").Replace(small)
	_, err := scenario.Read("small.yaml", []byte(text))
	require.ErrorContains(t, err, `"1.1": states/a/next: the probabilities do not add up to 1`)
	_, err = scenario.Read("small.yaml", []byte(strings.Replace(text, "0.5\n        append", "0.4\n        append", 1)))
	require.NoError(t, err)
}

// Names that the record does not know are told with their place in the file.
func TestCheck(t *testing.T) {
	s, err := scenario.Read("small.yaml", []byte(strings.Replace(small, "{name: said, type: VerbalConfirmationGiven, actors: [pakistan]", "{name: said, type: VerbalConfirmationGiven, actors: [pakistn]", 1)))
	require.NoError(t, err)
	_, err = s.On(example(t, "", ""))
	require.ErrorContains(t, err, `small.yaml, row 20, column 65: "pakistn": no such actor is registered; did you mean pakistan?`)
}

// FuzzRead: whatever a file holds, it is refused with faults, or its runs end.
func FuzzRead(f *testing.F) {
	f.Add(small)
	for _, c := range faulty {
		f.Add(strings.Replace(small, c.old, c.new, 1))
	}
	base := example(f, "", "")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := scenario.Draft("fuzz.yaml", []byte(text))
		if err != nil {
			var faults, all domain.Faults
			require.ErrorAs(t, err, &faults)
			require.NotEmpty(t, faults)
			_, err = s.On(base)
			require.ErrorAs(t, err, &all)
			require.GreaterOrEqual(t, len(all), len(faults))
			return
		}
		require.LessOrEqual(t, len(s.Run(time.UTC, 1, 1).Events), ensemble.MaxEvents)
	})
}
