package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/eventstore"
	"parley/eventstore/clustertest"
	"parley/projections/live"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// servesOnCluster is processes that serve one cluster, and clients that go on asking
// them for something whatever happens to the servers.
type servesOnCluster struct {
	t     *testing.T
	three *clustertest.Cluster
	url   string
	js    jetstream.JetStream

	mu     sync.Mutex
	serves []*background
	api    []string // where each of them answers

	recorded map[string]bool // keys that were acknowledged
	refused  map[string]int  // answers in place of what was asked for, by what they say
}

func startServesOnCluster(t *testing.T, n int) *servesOnCluster {
	t.Helper()
	x := &servesOnCluster{t: t, three: clustertest.Start(t), recorded: map[string]bool{}, refused: map[string]int{}}
	x.url = x.three.URL(clustertest.Writer)
	var err error
	if x.js, err = jetstream.New(x.three.Connect(clustertest.Writer)); err != nil {
		t.Fatal(err)
	}
	runProgram(t, "import", "testdata/talks.csv", "--nats", x.url)
	x.serves, x.api = make([]*background, n), make([]string, n)
	for i := range n {
		x.start(i, x.url)
	}
	return x
}

// start starts the i-th process that serves.
func (x *servesOnCluster) start(i int, url string) {
	x.t.Helper()
	b := inBackground(x.t, "serve", "--nats", url, "--http", "127.0.0.1:0", "--json")
	var s served
	select {
	case line := <-b.out.line:
		if err := json.Unmarshal([]byte(line), &s); err != nil || s.HTTP == "" {
			x.t.Fatalf("it says %q: %v", line, err)
		}
	case <-time.After(time.Minute):
		x.t.Fatalf("serve does not begin: %s", b.err.String())
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.serves[i], x.api[i] = b, s.HTTP
}

// kill ends a process that serves as kill -9 does.
func (x *servesOnCluster) kill(i int) {
	_ = x.serves[i].cmd.Process.Kill()
	_ = x.serves[i].cmd.Wait() // it was killed
}

func (x *servesOnCluster) where(i int) string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.api[i]
}

// post records an event over HTTP, and asks again until it is recorded. It fails if
// the answer is anything but a receipt, or a problem that says when to come again.
func (x *servesOnCluster) post(ctx context.Context, i int, key string) error {
	body := fmt.Sprintf(`{"type":"StatementIssued","key":%q,"occurred":"2026-03","actors":["north"]}`, key)
	for ctx.Err() == nil {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, x.where(i)+"/v1/negotiations/talks/events", strings.NewReader(body))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/json")
		done, err := x.answered(r, http.StatusOK, http.StatusCreated)
		if err != nil {
			return err
		}
		if done {
			x.mu.Lock()
			x.recorded[key] = true
			x.mu.Unlock()
			return nil
		}
	}
	return nil
}

// answered sends a request. A process that was killed does not answer.
func (x *servesOnCluster) answered(r *http.Request, want ...int) (bool, error) {
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		waitFor(r.Context(), 20*time.Millisecond)
		return false, nil
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return false, nil // it was killed meanwhile
	}
	if slices.Contains(want, answer.StatusCode) {
		return true, nil
	}
	var p struct{ Type, Detail string }
	if err := json.Unmarshal(text, &p, json.MatchCaseInsensitiveNames(true)); err != nil || answer.StatusCode != http.StatusServiceUnavailable ||
		answer.Header.Get("Retry-After") == "" || !strings.HasSuffix(p.Type, "/unreachable") || p.Detail == "" {
		return false, fmt.Errorf("%s %s: %d, Retry-After %q: %s", r.Method, r.URL.Path, answer.StatusCode, answer.Header.Get("Retry-After"), text)
	}
	x.mu.Lock()
	x.refused[r.Method+": "+p.Detail]++
	x.mu.Unlock()
	waitFor(r.Context(), 20*time.Millisecond)
	return false, nil
}

func waitFor(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// ask asks the service over NATS to record an event, as post does.
func (x *servesOnCluster) ask(ctx context.Context, nc *nats.Conn, key string) error {
	body := fmt.Appendf(nil, `{"negotiation":"talks","events":{"type":"StatementIssued","key":%q,"occurred":"2026-03","actors":["north"]}}`, key)
	for ctx.Err() == nil {
		one, stop := context.WithTimeout(ctx, 10*time.Second) // it may have gone to a server that has fallen silent
		m, err := nc.RequestWithContext(one, "parley.api.append", body)
		stop()
		if err == nil && m.Header.Get("Nats-Service-Error-Code") == "" {
			x.mu.Lock()
			x.recorded[key] = true
			x.mu.Unlock()
			return nil
		}
		if err == nil {
			if code := m.Header.Get("Nats-Service-Error-Code"); code != "503" {
				return fmt.Errorf("the service says %s: %s", code, m.Data)
			}
			x.mu.Lock()
			x.refused["NATS: "+m.Header.Get("Nats-Service-Error")]++
			x.mu.Unlock()
		}
		waitFor(ctx, 20*time.Millisecond)
	}
	return nil
}

// get reads a view over HTTP.
func (x *servesOnCluster) get(ctx context.Context, i int) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, x.where(i)+"/v1/negotiations/talks/state/rounds", http.NoBody)
	if err != nil {
		return err
	}
	_, err = x.answered(r, http.StatusOK)
	return err
}

