package eventstore

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"parley/domain"
	"parley/eventstore/clustertest"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// TestMain lets the test binary play the other processes of a test.
func TestMain(m *testing.M) {
	if code, wasServer := clustertest.Main(); wasServer {
		os.Exit(code)
	}
	if role := os.Getenv(childRole); role != "" {
		os.Exit(runChild(role))
	}
	code := m.Run()
	stopCluster()
	if code == 0 {
		if err := goleak.Find(
			// Of a mirror that is deleted: the server waits for an answer, also once it has ended.
			goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server.(*stream).tryDeleteSourcingConsumer.func1"),
		); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

const soon = time.Minute // far more than any test needs, for machines that are busy

// openDir opens a store on a folder and closes it with the test.
func openDir(t testing.TB, dir string, edit ...func(*Options)) *Store {
	t.Helper()
	o := Options{Dir: dir, Kind: "test"}
	for _, f := range edit {
		f(&o)
	}
	s, err := Open(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func listening(o *Options) { o.Listen = "127.0.0.1:0" }

// made is when all events of the tests were made.
var made = time.Date(2025, 11, 1, 12, 0, 0, 0, time.UTC)

// registration is the event that a negotiation begins with.
func registration(negotiation string) *domain.Event {
	return &domain.Event{
		ID: domain.KeyedID(negotiation, "registration"), Negotiation: negotiation, Writer: "test", Time: made,
		Body: domain.Body{Key: "registration", Act: domain.NegotiationRegistered{Title: "Talks", TimeZone: "Asia/Karachi"}},
	}
}

// statement is an event of the usual size.
func statement(negotiation, key string) *domain.Event {
	occurred, err := domain.ParseEDTF("2025-10-26")
	if err != nil {
		panic(err)
	}
	return &domain.Event{
		ID: domain.KeyedID(negotiation, key), Negotiation: negotiation, Writer: "test", Time: made,
		Body: domain.Body{
			Key: key, Occurred: occurred,
			Act: domain.StatementIssued{Content: "the talks go on, and a draft is being worked on through the night", Official: true},
			Source: &domain.Source{
				Document: "001.txt", Quote: "a quote of about a hundred characters, as in most of the material that there is",
				Outlet: "an outlet", Speaker: "an official",
			},
		},
	}
}

// offer makes input of events.
func offer(events ...*domain.Event) []domain.Candidate {
	in := make([]domain.Candidate, len(events))
	for i, e := range events {
		in[i] = domain.Offer(e)
	}
	return in
}

// statements is input of n events with keys that start with prefix.
func statements(negotiation, prefix string, n int) []domain.Candidate {
	in := make([]domain.Candidate, n)
	for i := range n {
		in[i] = domain.Offer(statement(negotiation, fmt.Sprintf("%s-%d", prefix, i)))
	}
	return in
}

// begin registers a negotiation.
func begin(t testing.TB, s *Store, negotiation string) {
	t.Helper()
	_, err := s.Append(t.Context(), None(), offer(registration(negotiation)), AppendOptions{})
	require.NoError(t, err)
}

// readAll reads a negotiation to its head.
func readAll(t testing.TB, s *Store, negotiation string, from uint64) []domain.Entry {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	var out []domain.Entry
	for e, err := range s.Read(ctx, negotiation, from) {
		require.NoError(t, err)
		out = append(out, e)
	}
	return out
}

// keysOf names the events of a log.
func keysOf(entries []domain.Entry) []string {
	keys := make([]string, len(entries))
	for i, e := range entries {
		keys[i] = "parked"
		if !e.Parked() {
			keys[i] = e.Event.Name()
		}
	}
	return keys
}

// onceEach demands that a log holds exactly these events, each once, at rising
// positions.
func onceEach(t testing.TB, entries []domain.Entry, want []domain.Candidate) {
	t.Helper()
	seen := map[string]int{}
	last := uint64(0)
	for _, e := range entries {
		require.False(t, e.Parked(), "entry #%d is parked: %v", e.Position, e.Fault)
		require.Greater(t, e.Position, last)
		last = e.Position
		seen[e.Event.Name()]++
	}
	for _, c := range want {
		require.Equal(t, 1, seen[c.Event.Name()], "times that %s stands in the log", c.Event.Name())
	}
	require.Len(t, entries, len(want))
}
