package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"parley/cmd/parley/internal/server"
	"parley/cmd/parley/internal/sse"
	"parley/domain"
	"parley/eventstore"
	"parley/projections/live"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// BenchmarkLive measures how long after an append was acknowledged the change is
// seen: by a subscription of the hub in the serving process, by a client of the stream
// of server-sent events, by a watcher of the bucket, and by a dashboard that watches
// its copy; on negotiations of several sizes.
// The floor is a message to a stream in memory of the same server, from its being
// published to an ordered consumer's seeing it, in the same run. Of the way to the
// bucket it tells what folding and printing took (step), and the commit of the keys that
// changed, how many messages that are, and its part of what a watcher waits.
func BenchmarkLive(b *testing.B) {
	for _, n := range []int{100, 1000, 5000} {
		b.Run(fmt.Sprint("events=", n), func(b *testing.B) { benchLive(b, n) })
	}
}

// lags are durations, of which quantiles are told.
type lags []time.Duration

func (l lags) report(b *testing.B, name string) {
	if len(l) == 0 {
		return
	}
	slices.Sort(l)
	micros := func(q int) float64 { return float64(l[min(len(l)-1, len(l)*q/100)].Nanoseconds()) / 1000 }
	b.ReportMetric(micros(50), name+"-p50-µs")
	b.ReportMetric(micros(99), name+"-p99-µs")
}

func benchLive(b *testing.B, events int) {
	s, err := eventstore.Open(b.Context(), eventstore.Options{Dir: b.TempDir(), Listen: "127.0.0.1:0"})
	tried(b, err)
	defer s.Close()
	appendBench(b, s, events)
	ctx, stop := context.WithCancel(b.Context())
	var costs costs
	a := (&program{}).newAlive(s, buckets{nc: s.Conn(), js: s.JetStream(), opened: s.Share, committed: costs.committed}, costs.stepped)
	ended := make(chan error, 1)
	go func() { ended <- a.run(ctx) }()
	defer func() {
		stop()
		tried(b, <-ended)
	}()
	nc, err := nats.Connect(s.URL())
	tried(b, err)
	defer nc.Close()
	dashboard, err := jetstream.New(nc)
	tried(b, err)
	head, err := s.End(b.Context())
	tried(b, err)
	tried(b, a.runner.Hub().WaitFor(b.Context(), benchTalks, head))
	owner := watchPositions(ctx, b, s.JetStream(), head)
	copied := watchPositions(ctx, b, dashboard, head)
	streamed := streamPositions(b, s, a.runner)
	floor := newFloor(b, s)

	costs.begin()
	var hub, sent, watched, copies, raw lags
	for i := 0; b.Loop(); i++ {
		raw = append(raw, floor(b))
		sub := a.runner.Hub().Subscribe(live.Request{Cursor: head})
		_, err := sub.Next(b.Context())
		tried(b, err)
		_, err = s.Append(b.Context(), eventstore.Any(), benchEvents(events+i, 1), eventstore.AppendOptions{})
		tried(b, err)
		acked := time.Now()
		batch, err := sub.Next(b.Context())
		tried(b, err)
		hub = append(hub, time.Since(acked))
		sub.Close()
		head = batch.Cursor
		sent = append(sent, (<-streamed).Sub(acked))
		watched = append(watched, (<-owner).Sub(acked))
		copies = append(copies, (<-copied).Sub(acked))
	}
	costs.report(b, watched)
	raw.report(b, "floor")
	hub.report(b, "hub")
	sent.report(b, "sse")
	watched.report(b, "watch")
	copies.report(b, "dashboard")
}

// costs are what steps and commits took, since it began to count.
type costs struct {
	mu       sync.Mutex
	counts   bool
	step     lags
	commit   lags
	messages int
}

func (c *costs) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts = true
}

func (c *costs) stepped(s live.Stepped) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts {
		c.step = append(c.step, s.Took)
	}
}

func (c *costs) committed(x live.Commit) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts {
		c.commit, c.messages = append(c.commit, x.Took), c.messages+x.Messages
	}
}

// report tells them, the commits also as a part of what watchers waited altogether.
func (c *costs) report(b *testing.B, watched lags) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.step.report(b, "step")
	c.commit.report(b, "commit")
	if len(c.commit) > 0 && len(watched) > 0 {
		b.ReportMetric(float64(c.messages)/float64(len(c.commit)), "messages/commit")
		b.ReportMetric(float64(c.commit.sum())/float64(watched.sum()), "commit-of-watch")
	}
}

func (l lags) sum() (all time.Duration) {
	for _, d := range l {
		all += d
	}
	return all
}

