package eventstore

import (
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

const sharedBucket = "parley-blue"

// shareBucket opens a store that listens, with a bucket that dashboards may watch.
func shareBucket(t *testing.T) (*Store, jetstream.KeyValue) {
	t.Helper()
	s := openDir(t, t.TempDir(), listening)
	begin(t, s, "talks")
	config := jetstream.KeyValueConfig{
		Bucket: sharedBucket, Storage: jetstream.MemoryStorage,
		RePublish: &jetstream.RePublish{Source: "$KV." + sharedBucket + ".>", Destination: "parley.live." + sharedBucket + ".>"},
	}
	kv, err := s.js.CreateKeyValue(t.Context(), config)
	require.NoError(t, err)
	_, err = kv.PutString(t.Context(), "talks.rounds.one", "first")
	require.NoError(t, err)
	for range 2 { // the second call finds it done
		require.NoError(t, s.Share(t.Context(), []string{"KV_" + sharedBucket}))
	}
	copied, err := s.gate.js.Stream(t.Context(), "KV_"+sharedBucket)
	require.NoError(t, err)
	require.Eventually(t, func() bool { // a server that is stopped before leaves a goroutine that waits for it
		i, err := copied.Info(t.Context())
		return err == nil && i.State.LastSeq == 1
	}, soon, time.Millisecond)
	return s, kv
}

// A dashboard watches projections, a listener hears what changes; and the dashboard
// still reads the record.
func TestDashboardWatches(t *testing.T) {
	s, kv := shareBucket(t)
	nc := dashboard(t, s.URL())
	denied := deniedOf(nc)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	mine, err := js.KeyValue(t.Context(), sharedBucket)
	require.NoError(t, err)
	watch, err := mine.Watch(t.Context(), "talks.>")
	require.NoError(t, err)
	listener, err := nats.Connect(s.URL(), nats.UserInfo(listenerUser, ""))
	require.NoError(t, err)
	t.Cleanup(listener.Close)
	feed, err := listener.SubscribeSync("parley.live.>")
	require.NoError(t, err)
	require.NoError(t, listener.Flush())
	for _, want := range []string{"first", "second"} {
		for e := range watch.Updates() {
			if e != nil {
				require.Equal(t, want, string(e.Value()))
				break
			}
		}
		if want == "first" {
			_, err = kv.PutString(t.Context(), "talks.rounds.one", "second")
			require.NoError(t, err)
		}
	}
	m, err := feed.NextMsg(soon)
	require.NoError(t, err)
	require.Equal(t, "parley.live."+sharedBucket+".talks.rounds.one", m.Subject)
	e, err := mine.Get(t.Context(), "talks.rounds.one")
	require.NoError(t, err)
	require.Equal(t, "second", string(e.Value()))
	stream, err := js.Stream(t.Context(), RecordStream)
	require.NoError(t, err)
	require.Positive(t, stream.CachedInfo().State.Msgs)
	require.NoError(t, watch.Stop())
	require.Empty(t, denied)
}

// Nobody can have watches kept that he does not use: those of one who left would keep
// all others out.
func TestWatchesEnd(t *testing.T) {
	s, _ := shareBucket(t)
	js, err := jetstream.New(dashboard(t, s.URL()))
	require.NoError(t, err)
	_, err = js.CreateConsumer(t.Context(), "KV_"+sharedBucket, jetstream.ConsumerConfig{AckPolicy: jetstream.AckNonePolicy, InactiveThreshold: 24 * time.Hour})
	require.Error(t, err)
	_, err = js.CreateConsumer(t.Context(), "KV_"+sharedBucket, jetstream.ConsumerConfig{Durable: "kept", AckPolicy: jetstream.AckNonePolicy})
	if err == nil {
		kept, err := js.Consumer(t.Context(), "KV_"+sharedBucket, "kept")
		require.NoError(t, err)
		require.Equal(t, watchIdle, kept.CachedInfo().Config.InactiveThreshold)
	}
	c, err := js.CreateConsumer(t.Context(), "KV_"+sharedBucket, jetstream.ConsumerConfig{AckPolicy: jetstream.AckNonePolicy})
	require.NoError(t, err)
	require.Positive(t, c.CachedInfo().Config.InactiveThreshold)
	require.LessOrEqual(t, c.CachedInfo().Config.InactiveThreshold, watchIdle)
}

// A dashboard can make consumers on its copies. Whatever it makes them deliver, and
// wherever it has answers sent, nothing arrives in the record, in a bucket or in a copy.
func TestDashboardCannotWriteByWatching(t *testing.T) {
	s, kv := shareBucket(t)
	nc := dashboard(t, s.URL())
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	stream := "KV_" + sharedBucket
	copied := func() uint64 {
		c, err := js.Stream(t.Context(), stream)
		require.NoError(t, err)
		return c.CachedInfo().State.LastSeq
	}
	require.Eventually(t, func() bool { return copied() == 1 }, soon, time.Millisecond)
	before := state(t, s)
	targets := []string{"parley.record.talks", "parley.record.other", "parley.branch.b.talks", "$KV." + sharedBucket + ".talks.rounds.one", "parley.copied.x"}
	_, err = js.CreateConsumer(t.Context(), stream, jetstream.ConsumerConfig{Name: "pull", AckPolicy: jetstream.AckNonePolicy})
	require.NoError(t, err)
	for i, target := range targets {
		_, _ = js.CreatePushConsumer(t.Context(), stream, jetstream.ConsumerConfig{ // refused or not
			Name: fmt.Sprint("push-", i), AckPolicy: jetstream.AckNonePolicy, DeliverSubject: target,
		})
		for request, body := range map[string]string{
			"$JS.API.STREAM.INFO." + stream:    "",
			"$JS.API.STREAM.INFO.PARLEY":       "",
			"$JS.API.STREAM.MSG.GET." + stream: `{"seq":1}`,

			"$JS.API.DIRECT.GET." + stream + ".$KV." + sharedBucket + ".talks.rounds.one": "",
			"$JS.API.DIRECT.GET.PARLEY.parley.record.talks":                               "",
			"$JS.API.CONSUMER.MSG.NEXT." + stream + ".pull":                               "1",
			"$JS.FC." + stream + ".x.y":                                                   "x",
		} {
			require.NoError(t, nc.PublishRequest(request, target, []byte(body)))
		}
	}
	require.NoError(t, nc.Flush())
	_, err = kv.PutString(t.Context(), "talks.rounds.two", "second") // comes after all that
	require.NoError(t, err)
	require.Eventually(t, func() bool { return copied() >= 2 }, soon, time.Millisecond)
	time.Sleep(50 * time.Millisecond)
	require.Equal(t, uint64(2), copied())
	require.Equal(t, before, state(t, s))
	origin, err := s.js.Stream(t.Context(), stream)
	require.NoError(t, err)
	require.Equal(t, uint64(2), origin.CachedInfo().State.LastSeq)
}

// The account of the dashboards has a JetStream, which also hears what the server itself
// sends there. Whoever has a status sent to it, and a copy deleted by that, changes
// nothing of the record or of the buckets, and the copies are there again.
func TestCopiesAreMadeAgain(t *testing.T) {
	s, kv := shareBucket(t)
	nc := dashboard(t, s.URL())
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	stream := "KV_" + sharedBucket
	_, err = js.CreateConsumer(t.Context(), stream, jetstream.ConsumerConfig{Name: "empty", AckPolicy: jetstream.AckNonePolicy, FilterSubject: "nothing.x"})
	require.NoError(t, err)
	for i, target := range []string{
		"$JS.API.STREAM.DELETE." + stream, "$JS.API.STREAM.PURGE." + stream, "$JS.API.STREAM.CREATE.X", "$JS.API.STREAM.UPDATE." + stream,
		"$JS.API.STREAM.MSG.DELETE." + stream, "$JS.API.CONSUMER.DELETE." + stream + ".empty",
	} {
		require.NoError(t, nc.PublishRequest("$JS.API.CONSUMER.MSG.NEXT."+stream+".empty", target, []byte(`{"batch":1,"no_wait":true}`)))
		require.NoError(t, nc.PublishRequest("$JS.API.STREAM.INFO."+stream, target, nil))
		require.NoError(t, nc.PublishRequest("$JS.API.STREAM.INFO.PARLEY", target, nil))
		require.NoError(t, nc.PublishRequest("$SRV.PING", target, nil))
		_, _ = js.CreatePushConsumer(t.Context(), stream, jetstream.ConsumerConfig{Name: fmt.Sprint("push-", i), AckPolicy: jetstream.AckNonePolicy, DeliverSubject: target}) // refused or not
	}
	require.NoError(t, nc.Flush())
	_, err = kv.PutString(t.Context(), "talks.rounds.two", "second") // comes after all that
	require.NoError(t, err)
	mine, err := js.KeyValue(t.Context(), sharedBucket)
	for begun := time.Now(); err != nil && time.Since(begun) < soon; mine, err = js.KeyValue(t.Context(), sharedBucket) {
		time.Sleep(10 * time.Millisecond)
	}
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		e, err := mine.Get(t.Context(), "talks.rounds.two")
		return err == nil && string(e.Value()) == "second" && e.Revision() == 2
	}, soon, 10*time.Millisecond, "as it is in the bucket, also its revision")
	e, err := mine.Get(t.Context(), "talks.rounds.one")
	require.NoError(t, err)
	require.Equal(t, "first", string(e.Value()))
	origin, err := s.js.Stream(t.Context(), stream)
	require.NoError(t, err)
	require.Equal(t, uint64(2), origin.CachedInfo().State.LastSeq)
}

