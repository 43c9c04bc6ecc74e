package server

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/cmd/parley/internal/problem"
	"parley/cmd/parley/internal/sse"
	"parley/projections/live"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
)

// watcher is a client of a stream.
type watcher struct {
	t      *testing.T
	answer *http.Response
	*sse.Reader
	beats int
	state map[live.Key]changed
	id    string // of the last event that it has taken in
	names []string
}

// watch opens a stream.
func (s *served) watch(t *testing.T, path string, headers ...string) *watcher {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL()+path, nil)
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := s.client.Do(r)
	require.NoError(t, err)
	t.Cleanup(func() { _ = answer.Body.Close() })
	require.Equal(t, http.StatusOK, answer.StatusCode)
	require.Equal(t, typeStream, answer.Header.Get("Content-Type"))
	w := &watcher{t: t, answer: answer, Reader: sse.NewReader(answer.Body), state: map[live.Key]changed{}}
	w.Comment = func(text string) {
		require.Equal(t, "heartbeat", text)
		w.beats++
	}
	return w
}

func (w *watcher) next() sse.Event {
	w.t.Helper()
	e, err := w.Next()
	require.NoError(w.t, err)
	return e
}

// batch takes in what belongs together, and returns the changes of it.
func (w *watcher) batch() []changed {
	w.t.Helper()
	var all []changed
	for {
		before := w.LastID()
		e := w.next()
		w.names = append(w.names, e.Name)
		switch e.Name {
		case eventSnapshot, eventReset:
			var b begun
			require.NoError(w.t, json.Unmarshal(e.Data, &b))
			require.Equal(w.t, live.Version, b.Version)
			clear(w.state)
			if b.Entities == 0 {
				w.id = e.ID
				return nil
			}
		case eventChange:
			var c changed
			require.NoError(w.t, json.Unmarshal(e.Data, &c))
			if w.state[c.Key] = c; c.Deleted {
				delete(w.state, c.Key)
			}
			all = append(all, c)
			if c.Last {
				w.id = e.ID
				return all
			}
			require.Equal(w.t, before, e.ID, "only the last of a batch has an id")
		default:
			require.Fail(w.t, "an event that is none", "%s: %s", e.Name, e.Data)
		}
	}
}

// until reads on until there is a draft.
func (w *watcher) until(draft string) {
	w.t.Helper()
	for {
		if _, ok := w.state[live.Key{Negotiation: example, Projection: "drafts", ID: draft}]; ok {
			return
		}
		w.batch()
	}
}

// shows demands that the client has what the server answers.
func (w *watcher) shows(s *served) {
	w.t.Helper()
	book, ok := s.live.Book(example)
	require.True(w.t, ok)
	require.NotEmpty(w.t, book.Log())
	hub := s.live.Hub()
	sub := hub.Subscribe(live.Request{})
	defer sub.Close()
	b, err := sub.Next(w.t.Context())
	for more := b.More; more && err == nil; {
		var rest live.Batch
		rest, err = sub.Next(w.t.Context())
		b.Changes, more = append(b.Changes, rest.Changes...), rest.More
	}
	require.NoError(w.t, err)
	want, have := map[live.Key]string{}, map[live.Key]string{}
	for _, c := range b.Changes {
		want[c.Key] = c.After + " " + string(c.Value)
	}
	for k, c := range w.state {
		have[k] = c.After + " " + string(c.Value)
	}
	require.Equal(w.t, want, have)
}

// draft is an event that makes an entity of its own.
func draft(i int) string {
	return fmt.Sprintf(`{"key":"draft-%d","type":"DraftFinalized","act":{"draft":"new-%d","version":1,"completeness":"final"},"occurred":"2025-11-01","reported":"2025-11-01","actors":["pakistan"]}`, i, i)
}

func (s *served) post(event string) {
	s.t.Helper()
	answer := s.send(http.MethodPost, of("/events"), event)
	require.Equal(s.t, http.StatusCreated, answer.status, answer.body)
}

