package domain_test

import (
	"fmt"
	"testing"

	"parley/domain"
	"parley/domain/domaintest"
	"parley/domain/intake"

	"github.com/stretchr/testify/require"
)

// typical is an event as most are: about a hundred characters of quote, a
// source, two dates.
func typical(i int) *domain.Event {
	key := fmt.Sprint("e-", i)
	return &domain.Event{
		ID: domain.KeyedID("talks", key), Negotiation: "talks", Writer: "parley:test", Time: domaintest.Start, Recorded: domaintest.Start,
		Body: domain.Body{
			Key: key, Round: "first", Occurred: domain.MustEDTF("2025-10-27/2025-10-28"), Reported: domain.MustEDTF("[2025-10-29..]"),
			Actors: []domain.ActorID{"here", "there"}, Act: domain.DraftFinalized{Draft: "draft", Version: 3, Completeness: domain.Final},
			Source: &domain.Source{
				Document: "001.txt", Locator: "char=855", Quote: "both sides finalized a draft agreement three separate times, sources said on Wednesday in the capital",
				Speaker: "sources", Attribution: "anonymous", Vantage: "briefed", Side: "here",
			},
			Reliability: "F", Credibility: "6", Coder: "parley-example", Note: "year: not in the article",
		},
	}
}

func BenchmarkEncode(b *testing.B)         { benchmarkEncode(b, domain.Encode) }
func BenchmarkEncodeThorough(b *testing.B) { benchmarkEncode(b, domain.ThoroughEncode) }
func BenchmarkDecode(b *testing.B)         { benchmarkDecode(b, domain.Decode) }
func BenchmarkDecodeThorough(b *testing.B) { benchmarkDecode(b, domain.ThoroughDecode) }

func benchmarkEncode(b *testing.B, encode func(*domain.Event) ([]byte, error)) {
	e := typical(1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := encode(e); err != nil {
			b.Fatal(err)
		}
	}
}

// benchmarkDecode decodes a thousand events in turn, as many have keys of their own.
func benchmarkDecode(b *testing.B, decode func([]byte) (*domain.Event, error)) {
	raws := make([][]byte, 1000)
	for i := range raws {
		var err error
		raws[i], err = domain.Encode(typical(i))
		require.NoError(b, err)
	}
	b.SetBytes(int64(len(raws[0])))
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if _, err := decode(raws[n%len(raws)]); err != nil {
			b.Fatal(err)
		}
		n++
	}
}

func BenchmarkContent(b *testing.B) {
	e := typical(1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := domain.Content(e); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBind binds the cells of one row.
func BenchmarkBind(b *testing.B) {
	e := typical(1)
	columns := intake.ColumnsOf(e)
	r := domain.Record{Place: somewhere}
	for i, cell := range intake.Row(columns, e) {
		r.Values = append(r.Values, domain.Value{Path: columns[i], Items: []string{cell}, Form: domain.Cell})
	}
	b.ReportAllocs()
	for b.Loop() {
		if c := domain.Bind(r); len(c.Faults) > 0 {
			b.Fatal(c.Faults)
		}
	}
}

// benchmarkDecide decides on a thousand events; the time is that of one.
func benchmarkDecide(b *testing.B, known bool) {
	const n = 1000
	var events []*domain.Event
	for i := range n {
		events = append(events, typical(i))
	}
	in := domaintest.Offer(events...)
	ledger := talks.Ledger(domaintest.Record(talks.Register()))
	if known {
		record(ledger, events)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, faults := domain.Decide(ledgers(ledger), in, domain.Handling{}); len(faults) > 0 {
			b.Fatal(faults)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/event")
}

func BenchmarkDecideNew(b *testing.B)   { benchmarkDecide(b, false) }
func BenchmarkDecideKnown(b *testing.B) { benchmarkDecide(b, true) }

// BenchmarkDecideFaulty has a fault in every event: hints must not make an input
// that is wrong throughout slower than one can wait.
func BenchmarkDecideFaulty(b *testing.B) {
	const n = 1000
	var in []domain.Candidate
	for i := range n {
		e := typical(i)
		e.After = []domain.EventRef{domain.EventRef(fmt.Sprint("nobody-", i))}
		e.Actors = []domain.ActorID{domain.ActorID(fmt.Sprint("heer-", i))}
		in = append(in, domain.Offer(e))
	}
	ledger := talks.Ledger(domaintest.Record(talks.Register()))
	for b.Loop() {
		if _, faults := domain.Decide(ledgers(ledger), in, domain.Handling{}); len(faults) != 2*n {
			b.Fatal(len(faults))
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/event")
}

func BenchmarkLedgerApply(b *testing.B) {
	const n = 1000
	var events []*domain.Event
	for i := range n {
		events = append(events, typical(i))
	}
	log := domaintest.Record(events)
	for b.Loop() {
		talks.Ledger(log)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/event")
}
