package server

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"parley/cmd/parley/internal/exampletest"
	"parley/cmd/parley/internal/problem"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const example = exampletest.Talks

// served is a real server over a real store that holds the worked example.
type served struct {
	*Server
	t      *testing.T
	dir    string
	client *http.Client
	log    *lockedBuffer
	stop   func() error // ends it, once
}

// lockedBuffer is a log that tests read while it is written.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// serve starts a server, until the test ends; change may alter its options.
func serve(t *testing.T, change func(*Options)) *served {
	t.Helper()
	s, end := serveUntil(t, change)
	t.Cleanup(end)
	return s
}

// serveUntil starts a server, until end is called.
func serveUntil(t *testing.T, change func(*Options)) (s *served, end func()) {
	t.Helper()
	dir := t.TempDir()
	store := exampletest.Open(t, dir)
	log := &lockedBuffer{}
	o := Options{Store: store, Listen: "127.0.0.1:0", Version: "test", Logger: slog.New(slog.NewJSONHandler(log, nil))}
	if change != nil {
		change(&o)
	}
	opened, err := Open(o)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- opened.Serve(ctx) }()
	client := &http.Client{Transport: &http.Transport{}}
	stop := sync.OnceValue(func() error {
		cancel()
		client.CloseIdleConnections()
		return <-ended
	})
	return &served{Server: opened, t: t, dir: dir, client: client, log: log, stop: stop}, func() {
		require.NoError(t, stop())
		require.NoError(t, store.Close())
	}
}

// got is an answer, read whole.
type got struct {
	status int
	header http.Header
	body   string
}

// send sends a request with headers, given as name and value in turn.
func (s *served) send(method, path, body string, headers ...string) got {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.URL()+path, strings.NewReader(body))
	require.NoError(s.t, err)
	if body != "" {
		r.Header.Set("Content-Type", typeJSON)
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	answered, err := s.client.Do(r)
	require.NoError(s.t, err)
	defer answered.Body.Close()
	text, err := io.ReadAll(answered.Body)
	require.NoError(s.t, err)
	return got{answered.StatusCode, answered.Header, string(text)}
}

// get asks for an address.
func (s *served) get(path string, headers ...string) got {
	s.t.Helper()
	return s.send(http.MethodGet, path, "", headers...)
}

// problem is an answer that must be a problem of a status.
func (r got) problem(t *testing.T, status int) problem.Problem {
	t.Helper()
	require.Equal(t, status, r.status, r.body)
	require.Equal(t, typeProblem, r.header.Get("Content-Type"))
	var p problem.Problem
	require.NoError(t, json.Unmarshal([]byte(r.body), &p), r.body)
	require.Equal(t, status, p.Status)
	require.True(t, strings.HasPrefix(p.Type, problem.Space), p.Type)
	require.NotEmpty(t, p.Title)
	require.NotEmpty(t, p.Detail)
	return p
}

// ok is an answer that must be a document.
func (r got) ok(t *testing.T, into any) {
	t.Helper()
	require.Contains(t, []int{http.StatusOK, http.StatusCreated}, r.status, r.body)
	require.Equal(t, typeJSON, r.header.Get("Content-Type"))
	require.NoError(t, json.Unmarshal([]byte(r.body), into), r.body)
}

// of is an address within the worked example.
func of(path string, query ...string) string {
	address := "/v1/negotiations/" + example + path
	values := url.Values{}
	for i := 0; i < len(query); i += 2 {
		values.Add(query[i], query[i+1])
	}
	if len(values) > 0 {
		address += "?" + values.Encode()
	}
	return address
}
