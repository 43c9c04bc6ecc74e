package intake_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"parley/domain"
	"parley/domain/domaintest"
	"parley/domain/intake"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// table renders events as CSV.
func table(columns []string, events ...*domain.Event) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	_ = w.Write(columns)
	for _, e := range events {
		_ = w.Write(intake.Row(columns, e))
	}
	w.Flush()
	return b.String()
}

// TestLawRowsAreReadBack: a table of random events reads as the same events.
func TestLawRowsAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := rapid.SliceOfN(domaintest.Talks.Event(), 1, 4).Draw(t, "events")
		for _, columns := range [][]string{intake.Columns(), intake.ColumnsOf(events...)} {
			text := table(columns, events...)
			in, faults := intake.Table("in.csv", strings.NewReader(text))
			require.Empty(t, faults, text)
			require.Len(t, in, len(events))
			for i, c := range in {
				require.Empty(t, c.Faults, text)
				require.Equal(t, events[i], c.Event, text)
			}
		}
	})
}

// TestLawLinesAreReadBack: so do lines of JSON, flat and as they are stored.
func TestLawLinesAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := domaintest.Talks.Event().Draw(t, "event")
		c, fault := intake.Line(domain.Place{}, intake.JSON(e))
		require.Nil(t, fault)
		require.Empty(t, c.Faults)
		require.Equal(t, e, c.Event)

		stored := domaintest.Record([]*domain.Event{e})[0]
		c, fault = intake.Line(domain.Place{}, stored.Raw)
		require.Nil(t, fault)
		require.Empty(t, c.Faults)
		require.Equal(t, e, c.Event)
	})
}

func TestRow(t *testing.T) {
	e := &domain.Event{
		ID: domain.KeyedID("talks", "a"), Negotiation: "talks",
		Body: domain.Body{
			Key: "a", Occurred: domain.MustEDTF("2025"), Actors: []domain.ActorID{"pakistan", "qatar"},
			Act: domain.EventCorrected{Target: "b", Reason: "r", Replacement: domain.Replacement{
				Type: "SessionHeld", Body: domain.Body{Round: "r", Occurred: domain.MustEDTF("2025"), Source: &domain.Source{Quote: `"q"`}, Act: domain.SessionHeld{Ordinal: 3}},
			}},
		},
	}
	require.Equal(t, []string{"key", "type", "negotiation", "occurred", "actors", "act.reason", "act.target", "act.replacement"}, intake.ColumnsOf(e))
	require.Equal(t, []string{"a", "pakistan|qatar", "", `{"type":"SessionHeld","round":"r","occurred":"2025","source":{"quote":"\"q\""},"act":{"ordinal":3}}`},
		intake.Row([]string{"key", "actors", "note", "act.replacement"}, e))
	require.Equal(t, `{"key":"a","type":"EventCorrected","negotiation":"talks","occurred":"2025","actors":["pakistan","qatar"],"act":{"target":"b",`+
		`"replacement":{"type":"SessionHeld","round":"r","occurred":"2025","source":{"quote":"\"q\""},"act":{"ordinal":3}},"reason":"r"}}`, string(intake.JSON(e)))
	e.Key = ""
	require.Contains(t, intake.ColumnsOf(e), "id", "without a key the id must stand there")
}
