package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"parley/eventstore"
	"parley/eventstore/clustertest"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// The documented cluster of three, with processes of the program on it.
func TestCluster(t *testing.T) {
	three := clustertest.Start(t)
	url := three.URL(clustertest.Writer)
	js, err := jetstream.New(three.Connect(clustertest.Writer))
	if err != nil {
		t.Fatal(err)
	}
	runProgram(t, "import", "testdata/talks.csv", "--nats", url)
	t.Run("doctor", func(t *testing.T) { testDoctorOfCluster(t, url) })
	t.Run("roles", func(t *testing.T) { testRolesOfCluster(t, three, url) })
	t.Run("serve", func(t *testing.T) { testServeSideBySide(t, url) })
	t.Run("leader", func(t *testing.T) { testAppendWithoutLeader(t, three, js, url) })
}

// Doctor finds nothing to say about it, once all replicas are there.
func testDoctorOfCluster(t *testing.T, url string) {
	t.Helper()
	var out string
	for begun := time.Now(); time.Since(begun) < time.Minute; time.Sleep(100 * time.Millisecond) {
		if out = runProgram(t, "doctor", "--nats", url); strings.Contains(out, "All is well.") {
			break
		}
	}
	squeezed := strings.Join(strings.Fields(out), " ")
	for _, want := range []string{
		"All is well.", "ok version n1", "ok version n3", "ok sync n2 every write, before it is acknowledged",
		"ok permissions user writer may do all that a writer needs", "ok settings PARLEY ", "ok replicas 3 replicas of PARLEY, led by n",
	} {
		if !strings.Contains(squeezed, want) {
			t.Errorf("doctor says\n%s\nwant %q in it", out, want)
		}
	}
}

// The users of the documented accounts may ask the service for what their roles allow,
// and for nothing else.
func testRolesOfCluster(t *testing.T, three *clustertest.Cluster, url string) {
	t.Helper()
	b := inBackground(t, "serve", "--nats", url, "--http", "off", "--json")
	awaitText(t, b.out.String, `"negotiation":"talks","position":14,`)
	const dry = `{"negotiation":"talks","dry-run":true,"events":{"type":"StatementIssued","key":"k","occurred":"2026-03","actors":["north"]}}`
	requests := map[string]string{
		"parley.api.read.state":            `{"negotiation":"talks","path":"rounds"}`,
		"parley.api.append":                dry,
		"parley.api.suppose.session.open":  `{"negotiation":"talks","author":"A","purpose":"P"}`,
		"parley.record.talks":              `{}`,
		"parley.branch.b.talks":            `{}`,
		"$JS.API.STREAM.DELETE.PARLEY":     "",
		"$JS.API.CONSUMER.CREATE.PARLEY.x": "{}",
	}
	for user, may := range map[string][]string{
		clustertest.Analyst:   {"parley.api.read.state", "parley.api.append", "parley.api.suppose.session.open"},
		clustertest.Simulator: {"parley.api.read.state", "parley.api.suppose.session.open"},
		clustertest.Dashboard: {"parley.api.read.state"},
	} {
		c := &client{Conn: three.Connect(user), denied: make(chan error, 256)}
		c.SetErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { c.denied <- err })
		for subject, request := range requests {
			m := c.ask(t, subject, request)
			if slices.Contains(may, subject) != (m != nil) {
				t.Errorf("%s asks %s: allowed is %t", user, subject, m != nil)
			}
			if m != nil && m.Header.Get("Nats-Service-Error") != "" {
				t.Errorf("%s asks %s: %s", user, subject, m.Data)
			}
		}
	}
	b.interrupt(t)
}

// Several processes serve one cluster side by side, and all see what is appended.
func testServeSideBySide(t *testing.T, url string) {
	t.Helper()
	var serving []*background
	for range 3 {
		serving = append(serving, inBackground(t, "serve", "--nats", url, "--json"))
	}
	await := func(what string) {
		t.Helper()
		for i, b := range serving {
			for begun := time.Now(); !strings.Contains(b.out.String(), what); time.Sleep(10 * time.Millisecond) {
				if time.Since(begun) > time.Minute {
					t.Fatalf("process %d says\n%s%s\nwant %q in it", i, b.out.String(), b.err.String(), what)
				}
			}
		}
	}
	await(`"negotiation":"talks","position":14,`)
	runProgram(t, "append", "StatementIssued", "-n", "talks", "--key", "seen-by-all", "--occurred", "2026-03", "--actor", "north", "--nats", url)
	await(`"position":15,`)
	for _, b := range serving {
		b.interrupt(t)
	}
}

// A killed leader costs seconds: whoever appends waits, says so, and goes on. That
// the wait is not over too soon, another server is gone as well until it was told.
func testAppendWithoutLeader(t *testing.T, three *clustertest.Cluster, js jetstream.JetStream, url string) {
	t.Helper()
	leader := -1
	for leader < 0 {
		leader = three.Leader(js, eventstore.RecordStream)
	}
	other := (leader + 1) % 3
	three.Kill(leader)
	three.Kill(other)
	b := inBackground(t, "append", "StatementIssued", "-n", "talks", "--key", "without-leader", "--occurred", "2026-03", "--actor", "north",
		"--expect", "#15", "--nats", url)
	for begun := time.Now(); !strings.Contains(b.err.String(), "parley: the server has not answered for 2s; waiting\n"); time.Sleep(10 * time.Millisecond) {
		if time.Since(begun) > time.Minute {
			t.Fatalf("while it waits it says %q", b.err.String())
		}
	}
	three.Restart(other)
	if err := b.cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, b.err.String())
	}
	if out := b.out.String(); !strings.Contains(out, "is recorded at #16 of talks") {
		t.Errorf("it says %q", out)
	}
}