// A client gets what there is, then what changes, and heartbeats in between; cut off,
// it goes on where it was.
func TestStream(t *testing.T) {
	s := serveLive(t, func(o *Options) { o.limits.heartbeat = 20 * time.Millisecond })
	w := s.watch(t, pathStream)
	require.NotEmpty(t, w.batch())
	require.Equal(t, eventSnapshot, w.names[0])
	require.GreaterOrEqual(t, w.Retry(), retryMin)
	w.shows(s)
	before, _ := parseID(w.id)
	s.post(draft(1))
	changes := w.batch()
	require.Contains(t, w.state, live.Key{Negotiation: example, Projection: "drafts", ID: "new-1"})
	after, why := parseID(w.id)
	require.Empty(t, why)
	require.Equal(t, before.record+1, after.record)
	require.Less(t, len(changes), 20, "what did not change is not told")
	w.shows(s)
	w.beats = 0
	w.Comment = func(text string) {
		require.Equal(t, "heartbeat", text)
		if w.beats++; w.beats == 3 { // while nothing happens
			s.post(draft(2))
		}
	}
	w.batch()
	require.GreaterOrEqual(t, w.beats, 3)
	require.NoError(t, w.answer.Body.Close())

	s.post(draft(3)) // while it is away
	for _, again := range []*watcher{
		s.watch(t, pathStream, headerLastEvent, w.id),
		s.watch(t, pathStream+"?"+paramLastEvent+"="+w.id),
		s.watch(t, pathStream+"?"+paramLastEvent+"=1", headerLastEvent, w.id),
	} {
		again.state = maps.Clone(w.state)
		told := again.batch()
		require.Equal(t, eventChange, again.names[0], "it has the rest")
		require.True(t, slices.ContainsFunc(told, func(c changed) bool { return c.Projection == "drafts" && c.ID == "new-3" }))
		require.False(t, slices.ContainsFunc(told, func(c changed) bool { return c.Projection == "drafts" && c.ID == "new-2" }), "that is not told twice")
		again.shows(s)
	}
	eventually(t, func() bool {
		return strings.Contains(s.get(pathMetrics).body, `parley_streams_ended_total{reason="reader"} 1`)
	})
}

// Wherever a client is cut off, within a batch too, it ends with all of it.
func TestStreamCut(t *testing.T) {
	s := serveLive(t, nil)
	client := s.watch(t, pathStream)
	client.batch()
	for i := range 30 {
		s.post(draft(i))
		var args []string
		if client.id != "" {
			args = []string{headerLastEvent, client.id}
		}
		require.NoError(t, client.answer.Body.Close())
		next := s.watch(t, pathStream, args...)
		next.state, next.id = client.state, client.id
		client = next
		if i%3 == 0 {
			e := next.next() // and is cut off again, with what it has half taken in
			require.Equal(t, eventChange, e.Name)
			var c changed
			require.NoError(t, json.Unmarshal(e.Data, &c))
			client.state[c.Key] = c
			continue
		}
		s.folded()
		for next.batch(); !next.has(fmt.Sprint("new-", i)); {
			next.batch()
		}
		next.shows(s)
	}
}

// folded waits until all that was recorded is folded.
func (s *served) folded() {
	s.t.Helper()
	head, err := s.store.End(s.t.Context())
	require.NoError(s.t, err)
	require.NoError(s.t, s.live.Hub().WaitFor(s.t.Context(), example, head))
}

// has tells whether a watcher has a draft.
func (w *watcher) has(draft string) bool {
	_, ok := w.state[live.Key{Negotiation: example, Projection: "drafts", ID: draft}]
	return ok
}

// One stream takes several things to watch.
func TestStreamFilters(t *testing.T) {
	s := serveLive(t, nil)
	all := s.watch(t, pathStream)
	all.batch()
	for _, c := range []struct {
		watch []string
		want  func(live.Key) bool
	}{
		{[]string{example}, func(k live.Key) bool { return true }},
		{[]string{"*"}, func(k live.Key) bool { return true }},
		{[]string{example + "/drafts"}, func(k live.Key) bool { return k.Projection == "drafts" }},
		{[]string{"*/rounds", example + "/drafts/istanbul-draft"}, func(k live.Key) bool { return k.Projection == "rounds" || k.ID == "istanbul-draft" }},
		{[]string{"*/*/istanbul-draft", "other"}, func(k live.Key) bool { return k.ID == "istanbul-draft" }},
	} {
		want := map[live.Key]changed{}
		for k, v := range all.state {
			if c.want(k) {
				want[k] = v
			}
		}
		require.NotEmpty(t, want)
		w := s.watch(t, pathStream+"?"+url.Values{paramWatch: c.watch}.Encode())
		w.batch()
		require.ElementsMatch(t, slices.Collect(maps.Keys(want)), slices.Collect(maps.Keys(w.state)), c.watch)
	}
	cell := s.watch(t, pathStream+"?watch=*/positions/pakistan/ttp")
	cell.batch()
	for k := range cell.state {
		require.Equal(t, "pakistan/ttp", k.ID)
	}

	none := s.watch(t, pathStream+"?watch=not-yet")
	require.Empty(t, none.batch(), "it may come")
	require.NotEmpty(t, none.id)

	p := s.get(pathStream+"?watch=No&watch=a//b&watch=a/draft&watch="+strings.Repeat("x", 65)+"&nonsense=1").problem(t, http.StatusBadRequest)
	require.Len(t, p.Faults, 5, "%+v", p.Faults)
	require.Equal(t, "did you mean drafts?", p.Faults[3].Hint)
	many := strings.Repeat("&watch=a", maxWatched+1)
	require.Len(t, s.get(pathStream+"?"+many[1:]).problem(t, http.StatusBadRequest).Faults, 1)
	require.Equal(t, http.StatusOK, s.send(http.MethodHead, pathStream, "").status)
}

