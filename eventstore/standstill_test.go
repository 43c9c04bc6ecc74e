package eventstore

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

// occupy has the server answer what is sent to the negotiation as a leader does that
// cannot settle the write before: refused, since one is in flight. It ends after as
// many refusals; 0 is never.
func occupy(t *testing.T, ns *server.Server, negotiation string, refusals int32) *atomic.Int32 {
	t.Helper()
	subject := recordPrefix + negotiation
	require.NoError(t, ns.GlobalAccount().AddMapping(subject, "in.flight"))
	nc, err := nats.Connect(ns.ClientURL())
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	refused := &atomic.Int32{}
	_, err = nc.Subscribe("in.flight", func(m *nats.Msg) {
		if refused.Add(1) == refusals {
			ns.GlobalAccount().RemoveMapping(subject)
		}
		_ = m.Respond(fmt.Appendf(nil, `{"error":{"code":400,"err_code":%d,"description":"wrong last sequence"},"stream":%q,"seq":0}`, codeWrongLastInFlight, RecordStream))
	})
	require.NoError(t, err)
	require.NoError(t, nc.Flush())
	return refused
}

// A place that stays taken while nothing is appended there is not lost to a faster
// writer: the append waits as for a server that does not answer, however often it is
// refused meanwhile.
func TestPlaceInFlight(t *testing.T) {
	t.Parallel()
	ns := startExternal(t, t.TempDir(), -1)
	s := openURL(t, ns.ClientURL())
	begin(t, s, "talks")
	refused := occupy(t, ns, "talks", conflictTries+2)
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
	occupy(t, ns, "talks", 0)
	_, err := s.Append(t.Context(), Any(), statements("talks", "a", 1), AppendOptions{})
	var unreachable *UnreachableError
	require.ErrorAs(t, err, &unreachable)
	var conflict *ConflictError
	require.NotErrorAs(t, err, &conflict)
}
