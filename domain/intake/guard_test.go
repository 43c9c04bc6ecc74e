package intake_test

import (
	"strings"
	"testing"

	"parley/domain"
	"parley/domain/intake"

	"github.com/stretchr/testify/require"
)

// TestGuard: what a spreadsheet would run gets an apostrophe, which is no part of
// the text when the table is read again.
func TestGuard(t *testing.T) {
	e := &domain.Event{ID: domain.KeyedID("talks", "-a"), Negotiation: "talks", Body: domain.Body{
		Key: "-a", Occurred: domain.MustEDTF("-0043-03-15"), Act: domain.ThanksExpressed{For: "=HYPERLINK(1)"},
	}}
	columns := []string{"key", "type", "negotiation", "occurred", "act.for", "note"}
	for _, c := range []struct{ note, cell string }{
		{"=1", "'=1"},
		{"'=1", "''=1"},
		{"''@x", "'''@x"},
		{"-5", "'-5"},
		{"'quoted'", "'quoted'"},
		{"'", "'"},
		{"plain = 1", "plain = 1"},
	} {
		e.Note = c.note
		require.Equal(t, []string{"'-a", "ThanksExpressed", "talks", "-0043-03-15", "'=HYPERLINK(1)", c.cell}, intake.Row(columns, e))
		in, faults := intake.Table("in.csv", strings.NewReader(table(columns, e)))
		require.Empty(t, faults)
		require.Empty(t, in[0].Faults)
		require.Equal(t, e, in[0].Event)
	}
}
