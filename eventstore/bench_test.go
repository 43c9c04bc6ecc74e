package eventstore

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"parley/domain"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"github.com/synadia-io/orbit.go/jetstreamext"
)

// The benchmarks compare with what the client library does on the same server,
// with the same bytes and the same sync setting, in the same run. Absolute figures
// tell of the machine; the ratio tells of this package. Both sides take turns, so
// that a slow moment of the machine hits both.

// rawStream is a stream like the record, for the other side.
func rawStream(b *testing.B, s *Store) {
	b.Helper()
	c := recordConfig(1)
	c.Name, c.Subjects = "RAW", []string{"raw.*"}
	_, err := s.js.CreateStream(b.Context(), c)
	require.NoError(b, err)
}

func encoded(b *testing.B, e *domain.Event) []byte {
	b.Helper()
	stamped := *e
	stamped.Recorded = made
	raw, err := domain.Encode(&stamped)
	require.NoError(b, err)
	return raw
}

func report(b *testing.B, events int, ours, raw time.Duration) {
	b.ReportMetric(float64(raw)/float64(ours), "of-raw")
	b.ReportMetric(float64(events)/ours.Seconds(), "events/s")
	b.ReportMetric(float64(events)/raw.Seconds(), "raw-events/s")
}

func BenchmarkAppendOne(b *testing.B) {
	s := openDir(b, b.TempDir())
	begin(b, s, "talks")
	rawStream(b, s)
	var ours, raw time.Duration
	var last uint64
	n := 0
	for b.Loop() {
		e := statement("talks", fmt.Sprintf("key-%d", n))
		n++
		m := nats.NewMsg("raw.talks")
		m.Data = encoded(b, e)
		in := offer(e)

		at := time.Now()
		_, err := s.Append(b.Context(), Any(), in, AppendOptions{})
		ours += time.Since(at)
		require.NoError(b, err)

		at = time.Now()
		ack, err := s.js.PublishMsg(b.Context(), m, jetstream.WithExpectLastSequencePerSubject(last))
		raw += time.Since(at)
		require.NoError(b, err)
		last = ack.Sequence
	}
	report(b, n, ours, raw)
}

const importSize = 20_000

func BenchmarkImport(b *testing.B) {
	s := openDir(b, b.TempDir())
	rawStream(b, s)
	var ours, raw time.Duration
	n := 0
	for b.Loop() {
		negotiation := fmt.Sprintf("talks-%d", n)
		begin(b, s, negotiation)
		in := statements(negotiation, "key", importSize)
		var msgs []*nats.Msg
		for _, c := range in {
			m := nats.NewMsg("raw." + negotiation)
			m.Data = encoded(b, c.Event)
			msgs = append(msgs, m)
		}
		n++

		at := time.Now()
		_, err := s.Append(b.Context(), Any(), in, AppendOptions{})
		ours += time.Since(at)
		require.NoError(b, err)

		at = time.Now()
		last := uint64(0)
		for i := 0; i < len(msgs); i += MaxBatch {
			batch := msgs[i:min(i+MaxBatch, len(msgs))]
			batch[0].Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(last, 10))
			ack, err := jetstreamext.PublishMsgBatch(b.Context(), s.js, batch)
			require.NoError(b, err)
			last = ack.Sequence
		}
		raw += time.Since(at)
	}
	report(b, n*importSize, ours, raw)
}
