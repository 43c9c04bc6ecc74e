package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"parley/projections"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
)

// scripts is a folder with the clients of docs/examples/subscribe, beside what they
// need from npm.
func scripts(t *testing.T) string {
	t.Helper()
	modules, err := filepath.Abs(filepath.Join("internal", "web", "node_modules"))
	require.NoError(t, err)
	_, err = os.Stat(filepath.Join(modules, "@nats-io", "kv"))
	require.NoError(t, err, "what the clients need from npm is not there: run `make node_modules`")
	dir := t.TempDir()
	require.NoError(t, os.Symlink(modules, filepath.Join(dir, "node_modules")))
	require.NoError(t, os.CopyFS(filepath.Join(dir, "subscribe"), os.DirFS(filepath.Join("..", "..", "docs", "examples", "subscribe"))))
	return filepath.Join(dir, "subscribe")
}

// node runs a client in JavaScript to its end.
func node(t *testing.T, args ...string) string {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	out, err := exec.CommandContext(ctx, "node", args...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(out)
}

// freePort is a port that a server can take again after a restart.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// grant grants a role, and gives the secret.
func grant(t *testing.T, data, name, role string) string {
	t.Helper()
	var added grantLine
	require.NoError(t, json.Unmarshal([]byte(must(t, "access", "add", name, "--role", role, "--data", data, "--json")), &added))
	return added.Secret
}

// awaitText waits until a process has said something.
func awaitText(t *testing.T, said func() string, what string) {
	t.Helper()
	for begun := time.Now(); !strings.Contains(said(), what); time.Sleep(20 * time.Millisecond) {
		if time.Since(begun) > time.Minute {
			t.Fatalf("it says\n%s\nwant %s in it", said(), what)
		}
	}
}

// A client in JavaScript watches what is published. It sees what another process
// appends, and after a restart of the server it goes on and misses nothing.
func TestJavaScriptWatches(t *testing.T) {
	dir, data, address := scripts(t), filepath.Join(t.TempDir(), "data"), freePort(t)
	must(t, "import", "testdata/talks.csv", "--data", data)
	secret := grant(t, data, "wall", "dashboard")
	start := func() *background {
		b := inBackground(t, "serve", "--data", data, "--listen", address, "--http", "off")
		awaitText(t, b.out.String, "Serving")
		return b
	}
	say := func(key string) {
		runProgram(t, "append", "StatementIssued", "-n", "talks", "--key", key, "--occurred", "2026-03-01", "--actor", "north", "--data", data)
	}
	serving := start()
	said := startWatch(t, dir, address, secret)
	awaitText(t, said, `{"mark":14}`)
	say("seen-at-once")
	awaitText(t, said, `{"mark":15}`)

	require.NoError(t, serving.cmd.Process.Kill())
	_ = serving.cmd.Wait()  // it was killed
	say("while-it-is-down") // by the folder
	serving = start()
	say("after-the-restart")
	awaitText(t, said, `{"mark":17}`)
	text := said()
	for _, key := range []string{"seen-at-once", "while-it-is-down", "after-the-restart"} {
		require.Contains(t, text, `"key":"talks.timeline.`+key, "one event is one entity of the timeline")
	}
	require.Equal(t, 2, strings.Count(text, `{"begins":`), "the bucket is filled anew, and the epoch says so")
	serving.interrupt(t)
}

// startWatch starts the client that watches, until the test ends, and tells what it
// has said.
func startWatch(t *testing.T, dir, address, secret string) (said func() string) {
	t.Helper()
	watcher := exec.CommandContext(t.Context(), "node", filepath.Join(dir, "watch.mjs"), "nats://"+address, "talks", "wall", secret)
	var out, errs lockedText
	watcher.Stdout, watcher.Stderr = &out, &errs
	require.NoError(t, watcher.Start())
	t.Cleanup(func() {
		_ = watcher.Process.Kill()
		_ = watcher.Wait() // it was killed
	})
	return func() string { return out.String() + errs.String() }
}

// Clients that begin while another bucket takes over do not stay at the old one.
func TestJavaScriptSeesEveryTurn(t *testing.T) {
	dir, data, address := scripts(t), filepath.Join(t.TempDir(), "data"), freePort(t)
	must(t, "import", "testdata/talks.csv", "--data", data)
	secret := grant(t, data, "wall", "dashboard")
	serving := inBackground(t, "serve", "--data", data, "--listen", address, "--http", "off")
	awaitText(t, serving.out.String, "Serving")
	var clients []func() string
	for range 12 {
		clients = append(clients, startWatch(t, dir, address, secret))
	}
	begun := func(said func() string) bool { return strings.Contains(said(), `{"mark":14}`) }
	for turns := 0; turns < 100 && !slices.ContainsFunc(clients, begun) || turns < 5; turns++ {
		must(t, "projection", "rebuild", "--data", data)
	}
	for range 5 {
		must(t, "projection", "rebuild", "--data", data)
	}
	runProgram(t, "append", "StatementIssued", "-n", "talks", "--key", "after-all", "--occurred", "2026-03-01", "--actor", "north", "--data", data)
	for _, said := range clients {
		awaitText(t, said, `{"mark":15}`)
	}
	serving.interrupt(t)
}

// A client in JavaScript records through the service and asks it.
func TestJavaScriptAsks(t *testing.T) {
	dir, data, address := scripts(t), filepath.Join(t.TempDir(), "data"), freePort(t)
	must(t, "import", "testdata/talks.csv", "--data", data)
	secret := grant(t, data, "ana", "analyst")
	b := inBackground(t, "serve", "--data", data, "--listen", address, "--http", "off")
	awaitText(t, b.out.String, "Serving")
	out := node(t, filepath.Join(dir, "ask.mjs"), "nats://"+address, "talks", "ana", secret, `{"type":"StatementIssued","key":"asked","occurred":"2026-03-01","actors":["north"]}`)
	require.Contains(t, out, `"positions":{"talks":15}`)
	require.Contains(t, out, `{"position":15,"projections":[`)
	require.Contains(t, must(t, "events", "talks", "--data", data), "asked")
	b.interrupt(t)
}

// An agent in JavaScript plays a session of a hundred steps. The record does not
// change, and nothing is kept.
func TestJavaScriptAgent(t *testing.T) {
	dir, data, address := scripts(t), filepath.Join(t.TempDir(), "data"), freePort(t)
	var files []string
	for i := range 5 {
		files = append(files, filepath.Join("..", "..", "docs", "examples", "istanbul-2025", "s"+strconv.Itoa(i)+".csv"))
	}
	must(t, append(append([]string{"import", filepath.Join("..", "..", "docs", "examples", "istanbul-2025", "registry.csv")}, files...), "--data", data)...)
	secret := grant(t, data, "sim", "simulator")
	b := inBackground(t, "serve", "--data", data, "--listen", address, "--http", "off")
	awaitText(t, b.out.String, "Serving")
	before := must(t, "state", "pak-afg-2025", "--data", data, "--json")
	lines := bytes.Split([]byte(strings.TrimSpace(node(t, filepath.Join(dir, "agent.mjs"), "nats://"+address, "pak-afg-2025", "sim", secret))), []byte("\n"))
	var end struct {
		Events, Changed int
		Ends            string
	}
	require.NoError(t, json.Unmarshal(lines[len(lines)-1], &end, json.MatchCaseInsensitiveNames(true)))
	require.Equal(t, 100, end.Events)
	require.GreaterOrEqual(t, end.Changed, 100, "every step changes something")
	require.Equal(t, "not signed", end.Ends, "it reacts: after an even number of steps nothing is signed")
	require.Equal(t, before, must(t, "state", "pak-afg-2025", "--data", data, "--json"))
	require.Contains(t, must(t, "branch", "list", "--data", data, "--json"), "[]")
	b.interrupt(t)
}

// A simulator in JavaScript feeds a thousand continuations over NATS, which come to the
// bytes of the Go API; runs that are refused are told with their places.
func TestJavaScriptWhatif(t *testing.T) {
	dir, data, address := scripts(t), filepath.Join(t.TempDir(), "data"), freePort(t)
	must(t, "demo", "--once", "--data", data)
	secret := grant(t, data, "sim", "simulator")
	b := inBackground(t, "serve", "--data", data, "--listen", address, "--http", "off")
	awaitText(t, b.out.String, "Serving")
	feed := func(text string) (string, error) {
		cmd := exec.CommandContext(t.Context(), "node", filepath.Join(dir, "whatif.mjs"), "nats://"+address, demoNegotiation, "sim", secret,
			`{"seed":"7","model":"by-hand","modelVersion":"2","modelDigest":"`+modelHex+`","author":"A","purpose":"P"}`)
		cmd.Stdin = strings.NewReader(text)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	runs, text := continuations(1000, 7)
	summed, err := feed(text)
	require.NoError(t, err, summed)
	require.Equal(t, evaluatedInGo(t, data, projections.View{}, runs), summed)

	refused, err := feed(text + "{\"run\":\"x\",\"events\":[{}]}\n")
	require.Error(t, err)
	require.Contains(t, refused, `"row":1001`)
	b.interrupt(t)
}
