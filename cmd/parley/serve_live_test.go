package main

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/domain"
	"parley/eventstore"
	"parley/projections"
	"parley/projections/live"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// The names of buckets and streams are the same where the server lets dashboards in
// and where they are published.
func TestSharedStreamsAreTheBuckets(t *testing.T) {
	var want []string
	for _, b := range append(live.Buckets(), live.BranchBucket) {
		want = append(want, live.StreamOf(b))
	}
	if got := eventstore.SharedStreams(); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("shared are %v, published %v", got, want)
	}
}

// buildProgram builds the program, for tests that kill it.
func buildProgram(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "parley")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// startServe starts a process that serves, and waits until it says so.
func startServe(t *testing.T, program string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(program, append([]string{"serve", "--json"}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	if line, err := lines.ReadString('\n'); err != nil || !strings.Contains(line, `"serving"`) {
		t.Fatalf("it says %q: %v", line, err)
	}
	go func() { _, _ = lines.WriteTo(discard{}) }() // until it ends
	t.Cleanup(func() { endServe(cmd) })
	return cmd
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }

// endServe kills a process as kill -9 does.
func endServe(cmd *exec.Cmd) {
	if cmd.ProcessState == nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	}
}

// moves is input of n statements that move something: some late, some vague, some
// withdrawn again.
func moves(random *rand.Rand, from, n int) []domain.Candidate {
	var in []domain.Candidate
	for i := from; i < from+n; i++ {
		key := fmt.Sprint("move-", i)
		b := domain.Body{Key: key, Actors: []domain.ActorID{"north"}, Occurred: domain.MustEDTF(fmt.Sprintf("2026-03-%02d", 1+random.IntN(28)))}
		switch random.IntN(5) {
		case 0:
			b.Act = domain.DraftFinalized{Draft: "d", Version: 1 + random.IntN(3), Completeness: domain.Final}
		case 1:
			b.Act = domain.VerbalConfirmationGiven{Draft: "d", Version: 1 + random.IntN(3)}
		case 2:
			b.Act = domain.RoundConcluded{Outcome: "deadlock"}
			b.Round = domain.RoundID(fmt.Sprint("r", random.IntN(3)))
		case 3:
			if i > from {
				b = domain.Body{Key: key, Act: domain.EventWithdrawn{Target: domain.EventRef(fmt.Sprint("move-", i-1)), Reason: "a slip"}}
				break
			}
			fallthrough
		default:
			b.Act = domain.StatementIssued{Content: "the talks go on"}
		}
		in = append(in, domain.Offer(&domain.Event{
			ID: domain.KeyedID("talks", key), Negotiation: "talks", Writer: "test", Time: time.Now(), Body: b,
		}))
	}
	return in
}

// Two processes publish one record on a server of its own. One of them is killed and
// started again and again while events arrive: whenever one looks, what is published
// is what a fold from nothing comes to, and positions never go back.
func TestTwoServesOneKilled(t *testing.T) {
	program := buildProgram(t)
	ns, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	ns.Start()
	defer func() {
		ns.Shutdown()
		ns.WaitForShutdown()
	}()
	if !ns.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server does not start")
	}
	url := ns.ClientURL()
	must(t, "import", "testdata/talks.csv", "--nats", url)
	s, err := eventstore.Open(t.Context(), eventstore.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	startServe(t, program, "--nats", url)
	killed := startServe(t, program, "--nats", url)
	head := appendMoves(t, s, 0, 1)
	awaitPublished(t, s, head)

	ctx, stop := context.WithCancel(t.Context())
	watched := watchMarks(ctx, t, s)
	for i := 1; i <= 40; i++ {
		head = appendMoves(t, s, i*10, 1+i%4)
		if i%10 == 0 {
			endServe(killed)
			killed = startServe(t, program, "--nats", url)
		}
		if i%5 == 0 {
			inspect(t, s)
		}
	}
	awaitPublished(t, s, head)
	stop()
	if err := <-watched; err != nil {
		t.Error(err)
	}
	if out := must(t, "projection", "check", "--nats", url); !strings.Contains(out, "as a fresh fold has it") {
		t.Errorf("check says\n%s", out)
	}
}

func appendMoves(t *testing.T, s *eventstore.Store, from, n int) uint64 {
	t.Helper()
	r, err := s.Append(t.Context(), eventstore.Any(), moves(rand.New(rand.NewPCG(5, uint64(from))), from, n), eventstore.AppendOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Appended) == 0 {
		t.Fatal("nothing was appended")
	}
	head, err := s.Head(t.Context(), "talks")
	if err != nil {
		t.Fatal(err)
	}
	return head
}

// watchMarks watches the marks of talks until ctx ends, and tells then whether a
// position went back.
func watchMarks(ctx context.Context, t *testing.T, s *eventstore.Store) (ended <-chan error) {
	t.Helper()
	kv, err := s.JetStream().KeyValue(ctx, live.BlueBucket)
	if err != nil {
		t.Fatal(err)
	}
	w, err := kv.Watch(ctx, "talks._position")
	if err != nil {
		t.Fatal(err)
	}
	watched := make(chan error, 1)
	go func() { watched <- marksRise(ctx, w) }()
	return watched
}

func marksRise(ctx context.Context, w jetstream.KeyWatcher) error {
	last := uint64(0)
	for {
		select {
		case <-ctx.Done():
			return nil
		case e := <-w.Updates():
			if e == nil {
				continue
			}
			var m live.Mark
			if err := json.Unmarshal(e.Value(), &m); err != nil {
				return err
			}
			if m.Position < last {
				return fmt.Errorf("position %d after %d", m.Position, last)
			}
			last = m.Position
		}
	}
}

// inspect compares what is published now with a fold from nothing.
func inspect(t *testing.T, s *eventstore.Store) uint64 {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	i, err := live.Inspect(ctx, s.JetStream())
	if err != nil || len(i.Marks()) == 0 {
		return 0 // not yet
	}
	at := i.Marks()[0].Position
	var log []domain.Entry
	for e, err := range s.Read(ctx, "talks", 1) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Position <= at {
			log = append(log, e)
		}
	}
	fresh, err := projections.Project("talks", log, projections.View{})
	if err != nil {
		t.Fatal(err)
	}
	different, err := i.Compare(fresh)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range different {
		t.Errorf("at #%d %s %s", at, d.Key, d.Problem)
	}
	return at
}