func tried(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

const benchTalks = "talks"

// appendBench records a negotiation of n events.
func appendBench(b *testing.B, s *eventstore.Store, n int) {
	b.Helper()
	in := []domain.Candidate{}
	add := func(key string, act domain.Act) {
		in = append(in, domain.Offer(&domain.Event{
			ID: domain.KeyedID(benchTalks, key), Negotiation: benchTalks, Writer: "bench", Time: time.Now(), Body: domain.Body{Key: key, Act: act},
		}))
	}
	add("reg", domain.NegotiationRegistered{Title: "Talks", TimeZone: "UTC"})
	for i := range 6 {
		add(fmt.Sprint("reg-p", i), domain.ActorRegistered{Actor: domain.NewID(fmt.Sprint("p", i)), Name: fmt.Sprint("Party ", i), Kind: "party"})
	}
	for i := range 8 {
		add(fmt.Sprint("reg-i", i), domain.IssueRegistered{Issue: domain.NewID(fmt.Sprint("i", i)), Title: fmt.Sprint("Issue ", i)})
	}
	_, err := s.Append(b.Context(), eventstore.Any(), append(in, benchEvents(0, n)...), eventstore.AppendOptions{})
	tried(b, err)
}

// benchEvents are n events that move something.
func benchEvents(from, n int) []domain.Candidate {
	var in []domain.Candidate
	for i := from; i < from+n; i++ {
		draft := domain.DraftID(fmt.Sprint("d", i/100))
		acts := []domain.Act{
			domain.DraftFinalized{Draft: draft, Version: 1 + i%4, Completeness: domain.Final},
			domain.VerbalConfirmationGiven{Draft: draft, Version: 1 + i%4},
			domain.DemandMade{Issue: domain.IssueID(fmt.Sprint("i", i%8)), Polarity: domain.For},
			domain.PositionStated{Issue: domain.IssueID(fmt.Sprint("i", i%7)), Stance: domain.Accepts},
			domain.StatementIssued{Content: "the talks go on"},
		}
		key := fmt.Sprint("e-", i)
		day := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i/4).Format(time.DateOnly)
		in = append(in, domain.Offer(&domain.Event{
			ID: domain.KeyedID(benchTalks, key), Negotiation: benchTalks, Writer: "bench", Time: time.Now(), Body: domain.Body{
				Key: key, Occurred: domain.MustEDTF(day), Reported: domain.MustEDTF(day), Act: acts[i%len(acts)],
				Actors: []domain.ActorID{domain.ActorID(fmt.Sprint("p", i%6))},
				Source: &domain.Source{Document: fmt.Sprint(i%40, ".txt"), Side: domain.ActorID(fmt.Sprint("p", i%6))},
			},
		}))
	}
	return in
}

// watchPositions tells when each position after head was seen in the served bucket.
func watchPositions(ctx context.Context, b *testing.B, js jetstream.JetStream, head uint64) <-chan time.Time {
	b.Helper()
	var kv jetstream.KeyValue
	var err error
	for range 1000 { // the copies are made a moment after the buckets
		if kv, err = js.KeyValue(ctx, live.BlueBucket); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	tried(b, err)
	w, err := kv.Watch(ctx, benchTalks+".>")
	tried(b, err)
	seen, begun := make(chan time.Time, 1024), make(chan struct{})
	go func() {
		last := uint64(0)
		for e := range w.Updates() {
			if e == nil || e.Key() != benchTalks+"._position" {
				continue
			}
			var m live.Mark
			if json.Unmarshal(e.Value(), &m) != nil || m.Filling > 0 || m.Position == last {
				continue
			}
			if last < head && m.Position >= head {
				close(begun)
			} else if last >= head {
				seen <- time.Now()
			}
			last = m.Position
		}
	}()
	<-begun
	return seen
}

// streamPositions tells when each batch of changes was seen by a client over HTTP.
func streamPositions(b *testing.B, s *eventstore.Store, runner *live.Runner) <-chan time.Time {
	b.Helper()
	api, err := server.Open(server.Options{Store: s, Live: runner, Listen: "127.0.0.1:0"})
	tried(b, err)
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- api.Serve(ctx) }()
	answer, err := http.Get(api.URL() + "/v1/stream")
	tried(b, err)
	b.Cleanup(func() {
		_ = answer.Body.Close()
		stop()
		tried(b, <-ended)
	})
	events := sse.NewReader(answer.Body)
	seen, begun := make(chan time.Time, 1024), make(chan struct{})
	go func() {
		for first := true; ; {
			before := events.LastID()
			e, err := events.Next()
			switch {
			case err != nil:
				return
			case e.ID == before: // more belongs to it
			case first:
				first = false
				close(begun)
			default:
				seen <- time.Now()
			}
		}
	}()
	<-begun
	return seen
}

// newFloor makes what the floor is measured with: a stream in memory, as the buckets are.
func newFloor(b *testing.B, s *eventstore.Store) func(*testing.B) time.Duration {
	b.Helper()
	js := s.JetStream()
	stream, err := js.CreateStream(b.Context(), jetstream.StreamConfig{Name: "FLOOR", Subjects: []string{"floor"}, Storage: jetstream.MemoryStorage})
	tried(b, err)
	consumer, err := stream.OrderedConsumer(b.Context(), jetstream.OrderedConsumerConfig{})
	tried(b, err)
	messages, err := consumer.Messages()
	tried(b, err)
	b.Cleanup(messages.Stop)
	seen := make(chan time.Time, 16)
	go func() {
		for {
			if _, err := messages.Next(); err != nil {
				return
			}
			seen <- time.Now()
		}
	}()
	return func(b *testing.B) time.Duration {
		b.Helper()
		sent := time.Now()
		tried(b, s.Conn().Publish("floor", make([]byte, 600)))
		return (<-seen).Sub(sent)
	}
}
