package eventstore

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"parley/domain/fair"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

// flood has connections without a secret ask for many watches each, and returns how many
// answers have come, and how many of them were refusals.
func flood(t *testing.T, s *Store, connections, each int) (answers, refused *atomic.Int64) {
	t.Helper()
	answers, refused = &atomic.Int64{}, &atomic.Int64{}
	text := fmt.Appendf(nil, `{"stream_name":"KV_%s","config":{"deliver_policy":"new","ack_policy":"none","metadata":{"a":%q}}}`, sharedBucket, strings.Repeat("x", 6<<10))
	for range connections {
		nc := dashboard(t, s.URL())
		inbox := nats.NewInbox()
		_, err := nc.Subscribe(inbox, func(m *nats.Msg) {
			if strings.Contains(string(m.Data), `"error"`) {
				refused.Add(1)
			}
			answers.Add(1)
		})
		require.NoError(t, err)
		for range each {
			require.NoError(t, nc.PublishRequest(createWatch+"KV_"+sharedBucket, inbox, text))
		}
		require.NoError(t, nc.Flush())
	}
	return answers, refused
}

// waiting is how many requests of a user are waited with, and how many are under way.
func waiting(g *gate, user string) (waits, seats int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if q := g.queues[user]; q != nil {
		return q.waits, q.seats
	}
	return 0, 0
}

// However many connections without a secret there are, and whatever they ask for, they
// are one user to those who have one: what is kept for them is bounded, and whoever has a
// name is answered while they wait.
func TestFloodWithoutNamesKeepsNobodyOut(t *testing.T) {
	s, _ := shareBucket(t)
	s.gate.most, s.gate.patience = 8, time.Hour
	wall := bucketOf(t, viewer(t, s, "wall"))
	const connections, each = 10, 400
	answers, _ := flood(t, s, connections, each)
	require.Eventually(t, func() bool { // more is refused at once
		waits, seats := waiting(s.gate, "")
		require.LessOrEqual(t, waits+seats, watchesAsked)
		require.LessOrEqual(t, seats, watchesAtOnce)
		return answers.Load() >= connections*each-watchesAsked
	}, soon, time.Millisecond)
	for range s.gate.most / 2 {
		w, err := wall.Watch(t.Context(), "talks.>")
		require.NoError(t, err)
		require.Equal(t, "first", first(t, w))
	}
	waits, _ := waiting(s.gate, "")
	require.Positive(t, waits, "they wait behind him")
}

// holdPlaces keeps all who ask for watches waiting until it is let go.
func holdPlaces(t *testing.T, s *Store) (letGo func()) {
	t.Helper()
	w, err := s.gate.of(t.Context(), "KV_"+sharedBucket)
	require.NoError(t, err)
	letGo, err = w.turns.take(t.Context(), "held")
	require.NoError(t, err)
	return letGo
}

// What nobody waits for any more is not carried out, whether it had a seat or not.
func TestLateWatchesAreNotMade(t *testing.T) {
	s, _ := shareBucket(t)
	s.gate.patience = 200 * time.Millisecond
	letGo := holdPlaces(t, s)
	const connections, each = 5, 20
	answers, refused := flood(t, s, connections, each)
	require.Eventually(t, func() bool { return answers.Load() == connections*each }, soon, time.Millisecond)
	require.EqualValues(t, connections*each, refused.Load())
	letGo()
	stream, err := s.gate.js.Stream(t.Context(), "KV_"+sharedBucket)
	require.NoError(t, err)
	made := stream.ListConsumers(t.Context())
	for c := range made.Info() {
		require.Fail(t, "made", c.Name)
	}
	require.NoError(t, made.Err())
	require.Eventually(t, func() bool {
		waits, seats := waiting(s.gate, "")
		return waits+seats == 0
	}, soon, time.Millisecond)
}

// A store that is closed does not first do what it was asked for.
func TestCloseWithWatchesWaiting(t *testing.T) {
	s, _ := shareBucket(t)
	s.gate.patience = time.Hour
	letGo := holdPlaces(t, s)
	defer letGo()
	flood(t, s, 5, 100)
	require.Eventually(t, func() bool {
		waits, seats := waiting(s.gate, "")
		return waits+seats == 500
	}, soon, time.Millisecond)
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	select {
	case err := <-closed:
		require.NoError(t, err)
	case <-time.After(soon):
		require.Fail(t, "the store waits for watches")
	}
}

