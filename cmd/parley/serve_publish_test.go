package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/domain"
	"parley/eventstore"
	"parley/projections/live"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

// An obligation may have a name of any length: it is published, and found under the
// key that docs/subscribe.md describes.
func TestPublishLongName(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	must(t, "import", "testdata/talks.csv", "--data", data)
	s, err := eventstore.Open(t.Context(), eventstore.Options{Dir: data, Listen: "127.0.0.1:0"})
	require.NoError(t, err)
	defer s.Close()
	p := &program{}
	b, err := p.connect(nil, s, nil)
	require.NoError(t, err)
	defer b.close()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	a := p.newAlive(s, b, nil)
	go func() { ended <- a.run(ctx) }()
	defer func() {
		stop()
		require.NoError(t, <-ended)
	}()
	body := domain.Body{
		Key: "invoked", Actors: []domain.ActorID{"north"}, Occurred: domain.MustEDTF("2026-03-08"),
		Act: domain.ObligationInvoked{Instrument: strings.Repeat("ш", 690), Obligor: "north"},
	}
	_, err = s.Append(t.Context(), eventstore.Any(), []domain.Candidate{domain.Offer(&domain.Event{
		ID: domain.KeyedID("talks", body.Key), Negotiation: "talks", Writer: "test", Time: time.Now(), Body: body,
	})}, eventstore.AppendOptions{})
	require.NoError(t, err)
	awaitPublished(t, s, 15)
	require.Zero(t, b.nc.Stats().Reconnects)
	kv, err := s.JetStream().KeyValue(t.Context(), "parley-blue")
	require.NoError(t, err)
	e, err := kv.Get(t.Context(), "talks.obligations."+strings.Repeat("=D1=88", 21)+"_a2debecae84938579995444f6cbb8785")
	require.NoError(t, err)
	require.Contains(t, string(e.Value()), strings.Repeat("ш", 690))
}

// What is published goes over a connection of its own: when a server ends it, for a
// line that is too long, the record is read and written as before.
func TestPublishingEndsNoOther(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	must(t, "import", "testdata/talks.csv", "--data", data)
	s, err := eventstore.Open(t.Context(), eventstore.Options{Dir: data, Listen: "127.0.0.1:0"})
	require.NoError(t, err)
	defer s.Close()
	through, err := eventstore.Open(t.Context(), eventstore.Options{Dir: data}) // as another process
	require.NoError(t, err)
	defer through.Close()
	for _, s := range []*eventstore.Store{s, through} {
		b, err := (&program{}).connect(nil, s, nil)
		require.NoError(t, err)
		require.NoError(t, b.nc.Publish("$KV."+strings.Repeat("x", 5000), nil))
		require.Error(t, b.nc.FlushTimeout(time.Minute))
		require.True(t, b.nc.IsClosed())
		b.close()
		_, err = s.Head(t.Context(), "talks")
		require.NoError(t, err)
		require.Zero(t, s.Conn().Stats().Reconnects)
	}
}

// A server that ends the publishing connection for good does not end the publishing:
// another is made, beside the record and elsewhere.
func TestPublishingGoesOn(t *testing.T) {
	ns, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoLog: true, NoSigs: true})
	require.NoError(t, err)
	ns.Start()
	defer func() {
		ns.Shutdown()
		ns.WaitForShutdown()
	}()
	require.True(t, ns.ReadyForConnections(time.Minute))
	for _, to := range []*publishing{nil, {url: ns.ClientURL()}} {
		data := filepath.Join(t.TempDir(), "data")
		must(t, "import", "testdata/talks.csv", "--data", data)
		s, err := eventstore.Open(t.Context(), eventstore.Options{Dir: data, Listen: "127.0.0.1:0"})
		require.NoError(t, err)
		p, cmd := &program{}, &cobra.Command{}
		cmd.SetContext(t.Context())
		b, err := p.connect(cmd, s, to)
		require.NoError(t, err)
		a := p.newAlive(s, b, nil)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- a.run(ctx) }()
		reached := func(position uint64) func() bool {
			return func() bool {
				_, js, err := b.again(t.Context())
				require.NoError(t, err)
				defer js.Conn().Close()
				i, err := live.Inspect(t.Context(), js)
				return err == nil && len(i.Marks()) == 1 && i.Marks()[0].Position == position
			}
		}
		require.Eventually(t, reached(14), time.Minute, 20*time.Millisecond)
		require.NoError(t, b.nc.Publish("$KV."+strings.Repeat("x", 5000), nil))
		require.Error(t, b.nc.FlushTimeout(time.Minute))
		require.True(t, b.nc.IsClosed())
		must(t, "append", "StatementIssued", "-n", "talks", "--key", "later", "--occurred", "2026-03-09", "--data", data)
		require.Eventually(t, reached(15), time.Minute, 20*time.Millisecond)
		require.Eventually(t, func() bool { return a.publisher.Fault() == nil && a.branches.Fault() == nil }, time.Minute, time.Millisecond)
		stop()
		require.NoError(t, <-ended)
		b.close()
		require.NoError(t, s.Close())
	}
}

