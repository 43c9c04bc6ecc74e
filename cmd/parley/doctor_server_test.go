package main

import (
	"strings"
	"testing"
	"time"

	"parley/eventstore"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

func TestVersionFacts(t *testing.T) {
	for version, want := range map[string][2]bool{
		"2.10.29":     {false, false},
		"2.11.17":     {false, false},
		"2.12.11":     {false, false},
		"2.12.12":     {true, false},
		"2.12.15":     {true, false},
		"2.13.9":      {false, false}, // there is none
		"2.14.2":      {false, false},
		"2.14.3-RC.1": {false, false},
		"2.14.3":      {true, false},
		"2.14.9":      {true, true},
		"2.15.0":      {true, false},
		"2.15.2":      {true, true},
		"2.15.3-RC.1": {true, true},
		"2.16.0":      {true, true},
		"3.0.0":       {true, true},
		"":            {false, false},
		"unknown":     {false, false},
	} {
		safe, preferred := versionFacts(version)
		if safe != want[0] || preferred != want[1] {
			t.Errorf("%q: safe %v, preferred %v, want %v", version, safe, preferred, want)
		}
	}
	if safe, preferred := versionFacts(server.VERSION); !safe || !preferred {
		t.Errorf("our own server %s is not one that we recommend", server.VERSION)
	}
}

// Doctor names what a server lacks, and what it has.
func TestDoctorOfServers(t *testing.T) {
	for name, c := range map[string]struct {
		options server.Options
		config  string
		user    string
		prepare func(*testing.T, jetstream.JetStream)
		code    int
		want    []string
	}{
		"a plain server": {
			options: server.Options{JetStream: true}, code: exitOK,
			want: []string{"note replicas a single server", "note settings PARLEY the stream is not there yet", "note sync "},
		},
		"no jetstream": {
			code: exitIntegrity, want: []string{"bad jetstream the account cannot use it"},
		},
		"an account without jetstream": {
			options: server.Options{JetStream: true}, user: "a:a", code: exitIntegrity,
			config: `accounts { A { users: [{user: a, password: a}] }, B { jetstream: enabled } }`,
			want:   []string{"bad jetstream the account cannot use it"},
		},
		"rights that are missing": {
			options: server.Options{JetStream: true}, user: "a:a", code: exitOK,
			config: `accounts { A { jetstream: enabled, users: [{user: a, password: a, permissions: {publish: {deny: "parley.record.*"}}}] } }`,
			want:   []string{"note permissions user a cannot write; denied: publish parley.record.id"},
		},
		"another stream of that name": {
			options: server.Options{JetStream: true}, code: exitIntegrity,
			prepare: func(t *testing.T, js jetstream.JetStream) {
				t.Helper()
				if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: eventstore.RecordStream, Subjects: []string{"other.>"}}); err != nil {
					t.Fatal(err)
				}
			},
			want: []string{"bad settings PARLEY subjects is other.>, must be parley.record.*", "neither used nor changed", "docs/cluster.md"},
		},
		"synced late": {
			options: server.Options{JetStream: true}, user: "a:a", code: exitIntegrity, config: tellsSync,
			want: []string{"bad sync every 2m0s only", "set sync_interval: always"},
		},
		"synced always": {
			options: server.Options{JetStream: true, SyncAlways: true}, user: "a:a", code: exitOK, config: tellsSync,
			want: []string{"ok sync every write", "ok permissions user a may do all", "ok version nats-server " + server.VERSION},
		},
	} {
		t.Run(name, func(t *testing.T) {
			url := startServer(t, c.options, c.config, c.user)
			if c.prepare != nil {
				c.prepare(t, connectJetStream(t, url))
			}
			code, out, said := runIt(t, "", "doctor", "--nats", url)
			if code != c.code {
				t.Errorf("exit code %d, want %d: %s", code, c.code, said)
			}
			squeezed := strings.Join(strings.Fields(out+said), " ")
			for _, want := range c.want {
				if !strings.Contains(squeezed, want) {
					t.Errorf("it says\n%s%s\nwant %q in it", out, said, want)
				}
			}
		})
	}
}

// tellsSync is a configuration that lets an account ask how the server syncs.
const tellsSync = `
accounts {
  A { jetstream: enabled, users: [{user: a, password: a}]
      imports: [{service: {account: SYS, subject: "$SYS.REQ.SERVER.PING.JSZ"}}] }
  SYS { users: [{user: s, password: s}], exports: [{service: "$SYS.REQ.SERVER.PING.JSZ", response_type: stream}] }
}
system_account: SYS`

// startServer runs a NATS server until the test ends.
func startServer(t *testing.T, o server.Options, config, user string) (url string) {
	t.Helper()
	if config != "" {
		if err := o.ProcessConfigString(config); err != nil {
			t.Fatal(err)
		}
		o.ConfigFile = ""
	}
	o.ServerName, o.Host, o.Port, o.StoreDir, o.NoLog, o.NoSigs = "n", "127.0.0.1", server.RANDOM_PORT, t.TempDir(), true, true
	o.JetStreamMaxMemory, o.JetStreamMaxStore = 64<<20, 1<<30
	ns, err := server.NewServer(&o)
	if err != nil {
		t.Fatal(err)
	}
	ns.Start()
	t.Cleanup(func() {
		ns.Shutdown()
		ns.WaitForShutdown()
	})
	if !ns.ReadyForConnections(time.Minute) {
		t.Fatal("the server does not start")
	}
	if user != "" {
		user += "@"
	}
	return strings.Replace(ns.ClientURL(), "nats://", "nats://"+user, 1)
}

func connectJetStream(t *testing.T, url string) jetstream.JetStream {
	t.Helper()
	nc, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return js
}
