package main

import (
	"path/filepath"
	"testing"
	"time"

	"parley/domain"
	"parley/eventstore"

	"github.com/stretchr/testify/require"
)

// A clock that was once far ahead leaves its time to all that follows: whoever appends
// is told, and doctor notes it.
func TestClockThatWasAhead(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	must(t, "import", "testdata/talks.csv", "--data", data)
	require.NotContains(t, must(t, "doctor", "--data", data, "-o", "csv"), "clock,")
	add := func(key string, ahead time.Duration) (said string) {
		s, err := eventstore.Open(t.Context(), eventstore.Options{
			Dir: data, Now: func() time.Time { return time.Now().Add(ahead) }, Notify: func(text string) { said += text },
		})
		require.NoError(t, err)
		defer func() { require.NoError(t, s.Close()) }()
		body := domain.Body{
			Key: key, Actors: []domain.ActorID{"north"}, Occurred: domain.MustEDTF("2026-03-08"),
			Act: domain.ObligationInvoked{Instrument: "paper", Obligor: "north"},
		}
		_, err = s.Append(t.Context(), eventstore.Any(), []domain.Candidate{domain.Offer(&domain.Event{
			ID: domain.KeyedID("talks", key), Negotiation: "talks", Writer: "test", Time: time.Now(), Body: body,
		})}, eventstore.AppendOptions{})
		require.NoError(t, err)
		return said
	}
	require.Empty(t, add("first", time.Minute))
	require.Empty(t, add("second", 48*time.Hour), "the clock says so itself")
	require.Contains(t, add("third", 0), "after this clock")
	require.Contains(t, must(t, "doctor", "--data", data, "-o", "csv"), "clock,note,the last event of talks says that it was recorded ")
}
