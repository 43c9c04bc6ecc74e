package eventstore

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

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

// rawReader is a way in which the client library's ordered consumer reads a stream.
type rawReader struct {
	name string // as in the names of metrics
	read func(b *testing.B, c jetstream.Consumer, count int)
}

var rawReaders = []rawReader{
	{"messages", func(b *testing.B, c jetstream.Consumer, count int) { rawMessages(b, c, count) }},
	{"consume", func(b *testing.B, c jetstream.Consumer, count int) { rawConsume(b, c, count) }},
	{"messages-10000", func(b *testing.B, c jetstream.Consumer, count int) {
		rawMessages(b, c, count, jetstream.PullMaxMessages(10_000))
	}},
	{"consume-10000", func(b *testing.B, c jetstream.Consumer, count int) {
		rawConsume(b, c, count, jetstream.PullMaxMessages(10_000))
	}},
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

func rawConsume(b *testing.B, c jetstream.Consumer, count int, opts ...jetstream.PullConsumeOpt) {
	b.Helper()
	all := make(chan struct{})
	running, err := c.Consume(func(jetstream.Msg) {
		if count--; count == 0 {
			close(all)
		}
	}, opts...)
	require.NoError(b, err)
	defer running.Stop()
	<-all
}

// spent is the time and the processor time that something took. Server, client and
// decoding are in this process, so all of it counts; others on the machine change
// it far less than the time.
type spent struct{ wall, processor time.Duration }

func (s *spent) add(b *testing.B, f func()) {
	b.Helper()
	wall, processor := time.Now(), processorTime(b)
	f()
	s.wall += time.Since(wall)
	s.processor += processorTime(b) - processor
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkRead reads and decodes a whole negotiation; the other side counts its
// messages and looks into none. The metric of-NAME is the time of that raw reader
// over ours, and of-raw that of the fastest; cpu-of-NAME is the same of processor
// time.
func BenchmarkRead(b *testing.B) {
	s := openDir(b, b.TempDir())
	begin(b, s, "talks")
	size := readSize(b)
	for from := 0; from < size; from += importSize {
		in := statements("talks", fmt.Sprint("key-", from), min(importSize, size-from))
		_, err := s.Append(b.Context(), Any(), in, AppendOptions{})
		require.NoError(b, err)
	}
	readRaw := func(r rawReader) {
		consumer, err := s.js.OrderedConsumer(b.Context(), RecordStream, jetstream.OrderedConsumerConfig{FilterSubjects: []string{"parley.record.talks"}})
		require.NoError(b, err)
		r.read(b, consumer, size+1)
	}
	readRaw(rawReaders[0]) // so that nobody is the first to read what was written
	var ours spent
	raws := make([]spent, len(rawReaders))
	n := 0
	for b.Loop() {
		count := 0
		ours.add(b, func() {
			for e, err := range s.Read(b.Context(), "talks", 0) {
				require.NoError(b, err)
				if e.Event != nil {
					count++
				}
			}
		})
		require.Equal(b, size+1, count)
		for i, r := range rawReaders {
			raws[i].add(b, func() { readRaw(r) })
		}
		n++
	}
	var walls []time.Duration
	for i, r := range rawReaders {
		b.ReportMetric(float64(raws[i].wall)/float64(ours.wall), "of-"+r.name)
		b.ReportMetric(float64(raws[i].processor)/float64(ours.processor), "cpu-of-"+r.name)
		walls = append(walls, raws[i].wall)
	}
	b.ReportMetric(float64(ours.processor.Nanoseconds())/float64(n*(size+1)), "cpu-ns/event")
	report(b, n*(size+1), ours.wall, slices.Min(walls))
}
