package domain_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"parley/domain"
	"parley/domain/domaintest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var talks = domaintest.Talks

// The laws run over every type, so that none is left to chance.
func eachType(t *testing.T, law func(t *rapid.T, e *domain.Event)) {
	t.Helper()
	for _, s := range domain.Catalogue() {
		t.Run(s.Name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { law(t, talks.EventOf(s).Draw(t, "event")) })
		})
	}
}

func TestLawDecodeInvertsEncode(t *testing.T) {
	eachType(t, func(t *rapid.T, e *domain.Event) {
		e.Recorded = domaintest.Start
		raw, err := domain.Encode(e)
		require.NoError(t, err)
		back, err := domain.Decode(raw)
		require.NoError(t, err)
		require.Equal(t, e, back)
		again, err := domain.Encode(back)
		require.NoError(t, err)
		require.Equal(t, string(raw), string(again))
	})
}

func TestLawBindInvertsUnbind(t *testing.T) {
	eachType(t, func(t *rapid.T, e *domain.Event) {
		c := domain.Bind(domain.Record{Values: domain.Unbind(e), Place: somewhere})
		require.Empty(t, c.Faults)
		require.Equal(t, e, c.Event)
	})
}

// What is offered in Go is judged by the same rules as what is read.
func TestLawCheckAcceptsWhatBindAccepts(t *testing.T) {
	eachType(t, func(t *rapid.T, e *domain.Event) {
		require.Empty(t, domain.Check(e))
		offered := domain.Offer(e)
		require.Empty(t, offered.Faults)
		require.Same(t, e, offered.Event)
	})
}

func TestLawContentKnowsNeitherWriterNorTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := talks.Event().Draw(t, "event")
		other := *e
		other.Writer, other.Time, other.Recorded = "mailto:other@example.org", domaintest.Start, domaintest.Start.Add(time.Hour)
		require.Equal(t, content(t, e), content(t, &other))
		other.Note += "."
		require.NotEqual(t, content(t, e), content(t, &other))
	})
}

func content(t require.TestingT, e *domain.Event) string {
	b, err := domain.Content(e)
	require.NoError(t, err)
	return string(b)
}

// TestLawDecideTwice: what was decided and recorded need not be recorded again.
func TestLawDecideTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := talks.History(12).Draw(t, "history")
		known := rapid.IntRange(0, len(events)-1).Draw(t, "known")
		ledger := talks.Ledger(domaintest.Record(events[:known]))
		in := domaintest.Offer(events...)

		first := decide(t, ledger, in, "")
		require.Equal(t, known, first.Known)
		require.Equal(t, events[known:], first.Append)
		record(ledger, first.Append)

		second := decide(t, ledger, in, "")
		require.Empty(t, second.Append)
		require.Equal(t, len(events), second.Known)
	})
}

// TestLawCorrectTwice: a changed row is corrected once, whatever corrections and
// withdrawals the log holds already.
func TestLawCorrectTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := talks.History(12).Draw(t, "history")
		ledger := talks.Ledger(domaintest.Record(events))
		changed := *rapid.SampledFrom(events).Draw(t, "changed")
		changed.Note += "!"
		in := []domain.Candidate{domain.Offer(&changed)}

		_, faults := domain.Decide(ledgers(ledger), in, domain.Handling{})
		require.Len(t, faults, 1)
		require.Equal(t, domain.ChangedEvent, faults[0].Problem)

		first := decide(t, ledger, in, "a typo")
		require.Equal(t, 1, first.Corrected)
		record(ledger, first.Append)
		require.Equal(t, 1, decide(t, ledger, in, "a typo").Known)
		require.Equal(t, 1, decide(t, ledger, in, "").Known)
	})
}

// TestLawFaultsWhateverTheOrder: the rows of an input can be shuffled, and the
// same faults are found. (Repairs are left out: they must follow their targets.)
func TestLawFaultsWhateverTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var in []domain.Candidate
		for i, e := range talks.Register() {
			if rapid.IntRange(0, 3).Draw(t, "left out") > 0 {
				in = append(in, row(e, i))
			}
		}
		for i := range rapid.IntRange(1, 8).Draw(t, "rows") {
			e := talks.Event().Filter(isNoRepair).Draw(t, "event")
			c := row(e, 100+i)
			if rapid.Bool().Draw(t, "faulty") {
				c.Faults = domain.Faults{{Place: c.Place("note"), Problem: domain.BadValue, Reason: "odd"}}
			}
			in = append(in, c)
		}
		ledger := domain.NewLedger(talks.Negotiation)
		_, faults := domain.Decide(ledgers(ledger), in, domain.Handling{})
		shuffled := rapid.Permutation(in).Draw(t, "shuffled")
		_, again := domain.Decide(ledgers(ledger), shuffled, domain.Handling{})
		require.Len(t, again, len(faults))
	})
}

// TestLawDecideIsPure: nothing that Decide is given changes.
func TestLawDecideIsPure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := talks.History(8).Draw(t, "history")
		ledger := talks.Ledger(domaintest.Record(events[:len(events)/2]))
		in := domaintest.Offer(events...)
		before := make([]string, len(events))
		for i, e := range events {
			before[i] = content(t, e)
		}
		actors := len(ledger.Registry().Actors)
		one := decide(t, ledger, in, "")
		require.Equal(t, one, decide(t, ledger, in, ""))
		require.Len(t, ledger.Registry().Actors, actors)
		for i, e := range events {
			require.Equal(t, before[i], content(t, e))
		}
	})
}

func isNoRepair(e *domain.Event) bool {
	switch e.Act.(type) {
	case domain.EventCorrected, domain.EventWithdrawn:
		return false
	default:
		return true
	}
}

func somewhere(path string) domain.Place { return domain.Place{Pointer: domain.Pointer(path)} }

// row is an event as it stands in a row of one file.
func row(e *domain.Event, n int) domain.Candidate {
	return domain.Candidate{Event: e, Place: func(path string) domain.Place {
		return domain.Place{File: "in.csv", Row: n, Column: path}
	}}
}

func ledgers(l ...*domain.Ledger) map[string]*domain.Ledger {
	m := map[string]*domain.Ledger{talks.Negotiation: domain.NewLedger(talks.Negotiation)}
	for _, one := range l {
		m[talks.Negotiation] = one
	}
	return m
}

func decide(t require.TestingT, l *domain.Ledger, in []domain.Candidate, correct string) domain.Decision {
	d, faults := domain.Decide(ledgers(l), in, domain.Handling{Correct: correct})
	require.Empty(t, faults)
	return d
}

// record appends events to the log of a ledger.
func record(l *domain.Ledger, events []*domain.Event) {
	for i, e := range domaintest.Record(events) {
		e.Position = l.Head() + 1
		e.Event.Recorded = e.Event.Recorded.Add(time.Duration(i) * time.Second)
		l.Apply(e)
	}
}

func TestHistoriesHoldEverySort(t *testing.T) {
	seen := map[string]int{}
	for seed := range 200 {
		for _, e := range talks.History(20).Example(seed) {
			seen[e.Type()]++
			if c, ok := e.Act.(domain.EventCorrected); ok {
				seen["correction to "+c.Replacement.Type]++
			}
		}
	}
	for _, s := range domain.Catalogue() {
		if !slices.Contains([]string{"SourceGraded", "LensRegistered", "BranchOpened", "BranchDropped"}, s.Name) {
			require.NotZero(t, seen[s.Name], fmt.Sprint(s.Name, " in ", seen))
		}
	}
	require.NotZero(t, seen["correction to EventCorrected"])
	require.NotZero(t, seen["correction to EventWithdrawn"])
}
