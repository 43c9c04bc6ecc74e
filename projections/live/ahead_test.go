package live

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

// An older backup is restored beside buckets that still stand: that is told as a fault,
// other negotiations are published all the same, and a rebuild ends and gets over it.
func TestAheadOfTheLog(t *testing.T) {
	b, m := startBroker(t), newMemory()
	log := exampleLog(t)
	m.append(example, log...)
	one := b.process(m)
	was := b.published(m, uint64(len(log)), example)
	require.NoError(t, one.publisher.Fault())
	one.stop()

	older := newMemory()
	older.append(example, log[:55]...)
	two := b.process(older)
	aheadOf := func(end uint64) func() bool {
		return func() bool {
			ahead, ok := errors.AsType[*AheadError](two.publisher.Fault())
			return ok && *ahead == AheadError{BlueBucket, example, uint64(len(log)), 55, end}
		}
	}
	require.Eventually(t, aheadOf(55), soon, time.Millisecond)
	require.True(t, IsAhead(two.publisher.Fault()))
	older.append("more", small("more", 0, 3)...)
	b.published(older, 58, "more")

	nc, js := b.connect()
	rebuilder := NewPublisher(nc, js, PublisherOptions{End: older.Head})
	pointer, err := rebuilder.Rebuild(t.Context(), two.Hub(), nil)
	require.NoError(t, err)
	require.Equal(t, GreenBucket, pointer.Bucket)
	require.Greater(t, pointer.Log, was.Pointer.Log, "positions that were seen count no more")
	i := b.published(older, 55, example)
	require.Equal(t, 55, int(i.Marks()[1].Position))
	require.Eventually(t, func() bool { return two.publisher.Fault() == nil }, soon, time.Millisecond)
	older.append(example, log[55])
	b.published(older, 59, example)

	again, err := rebuilder.Rebuild(t.Context(), two.Hub(), nil)
	require.NoError(t, err)
	require.Equal(t, pointer.Log, again.Log)
}

// Once the log is longer than what is published, it need not be asked where it ends.
func TestAheadOfItsNegotiation(t *testing.T) {
	b, m := startBroker(t), newMemory()
	m.append("talks", small("talks", 0, 9)...)
	one := b.process(m)
	b.published(m, 9, "talks")
	one.stop()
	other := newMemory()
	other.append("talks", small("talks", 0, 2)...)
	other.append("more", small("more", 0, 20)...)
	r, stop := running(t, other, Options{})
	nc, js := b.connect()
	p := NewPublisher(nc, js, PublisherOptions{})
	_, err := p.Rebuild(t.Context(), r.Hub(), nil)
	require.NoError(t, err)
	require.NoError(t, stop())
	b.published(other, 2, "talks")
}

// A rebuild that cannot find out where the log ends fails, and does not wait.
func TestEndNotKnown(t *testing.T) {
	b, m := startBroker(t), newMemory()
	m.append("talks", small("talks", 0, 9)...)
	one := b.process(m)
	b.published(m, 9, "talks")
	one.stop()
	older := newMemory()
	older.append("talks", small("talks", 0, 2)...)
	r, stop := running(t, older, Options{})
	nc, js := b.connect()
	p := NewPublisher(nc, js, PublisherOptions{End: func(context.Context) (uint64, error) { return 0, errRead }})
	_, err := p.Rebuild(t.Context(), r.Hub(), nil)
	require.ErrorIs(t, err, errRead)
	require.NoError(t, stop())
}

// What the server refuses of one negotiation keeps no other back.
func TestOneIsRefused(t *testing.T) {
	b, m := startBroker(t), newMemory()
	m.append("big", invoked("big", "k", "treaty", string(make([]byte, 30_000))))
	m.append("talks", small("talks", 0, 1)...)
	nc, js := b.connect()
	config := bucketConfig(BlueBucket, PublisherOptions{}.withDefaults(nc), time.Now())
	config.MaxMsgSize = 20_000
	_, err := js.CreateStream(t.Context(), config)
	require.NoError(t, err)
	p := b.process(m)
	b.published(m, 2, "talks")
	require.Eventually(t, func() bool {
		_, refused := errors.AsType[*jetstream.APIError](p.publisher.Fault())
		return refused
	}, soon, time.Millisecond)
	require.ErrorContains(t, p.publisher.Fault(), "publish big: ")
}