// A cursor from which nothing is known begins anew, and says why.
func TestStreamReset(t *testing.T) {
	s := serveLive(t, nil)
	head, err := s.store.End(t.Context())
	require.NoError(t, err)
	waitFor(t, s)
	known := s.watch(t, pathStream)
	known.batch()
	require.Contains(t, known.id, fmt.Sprintf("~%d.", head))
	w := s.watch(t, pathStream, headerLastEvent, formatID([]string{formatHeld("3", s.live.Hub().Sum(3), scopeOf(nil))}))
	e := w.next()
	require.Equal(t, eventReset, e.Name)
	var b begun
	require.NoError(t, json.Unmarshal(e.Data, &b))
	require.Contains(t, b.Reason, "is forgotten")
	require.Positive(t, b.Entities)
	for range b.Entities {
		e = w.next()
	}
	require.NotEmpty(t, e.ID)
}

// Two servers of one record: a client goes on with the other one where that knows
// what the client has, and begins anew where it does not.
func TestStreamElsewhere(t *testing.T) {
	s := serveLive(t, nil)
	w := s.watch(t, pathStream)
	w.batch()
	other := serveOther(t, s)
	waitFor(t, other)

	// The other one has read all of it in one step, so it knows the end.
	next := other.watch(t, pathStream, headerLastEvent, w.id)
	next.state = w.state
	other.post(draft(1))
	next.until("new-1")
	require.NotContains(t, next.names, eventReset)
	next.shows(other)

	again := s.watch(t, pathStream, headerLastEvent, next.id)
	again.state = next.state
	s.post(draft(2))
	again.until("new-2")
	require.NotContains(t, again.names, eventReset)
	waitFor(t, s)
	again.shows(s)

	third := serveOther(t, s)
	waitFor(t, third)
	anew := third.watch(t, pathStream, headerLastEvent, w.id)
	anew.batch()
	require.Equal(t, eventReset, anew.names[0], "it never stood there")
	anew.shows(third)
}

// serveOther serves the record of a server once more.
func serveOther(t *testing.T, s *served) *served {
	t.Helper()
	return serve(t, func(o *Options) {
		o.Store = s.store
		o.Live, _ = follow(t, s.store)
	})
}

// waitFor waits until a server has followed its record to the end.
func waitFor(t *testing.T, s *served) {
	t.Helper()
	head, err := s.store.End(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.live.Hub().WaitFor(t.Context(), example, head))
}

// A server that ends tells its streams so, with a while after which to come again.
func TestStreamEnds(t *testing.T) {
	s := serveLive(t, nil)
	w := s.watch(t, pathStream)
	w.batch()
	stopped := make(chan error, 1)
	go func() { stopped <- s.stop() }()
	e := w.next()
	require.Equal(t, eventGone, e.Name)
	require.Equal(t, w.id, e.ID, "it goes on from there")
	var g gone
	require.NoError(t, json.Unmarshal(e.Data, &g))
	require.Contains(t, g.Reason, "ending")
	require.GreaterOrEqual(t, w.Retry(), retryMin)
	_, err := w.Next()
	require.ErrorIs(t, err, io.EOF)
	require.NoError(t, <-stopped)
}

// Streams have places of their own; where there are none the answer is a problem.
func TestStreamLimits(t *testing.T) {
	s := serveLive(t, func(o *Options) { o.limits.streams, o.limits.requests = 2, 1 })
	one, two := s.watch(t, pathStream), s.watch(t, pathStream)
	one.batch()
	two.batch()
	require.Equal(t, "1", func() string {
		answer := s.get(pathStream)
		answer.problem(t, http.StatusServiceUnavailable)
		return answer.header.Get("Retry-After")
	}())
	require.Equal(t, http.StatusOK, s.get(of("/state")).status)
	require.NoError(t, one.answer.Body.Close())
	eventually(t, func() bool { return s.streams.open() == 1 })
	s.watch(t, pathStream).batch()

	p := serve(t, nil).get(pathStream).problem(t, http.StatusServiceUnavailable)
	require.Contains(t, p.Detail, "follows no projections")
}

