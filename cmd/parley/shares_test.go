package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

// A dashboard has all branches published that a process publishes, and takes all watches
// of their bucket. Another one, in JavaScript, still watches the branch that it wants;
// and who has most is told so, whether he asks over NATS or over HTTP.
func TestGreedyDashboardKeepsNobodyOut(t *testing.T) {
	const leases, watches = 64, 1000
	data, address := filepath.Join(t.TempDir(), "data"), freePort(t)
	must(t, "import", "testdata/talks.csv", "--data", data)
	greedy, wall, sim := grant(t, data, "greedy", "dashboard"), grant(t, data, "wall", "dashboard"), grant(t, data, "sim", "simulator")
	_, api := serving(t, "--data", data, "--listen", address)
	post := func(secret, path, body string) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, api+"/v1/negotiations/talks/branches"+path, strings.NewReader(body))
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+secret)
		r.Header.Set("Content-Type", "application/json")
		answer, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		return answer.StatusCode
	}
	for i := range leases + 2 {
		require.Equal(t, http.StatusCreated, post(sim, "", fmt.Sprintf(`{"branch":"b%d","author":"A","purpose":"P"}`, i)))
	}
	nc, err := nats.Connect("nats://"+address, nats.UserInfo("greedy", greedy), nats.CustomInboxPrefix("_INBOX_greedy"))
	require.NoError(t, err)
	defer nc.Close()
	ask := func(i int) string {
		reply, err := nc.Request("parley.api.read.branch.watch", fmt.Appendf(nil, `{"negotiation":"talks","name":"b%d"}`, i), time.Minute)
		require.NoError(t, err)
		return reply.Header.Get("Nats-Service-Error-Code")
	}
	for i := range leases {
		require.Empty(t, ask(i))
	}
	require.Equal(t, "503", ask(leases))
	require.Equal(t, http.StatusServiceUnavailable, post(greedy, fmt.Sprintf("/b%d/watch", leases), ""), "he is the same over HTTP")
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	kv, err := js.KeyValue(t.Context(), "parley-branches")
	require.NoError(t, err)
	for range watches {
		_, err := kv.Watch(t.Context(), "talks.b0._position")
		require.NoError(t, err)
	}
	_, err = kv.Watch(t.Context(), "talks.b0._position")
	require.ErrorContains(t, err, "you, who have 1000")

	said := watchingBranch(t, "nats://"+address, "talks", fmt.Sprint("b", leases), "wall", wall)
	awaitText(t, said, `{"mark":"record:14;b64:`)
	require.Equal(t, http.StatusOK, post(wall, fmt.Sprintf("/b%d/watch", leases+1), ""))
	require.Equal(t, "503", ask(leases-1), "its place was given away")
}
