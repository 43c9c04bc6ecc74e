package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/cmd/parley/internal/sse"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

// startNATS starts a server of its own, and gives its address.
func startNATS(t *testing.T) string {
	t.Helper()
	ns, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoLog: true, NoSigs: true})
	require.NoError(t, err)
	ns.Start()
	t.Cleanup(func() {
		ns.Shutdown()
		ns.WaitForShutdown()
	})
	require.True(t, ns.ReadyForConnections(time.Minute))
	return ns.ClientURL()
}

// serving starts a process that serves, and gives the address of its API.
func serving(t *testing.T, args ...string) (b *background, api string) {
	t.Helper()
	b = inBackground(t, append([]string{"serve", "--http", "127.0.0.1:0", "--json"}, args...)...)
	var says served
	select {
	case line := <-b.out.line:
		require.NoError(t, json.Unmarshal([]byte(line), &says), line)
	case <-time.After(time.Minute):
		require.Fail(t, "it says nothing", b.err.String())
	}
	return b, says.HTTP
}

// listener is a client of a stream of changes.
type listener struct {
	lockedText
	answer *http.Response
}

// listen opens a stream, after the event that was heard last.
func listen(t *testing.T, api, watch, after string) *listener {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, api+"/v1/stream?watch="+watch, nil)
	require.NoError(t, err)
	if after != "" {
		r.Header.Set("Last-Event-ID", after)
	}
	l := &listener{}
	l.answer, err = http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, l.answer.StatusCode)
	t.Cleanup(func() { _ = l.answer.Body.Close() })
	go func() { _, _ = io.Copy(l, l.answer.Body) }() // until it is closed
	return l
}

// last is the id of the last event that was heard.
func (l *listener) last(t *testing.T) string {
	t.Helper()
	r := sse.NewReader(bufio.NewReader(strings.NewReader(l.String())))
	for {
		if _, err := r.Next(); err != nil {
			return r.LastID()
		}
	}
}

// watchingBranch runs the client in JavaScript that watches a branch.
func watchingBranch(t *testing.T, args ...string) (said func() string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", append([]string{filepath.Join(scripts(t), "branch.mjs")}, args...)...)
	var out, errs lockedText
	cmd.Stdout, cmd.Stderr = &out, &errs
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed, or has ended
	})
	return func() string { return out.String() + errs.String() }
}

// supposition is a file with an event of its own.
func supposition(t *testing.T, key string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), key+".ndjson")
	require.NoError(t, os.WriteFile(file, []byte(suppositionLine(key)), 0o600))
	return file
}

func suppositionLine(key string) string {
	return fmt.Sprintf(`{"negotiation":"talks","key":%q,"type":"StatementIssued","occurred":"2026-03-01","actors":["north"]}`, key) + "\n"
}

// What one process appends to a branch, others see that serve the same record: their
// streams and their keys. A client of a process that is killed goes on with another
// one. That the branch is dropped, and why, is told by all.
func TestBranchIsFollowedAcrossProcesses(t *testing.T) {
	url := startNATS(t)
	runProgram(t, "import", "testdata/talks.csv", "--nats", url)
	runProgram(t, "branch", "open", "b", "--on", "talks", "--author", "A", "--purpose", "P", "--nats", url)
	first, one := serving(t, "--nats", url)
	_, two := serving(t, "--nats", url)
	const watch = "talks/timeline?branch=b"
	listeners := []*listener{listen(t, one, watch, ""), listen(t, two, watch, "")}
	said := watchingBranch(t, url, "talks", "b")
	awaitText(t, said, `{"mark":"record:14;b:1"}`)
	require.Contains(t, said(), `"hypothetical":true,"author":"A","purpose":"P","fork":"14"`)

	runProgram(t, "branch", "append", "b", supposition(t, "one"), "--on", "talks", "--nats", url)
	for _, l := range listeners {
		awaitText(t, l.String, "~talks/record:14;b:2.")
		require.Contains(t, l.String(), `"id":"one"`)
	}
	awaitText(t, said, `{"mark":"record:14;b:2"}`)
	require.Contains(t, said(), `"key":"talks.b.timeline.one"`)

	id := listeners[0].last(t)
	require.NoError(t, first.cmd.Process.Kill())
	_ = first.cmd.Wait() // it was killed
	runProgram(t, "branch", "append", "b", supposition(t, "two"), "--on", "talks", "--nats", url)
	again := listen(t, two, watch, id)
	awaitText(t, again.String, "~talks/record:14;b:3.")
	require.NotContains(t, again.String(), "event: snapshot")
	require.NotContains(t, again.String(), "event: reset")
	require.NotContains(t, again.String(), `"id":"one"`)
	runProgram(t, "append", "StatementIssued", "-n", "talks", "--key", "real", "--occurred", "2026-03-01", "--actor", "north", "--nats", url)

	// Whoever asked the process that is gone asks again, and another one answers.
	nc, err := nats.Connect(url)
	require.NoError(t, err)
	defer nc.Close()
	reply, err := nc.Request("parley.api.read.branch.watch", []byte(`{"negotiation":"talks","name":"b"}`), time.Minute)
	require.NoError(t, err)
	require.Contains(t, string(reply.Data), `"keys":"talks.b.>"`)
	awaitText(t, said, `{"mark":"record:14;b:3"}`)
	require.NotContains(t, said(), "real", "it does not follow its parent")
	require.Contains(t, runProgram(t, "projection", "check", "--nats", url, "-o", "csv"), "talks,record:14;b:3,0,,,,b")
	require.Contains(t, runProgram(t, "projection", "list", "--nats", url), "talks on b")

	runProgram(t, "branch", "drop", "b", "--on", "talks", "--reason", "answered", "--nats", url)
	awaitText(t, again.String, `event: dropped`)
	require.Contains(t, again.String(), "was dropped: answered")
	awaitText(t, said, `{"ended":"branch b of talks was dropped: answered"}`)
	require.NotContains(t, runProgram(t, "projection", "list", "--nats", url), "talks on b")
}

