package eventstore

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// dashboard connects without credentials.
func dashboard(t *testing.T, url string) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(url)
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	return nc
}

// deniedOf is what the server refuses to a connection from now on.
func deniedOf(nc *nats.Conn) <-chan error {
	denied := make(chan error, 64)
	nc.SetErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { denied <- err })
	return denied
}

func state(t *testing.T, s *Store) jetstream.StreamState {
	t.Helper()
	stream, err := s.js.Stream(t.Context(), RecordStream)
	require.NoError(t, err)
	return stream.CachedInfo().State
}

func TestDashboardCannotWrite(t *testing.T) {
	s := openDir(t, t.TempDir(), listening)
	begin(t, s, "talks")
	require.Eventually(t, func() bool { return state(t, s).Consumers == 1 }, soon, time.Millisecond, "the one that keeps the hashes")
	cannotWrite(t, s, dashboard(t, s.URL()))
}

// cannotWrite tries with the rights of a dashboard what only others may do.
func cannotWrite(t *testing.T, s *Store, nc *nats.Conn) {
	t.Helper()
	denied := deniedOf(nc)
	before := state(t, s)
	for _, subject := range []string{
		"parley.record.talks", "parley.record.other", "parley.branch.b.talks", "parley.live.talks", "parley.api.append",
		"$JS.API.STREAM.CREATE.X", "$JS.API.STREAM.UPDATE.PARLEY", "$JS.API.STREAM.DELETE.PARLEY", "$JS.API.STREAM.PURGE.PARLEY",
		"$JS.API.STREAM.MSG.DELETE.PARLEY", "$JS.API.STREAM.SNAPSHOT.PARLEY", "$JS.API.STREAM.RESTORE.PARLEY",
		"$JS.API.CONSUMER.CREATE.PARLEY", "$JS.API.CONSUMER.CREATE.PARLEY.x", "$JS.API.CONSUMER.CREATE.PARLEY.x.parley.record.talks",
		"$JS.API.CONSUMER.DURABLE.CREATE.PARLEY.x", "$JS.API.CONSUMER.MSG.NEXT.PARLEY.x", "$JS.API.CONSUMER.DELETE.PARLEY.x",
		"$JS.API.ACCOUNT.PURGE.parley", "$KV.x.y", "$SYS.REQ.SERVER.PING",
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
	for _, subject := range []string{"parley.record.>", "$JS.>", ">", "$SYS.>"} {
		_, err := nc.SubscribeSync(subject)
		require.NoError(t, err)
		require.NoError(t, nc.Flush())
		require.ErrorIs(t, <-denied, nats.ErrPermissionViolation, subject)
	}
	require.Equal(t, before, state(t, s))
}

// A request names where its answer goes, and the server publishes the answer with
// its own rights. If that reached the streams, a dashboard could write what it had
// asked for into the record.
func TestDashboardCannotWriteByAnswers(t *testing.T) {
	s := openDir(t, t.TempDir(), listening)
	begin(t, s, "talks")
	cannotWriteByAnswers(t, s, dashboard(t, s.URL()))
}

func cannotWriteByAnswers(t *testing.T, s *Store, nc *nats.Conn) {
	t.Helper()
	before := state(t, s)
	for _, reply := range []string{"parley.record.talks", "parley.record.other", "parley.branch.b.talks"} {
		for _, request := range []struct{ subject, body string }{
			{"$JS.API.STREAM.INFO.PARLEY", ""},
			{"$JS.API.STREAM.MSG.GET.PARLEY", `{"seq":1}`},
			{"$JS.API.DIRECT.GET.PARLEY", `{"seq":1}`},
			{"$JS.API.DIRECT.GET.PARLEY", `{"seq":1,"batch":10}`},
			{"$JS.API.DIRECT.GET.PARLEY.parley.record.talks", ""},
		} {
			require.NoError(t, nc.PublishRequest(request.subject, reply, []byte(request.body)))
		}
	}
	require.NoError(t, nc.Flush())
	_, err := nc.Request("$JS.API.STREAM.INFO.PARLEY", nil, soon) // answered after the others
	require.NoError(t, err)
	time.Sleep(50 * time.Millisecond)
	require.Equal(t, before, state(t, s))
}

func TestDashboardReads(t *testing.T) {
	s := openDir(t, t.TempDir(), listening)
	begin(t, s, "talks")
	nc := dashboard(t, s.URL())
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	stream, err := js.Stream(t.Context(), RecordStream)
	require.NoError(t, err)
	m, err := stream.GetMsg(t.Context(), 1)
	require.NoError(t, err)
	assert.Contains(t, string(m.Data), "NegotiationRegistered")
}

// A listener hears what is published, and can do nothing else.
func TestListener(t *testing.T) {
	s, _ := shareBucket(t)
	nc, err := nats.Connect(s.URL(), nats.UserInfo(listenerUser, ""))
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	denied := deniedOf(nc)
	live, err := nc.SubscribeSync("parley.live.>")
	require.NoError(t, err)
	require.NoError(t, nc.Flush())
	require.NoError(t, s.Conn().Publish("parley.live.talks", []byte("now")))
	got, err := live.NextMsg(soon)
	require.NoError(t, err)
	assert.Equal(t, "now", string(got.Data))
	for _, subject := range []string{"parley.live.talks", "parley.api.read.state", "parley.record.talks", "$JS.API.INFO", "$JS.API.STREAM.INFO.PARLEY", "_INBOX.x", "x"} {
		require.NoError(t, nc.Publish(subject, []byte("{}")))
		require.NoError(t, nc.Flush())
		awaitDenied(t, denied, subject)
	}
	for _, subject := range []string{">", "parley.>", "parley.record.>", "_INBOX.>", "$JS.>"} {
		_, err := nc.SubscribeSync(subject)
		require.NoError(t, err)
		require.NoError(t, nc.Flush())
		awaitDenied(t, denied, subject)
	}
	require.Zero(t, pending(t, live))
}

// Whoever may ask cannot make listeners hear the answer.
func TestDashboardCannotSpeakToListeners(t *testing.T) {
	s, kv := shareBucket(t)
	_, err := s.Conn().Subscribe("parley.api.read.>", func(m *nats.Msg) { _ = m.Respond([]byte("forged")) })
	require.NoError(t, err)
	require.NoError(t, s.Conn().Flush())
	listener, err := nats.Connect(s.URL(), nats.UserInfo(listenerUser, ""))
	require.NoError(t, err)
	t.Cleanup(listener.Close)
	live, err := listener.SubscribeSync("parley.live.>")
	require.NoError(t, err)
	require.NoError(t, listener.Flush())
	nc := dashboard(t, s.URL())
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	const target = "parley.live." + sharedBucket + ".talks.rounds.one"
	for request, body := range map[string]string{
		"parley.api.read.state":                        `{"negotiation":"forged"}`,
		"$JS.API.STREAM.INFO.KV_" + sharedBucket:       "",
		"$JS.API.DIRECT.GET.KV_" + sharedBucket:        `{"seq":1}`,
		"$JS.API.DIRECT.GET.PARLEY":                    `{"seq":1}`,
		"$JS.API.CONSUMER.CREATE.KV_" + sharedBucket:   `{"stream_name":"KV_` + sharedBucket + `","config":{"ack_policy":"none","deliver_policy":"all"}}`,
		"$JS.API.STREAM.MSG.GET.KV_" + sharedBucket:    `{"seq":1}`,
		"$JS.API.CONSUMER.MSG.NEXT.KV_" + sharedBucket: "1",
	} {
		require.NoError(t, nc.PublishRequest(request, target, []byte(body)))
	}
	_, _ = js.CreatePushConsumer(t.Context(), "KV_"+sharedBucket, jetstream.ConsumerConfig{Name: "push", AckPolicy: jetstream.AckNonePolicy, DeliverSubject: target})
	require.NoError(t, nc.Flush())
	answer, err := nc.Request("parley.api.read.state", nil, soon) // answered after the others
	require.NoError(t, err)
	require.Equal(t, "forged", string(answer.Data))
	_, err = kv.PutString(t.Context(), "talks.rounds.one", "true")
	require.NoError(t, err)
	got, err := live.NextMsg(soon)
	require.NoError(t, err)
	require.Equal(t, "true", string(got.Data), "the first that is heard is what was published")
	require.Zero(t, pending(t, live))
}

// awaitDenied waits until something is refused.
func awaitDenied(t *testing.T, denied <-chan error, what string) {
	t.Helper()
	select {
	case err := <-denied:
		require.ErrorIs(t, err, nats.ErrPermissionViolation, what)
	case <-time.After(soon):
		require.Fail(t, "it was let through", what)
	}
}

func pending(t *testing.T, sub *nats.Subscription) int {
	t.Helper()
	n, _, err := sub.Pending()
	require.NoError(t, err)
	return n
}

func TestWrongCredentials(t *testing.T) {
	s := openDir(t, t.TempDir(), listening)
	for _, user := range []string{"owner", "somebody", "dashboard"} {
		_, err := nats.Connect(s.URL(), nats.UserInfo(user, "wrong"))
		if user == "dashboard" && err == nil {
			continue
		}
		require.ErrorIs(t, err, nats.ErrAuthorization, user)
	}
	_, err := Open(t.Context(), Options{URL: "nats://owner:wrong@" + s.URL()[len("nats://"):]})
	require.ErrorIs(t, err, nats.ErrAuthorization)
	var unreachable *UnreachableError
	require.ErrorAs(t, err, &unreachable)
	assert.NotContains(t, fmt.Sprint(errors.Unwrap(err)), "wrong@")
}

// Even the owner cannot take anything out of the record.
func TestNothingIsDeletedFromTheRecord(t *testing.T) {
	s := openDir(t, t.TempDir())
	begin(t, s, "talks")
	stream, err := s.js.Stream(t.Context(), RecordStream)
	require.NoError(t, err)
	require.Error(t, stream.DeleteMsg(t.Context(), 1))
	require.Error(t, stream.SecureDeleteMsg(t.Context(), 1))
	require.Error(t, stream.Purge(t.Context()))
	open := recordConfig(1)
	open.DenyDelete, open.DenyPurge = false, false
	_, err = s.js.UpdateStream(t.Context(), open)
	require.Error(t, err, "the stream cannot be opened to it either")
}
