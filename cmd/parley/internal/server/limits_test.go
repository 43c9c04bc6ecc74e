package server

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"parley/cmd/parley/internal/problem"

	"github.com/stretchr/testify/require"
)

// dial opens a bare connection.
func (s *served) dial() net.Conn {
	s.t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://"))
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = c.Close() })
	return c
}

// occupy takes a place by a request that is under way until free is called: an append
// whose body does not end.
func (s *served) occupy(length string) (free func()) {
	s.t.Helper()
	c := s.dial()
	_, err := fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n%s\r\nExpect: 100-continue\r\n\r\n", of("/events"), length)
	require.NoError(s.t, err)
	line, err := bufio.NewReader(c).ReadString('\n') // it is being read
	require.NoError(s.t, err)
	require.Contains(s.t, line, "100")
	return func() { _ = c.Close() }
}

// eventually waits until what is asked holds.
func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	require.Eventually(t, holds, 30*time.Second, 5*time.Millisecond)
}

// Above a limit a caller is told so, and the others go on. Health is always answered.
func TestLimits(t *testing.T) {
	t.Run("requests", func(t *testing.T) {
		s := serve(t, func(o *Options) { o.limits.requests = 1 })
		free := s.occupy("Content-Length: 10")
		answer := s.get(of("/state"))
		answer.problem(t, http.StatusServiceUnavailable)
		require.Equal(t, "1", answer.header.Get("Retry-After"))
		require.Equal(t, http.StatusOK, s.get(pathHealth).status)
		require.Equal(t, http.StatusOK, s.get(pathReady).status)
		free()
		eventually(t, func() bool { return s.get(of("/state")).status == http.StatusOK })
	})
	t.Run("bulk", func(t *testing.T) {
		s := serve(t, func(o *Options) { o.limits.bulk = 1 })
		free := s.occupy("Transfer-Encoding: chunked")
		large := "[" + statement("large") + strings.Repeat(" ", bulkBytes) + "]"
		s.send(http.MethodPost, of("/events"), large).problem(t, http.StatusServiceUnavailable)
		require.Equal(t, http.StatusCreated, s.send(http.MethodPost, of("/events"), statement("small")).status)
		free()
		eventually(t, func() bool { return s.send(http.MethodPost, of("/events"), large).status == http.StatusCreated })
	})
	t.Run("heavy", func(t *testing.T) {
		s := serve(t, func(o *Options) { o.limits.heavy = 1 })
		require.True(t, s.heavy.take())
		s.get(of("/replay")).problem(t, http.StatusServiceUnavailable)
		s.get(of("/diff", "to", "")).problem(t, http.StatusServiceUnavailable)
		require.Equal(t, http.StatusOK, s.get(of("/state")).status)
		s.heavy.free()
		require.Equal(t, http.StatusOK, s.get(of("/replay")).status)
	})
	t.Run("waiting", func(t *testing.T) {
		s := serve(t, func(o *Options) { o.limits.waiting = 1 })
		require.True(t, s.waiting.take())
		s.get(of("/state", paramMinPosition, "100000")).problem(t, http.StatusServiceUnavailable)
		require.Equal(t, http.StatusOK, s.get(of("/state", paramMinPosition, "1")).status)
		s.waiting.free()
	})
	t.Run("connections", func(t *testing.T) {
		s := serve(t, func(o *Options) { o.limits.connections = 2 })
		first, second := s.dial(), s.dial()
		eventually(t, func() bool { return len(s.listener.seats) == 2 })
		ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer stop()
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL()+pathHealth, nil)
		require.NoError(t, err)
		_, err = s.client.Do(r)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NoError(t, first.Close())
		require.NoError(t, second.Close())
		eventually(t, func() bool { return s.get(pathHealth).status == http.StatusOK })
	})
	t.Run("bodies", func(t *testing.T) {
		s := serve(t, func(o *Options) { o.limits.body = 1000 })
		for _, media := range []string{typeJSON, typeNDJSON} {
			body := strings.Repeat(statement("one")+"\n", 20)
			if media == typeJSON {
				body = "[" + strings.Repeat(statement("one")+",", 20) + statement("one") + "]"
			}
			p := s.send(http.MethodPost, of("/events"), body, "Content-Type", media).problem(t, http.StatusRequestEntityTooLarge)
			require.Equal(t, problem.Space+string(problem.TooLarge), p.Type)
		}
		s.get(of("/events", "where", `key == "one"`)).ok(t, &struct {
			Events []any `json:"events"`
			View   any   `json:"view"`
		}{})
	})
	t.Run("addresses and headers", func(t *testing.T) {
		s := serve(t, nil)
		s.get(of("/state", "lens", strings.Repeat("x", maxURL))).problem(t, http.StatusRequestURITooLong)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL()+pathHealth, nil)
		require.NoError(t, err)
		r.Header.Set("X-Long", strings.Repeat("x", 2*maxHeaders))
		if answer, err := s.client.Do(r); err == nil { // else it was hung up on
			require.NoError(t, answer.Body.Close())
			require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, answer.StatusCode)
		}
	})
}

// A lens that costs too much is refused when it is read.
func TestLensCost(t *testing.T) {
	s := serve(t, nil)
	deep := strings.Repeat("not (", 200) + "true" + strings.Repeat(")", 200)
	wide := strings.Repeat(`source.side == "pakistan" or `, 200) + "true"
	for _, lens := range []string{deep, wide} {
		require.Less(t, len(of("/state", "lens", lens)), maxURL)
		answer := s.get(of("/state", "lens", lens))
		require.Less(t, answer.status, 500)
	}
}

// A server that ends takes no more requests, lets those end that are under way, and
// wakes those that wait.
func TestDrain(t *testing.T) {
	s := serve(t, nil)
	c := s.dial()
	body := statement("last")
	_, err := fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", of("/events"), len(body))
	require.NoError(t, err)
	from := bufio.NewReader(c)
	line, err := from.ReadString('\n')
	require.NoError(t, err)
	require.Contains(t, line, "100 Continue")
	_, err = from.ReadString('\n')
	require.NoError(t, err)

	waiting := make(chan got, 1)
	go func() { waiting <- s.get(of("/state", paramMinPosition, "100000", paramMaxWait, "30s")) }()
	eventually(t, func() bool { return len(s.waiting) == 1 })

	ended := make(chan error, 1)
	go func() { ended <- s.stop() }()
	p := (<-waiting).problem(t, http.StatusServiceUnavailable)
	require.Contains(t, p.Detail, "ending")
	_, err = io.WriteString(c, body)
	require.NoError(t, err)
	answer, err := http.ReadResponse(from, nil)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusCreated, answer.StatusCode)
	require.NoError(t, <-ended)
	_, err = net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://"))
	require.Error(t, err)
}

// What cannot be reached in time is told, with when to come again.
func TestBehind(t *testing.T) {
	s := serve(t, nil)
	for _, test := range [][]string{{"max-wait=0s"}, {"max-wait=10ms"}, {"", "Prefer", "respond-async, wait=0"}} {
		answer := s.get(of("/state")+"?min-position=100000&"+test[0], test[1:]...)
		p := answer.problem(t, http.StatusServiceUnavailable)
		require.Equal(t, problem.Space+string(problem.Behind), p.Type)
		require.Equal(t, "1", answer.header.Get("Retry-After"))
	}
	for _, wrong := range []string{"min-position=soon", "max-wait=1h", "max-wait=-1s", "max-wait=2", "min-position=1&min-position=2"} {
		s.get(of("/state")+"?"+wrong).problem(t, http.StatusBadRequest)
	}
}