func awaitPublished(t *testing.T, s *eventstore.Store, head uint64) {
	t.Helper()
	for begun := time.Now(); inspect(t, s) < head; time.Sleep(5 * time.Millisecond) {
		if time.Since(begun) > time.Minute {
			t.Fatalf("#%d is not published", head)
		}
	}
}

// Who connects to a serving folder without credentials watches what is published, and
// hears of an append by another process; and what differs is found out and put right.
func TestDashboardWatchesServe(t *testing.T) {
	program, data := buildProgram(t), filepath.Join(t.TempDir(), "data")
	must(t, "import", "testdata/talks.csv", "--data", data)
	startServe(t, program, "--data", data)
	s, err := eventstore.Open(t.Context(), eventstore.Options{Dir: data, Wait: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	awaitPublished(t, s, 14)
	nc, err := nats.Connect(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	pointers, err := js.KeyValue(t.Context(), live.PointerBucket)
	if err != nil {
		t.Fatal(err)
	}
	pw, err := pointers.Watch(t.Context(), "serving")
	if err != nil {
		t.Fatal(err)
	}
	e := <-pw.Updates()
	for e == nil { // the copy is being made
		e = <-pw.Updates()
	}
	if err := pw.Stop(); err != nil {
		t.Fatal(err)
	}
	var pointer live.Pointer
	if err := json.Unmarshal(e.Value(), &pointer); err != nil {
		t.Fatal(err)
	}
	kv, err := js.KeyValue(t.Context(), pointer.Bucket)
	if err != nil {
		t.Fatal(err)
	}
	w, err := kv.Watch(t.Context(), "talks.timeline.*")
	if err != nil {
		t.Fatal(err)
	}
	appended := false
	deadline := time.After(time.Minute)
	for found := false; !found; {
		select {
		case e := <-w.Updates():
			if e == nil {
				appended = true
				must(t, "append", "StatementIssued", "-n", "talks", "--key", "heard", "--occurred", "2026-03-09", "--data", data)
				continue
			}
			found = appended && e.Key() == "talks.timeline.heard"
		case <-deadline:
			t.Fatal("nothing is heard of it")
		}
	}
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	refused, cancel := context.WithTimeout(t.Context(), time.Second) // the server does not answer what it refuses
	defer cancel()
	if _, err := kv.PutString(refused, "talks.timeline.heard", "{}"); err == nil {
		t.Error("a dashboard has written to a bucket")
	}
	if out := must(t, "projection", "rebuild", "--data", data); !strings.Contains(out, "bucket parley-green is served now") {
		t.Errorf("rebuild says\n%s", out)
	}
	if out := must(t, "projection", "list", "--data", data); !strings.Contains(out, "#15 of #15") {
		t.Errorf("list says\n%s", out)
	}
}

// Projections may be published to another server than that of the record.
func TestPublishElsewhere(t *testing.T) {
	data, elsewhere := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "other")
	must(t, "import", "testdata/talks.csv", "--data", data)
	other, err := eventstore.Open(t.Context(), eventstore.Options{Dir: elsewhere, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	note, err := os.ReadFile(filepath.Join(elsewhere, "secrets.json"))
	if err != nil {
		t.Fatal(err)
	}
	var secret struct{ Owner string }
	if err := json.Unmarshal(note, &secret, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	to := "nats://owner:" + secret.Owner + "@" + strings.TrimPrefix(other.URL(), "nats://")
	must(t, "projection", "rebuild", "--data", data, "--publish-to", to)
	if out := must(t, "projection", "check", "--data", data, "--publish-to", to); !strings.Contains(out, "as a fresh fold has it") {
		t.Errorf("check says\n%s", out)
	}
	if code, _, said := runIt(t, "", "projection", "check", "--data", data); code != exitNotFound {
		t.Errorf("exit code %d: %s", code, said)
	}
	if code, _, said := runIt(t, "", "projection", "list", "--data", data, "--publish-to", to, "--publish-context", "x"); code != exitUsage {
		t.Errorf("exit code %d: %s", code, said)
	}
}

// What is published and differs is told with its name, by the exit code of damage.
func TestProjectionCheckFinds(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	must(t, "import", "testdata/talks.csv", "--data", data)
	s, err := eventstore.Open(t.Context(), eventstore.Options{Dir: data, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	p := &program{}
	a := p.newAlive(s, buckets{nc: s.Conn(), js: s.JetStream()}, nil)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.run(ctx) }()
	awaitPublished(t, s, 14)
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	kv, err := s.JetStream().KeyValue(t.Context(), live.BlueBucket)
	if err != nil {
		t.Fatal(err)
	}
	e, err := kv.Get(t.Context(), "talks.rounds.first")
	if err != nil {
		t.Fatal(err)
	}
	mark, err := kv.Get(t.Context(), "talks._position")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kv.PutString(t.Context(), e.Key(), strings.Replace(string(e.Value()), "no-agreement", "agreed", 1)); err != nil {
		t.Fatal(err)
	}
	if _, err := kv.Put(t.Context(), mark.Key(), mark.Value()); err != nil { // ends the publication
		t.Fatal(err)
	}
	code, out, said := runIt(t, "", "projection", "check", "--data", data, "-o", "csv")
	if code != exitIntegrity || !strings.Contains(out, "rounds,first,differs") || !strings.Contains(said, "talks rounds/first differs") {
		t.Errorf("exit code %d\n%s\n%s", code, out, said)
	}
	must(t, "append", "StatementIssued", "-n", "talks", "--key", "later", "--occurred", "2026-03-09", "--data", data)
	if out := must(t, "projection", "list", "--data", data, "-o", "csv"); !strings.Contains(out, "talks,14,15,1,") {
		t.Errorf("list says\n%s", out)
	}
	var list struct {
		Negotiations []struct{ Since time.Time }
	}
	if err := json.Unmarshal([]byte(must(t, "projection", "list", "--data", data, "--json")), &list, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
	for e, err := range s.Read(t.Context(), "talks", 15) {
		if err != nil || !list.Negotiations[0].Since.Equal(e.Event.Recorded) {
			t.Errorf("list says %v of what was recorded at %v: %v", list.Negotiations, e.Event.Recorded, err)
		}
	}
	must(t, "projection", "rebuild", "--data", data)
	if out := must(t, "projection", "check", "--data", data, "--json"); !strings.Contains(out, `"ok":true`) {
		t.Errorf("check says\n%s", out)
	}
}
