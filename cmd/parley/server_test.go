package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/eventstore"

	"github.com/nats-io/nats-server/v2/server"
)

// An entry that is no event is shown and counted, and stops nothing.
func TestParked(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	must(t, "import", "testdata/talks.csv", "--data", data)
	s, err := eventstore.Open(t.Context(), eventstore.Options{Dir: data})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Conn().Request("parley.record.talks", []byte(`{"nonsense":true}`), 5*time.Second); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"doctor"}, "1 is no event and parked"},
		{[]string{"doctor"}, "Nothing is damaged"},
		{[]string{"state", "talks"}, "1 parked (parley doctor shows them)"},
		{[]string{"state", "talks", "rounds", "--json"}, `"parked":1`},
		{[]string{"events", "talks"}, "(parked)"},
		{[]string{"events", "talks", "--json"}, `{"position":15,"state":"parked"`},
		{[]string{"import", "testdata/talks.csv"}, "Nothing changed"},
	} {
		if out := must(t, append(c.args, "--data", data)...); !strings.Contains(out, c.want) {
			t.Errorf("%s says\n%s\nwant %q in it", strings.Join(c.args, " "), out, c.want)
		}
	}
	// Of what cannot be read nothing holds, and nothing does not.
	for _, where := range []string{`type == "RoundOpened"`, `type != "RoundOpened"`, `unknown(note)`} {
		if out := must(t, "events", "talks", "--where", where, "--data", data); strings.Contains(out, "(parked)") {
			t.Errorf("--where %s says\n%s\nof an entry that cannot be read", where, out)
		}
	}
}

// A NATS server of one's own holds the record as a folder does.
func TestExternalServer(t *testing.T) {
	ns, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	ns.Start()
	defer ns.Shutdown()
	if !ns.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server does not start")
	}
	url := ns.ClientURL()
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"import", "testdata/talks.csv"}, "14 events recorded"},
		{[]string{"import", "testdata/talks.csv"}, "Nothing changed: all 14 events"},
		{[]string{"state", "talks", "rounds"}, "no-agreement"},
		{[]string{"doctor"}, "at " + url},
		{[]string{"demo", "--once"}, "--nats " + url},
	} {
		if out := must(t, append(c.args, "--nats", url)...); !strings.Contains(out, c.want) {
			t.Errorf("%s says\n%s\nwant %q in it", strings.Join(c.args, " "), out, c.want)
		}
	}
	if code, _, said := runIt(t, "", "state", "talk", "--nats", url); code != exitNotFound || !strings.Contains(said, "did you mean talks?") {
		t.Errorf("exit code %d: %s", code, said)
	}
}

// Without credentials the server of a folder is only read from, and says so at once.
func TestFolderServerWithoutCredentials(t *testing.T) {
	s, err := eventstore.Open(t.Context(), eventstore.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, args := range [][]string{
		{"import", "testdata/talks.csv"}, // a batch
		{"append", "NegotiationRegistered", "-n", "talks", "--set", "act.title=Talks", "--set", "act.timeZone=UTC"},
	} {
		begun := time.Now()
		code, _, said := runIt(t, "", append(args, "--nats", s.URL())...)
		if code != exitFailure || !strings.Contains(said, "not permitted to write to the server "+s.URL()) ||
			!strings.Contains(said, "a connection without credentials only reads; use --data") || strings.Contains(said, "not known whether") {
			t.Errorf("%s: exit code %d: %s", args[0], code, said)
		}
		if took := time.Since(begun); took > 4*time.Second {
			t.Errorf("%s took %s", args[0], took)
		}
	}
	if code, _, said := runIt(t, "", "state", "talks", "--nats", s.URL()); code != exitNotFound {
		t.Errorf("nothing was recorded, but: exit code %d: %s", code, said)
	}
}

// A user who came with credentials and may not write is told who he is, and not that
// credentials are missing.
func TestServerUserWhoMayNotWrite(t *testing.T) {
	where := startServer(t, server.Options{JetStream: true},
		`accounts { A { jetstream: enabled, users: [{user: ana, password: secret, permissions: {publish: {deny: "parley.record.*"}}}] } }`, "ana:secret")
	code, _, said := runIt(t, "", "import", "testdata/talks.csv", "--nats", where)
	if code != exitFailure || !strings.Contains(said, "the user ana is not permitted to write") ||
		strings.Contains(said, "without credentials") || strings.Contains(said, "secret") {
		t.Errorf("exit code %d: %s", code, said)
	}
}

// must runs the program, which must succeed, and returns its answer.
func must(t *testing.T, args ...string) string {
	t.Helper()
	code, out, said := runIt(t, "", args...)
	if code != exitOK {
		t.Fatalf("%s: exit code %d: %s", strings.Join(args, " "), code, said)
	}
	return out
}
