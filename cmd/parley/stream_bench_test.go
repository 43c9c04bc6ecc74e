package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/eventstore"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
)

// BenchmarkStreamMemory measures what a serving process takes while a thousand clients
// watch a record of 2,000 events whole, some of which never read a byte, and 4,000 more
// are recorded; and what it takes without them. Resident memory at rest, once all are
// connected, at most, and once those who do not read were cut off; and live, the most of
// it that a collection of garbage left while events were recorded. What the kernel holds
// for the sockets is not in it.
func BenchmarkStreamMemory(b *testing.B) {
	for _, n := range []struct{ clients, deaf int }{{0, 0}, {1000, 0}, {1000, 300}} {
		b.Run(fmt.Sprintf("clients=%d,deaf=%d", n.clients, n.deaf), func(b *testing.B) {
			for b.Loop() {
				benchStreamMemory(b, n.clients, n.deaf)
			}
		})
	}
}

func benchStreamMemory(b *testing.B, clients, deaf int) {
	data := filepath.Join(b.TempDir(), "data")
	s, err := eventstore.Open(b.Context(), eventstore.Options{Dir: data})
	require.NoError(b, err)
	appendBench(b, s, 2000)
	require.NoError(b, s.Close())
	p := process("serve", "--data", data, "--http", "127.0.0.1:0", "--json")
	out, err := p.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, p.Start())
	var ended sync.WaitGroup
	defer func() {
		_ = p.Process.Kill()
		ended.Wait()
		_ = p.Wait() // it was killed
	}()
	says := bufio.NewReader(out)
	line, err := says.ReadString('\n')
	require.NoError(b, err)
	var told served
	require.NoError(b, json.Unmarshal([]byte(line), &told))
	ended.Go(func() { _, _ = io.Copy(io.Discard, says) })
	server := benchServer{b, p.Process.Pid, told.HTTP}
	server.await(`parley_projection_lag_entries 0`)
	rest := server.resident("VmRSS")

	for i := range clients {
		c, err := net.Dial("tcp", strings.TrimPrefix(told.HTTP, "http://"))
		require.NoError(b, err)
		defer c.Close()
		if i < deaf {
			require.NoError(b, c.(*net.TCPConn).SetReadBuffer(4096))
		} else {
			ended.Go(func() { _, _ = io.Copy(io.Discard, c) })
		}
		_, err = fmt.Fprint(c, "GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
		require.NoError(b, err)
	}
	server.await(fmt.Sprintf(`parley_streams_open %d`, clients))
	connected := server.resident("VmRSS")
	alive := 0.0
	for from := 0; from < 4000; from += 200 {
		server.record(from, 200)
		alive = max(alive, server.alive())
	}
	server.await(fmt.Sprintf(`parley_streams_open %d`, clients-deaf))
	most, left := server.resident("VmHWM"), server.resident("VmRSS")
	for name, kB := range map[string]int{"rest": rest, "connected": connected, "most": most, "left": left} {
		b.ReportMetric(float64(kB)/1024, name+"-MiB")
	}
	b.ReportMetric(alive, "live-MiB")
}

// benchServer is a process that serves.
type benchServer struct {
	b   *testing.B
	pid int
	url string
}

// await waits until a metric is as it should be.
func (s benchServer) await(metric string) {
	for begun := time.Now(); !strings.Contains(s.metrics(), "\n"+metric+"\n"); time.Sleep(50 * time.Millisecond) {
		require.Less(s.b, time.Since(begun), 5*time.Minute, metric)
	}
}

func (s benchServer) metrics() string {
	answer, err := http.Get(s.url + "/metrics")
	require.NoError(s.b, err)
	text, err := io.ReadAll(answer.Body)
	require.NoError(s.b, err)
	require.NoError(s.b, answer.Body.Close())
	return string(text)
}

// alive is what the last collection of garbage left, in MiB: the next one is due at twice
// as much.
func (s benchServer) alive() float64 {
	found := regexp.MustCompile(`\ngo_memstats_next_gc_bytes (\S+)\n`).FindStringSubmatch(s.metrics())
	require.NotNil(s.b, found)
	next, err := strconv.ParseFloat(found[1], 64)
	require.NoError(s.b, err)
	return next / 2 / (1 << 20)
}

// record records statements.
func (s benchServer) record(from, n int) {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(`{"key":"said-%d","type":"StatementIssued","occurred":"2025-11-01","reported":"2025-11-01","actors":["p1"],"act":{"content":"the talks go on"}}`, from+i)
	}
	answer, err := http.Post(s.url+"/v1/negotiations/"+benchTalks+"/events", "application/json", strings.NewReader("["+strings.Join(all, ",")+"]"))
	require.NoError(s.b, err)
	require.Equal(s.b, http.StatusCreated, answer.StatusCode)
	require.NoError(s.b, answer.Body.Close())
}

// resident is memory of the process in kB, as the kernel counts it.
func (s benchServer) resident(what string) int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.pid))
	require.NoError(s.b, err)
	found := regexp.MustCompile(what + `:\s+(\d+) kB`).FindSubmatch(status)
	require.NotNil(s.b, found)
	kB, err := strconv.Atoi(string(found[1]))
	require.NoError(s.b, err)
	return kB
}
