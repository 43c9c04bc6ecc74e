package eventstore

import (
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

func TestNumbersOf(t *testing.T) {
	want := numbers{position: 12, count: 7, left: 3}
	for _, ack := range []string{
		"$JS.ACK.RECORD.parley-x.1.12.7.1761654321000000000.3",
		"$JS.ACK.hub.ACCOUNT.RECORD.parley-x.1.12.7.1761654321000000000.3",
		"$JS.ACK.hub.ACCOUNT.RECORD.parley-x.1.12.7.1761654321000000000.3.random",
	} {
		got, err := numbersOf(ack)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, ack := range []string{"", "_INBOX.x", "$JS.ACK.RECORD.parley-x.1.12.7", "$JS.ACK.RECORD.parley-x.1.a.7.1.3", "$JS.FC.RECORD.parley-x.1.12.7.1.3"} {
		_, err := numbersOf(ack)
		require.Error(t, err, ack)
	}
}

// TestReadsWhatLooksLikeWordOfTheServer: a stored message can have the headers and
// the emptiness of what a server says of a request. It is poison, and parked.
func TestReadsWhatLooksLikeWordOfTheServer(t *testing.T) {
	s := openDir(t, t.TempDir())
	begin(t, s, "talks")
	_, err := s.Append(t.Context(), Any(), statements("talks", "before", 2*singlesFirst), AppendOptions{})
	require.NoError(t, err)
	for _, status := range []string{"100", "408", "409"} {
		m := nats.NewMsg(recordPrefix + "talks")
		m.Header.Set("Status", status)
		_, err = s.js.PublishMsg(t.Context(), m)
		require.NoError(t, err)
	}
	_, err = s.Append(t.Context(), Any(), statements("talks", "after", 1), AppendOptions{})
	require.NoError(t, err)
	keys := keysOf(readAll(t, s, "talks", 0))
	require.Len(t, keys, 1+2*singlesFirst+4)
	require.Equal(t, []string{"parked", "parked", "parked", "after-0"}, keys[len(keys)-4:])
}

// TestReadsOn: a feed asks for more than once, in order, with a reader that dawdles
// and one that goes away.
func TestReadsOn(t *testing.T) {
	s := openDir(t, t.TempDir())
	begin(t, s, "talks")
	const n = 3*feedMessages + chunkMessages/2
	in := statements("talks", "key", n)
	for part := range slices.Chunk(in, MaxBatch) {
		_, err := s.Append(t.Context(), Any(), part, AppendOptions{})
		require.NoError(t, err)
	}
	count := uint64(0)
	for e, err := range s.Read(t.Context(), "talks", 0) {
		require.NoError(t, err)
		count++
		require.Equal(t, count, e.Position)
		if count%5000 == 0 {
			time.Sleep(3 * feedWatch)
		}
	}
	require.EqualValues(t, n+1, count)
	for _, err := range s.Read(t.Context(), "talks", 0) {
		require.NoError(t, err)
		if count--; count < n-feedMessages {
			break
		}
	}
}

// TestReadsOnWithoutItsConsumer: another consumer takes over.
func TestReadsOnWithoutItsConsumer(t *testing.T) {
	s := openDir(t, t.TempDir())
	begin(t, s, "talks")
	const n = 5 * feedMessages
	_, err := s.Append(t.Context(), Any(), statements("talks", "key", n), AppendOptions{})
	require.NoError(t, err)
	stream, err := s.js.Stream(t.Context(), RecordStream)
	require.NoError(t, err)
	count, lost := uint64(0), 0
	for e, err := range s.Read(t.Context(), "talks", 0) {
		require.NoError(t, err)
		count++
		require.Equal(t, count, e.Position)
		if count%7000 == 100 {
			for name := range stream.ConsumerNames(t.Context()).Name() {
				require.NoError(t, stream.DeleteConsumer(t.Context(), name))
				lost++
			}
		}
	}
	require.EqualValues(t, n+1, count)
	require.NotZero(t, lost)
}
