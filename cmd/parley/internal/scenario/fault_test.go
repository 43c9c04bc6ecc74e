package scenario_test

import (
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
	f.Fuzz(func(t *testing.T, text string) {
		s, err := scenario.Read("fuzz.yaml", []byte(text))
		if err != nil {
			var faults domain.Faults
			require.ErrorAs(t, err, &faults)
			require.NotEmpty(t, faults)
			return
		}
		require.LessOrEqual(t, len(s.Run(time.UTC, 1, 1).Events), ensemble.MaxEvents)
	})
}