// What would change a bucket or a copy is refused to a dashboard.
func TestDashboardCannotChangeBuckets(t *testing.T) {
	s, _ := shareBucket(t)
	nc := dashboard(t, s.URL())
	denied := deniedOf(nc)
	stream := "KV_" + sharedBucket
	for _, subject := range []string{
		"$KV." + sharedBucket + ".talks.rounds.one", "parley.live." + sharedBucket + ".x", "parley.copied.x",
		"parley.copy.CONSUMER.CREATE." + stream, "$JS.API.STREAM.CREATE." + stream, "$JS.API.STREAM.UPDATE." + stream,
		"$JS.API.STREAM.DELETE." + stream, "$JS.API.STREAM.PURGE." + stream, "$JS.API.STREAM.MSG.DELETE." + stream,
		"$JS.API.STREAM.SNAPSHOT." + stream, "$JS.API.STREAM.CREATE.ANY", "$JS.API.CONSUMER.CREATE.PARLEY.x",
		"$JS.API.CONSUMER.DURABLE.CREATE." + stream + ".x", "$JS.FC.PARLEY.x.y",
	} {
		require.NoError(t, nc.Publish(subject, []byte("{}")))
		require.NoError(t, nc.Flush())
		select {
		case err := <-denied:
			require.ErrorIs(t, err, nats.ErrPermissionViolation, subject)
		case <-time.After(soon):
			require.Fail(t, "published", subject)
		}
	}
	_, err := nats.Connect(s.URL(), nats.UserInfo(keeperUser, ""))
	require.ErrorIs(t, err, nats.ErrAuthorization)
	var bad *OptionError
	require.ErrorAs(t, s.Share(t.Context(), []string{RecordStream}), &bad)
}