// leader is the server that leads a stream now.
func (x *servesOnCluster) leader(stream string) int {
	x.t.Helper()
	for begun := time.Now(); time.Since(begun) < time.Minute; time.Sleep(20 * time.Millisecond) {
		if n := x.three.Leader(x.js, stream); n >= 0 {
			return n
		}
	}
	x.t.Fatalf("%s has no leader", stream)
	return -1
}

// Two processes serve a cluster of three. The server that leads the record, and that
// which leads the bucket, are killed and stopped, and one of the processes is killed,
// while events arrive over HTTP and over NATS: whoever asks is answered or told to
// come again, nothing is lost or doubled, and what is published is in the end what a
// fold from nothing comes to, with positions that never went back.
func TestServesOnCluster(t *testing.T) {
	x := startServesOnCluster(t, 2)
	s, err := eventstore.Open(t.Context(), eventstore.Options{URL: x.url})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	awaitPublished(t, s, 14)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	watched := watchMarks(ctx, t, s)
	failed, clients := x.clients(ctx)

	n := x.leader(eventstore.RecordStream)
	x.three.Kill(n)
	x.kill(1)
	x.start(1, x.url)
	x.movesOn(failed)
	x.three.Restart(n)

	n = x.leader(live.StreamOf(live.BlueBucket))
	x.three.Kill(n)
	x.movesOn(failed)
	x.three.Restart(n)

	n = x.leader(eventstore.RecordStream)
	x.kill(1)
	x.start(1, x.three.URLOf(n, clustertest.Writer)) // it is connected to the one that falls silent
	x.three.Stop(n)
	x.movesOn(failed)
	x.three.Continue(n)
	x.movesOn(failed)

	stop()
	clients.Wait()
	close(failed)
	for err := range failed {
		t.Error(err)
	}
	if err := <-watched; err != nil {
		t.Error(err)
	}
	if said := x.serves[0].err.String(); !strings.Contains(said, "the server has not answered for 2s; waiting") && !strings.Contains(said, "the server does not answer") {
		t.Errorf("while it waited, serve said nothing of it:\n%s", said)
	}
	t.Logf("%d events were recorded; who was not answered was told %v", len(x.recorded), x.refused)
	x.check(s)
}

// clients go on asking each process, and the service, until ctx ends.
func (x *servesOnCluster) clients(ctx context.Context) (failed chan error, clients *sync.WaitGroup) {
	failed, clients = make(chan error, 16), &sync.WaitGroup{}
	goOn := func(f func(n int) error) {
		clients.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				if err := f(n); err != nil {
					failed <- err
					return
				}
				waitFor(ctx, 100*time.Millisecond) // all this is more than enough for two processors
			}
		})
	}
	for i := range x.serves {
		goOn(func(n int) error { return x.post(ctx, i, fmt.Sprintf("http-%d-%d", i, n)) })
		goOn(func(int) error { return x.get(ctx, i) })
	}
	analyst := x.three.Connect(clustertest.Analyst)
	goOn(func(n int) error { return x.ask(ctx, analyst, fmt.Sprintf("nats-%d", n)) })
	return failed, clients
}

// check compares the log with what was acknowledged, and what is published with the
// log.
func (x *servesOnCluster) check(s *eventstore.Store) {
	x.t.Helper()
	stands, head := map[string]int{}, uint64(0)
	for e, err := range s.Read(x.t.Context(), "talks", 1) {
		if err != nil {
			x.t.Fatal(err)
		}
		stands[e.Event.Key]++
		head = e.Position
	}
	for key, n := range stands {
		if n != 1 {
			x.t.Errorf("%s stands %d times in the log", key, n)
		}
	}
	for key := range x.recorded {
		if stands[key] == 0 {
			x.t.Errorf("%s was acknowledged, and is not in the log", key)
		}
	}
	awaitPublished(x.t, s, head)
	if out := runProgram(x.t, "projection", "check", "--nats", x.url); !strings.Contains(out, "as a fresh fold has it") {
		x.t.Errorf("check says\n%s", out)
	}
	runProgram(x.t, "verify", "--nats", x.url)
}

// movesOn waits until each way to record works.
func (x *servesOnCluster) movesOn(failed <-chan error) {
	x.t.Helper()
	count := func(prefix string) int {
		x.mu.Lock()
		defer x.mu.Unlock()
		n := 0
		for k := range x.recorded {
			if strings.HasPrefix(k, prefix) {
				n++
			}
		}
		return n
	}
	for _, way := range []string{"http-0-", "http-1-", "nats-"} {
		from := count(way)
		for begun := time.Now(); count(way) < from+3; time.Sleep(20 * time.Millisecond) {
			select {
			case err := <-failed:
				x.t.Fatal(err)
			default:
			}
			if time.Since(begun) > 2*time.Minute {
				for i, b := range x.serves {
					x.t.Logf("serve %d says\n%s", i, b.err.String())
				}
				x.t.Fatalf("%s does not move on; %v", way, x.refused)
			}
		}
	}
}
