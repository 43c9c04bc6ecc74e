package server

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"parley/cmd/parley/internal/sse"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
)

// bare is a client with nothing between it and its connection.
type bare struct{ conn net.Conn }

// request opens a stream of what is watched, and reads nothing.
func (s *served) request(watch string) bare {
	s.t.Helper()
	c := s.dial()
	require.NoError(s.t, c.(*net.TCPConn).SetReadBuffer(2048))
	_, err := fmt.Fprintf(c, "GET %s?watch=%s HTTP/1.1\r\nHost: localhost\r\n\r\n", pathStream, watch)
	require.NoError(s.t, err)
	return bare{conn: c}
}

// follow reads until it has heard of so many drafts, and tells how often of each.
func (b bare) follow(ready chan<- struct{}, drafts int) (map[string]int, error) {
	answer, err := http.ReadResponse( //nolint:bodyclose // closing would read the rest of the stream; the connection is closed
		bufio.NewReader(b.conn), nil)
	if err != nil {
		return nil, err
	}
	events := sse.NewReader(answer.Body)
	heard, begun := map[string]int{}, false
	for len(heard) < drafts {
		e, err := events.Next()
		if err != nil {
			return heard, err
		}
		if e.Name != eventChange {
			continue
		}
		var c changed
		if err := json.Unmarshal(e.Data, &c); err != nil {
			return heard, err
		}
		if strings.HasPrefix(c.ID, "new-") {
			heard[c.ID]++
		}
		if c.Last && !begun {
			begun = true
			ready <- struct{}{}
		}
	}
	return heard, nil
}

// held is what the process holds in memory.
func held() uint64 {
	runtime.GC()
	runtime.GC() // what finalizers let go of
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// A thousand clients, ten of which never read: the others get every change, once;
// those ten are dropped; and what is held for a client does not grow with what is
// told.
func TestStreamMany(t *testing.T) {
	const clients, dead, rounds = 1000, 10, 20
	const each = 128 << 10 // bytes that a client may take, of both of its ends
	s := serveLive(t, func(o *Options) { o.limits.block = 2 * time.Second })
	waitFor(t, s)
	before := held()

	type result struct {
		heard map[string]int
		err   error
	}
	ready, results := make(chan struct{}, clients), make(chan result, clients)
	for i := range clients {
		if i%(clients/dead) == 0 {
			s.request("*")
			continue
		}
		c := s.request("*/drafts")
		go func() {
			heard, err := c.follow(ready, rounds)
			results <- result{heard, err}
		}()
	}
	for range clients - dead {
		<-ready
	}
	connected := held()
	require.Less(t, connected-min(before, connected), uint64(clients*each))
	for i := range rounds {
		s.post(strings.ReplaceAll(draft(i), fmt.Sprint("new-", i), fmt.Sprintf("new-%03d", i))) // in order, so that none moves another
	}
	want := map[string]int{}
	for i := range rounds {
		want[fmt.Sprintf("new-%03d", i)] = 1
	}
	for range clients - dead {
		r := <-results
		require.NoError(t, r.err)
		require.Equal(t, want, r.heard)
	}
	// What those who never read are sent has to fill the buffers of their connections,
	// and may have come together into little. The others do not watch statements.
	said := 0
	eventually(t, func() bool {
		if strings.Contains(s.get(pathMetrics).body, fmt.Sprintf("\nparley_streams_ended_total{reason=\"slow\"} %d\n", dead)) {
			return true
		}
		if said < 2000 {
			s.send(http.MethodPost, of("/events"), statements(said, 200))
			said += 200
		}
		return false
	})
	require.Equal(t, clients-dead, s.live.Hub().Subscriptions())
	told := held()
	require.Less(t, told-min(before, told), uint64(clients*each))
	t.Logf("before %d KiB; a client takes %d KiB connected, %d KiB after %d changes", before>>10, (connected-before)/clients>>10, (told-before)/clients>>10, rounds)
}

// statements are n events in one body, from a number on.
func statements(from, n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = statement(fmt.Sprintf("said-%d", from+i))
	}
	return "[" + strings.Join(all, ",") + "]"
}
