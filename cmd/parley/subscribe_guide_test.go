package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"parley/eventstore"

	"github.com/stretchr/testify/require"
)

// The Go client of the page follows a negotiation, and goes on when the server has
// been killed and comes back: it misses nothing.
func TestSubscribeGuideInGo(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "subscribe.md"))
	require.NoError(t, err)
	code := regexp.MustCompile("(?s)```go\n(.*?)```").FindSubmatch(text)
	require.NotNil(t, code)
	dir := t.TempDir()
	source, client := filepath.Join(dir, "main.go"), filepath.Join(dir, "client")
	require.NoError(t, os.WriteFile(source, code[1], 0o600))
	out, err := exec.Command("gofmt", "-l", source).CombinedOutput()
	require.NoError(t, err)
	require.Empty(t, string(out), "the client is not formatted")
	out, err = exec.Command("go", "build", "-o", client, source).CombinedOutput()
	require.NoError(t, err, string(out))

	program, data := buildProgram(t), filepath.Join(dir, "data")
	must(t, "import", "testdata/talks.csv", "--data", data)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := free.Addr().String()
	require.NoError(t, free.Close())
	serve := startServe(t, program, "--data", data, "--listen", address, "--http", "off")
	awaitServed(t, data, 14)

	cmd := exec.Command(client, "nats://"+address, "talks")
	said, err := cmd.StdoutPipe()
	require.NoError(t, err)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	require.NoError(t, cmd.Start())
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	}()
	lines := bufio.NewScanner(said)
	reaches := func(position int) {
		t.Helper()
		for lines.Scan() {
			var at, changed int
			_, err := fmt.Sscanf(lines.Text(), "position %d: %d changed", &at, &changed)
			require.NoError(t, err, lines.Text())
			require.Positive(t, changed)
			if at == position {
				return
			}
		}
		require.Fail(t, "the client ended", "%v %s", lines.Err(), complaint.String())
	}
	reaches(14)
	const line = `{"negotiation":"talks","key":"late-%d","type":"StatementIssued","occurred":"2025-11-30"}`
	record := func(n int) {
		t.Helper()
		code, _, complaint := runIt(t, fmt.Sprintf(line, n), "append", "-", "--data", data)
		require.Zero(t, code, complaint)
	}
	record(1)
	reaches(15)
	for n := 2; n < 5; n++ {
		require.NoError(t, serve.Process.Kill())
		_, _ = serve.Process.Wait()
		record(n) // while nobody serves
		serve = startServe(t, program, "--data", data, "--listen", address, "--http", "off")
		reaches(14 + n)
	}
}

// awaitServed waits until a folder that is served has its projections published.
func awaitServed(t *testing.T, data string, head uint64) {
	t.Helper()
	s, err := eventstore.Open(t.Context(), eventstore.Options{Dir: data, Wait: 10 * time.Second})
	require.NoError(t, err)
	defer s.Close()
	awaitPublished(t, s, head)
}
