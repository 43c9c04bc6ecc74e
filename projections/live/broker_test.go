package live

import (
	"context"
	"fmt"
	"testing"
	"time"

	"parley/domain"
	"parley/projections"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

// broker is a NATS server of a test.
type broker struct {
	t   testing.TB
	ns  *server.Server
	dir string
	url string

	payload, line int32 // that the server takes; 0: what it takes by itself
}

func startBroker(t testing.TB) *broker {
	t.Helper()
	b := &broker{t: t, dir: t.TempDir()}
	b.start(server.RANDOM_PORT)
	t.Cleanup(b.stop)
	return b
}

func (b *broker) start(port int) {
	b.t.Helper()
	ns, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: port, JetStream: true, StoreDir: b.dir, NoLog: true, NoSigs: true, SyncAlways: true,
		JetStreamMaxMemory: 256 << 20, JetStreamMaxStore: 1 << 30, MaxPayload: b.payload, MaxControlLine: b.line,
	})
	require.NoError(b.t, err)
	ns.Start()
	require.True(b.t, ns.ReadyForConnections(soon))
	b.ns, b.url = ns, ns.ClientURL()
}

func (b *broker) stop() {
	b.ns.Shutdown()
	b.ns.WaitForShutdown()
}

// connect makes a connection of its own.
func (b *broker) connect() (*nats.Conn, jetstream.JetStream) {
	b.t.Helper()
	nc, err := nats.Connect(b.url, nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond))
	require.NoError(b.t, err)
	b.t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	require.NoError(b.t, err)
	return nc, js
}

// feed listens to what is put into buckets.
func (b *broker) feed(subject string) (*nats.Subscription, error) {
	nc, _ := b.connect()
	s, err := nc.SubscribeSync(subject)
	if err == nil {
		err = nc.Flush()
	}
	return s, err
}

// process is a runner with a publisher, as one process has them.
type process struct {
	*Runner
	publisher *Publisher
	stop      func()
}

func (b *broker) process(m *memory) *process { return b.behindOf(m, m) }

// behindOf is a process that reads less of a log than there is.
func (b *broker) behindOf(m, whole *memory) *process {
	b.t.Helper()
	return b.processOf(whole, func(o Options) *Runner { return New(m, o) })
}

// processOf is a process with a runner of its own making.
func (b *broker) processOf(whole *memory, runner func(Options) *Runner) *process {
	b.t.Helper()
	nc, js := b.connect()
	p := &process{publisher: NewPublisher(nc, js, PublisherOptions{End: whole.Head})}
	p.Runner = runner(Options{Published: p.publisher.Published})
	ctx, cancel := context.WithCancel(context.Background())
	ran, published := make(chan error, 1), make(chan struct{})
	go func() { ran <- p.Run(ctx) }()
	go func() {
		defer close(published)
		p.publisher.Run(ctx, p.Hub())
	}()
	stopped := false
	p.stop = func() {
		if !stopped {
			stopped = true
			cancel()
			require.NoError(b.t, <-ran)
			<-published
		}
	}
	b.t.Cleanup(p.stop)
	return p
}

// published waits until negotiations are published up to a position, and demands
// that this is what a fold from nothing comes to.
func (b *broker) published(m *memory, upTo uint64, negotiations ...string) *Inspection {
	b.t.Helper()
	i := b.reached(upTo, negotiations...)
	for _, n := range negotiations {
		i.fresh(b.t, m, n)
	}
	return i
}

// reached waits until negotiations are published up to a position.
func (b *broker) reached(upTo uint64, negotiations ...string) *Inspection {
	b.t.Helper()
	_, js := b.connect()
	deadline := time.Now().Add(soon)
	for {
		ctx, cancel := context.WithDeadline(b.t.Context(), deadline)
		i, err := Inspect(ctx, js)
		cancel()
		if err == nil && i.behind(upTo, negotiations) == "" {
			return i
		}
		if time.Now().After(deadline) {
			require.FailNow(b.t, "not published", "%v %v", err, i)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func (i *Inspection) behind(upTo uint64, negotiations []string) string {
	for _, n := range negotiations {
		if m := i.talks.of(n).mark; m.Position < upTo {
			return fmt.Sprintf("%s at %d", n, m.Position)
		}
	}
	return ""
}

// fresh demands that what is published is what a fold comes to.
func (i *Inspection) fresh(t testing.TB, m *memory, negotiation string) {
	t.Helper()
	var log []domain.Entry
	for _, e := range m.log(negotiation) {
		if e.Position <= i.talks[negotiation].mark.Position {
			log = append(log, e)
		}
	}
	p, err := projections.Project(negotiation, log, projections.View{})
	require.NoError(t, err)
	different, err := i.Compare(p)
	require.NoError(t, err)
	require.Empty(t, different)
}
