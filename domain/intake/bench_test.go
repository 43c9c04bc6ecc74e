package intake_test

import (
	"bytes"
	"strings"
	"testing"

	"parley/domain"
	"parley/domain/domaintest"
	"parley/domain/intake"
)

const benchRows = 1000

// benchEvents are events with keys, so that a table of them is what people have.
func benchEvents() []*domain.Event {
	var events []*domain.Event
	for seed := 0; len(events) < benchRows; seed++ {
		if e := domaintest.Talks.Event().Example(seed); !e.Control() {
			events = append(events, e)
		}
	}
	return events
}

func BenchmarkTable(b *testing.B) {
	events := benchEvents()
	text := table(intake.ColumnsOf(events...), events...)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if in, faults := intake.Table("in.csv", strings.NewReader(text)); len(in) != benchRows || len(faults) > 0 {
			b.Fatal(len(in), faults)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
}

func BenchmarkLines(b *testing.B) {
	var text bytes.Buffer
	for _, e := range benchEvents() {
		text.Write(intake.JSON(e))
		text.WriteByte('\n')
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if in, faults := intake.Lines("in.ndjson", bytes.NewReader(text.Bytes())); len(in) != benchRows || len(faults) > 0 {
			b.Fatal(len(in), faults)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
}
