package domain_test

import (
	"errors"
	"testing"
	"time"

	"parley/domain"
	"parley/domain/domaintest"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// newLedger records tables, one after the other.
func newLedger(t *testing.T, tables ...string) *domain.Ledger {
	t.Helper()
	ledger := domain.NewLedger("talks")
	for _, table := range tables {
		record(ledger, decide(t, ledger, rows(t, "given.csv", table), "earlier").Append)
	}
	return ledger
}

func TestLedgerCounts(t *testing.T) {
	log := domaintest.Record(talks.Register())
	ledger := talks.Ledger(log)
	n := uint64(len(log))
	require.Equal(t, n, ledger.Head())
	require.Equal(t, len(log), ledger.Len())
	require.Equal(t, log[n-1].Event.Recorded, ledger.LastRecorded())

	again := *log[0].Event
	again.Note = "the same id with other content: the first counts"
	again.Recorded = log[n-1].Event.Recorded.Add(time.Hour)
	ledger.Apply(domain.Entry{Position: n + 1, Event: &again})
	ledger.Apply(domain.Entry{Position: n + 2, Fault: errors.New("not JSON")})
	require.Equal(t, n+2, ledger.Head())
	require.Equal(t, len(log), ledger.Len())
	require.Equal(t, 1, ledger.Parked())
	require.Equal(t, again.Recorded, ledger.LastRecorded())

	at, known := ledger.Position(log[0].Event.ID)
	require.True(t, known)
	require.Equal(t, uint64(1), at)
	_, known = ledger.Position(uuid.New())
	require.False(t, known)
	for e, want := range map[*domain.Event][2]bool{
		log[0].Event: {true, true}, &again: {true, false}, {ID: uuid.New()}: {false, false},
	} {
		recorded, same := ledger.Holds(e)
		require.Equal(t, want, [2]bool{recorded, same})
	}
}

func TestEntryParked(t *testing.T) {
	require.True(t, domain.Entry{Position: 1, Fault: errors.New("not JSON")}.Parked())
	require.False(t, domain.Entry{Position: 1, Event: &domain.Event{}}.Parked())
}

// TestLedgerRepairsTheRegistry: names follow the last word on their registration.
func TestLedgerRepairsTheRegistry(t *testing.T) {
	const renamed = `{""type"":""ActorRegistered"",""act"":{""actor"":""pakistan"",""name"":""Islamic Republic"",""kind"":""party""}}`
	name := func(l *domain.Ledger) string { return l.Registry().Name("pakistan") }

	require.Equal(t, "Pakistan", name(newLedger(t, registry)))
	require.Equal(t, "Islamic Republic", name(newLedger(t, registry, correctTo("c", "a1", renamed))))
	require.Equal(t, "pakistan", name(newLedger(t, registry, withdraw("w", "a1"))))
	require.Equal(t, "Pakistan", name(newLedger(t, registry, correctTo("c", "a1", renamed), withdraw("w", "c"))))
	require.Equal(t, "Pakistan", name(newLedger(t, registry, withdraw("w", "a1"), withdraw("v", "w"))))
	require.Equal(t, "Islamic Republic", name(newLedger(t, registry, correctTo("c", "a1", renamed), withdraw("w", "c"), withdraw("v", "w"))))

	require.True(t, newLedger(t, registry).Registry().Registered())
	require.False(t, newLedger(t, registry, withdraw("w", "n")).Registry().Registered())
	require.Equal(t, time.UTC, newLedger(t, registry, withdraw("w", "n")).Registry().Zone())
}

func TestRegistry(t *testing.T) {
	r := domain.NewRegistry()
	require.False(t, r.Registered())
	require.Equal(t, time.UTC, r.Zone())
	require.Equal(t, "pakistan", r.Name("pakistan"))

	r.Add(domain.NegotiationRegistered{Title: "Talks", TimeZone: "Asia/Karachi"})
	r.Add(domain.ActorRegistered{Actor: "pakistan", Name: "Pakistan", Aliases: []string{"Islamabad"}})
	copied := r.Clone()
	copied.Add(domain.ActorRegistered{Actor: "pakistan", Name: "Islamic Republic of Pakistan", Aliases: []string{"Rawalpindi", "Islamabad"}})
	copied.Add(domain.ActorRegistered{Actor: "pakistan", Name: "Islamic Republic of Pakistan", Aliases: []string{"Rawalpindi"}})
	copied.Add(domain.NegotiationRegistered{Title: "Talks", TimeZone: "Nowhere"})
	copied.Add(domain.SourceGraded{Source: "Dawn", Reliability: "B", Reason: "r"})
	copied.Add(domain.LensRegistered{Lens: "l"})
	copied.Add(domain.ThanksExpressed{})

	require.Equal(t, "Pakistan", r.Name("pakistan"), "a copy grows alone")
	require.Empty(t, r.Grades)
	require.Equal(t, "Asia/Karachi", r.Zone().String())
	require.Equal(t, "Asia/Karachi", copied.Zone().String(), "a zone that does not exist changes none")
	require.Equal(t, []string{"Islamabad", "Rawalpindi"}, copied.Actors["pakistan"].Aliases)
	require.Len(t, copied.Grades, 1)
	require.Len(t, copied.Lenses, 1)

	for label, want := range map[string]domain.ActorID{"pakistan": "pakistan", "Rawalpindi": "pakistan", "rawalpindi": "", "": ""} {
		id, ok := copied.ActorNamed(label)
		require.Equal(t, want, id, label)
		require.Equal(t, want != "", ok, label)
	}
	copied.Add(domain.ActorRegistered{Actor: "army", Name: "Army", Aliases: []string{"Rawalpindi"}})
	_, ok := copied.ActorNamed("Rawalpindi")
	require.False(t, ok, "a label of two actors names none")
}

func TestIsRegistration(t *testing.T) {
	for _, s := range domain.Catalogue() {
		require.Equal(t, s.Group == "registry", domain.IsRegistration(talks.EventOf(s).Example(1).Act), s.Name)
	}
	require.False(t, domain.IsRegistration(nil))
}
