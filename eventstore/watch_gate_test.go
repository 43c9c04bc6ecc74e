package eventstore

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

// viewer connects as a dashboard with a name, which is granted to it first.
func viewer(t *testing.T, s *Store, name string) *nats.Conn {
	t.Helper()
	_, changed := s.Grants()
	secret, err := AddGrant(s.opts.Dir, name, RoleDashboard, time.Now())
	require.NoError(t, err)
	select {
	case <-changed:
	case <-time.After(soon):
		require.Fail(t, "the grant is not in force")
	}
	nc, err := nats.Connect(s.URL(), nats.UserInfo(name, secret), nats.CustomInboxPrefix(InboxPrefix(name)))
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	return nc
}

// bucketOf is the shared bucket as somebody sees it.
func bucketOf(t *testing.T, nc *nats.Conn) jetstream.KeyValue {
	t.Helper()
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	kv, err := js.KeyValue(t.Context(), sharedBucket)
	require.NoError(t, err)
	return kv
}

// first waits for the first value of a watch.
func first(t *testing.T, w jetstream.KeyWatcher) string {
	t.Helper()
	for {
		select {
		case e := <-w.Updates():
			if e != nil { // else what there is by now has been told
				return string(e.Value())
			}
		case <-time.After(soon):
			require.Fail(t, "the watch tells nothing")
		}
	}
}

// One dashboard may take all watches of a bucket. Whoever comes then gets one all the
// same, until he has as many, and the greedy one is told why he gets no more.
func TestGreedyWatcherKeepsNobodyOut(t *testing.T) {
	s, _ := shareBucket(t)
	const most = 8
	s.gate.most = most
	greedy := bucketOf(t, viewer(t, s, "greedy"))
	take := func(kv jetstream.KeyValue) error {
		w, err := kv.Watch(t.Context(), "talks.>")
		if err == nil {
			require.Equal(t, "first", first(t, w))
		}
		return err
	}
	for range most {
		require.NoError(t, take(greedy))
	}
	full := take(greedy)
	var told *nats.APIError // by which the client library watches
	require.ErrorAs(t, full, &told)
	require.Equal(t, nats.ErrorCode(jetstream.JSErrCodeMaximumConsumersLimit), told.ErrorCode)
	require.Contains(t, told.Description, fmt.Sprintf("you, who have %d", most))

	modest := bucketOf(t, viewer(t, s, "modest"))
	for range most / 2 {
		require.NoError(t, take(modest))
	}
	require.Error(t, take(modest), "he has as many as the other now")
	require.Error(t, take(greedy))

	none := []*nats.Conn{dashboard(t, s.URL()), dashboard(t, s.URL()), dashboard(t, s.URL())}
	got := 0
	for _, nc := range none {
		if take(bucketOf(t, nc)) == nil {
			got++
		}
	}
	require.Equal(t, 2, got, "all who have no name are as one user to those who have")
}

// Many watches can be asked for at once, as a page does that shows many things.
func TestManyWatchesAtOnce(t *testing.T) {
	s, _ := shareBucket(t)
	nc := viewer(t, s, "wall")
	answers, err := nc.SubscribeSync(InboxPrefix("wall") + ".many")
	require.NoError(t, err)
	const many = 10 * watchesAtOnce
	for i := range many {
		text := fmt.Sprintf(`{"stream_name":"KV_%s","config":{"name":"w%d","deliver_policy":"all","ack_policy":"none"}}`, sharedBucket, i)
		require.NoError(t, nc.PublishRequest(fmt.Sprintf("%sKV_%s.w%d", createWatch, sharedBucket, i), answers.Subject, []byte(text)))
	}
	for range many {
		m, err := answers.NextMsg(soon)
		require.NoError(t, err)
		require.NotContains(t, string(m.Data), `"error"`)
	}
}

// A watch that was ended, also by the client's going away, takes no place.
func TestEndedWatchesTakeNoPlace(t *testing.T) {
	s, _ := shareBucket(t)
	var ahead atomic.Int64
	s.gate.most, s.gate.now = 2, func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	nc := viewer(t, s, "wall")
	kv := bucketOf(t, nc)
	for range 10 {
		w, err := kv.Watch(t.Context(), "talks.>")
		require.NoError(t, err)
		require.Equal(t, "first", first(t, w))
		require.NoError(t, w.Stop())
	}
	for range 2 {
		_, err := kv.Watch(t.Context(), "talks.>")
		require.NoError(t, err)
	}
	nc.Close()
	ahead.Store(int64(watchGrace))
	other := bucketOf(t, dashboard(t, s.URL()))
	got := 0
	require.Eventually(t, func() bool { // the server takes a moment to see that he has gone
		if _, err := other.Watch(t.Context(), "talks.>"); err == nil {
			got++
		}
		ahead.Add(int64(watchSilence)) // it is looked twice
		return got == 2
	}, soon, 10*time.Millisecond)
}

