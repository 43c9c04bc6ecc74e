package eventstore

import (
	"testing"

	"parley/domain"
	"parley/eventstore/clustertest"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

// The server that a store is connected to falls silent, as one does whose machine has
// lost its power: the connection stays open, and nothing comes. The store goes to
// another server within its patience, whoever leads the record.
func TestConnectedServerFallsSilent(t *testing.T) {
	t.Parallel()
	three := clustertest.Start(t)
	js, err := jetstream.New(three.Connect(clustertest.Writer))
	require.NoError(t, err)
	begin(t, openURL(t, three.URL(clustertest.Writer)), "talks")
	leader := three.Leader(js, RecordStream)
	require.GreaterOrEqual(t, leader, 0)
	other := (leader + 1) % 3
	s := openURL(t, three.URLOf(other, clustertest.Writer))
	was := s.Conn().ConnectedServerName()

	three.Stop(other)
	r, err := s.Append(t.Context(), Any(), statements("talks", "silent", 3), AppendOptions{})
	require.NoError(t, err)
	require.Len(t, r.Appended, 3)
	require.NotEqual(t, was, s.Conn().ConnectedServerName())
	three.Continue(other)

	// Whoever is reading when the leader goes waits for another, and reads on.
	var read []domain.Entry
	for e, err := range s.Read(t.Context(), "talks", 2) {
		require.NoError(t, err)
		if len(read) == 0 {
			leader = -1
			for leader < 0 {
				leader = three.Leader(js, RecordStream)
			}
			three.Kill(leader)
		}
		read = append(read, e)
	}
	onceEach(t, read, statements("talks", "silent", 3))
}
