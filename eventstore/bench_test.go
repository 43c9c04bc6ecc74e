package eventstore

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
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

// readSize is how many events the benchmark of reading has, EVENTS in `make bench`.
func readSize(b *testing.B) int {
	b.Helper()
	text := os.Getenv("PARLEY_BENCH_EVENTS")
	if text == "" {
		return 100_000
	}
	n, err := strconv.Atoi(text)
	require.NoError(b, err, "PARLEY_BENCH_EVENTS")
	return n
}

// rawReads are the ways in which the client library reads a stream in order. The
// fastest is what reading is compared with.
var rawReads = map[string]func(b *testing.B, c jetstream.Consumer, count int){
	"messages, as they come": func(b *testing.B, c jetstream.Consumer, count int) { rawMessages(b, c, count) },
	"messages, 10,000 at a time": func(b *testing.B, c jetstream.Consumer, count int) {
		rawMessages(b, c, count, jetstream.PullMaxMessages(10_000))
	},
	"consume, 10,000 at a time": rawConsume,
}

func rawMessages(b *testing.B, c jetstream.Consumer, count int, opts ...jetstream.PullMessagesOpt) {
	b.Helper()
	messages, err := c.Messages(opts...)
	require.NoError(b, err)
	defer messages.Stop()
	for range count {
		_, err := messages.Next()
		require.NoError(b, err)
	}
}

func rawConsume(b *testing.B, c jetstream.Consumer, count int) {
	b.Helper()
	all := make(chan struct{})
	running, err := c.Consume(func(jetstream.Msg) {
		if count--; count == 0 {
			close(all)
		}
	}, jetstream.PullMaxMessages(10_000))
	require.NoError(b, err)
	defer running.Stop()
	<-all
}

// BenchmarkRead reads and decodes a whole negotiation; the other side counts its
// messages and looks into none.
func BenchmarkRead(b *testing.B) {
	s := openDir(b, b.TempDir())
	begin(b, s, "talks")
	size := readSize(b)
	for from := 0; from < size; from += importSize {
		in := statements("talks", fmt.Sprint("key-", from), min(importSize, size-from))
		_, err := s.Append(b.Context(), Any(), in, AppendOptions{})
		require.NoError(b, err)
	}
	rawRead := func(read func(*testing.B, jetstream.Consumer, int)) time.Duration {
		at := time.Now()
		consumer, err := s.js.OrderedConsumer(b.Context(), RecordStream, jetstream.OrderedConsumerConfig{FilterSubjects: []string{"parley.record.talks"}})
		require.NoError(b, err)
		read(b, consumer, size+1)
		return time.Since(at)
	}
	rawRead(rawConsume) // so that nobody is the first to read what was written
	var ours time.Duration
	raws := map[string]time.Duration{}
	n := 0
	for b.Loop() {
		at := time.Now()
		count := 0
		for e, err := range s.Read(b.Context(), "talks", 0) {
			require.NoError(b, err)
			if e.Event != nil {
				count++
			}
		}
		ours += time.Since(at)
		require.Equal(b, size+1, count)
		for name, read := range rawReads {
			raws[name] += rawRead(read)
		}
		n++
	}
	fastest := slices.MinFunc(slices.Collect(maps.Keys(raws)), func(x, y string) int { return cmp.Compare(raws[x], raws[y]) })
	b.Logf("the fastest raw reader: %s", fastest)
	report(b, n*(size+1), ours, raws[fastest])
}