// What could not be published of a negotiation is told in the list.
func TestFaultOfMark(t *testing.T) {
	require.Empty(t, faultOf(live.Mark{}))
	require.Equal(t, "why", faultOf(live.Mark{Fault: "why"}))
	left := live.Mark{Unpublished: 2, UnpublishedWhy: "rounds/x is long"}
	require.Equal(t, "2 entities cannot be published: rounds/x is long", faultOf(left))
	left.Fault = "why"
	require.Equal(t, "why; 2 entities cannot be published: rounds/x is long", faultOf(left))
}

// An older backup is restored beside buckets that still stand: the list tells it, serve
// says it, and a rebuild ends and gets over it.
func TestPublishedIsAhead(t *testing.T) {
	ns, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoLog: true, NoSigs: true})
	require.NoError(t, err)
	ns.Start()
	defer func() {
		ns.Shutdown()
		ns.WaitForShutdown()
	}()
	require.True(t, ns.ReadyForConnections(time.Minute))
	newer, older := filepath.Join(t.TempDir(), "newer"), filepath.Join(t.TempDir(), "older")
	for _, data := range []string{newer, older} {
		must(t, "import", "testdata/talks.csv", "--data", data)
	}
	must(t, "append", "StatementIssued", "-n", "talks", "--key", "later", "--occurred", "2026-03-09", "--data", newer)
	must(t, "projection", "rebuild", "--data", newer, "--publish-to", ns.ClientURL())
	require.NotContains(t, must(t, "projection", "list", "--data", newer, "--publish-to", ns.ClientURL(), "-o", "csv"), aheadFault)
	require.Contains(t, must(t, "projection", "list", "--data", older, "--publish-to", ns.ClientURL(), "-o", "csv"), aheadFault)

	s, err := eventstore.Open(t.Context(), eventstore.Options{Dir: older})
	require.NoError(t, err)
	defer s.Close()
	nc, js, err := eventstore.Dial(t.Context(), eventstore.Options{URL: ns.ClientURL()})
	require.NoError(t, err)
	defer nc.Close()
	a := (&program{}).newAlive(s, buckets{nc: nc, js: js}, nil)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.run(ctx) }()
	require.Eventually(t, func() bool { return live.IsAhead(a.publisher.Fault()) }, time.Minute, time.Millisecond)
	var said strings.Builder
	p := &program{streams: streams{out: &said, err: &said}}
	(&news{p: p}).sayFault(a.publisher.Fault())
	require.Contains(t, said.String(), "projections are not published: talks is published in parley-green up to #15, but the log has it up to #14")
	require.Contains(t, said.String(), "parley projection rebuild")
	stop()
	require.NoError(t, <-ended)
	require.NoError(t, s.Close())

	must(t, "projection", "rebuild", "--data", older, "--publish-to", ns.ClientURL())
	must(t, "projection", "check", "--data", older, "--publish-to", ns.ClientURL())
	require.NotContains(t, must(t, "projection", "list", "--data", older, "--publish-to", ns.ClientURL(), "-o", "csv"), aheadFault)
}
