package eventstore

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Who is refused again and again since others are faster is told so, also when the
// last of them is not to be seen yet.
func TestOutrunByOneInFlight(t *testing.T) {
	t.Parallel()
	ns := startExternal(t, t.TempDir(), -1)
	s, other := openURL(t, ns.ClientURL()), openURL(t, ns.ClientURL())
	begin(t, s, "talks")
	occupied(t, ns, "talks", func(refusals int) {
		if refusals < conflictTries {
			ns.GlobalAccount().RemoveMapping(recordPrefix + "talks")
			_, err := other.Append(t.Context(), Any(), statements("talks", fmt.Sprint("other-", refusals), 1), AppendOptions{})
			assert.NoError(t, err)
			assert.NoError(t, ns.GlobalAccount().AddMapping(recordPrefix+"talks", "in.flight"))
		}
	})
	_, err := s.Append(t.Context(), Any(), statements("talks", "a", 1), AppendOptions{})
	var conflict *ConflictError
	require.ErrorAs(t, err, &conflict)
	require.Equal(t, conflictTries, conflict.Tries)
	require.Equal(t, "talks", conflict.Negotiation)
}

// occupied has the server answer what is sent to the negotiation as a leader does that
// cannot settle the write before: refused, since one is in flight. Before each answer,
// then is told how many there were with it.
func occupied(t *testing.T, ns *server.Server, negotiation string, then func(refusals int)) {
	t.Helper()
	require.NoError(t, ns.GlobalAccount().AddMapping(recordPrefix+negotiation, "in.flight"))
	nc, err := nats.Connect(ns.ClientURL())
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	refusals := 0
	_, err = nc.Subscribe("in.flight", func(m *nats.Msg) {
		refusals++
		then(refusals)
		_ = m.Respond(fmt.Appendf(nil, `{"error":{"code":400,"err_code":%d,"description":"wrong last sequence"},"stream":%q,"seq":0}`, codeWrongLastInFlight, RecordStream))
	})
	require.NoError(t, err)
	require.NoError(t, nc.Flush())
}

// A place that stays taken while nothing is appended there is not lost to a faster
// writer: the append waits as for a server that does not answer, however often it is
// refused meanwhile.
func TestPlaceInFlight(t *testing.T) {
	t.Parallel()
	ns := startExternal(t, t.TempDir(), -1)
	s := openURL(t, ns.ClientURL())
	begin(t, s, "talks")
	var refused atomic.Int32
	occupied(t, ns, "talks", func(int) {
		if refused.Add(1) == conflictTries+2 {
			ns.GlobalAccount().RemoveMapping(recordPrefix + "talks")
		}
	})
	r, err := s.Append(t.Context(), Exactly(1), statements("talks", "a", 1), AppendOptions{})
	require.NoError(t, err)
	require.Len(t, r.Appended, 1)
	require.EqualValues(t, conflictTries+2, refused.Load())
}

// When it stays so for longer than who waits has patience, nothing is recorded, and
// nobody is said to have been faster.
func TestPlaceInFlightForGood(t *testing.T) {
	t.Parallel()
	ns := startExternal(t, t.TempDir(), -1)
	s := openURL(t, ns.ClientURL(), func(o *Options) { o.Patience = 200 * time.Millisecond })
	begin(t, s, "talks")
	occupied(t, ns, "talks", func(int) {})
	_, err := s.Append(t.Context(), Any(), statements("talks", "a", 1), AppendOptions{})
	var unreachable *UnreachableError
	require.ErrorAs(t, err, &unreachable)
	var conflict *ConflictError
	require.NotErrorAs(t, err, &conflict)
}
