package intake_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"parley/domain"
	"parley/domain/domaintest"
	"parley/domain/intake"

	"github.com/stretchr/testify/require"
)

// decideAnything runs a whole input against an empty log and one that has names:
// it must not panic, and tell faults that can be printed.
func decideAnything(t *testing.T, in []domain.Candidate, faults domain.Faults) {
	t.Helper()
	for _, log := range [][]*domain.Event{nil, domaintest.Talks.Register()} {
		ledgers := map[string]*domain.Ledger{}
		for _, c := range in {
			if n := c.Event.Negotiation; domain.ValidID(n) && ledgers[n] == nil {
				ledgers[n] = domain.NewLedger(n)
				if n == domaintest.Talks.Negotiation {
					ledgers[n] = domaintest.Talks.Ledger(domaintest.Record(log))
				}
			}
		}
		_, found := domain.Decide(ledgers, in, domain.Handling{Correct: "fuzz"})
		faults = append(faults, found...)
	}
	for _, f := range faults {
		require.True(t, utf8.ValidString(f.String()))
		require.NotEmpty(t, f.Reason)
		require.NotEmpty(t, f.Problem)
	}
}

// FuzzTable: no table makes the reader panic, and what it accepts it can write.
func FuzzTable(f *testing.F) {
	for seed := range 20 {
		events := []*domain.Event{domaintest.Talks.Event().Example(seed), domaintest.Talks.Event().Example(seed + 100)}
		f.Add([]byte(table(intake.ColumnsOf(events...), events...)))
	}
	f.Add([]byte("key;type\n\"a"))
	f.Add([]byte("\ufeffkey,type,negotiation,occurred,actors\r\n\r\nk,ThanksExpressed,talks,2025,here|there\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		in, faults := intake.Table("in.csv", bytes.NewReader(text))
		decideAnything(t, in, faults)
		var events []*domain.Event
		for _, c := range in {
			if len(c.Faults) == 0 {
				require.Empty(t, domain.Check(c.Event))
				events = append(events, c.Event)
			}
		}
		if len(events) == 0 {
			return
		}
		again, faults := intake.Table("in.csv", strings.NewReader(table(intake.ColumnsOf(events...), events...)))
		require.Empty(t, faults)
		require.Len(t, again, len(events))
		for i, c := range again {
			require.Empty(t, c.Faults)
			require.Equal(t, events[i], c.Event)
		}
	})
}

// FuzzLine: no line makes the reader panic, and what it accepts it can write.
func FuzzLine(f *testing.F) {
	file, err := os.ReadFile("../testdata/samples.ndjson")
	require.NoError(f, err)
	for line := range bytes.Lines(file) {
		f.Add(line)
	}
	f.Add([]byte(cloud))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, fault := intake.Line(domain.Place{File: "in.ndjson", Row: 1}, text)
		if fault != nil {
			require.True(t, utf8.ValidString(fault.String()))
			return
		}
		decideAnything(t, []domain.Candidate{c}, nil)
		if len(c.Faults) > 0 {
			return
		}
		require.Empty(t, domain.Check(c.Event))
		again, fault := intake.Line(domain.Place{}, intake.JSON(c.Event))
		require.Nil(t, fault)
		require.Empty(t, again.Faults)
		require.Equal(t, c.Event, again.Event)

		c.Event.Writer = "parley:test"
		raw, err := domain.Encode(c.Event)
		require.NoError(t, err)
		back, err := domain.Decode(raw)
		require.NoError(t, err)
		one, err := domain.Content(c.Event)
		require.NoError(t, err)
		two, err := domain.Content(back)
		require.NoError(t, err)
		require.Equal(t, string(one), string(two))
	})
}