// A stream outlives the time that a request may take to be read.
func TestStreamIsLong(t *testing.T) {
	s := serveLive(t, func(o *Options) { o.limits.read, o.limits.heartbeat = 50*time.Millisecond, 20*time.Millisecond })
	w := s.watch(t, pathStream)
	w.batch()
	time.Sleep(200 * time.Millisecond)
	s.post(draft(1))
	w.batch()
	require.Positive(t, w.beats)
}

// takenBack is an access that can be withdrawn.
type takenBack struct{ withdrawn chan struct{} }

func (a takenBack) RoleOf(r *http.Request) (Role, error) {
	select {
	case <-a.withdrawn:
		return "", &problem.Error{Kind: problem.Unauthorized, Detail: "the token is revoked"}
	default:
		return Dashboard, nil
	}
}

// Who may not read any more hears of nothing any more.
func TestStreamRevoked(t *testing.T) {
	a := takenBack{make(chan struct{})}
	s := serveLive(t, func(o *Options) { o.Access, o.limits.heartbeat = a, 10*time.Millisecond })
	w := s.watch(t, pathStream)
	w.batch()
	close(a.withdrawn)
	e := w.next()
	require.Equal(t, eventGone, e.Name)
	require.Contains(t, string(e.Data), "revoked")
}

// cutShort is an access that ends what is under way when it is withdrawn.
type cutShort struct{ takenBack }

func (a cutShort) Until(r *http.Request) (context.Context, context.CancelFunc) {
	ctx, stop := context.WithCancel(r.Context())
	go func() {
		defer stop()
		select {
		case <-a.withdrawn:
		case <-ctx.Done():
		}
	}()
	return ctx, stop
}

// Who is cut off because he may not read any more is told so, and is counted as such,
// though nothing happens meanwhile; who goes away by himself is not.
func TestStreamCutShort(t *testing.T) {
	a := cutShort{takenBack{make(chan struct{})}}
	s := serveLive(t, func(o *Options) { o.Access = a })
	away := s.watch(t, pathStream)
	away.batch()
	w := s.watch(t, pathStream)
	w.batch()
	require.NoError(t, away.answer.Body.Close())
	eventually(t, func() bool { return s.streams.open() == 1 })
	close(a.withdrawn)
	e := w.next()
	require.Equal(t, eventGone, e.Name)
	require.Contains(t, string(e.Data), "revoked")
	eventually(t, func() bool { return s.streams.open() == 0 })
	told := httptest.NewRecorder() // not over HTTP: nobody may ask any more
	s.metrics.handler().ServeHTTP(told, httptest.NewRequest(http.MethodGet, pathMetrics, nil))
	require.Contains(t, told.Body.String(), `parley_streams_ended_total{reason="access"} 1`)
	require.Contains(t, told.Body.String(), `parley_streams_ended_total{reason="reader"} 1`)
}

// A reader who lets changes lie for too long hears that he is dropped once he reads
// on, and can go on from where he was.
func TestStreamSlow(t *testing.T) {
	s := serveLive(t, func(o *Options) { o.limits.stall = 50 * time.Millisecond })
	c := s.dial()
	require.NoError(t, c.(interface{ SetReadBuffer(int) error }).SetReadBuffer(4096))
	_, err := fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", pathStream)
	require.NoError(t, err)
	eventually(t, func() bool { return s.live.Hub().Subscriptions() == 1 })
	for i := 0; s.live.Hub().Subscriptions() == 1; i++ {
		s.post(draft(i))
		time.Sleep(time.Millisecond)
	}
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	require.NoError(t, err)
	defer answer.Body.Close()
	r := sse.NewReader(answer.Body)
	var last sse.Event
	for {
		e, err := r.Next()
		if err != nil {
			require.ErrorIs(t, err, io.EOF)
			break
		}
		last = e
	}
	require.Equal(t, eventGone, last.Name)
	require.Contains(t, string(last.Data), "nothing was read for")
	eventually(t, func() bool { return s.streams.open() == 0 })
	require.Contains(t, s.get(pathMetrics).body, `parley_streams_ended_total{reason="slow"} 1`)
}
