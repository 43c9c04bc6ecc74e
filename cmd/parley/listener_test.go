package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/eventstore"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

// Whoever was granted to watch can listen as well, with the same secret; whoever shows
// none can where he may watch. What is heard tells of gaps.
func TestListenerHearsServe(t *testing.T) {
	data, address := filepath.Join(t.TempDir(), "data"), freePort(t)
	must(t, "import", "testdata/talks.csv", "--data", data)
	secret := grant(t, data, "wall", "dashboard")
	other := grant(t, data, "ana", "analyst")
	serving := inBackground(t, "serve", "--data", data, "--listen", address, "--http", "off")
	awaitText(t, serving.out.String, "Serving")
	awaitServed(t, data, 14)
	var heard []*nats.Subscription
	for _, url := range []string{"nats://listener:@" + address, "nats://" + eventstore.ListenerOf("wall") + ":" + secret + "@" + address} {
		nc, err := nats.Connect(url)
		require.NoError(t, err)
		defer nc.Close()
		sub, err := nc.SubscribeSync("parley.live.*.talks.>")
		require.NoError(t, err)
		require.NoError(t, nc.Flush())
		heard = append(heard, sub)
	}
	for _, url := range []string{"nats://wall.listener:wrong@", "nats://wall.listener:" + other + "@", "nats://ana.listener:" + other + "@"} {
		_, err := nats.Connect(url + address)
		require.ErrorIs(t, err, nats.ErrAuthorization)
	}
	runProgram(t, "append", "StatementIssued", "-n", "talks", "--key", "heard", "--occurred", "2026-03-01", "--actor", "north", "--data", data)
	for _, sub := range heard {
		for told := false; !told; {
			m, err := sub.NextMsg(time.Minute)
			require.NoError(t, err)
			require.NotEmpty(t, m.Header.Get("Nats-Sequence"))
			require.NotEmpty(t, m.Header.Get("Nats-Last-Sequence"))
			told = strings.Contains(m.Subject, ".talks.timeline.heard")
		}
	}
	serving.interrupt(t)
}