// Those who have no name take turns. Where no more can wait, whoever has most waiting
// gives way to whoever has less.
func TestWatchQueueIsShared(t *testing.T) {
	ask := func(from int) watchAsked { return watchAsked{by: fair.Holder{From: fmt.Sprint(from)}} }
	var q watchQueue
	for range watchesAsked {
		require.Nil(t, q.add(ask(1)))
	}
	out := q.add(ask(1))
	require.NotNil(t, out)
	require.Equal(t, "1", out.by.From)
	for from := range 4 {
		out := q.add(ask(2 + from%2))
		require.NotNil(t, out)
		require.Equal(t, "1", out.by.From)
		require.Equal(t, watchesAsked, q.waits)
	}
	var order []string
	for len(order) < 6 {
		r, ok := q.next()
		require.True(t, ok)
		order = append(order, r.by.From)
	}
	require.Equal(t, []string{"1", "2", "3", "1", "2", "3"}, order)
	for range watchesAsked - 6 {
		_, ok := q.next()
		require.True(t, ok)
	}
	_, ok := q.next()
	require.False(t, ok)
	require.Empty(t, q.waiting)
}

// Whoever asks once has his turn before whoever has asked for many, and nobody has one
// when he has given up.
func TestWatchTurns(t *testing.T) {
	turns := newWatchTurns()
	end, err := turns.take(t.Context(), "greedy")
	require.NoError(t, err)
	order := make(chan string, 10)
	begin := func(ctx context.Context, user string) {
		go func() {
			end, err := turns.take(ctx, user)
			if err != nil {
				order <- "none"
				return
			}
			order <- user
			end()
		}()
	}
	all := func(user string) int {
		turns.mu.Lock()
		defer turns.mu.Unlock()
		if own := turns.users[user]; own != nil {
			return own.all
		}
		return 0
	}
	for range 3 {
		begin(t.Context(), "greedy")
	}
	require.Eventually(t, func() bool { return all("greedy") == 4 }, soon, time.Millisecond)
	ctx, giveUp := context.WithCancel(t.Context())
	begin(ctx, "late")
	giveUp()
	require.Equal(t, "none", <-order)
	begin(t.Context(), "modest")
	require.Eventually(t, func() bool { return all("modest") == 1 }, soon, time.Millisecond)
	time.Sleep(10 * time.Millisecond) // until he stands in the queue
	end()
	require.Equal(t, "modest", <-order)
	for range 3 {
		require.Equal(t, "greedy", <-order)
	}
	_, err = turns.take(ctx, "late")
	require.ErrorIs(t, err, context.Canceled)
	require.Eventually(t, func() bool { return all("greedy")+all("modest")+all("late") == 0 }, soon, time.Millisecond)
}

// A client that fetches is not heard of between two fetches. Its watch is taken as one
// that nobody hears only when it is found so twice in a row.
func TestWatchBetweenFetchesStays(t *testing.T) {
	s, kv := shareBucket(t)
	var ahead atomic.Int64
	s.gate.most, s.gate.now = 2, func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	nc, stream := viewer(t, s, "wall"), "KV_"+sharedBucket
	answers, err := nc.SubscribeSync(InboxPrefix("wall") + ".fetched")
	require.NoError(t, err)
	fetch := func() {
		require.NoError(t, nc.PublishRequest("$JS.API.CONSUMER.MSG.NEXT."+stream+".fetched", answers.Subject, []byte(`{"batch":1,"expires":3600000000000}`)))
		require.NoError(t, nc.Flush())
	}
	copied, err := s.gate.js.Stream(t.Context(), stream)
	require.NoError(t, err)
	waits := func(n int) {
		t.Helper()
		require.Eventually(t, func() bool {
			c, err := copied.Consumer(t.Context(), "fetched")
			return err == nil && c.CachedInfo().NumWaiting == n
		}, soon, time.Millisecond)
	}
	require.Empty(t, askForWatch(t, nc, "fetched", map[string]any{}))
	require.Empty(t, askForWatch(t, nc, "second", map[string]any{}))
	ahead.Add(int64(2 * watchGrace))
	other := viewer(t, s, "other")
	require.Empty(t, askForWatch(t, other, "others", map[string]any{}), "he gets the last of whoever has most")
	waits(0)
	third := viewer(t, s, "third")
	require.NotEmpty(t, askForWatch(t, third, "thirds", map[string]any{}), "twice at once is not enough")

	fetch()
	_, err = answers.NextMsg(soon)
	require.NoError(t, err)
	fetch() // there is nothing more for it yet
	waits(1)
	ahead.Add(int64(watchSilence))
	require.NotEmpty(t, askForWatch(t, third, "thirds", map[string]any{}), "it is heard")
	_, err = kv.PutString(t.Context(), "talks.rounds.two", "second")
	require.NoError(t, err)
	_, err = answers.NextMsg(soon)
	require.NoError(t, err)
	waits(0)
	require.NotEmpty(t, askForWatch(t, third, "thirds", map[string]any{}), "it is the first time again")
	ahead.Add(int64(watchSilence))
	require.Empty(t, askForWatch(t, third, "thirds", map[string]any{}))
	_, err = copied.Consumer(t.Context(), "fetched")
	require.ErrorIs(t, err, jetstream.ErrConsumerNotFound)
}
