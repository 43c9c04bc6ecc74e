package eventstore

import (
	"testing"
	"time"

	"parley/domain"
	"parley/eventstore/clustertest"
	"parley/eventstore/internal/history"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

// Two servers of three fall silent, first with the one that leads, then without it: it
// still takes what it is sent, and cannot tell what becomes of it. An append ends with
// the word that it is not done, or not known; when the servers are back the same append
// is recorded once. What other processes wrote all the while is neither lost nor
// doubled.
func TestWithoutQuorum(t *testing.T) {
	t.Parallel()
	three := clustertest.Start(t)
	x := newTorture(t, 0)
	x.url = three.URL(clustertest.Writer)
	js, err := jetstream.New(three.Connect(clustertest.Writer))
	require.NoError(t, err)
	for i := range 2 {
		x.writer(i)
	}
	patient := openURL(t, x.url)
	w, err := orders{Name: "hasty", Notes: x.notes}.writer(0)
	require.NoError(t, err)
	begun, err := w.append(t.Context(), patient, Any(), []*domain.Event{registration("shared-a")})
	require.NoError(t, err)
	require.True(t, begun)
	hasty := openURL(t, x.url, func(o *Options) { o.Patience, o.answer = 2*time.Second, time.Second })
	for _, away := range [][2]int{{0, 1}, {1, 2}} { // counted from the one that leads
		leader := -1
		for leader < 0 {
			leader = three.Leader(js, RecordStream)
		}
		for _, k := range away {
			three.Stop((leader + k) % 3)
		}
		events := w.fresh("shared-a", 3)
		done, err := w.append(t.Context(), hasty, Any(), events)
		require.NoError(t, err)
		require.False(t, done, "it was recorded by one server of three")
		for _, k := range away {
			three.Continue((leader + k) % 3)
		}
		for late := time.Now(); !done; done, err = w.append(t.Context(), hasty, Any(), events) {
			require.NoError(t, err)
			require.Less(t, time.Since(late), 2*soon, "it is not recorded, though all servers are back")
		}
		require.NoError(t, err)
	}
	for late := time.Now(); ; time.Sleep(100 * time.Millisecond) { // the other processes find the servers back, too
		outcomes, conditional := tally(x.calls())
		if outcomes[history.Accepted] > 40 && outcomes[history.Refused] > 0 && conditional > 0 {
			break
		}
		require.Less(t, time.Since(late), 2*soon, "the other processes do not go on: %v", outcomes)
	}
	x.end()
	x.check(patient)
}
