package ensemble_test

import (
	"fmt"
	"strings"
	"testing"

	"parley/projections/ensemble"

	"github.com/stretchr/testify/require"
)

// withdrawing is runs of which one, on a line, withdraws what the view names.
func withdrawing(runs, line int, fault int) string {
	var b strings.Builder
	for i := 1; i <= runs; i++ {
		events := `{"type":"AgreementSigned","occurred":"2025-11-05","actors":["a","b"],"act":{"draft":"d","version":1,"form":"signature"}}`
		switch i {
		case line:
			events = `{"type":"EventWithdrawn","act":{"target":"final","reason":"r"}}`
		case fault:
			events = `{"type":"StatementIssued","occurred":"tomorrow"}`
		}
		fmt.Fprintf(&b, `{"run":"r-%d","events":[%s]}`+"\n", i, events)
	}
	return b.String()
}

// A run may withdraw the event at which the view cuts: the cut stays where it was, and
// the answer does not depend on how many evaluate.
func TestRunWithdrawsWhatTheViewNames(t *testing.T) {
	base := newBase(t, "as-of=@final")
	want := ""
	for _, workers := range []int{1, 2, 4} {
		s, err := evaluate(t, base, withdrawing(150, 2, 0), ensemble.Options{Workers: workers})
		require.NoError(t, err)
		text, err := s.JSON()
		require.NoError(t, err)
		if want == "" {
			want = string(text)
		}
		require.Equal(t, want, string(text))

		_, err = evaluate(t, base, withdrawing(150, 101, 61), ensemble.Options{Workers: workers})
		faults := faultsOf(t, err)
		require.Len(t, faults, 1)
		require.Equal(t, 61, faults[0].Row)
	}
	require.Contains(t, want, `"none"`, "the run in which the text was never finalized")
}