// A simulator feeds a stored branch over HTTP and over NATS, while a dashboard watches
// it in JavaScript: also when the server has been killed and comes back.
func TestSimulatorFeedsABranchThatIsWatched(t *testing.T) {
	data, address := filepath.Join(t.TempDir(), "data"), freePort(t)
	must(t, "import", "testdata/talks.csv", "--data", data)
	wall, sim := grant(t, data, "wall", "dashboard"), grant(t, data, "sim", "simulator")
	b, api := serving(t, "--data", data, "--listen", address)
	simulate := func(path, media, body string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, api+"/v1/negotiations/talks/branches"+path, strings.NewReader(body))
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+sim)
		r.Header.Set("Content-Type", media)
		answer, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		require.Equal(t, http.StatusCreated, answer.StatusCode, "%s", text)
	}
	simulate("", "application/json", `{"branch":"b","author":"A model","purpose":"had they met","followParent":true}`)
	said := watchingBranch(t, "nats://"+address, "talks", "b", "wall", wall)
	awaitText(t, said, `{"mark":"record:14;b:1"}`)
	simulate("/b/events", "application/x-ndjson", suppositionLine("by-http-1")+suppositionLine("by-http-2"))
	awaitText(t, said, `{"mark":"record:14;b:3"}`)

	nc, err := nats.Connect("nats://"+address, nats.UserInfo("sim", sim), nats.CustomInboxPrefix("_INBOX_sim"))
	require.NoError(t, err)
	defer nc.Close()
	reply, err := nc.Request("parley.api.suppose.branch.append", []byte(`{"negotiation":"talks","name":"b","events":`+strings.TrimSpace(suppositionLine("by-nats"))+`}`), time.Minute)
	require.NoError(t, err)
	require.Contains(t, string(reply.Data), "record:14;b:4")
	awaitText(t, said, `{"mark":"record:14;b:4"}`)
	runProgram(t, "append", "StatementIssued", "-n", "talks", "--key", "real", "--occurred", "2026-03-01", "--actor", "north", "--data", data)
	awaitText(t, said, `{"mark":"record:15;b:4"}`)
	text := said()
	for _, key := range []string{"by-http-1", "by-http-2", "by-nats", "real"} {
		require.Contains(t, text, `"key":"talks.b.timeline.`+key)
	}

	require.NoError(t, b.cmd.Process.Kill())
	_ = b.cmd.Wait() // it was killed
	runProgram(t, "branch", "append", "b", supposition(t, "while-down"), "--data", data)
	serving(t, "--data", data, "--listen", address)
	awaitText(t, said, `{"mark":"record:15;b:5"}`)
	require.Equal(t, 2, strings.Count(said(), `{"begins":`), "the bucket is filled anew, and its epoch says so")
	require.Contains(t, runProgram(t, "projection", "check", "--data", data), "as a fresh fold has it")
	require.Contains(t, runProgram(t, "projection", "rebuild", "--data", data), "1 branch published anew")
	require.Contains(t, runProgram(t, "projection", "check", "--data", data, "-o", "csv"), "talks,record:15;b:5,0,,,,b")
}