// askForWatch asks for a watch as it is written.
func askForWatch(t *testing.T, nc *nats.Conn, name string, config map[string]any) (fault string) {
	t.Helper()
	config["name"] = name
	if config["ack_policy"] == nil {
		config["ack_policy"] = "none"
	}
	config["deliver_policy"] = "all"
	text, err := json.Marshal(map[string]any{"stream_name": "KV_" + sharedBucket, "config": config})
	require.NoError(t, err)
	m, err := nc.Request(createWatch+"KV_"+sharedBucket+"."+name, text, soon)
	require.NoError(t, err)
	var told struct {
		Error apiFault `json:"error"`
	}
	require.NoError(t, json.Unmarshal(m.Data, &told))
	return told.Error.Description
}

// What would take the server more memory or time than a watch has to, or would not be
// counted, is refused, and nothing is made. A watch as large as it may be is not.
func TestWatchesAreBounded(t *testing.T) {
	s, _ := shareBucket(t)
	nc := viewer(t, s, "wall")
	inbox := InboxPrefix("wall") + ".x"
	keys := func(n int) (keys []string) {
		for i := range n {
			keys = append(keys, fmt.Sprint("$KV.", sharedBucket, ".talks.", i))
		}
		return keys
	}
	for name, config := range map[string]map[string]any{
		"metadata":         {"metadata": map[string]string{"x": strings.Repeat("x", watchBytes)}},
		"described":        {"description": strings.Repeat("x", watchBytes)},
		"keys":             {"filter_subjects": keys(watchKeys + 1)},
		"acknowledged":     {"ack_policy": "explicit"},
		"uncounted":        {"direct": true, "deliver_subject": inbox},
		"sourcing":         {"sourcing": true, "deliver_subject": inbox},
		"durable":          {"durable_name": "durable"},
		"to-another":       {"deliver_subject": InboxPrefix("other") + ".x"},
		"to-the-server":    {"deliver_subject": "$JS.API.STREAM.DELETE.KV_" + sharedBucket},
		"to-his-prefix":    {"deliver_subject": InboxPrefix("wall") + "2.x"},
		"other-letters":    {"DIRECT": true, "deliver_subject": inbox},
		"in-other-letters": {"Deliver_Subject": "$JS.API.STREAM.DELETE.KV_" + sharedBucket},
	} {
		require.NotEmpty(t, askForWatch(t, nc, name, config), name)
	}
	require.NotEmpty(t, askForWatch(t, nc, "a-name-that-is-much-too-long-"+strings.Repeat("x", 128), map[string]any{}))
	stream, err := s.gate.js.Stream(t.Context(), "KV_"+sharedBucket)
	require.NoError(t, err)
	made := stream.ListConsumers(t.Context())
	for c := range made.Info() {
		require.Fail(t, "made", c.Name)
	}
	require.NoError(t, made.Err())
	require.Empty(t, askForWatch(t, nc, "large", map[string]any{"filter_subjects": keys(watchKeys), "metadata": map[string]string{"for": "wall"}}))
	require.Empty(t, askForWatch(t, nc, "says-no", map[string]any{"durable_name": "", "direct": false, "sourcing": false, "max_deliver": nil}), "what some libraries write")
	require.Empty(t, askForWatch(t, nc, "many-pulls", map[string]any{"max_waiting": 1 << 20}))
	c, err := stream.Consumer(t.Context(), "many-pulls")
	require.NoError(t, err)
	require.Equal(t, watchPulls, c.CachedInfo().Config.MaxWaiting)
	require.NotEmpty(t, askForWatch(t, viewer(t, s, "other"), "large", map[string]any{}), "it is not his")

	denied := deniedOf(nc)
	require.NoError(t, nc.Publish("parley.api.read.negotiations", nil))
	require.LessOrEqual(t, nc.MaxPayload(), int64(dashboardsMessage))
	require.NoError(t, nc.Publish(makeWatch+"KV_"+sharedBucket+".past", nil))
	require.NoError(t, nc.Flush())
	select {
	case err := <-denied:
		require.ErrorIs(t, err, nats.ErrPermissionViolation)
	case <-time.After(soon):
		require.Fail(t, "there is a way past the gate")
	}
}

// Nobody has a watch made past the gate by what the server itself sends: it answers
// where whoever asks wants it to, and what it says of a watch has the name and all that
// the watch was made with.
func TestNoWatchByAnAnswer(t *testing.T) {
	s, _ := shareBucket(t)
	nc := dashboard(t, s.URL())
	stream := "KV_" + sharedBucket
	require.Empty(t, askForWatch(t, nc, "known", map[string]any{}))
	copied, err := s.gate.js.Stream(t.Context(), stream)
	require.NoError(t, err)
	for range 20 { // whichever of the two comes first
		require.NoError(t, nc.PublishRequest("$JS.API.CONSUMER.INFO."+stream+".known", createWatch+stream, nil))
		require.NoError(t, nc.PublishRequest("$JS.API.CONSUMER.INFO."+stream+".known", createWatch+stream+".known", nil))
		require.NoError(t, nc.PublishRequest("$JS.API.CONSUMER.MSG.NEXT."+stream+".known", createWatch+stream+".known", []byte("1")))
		_, err = nc.Request("$JS.API.CONSUMER.DELETE."+stream+".known", nil, soon)
		require.NoError(t, err)
		time.Sleep(5 * time.Millisecond)
		_, err = copied.Consumer(t.Context(), "known")
		require.ErrorIs(t, err, jetstream.ErrConsumerNotFound)
		require.Empty(t, askForWatch(t, nc, "known", map[string]any{}))
	}
}
