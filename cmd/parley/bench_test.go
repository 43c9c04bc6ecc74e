package main

import (
	"fmt"
	"testing"
	"time"

	"parley/domain"
	"parley/eventstore"
	"parley/projections"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// BenchmarkViewAmongOthers is a view of a negotiation of 1,000 events, log read and
// folded, in a store that holds many other events. The time must not grow with them.
func BenchmarkViewAmongOthers(b *testing.B) {
	store, err := eventstore.Open(b.Context(), eventstore.Options{Dir: b.TempDir()})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, store.Close()) })
	fill(b, store, "mine", 1000)
	others, each := 0, 1000
	for _, n := range []int{10_000, 1_000_000} {
		for ; others < n; others += each {
			fill(b, store, fmt.Sprint("other-", others/each), each)
		}
		b.Run(fmt.Sprint(n, " elsewhere"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var log []domain.Entry
				for e, err := range store.Read(b.Context(), "mine", 0) {
					require.NoError(b, err)
					log = append(log, e)
				}
				p, err := projections.Project("mine", log, projections.View{})
				require.NoError(b, err)
				require.Len(b, p.Accounts, 999)
			}
		})
	}
}

// fill records a negotiation of n events.
func fill(b *testing.B, store *eventstore.Store, negotiation string, n int) {
	b.Helper()
	in := make([]domain.Candidate, 0, n)
	add := func(key string, act domain.Act) {
		e := &domain.Event{Negotiation: negotiation, ID: domain.KeyedID(negotiation, key), Writer: "bench", Time: time.Now()}
		e.Body = domain.Body{Key: key, Act: act}
		if !e.Control() {
			e.Occurred = domain.MustEDTF("2025-10-28")
		}
		in = append(in, domain.Offer(e))
	}
	add("reg", domain.NegotiationRegistered{Title: "Bench", TimeZone: "UTC"})
	for i := 1; i < n; i++ {
		add(fmt.Sprint("e-", i), domain.StatementIssued{Content: uuid.NameSpaceDNS.String()})
	}
	_, err := store.Append(b.Context(), eventstore.Any(), in, eventstore.AppendOptions{})
	require.NoError(b, err)
}
