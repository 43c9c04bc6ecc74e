package live

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Several rebuilds begin while another is under way: the last one counts and is served,
// the others give way to it and say so, and no claim is left.
func TestRebuildsAtOnce(t *testing.T) {
	b, m := startBroker(t), newMemory()
	m.append("talks", small("talks", 0, 2500)...) // several batches
	m.append("more", small("more", 0, 3)...)
	b.process(m)
	b.published(m, 2503, "more")
	r, stop := running(t, m, Options{})
	for range 4 {
		type ended struct {
			pointer Pointer
			err     error
		}
		const most = 3
		all := make(chan ended, most)
		for range most {
			nc, js := b.connect()
			go func() {
				pointer, err := NewPublisher(nc, js, PublisherOptions{End: m.Head}).Rebuild(context.WithoutCancel(t.Context()), r.Hub(), nil)
				all <- ended{pointer, err}
			}()
		}
		var made []Pointer
		for range most {
			e := <-all
			if e.err == nil {
				made = append(made, e.pointer)
				continue
			}
			require.ErrorIs(t, e.err, ErrTakenOver)
			over, ok := errors.AsType[*TakenOverError](e.err)
			require.True(t, ok)
			require.NotZero(t, over.Since)
		}
		require.NotEmpty(t, made, "one of them comes to an end")
		i := b.published(m, 2503, "more")
		b.published(m, 2500, "talks")
		require.Contains(t, made, i.Pointer)
		require.Empty(t, i.Pointer.Filling)
	}
	require.NoError(t, stop())
}

// A rebuild that is ended, or fails, takes its claim back, but not that of another.
func TestRebuildEnds(t *testing.T) {
	b, m := startBroker(t), newMemory()
	m.append("a", small("a", 0, 2)...)
	m.append("b", small("b", 0, 2)...)
	b.process(m)
	was := b.published(m, 4, "b").Pointer
	r, stop := running(t, m, Options{})
	nc, js := b.connect()
	p := NewPublisher(nc, js, PublisherOptions{Name: "one"})
	kv, err := js.KeyValue(t.Context(), PointerBucket)
	require.NoError(t, err)

	ctx, cancel := context.WithCancel(t.Context())
	_, err = p.Rebuild(ctx, r.Hub(), func(Progress) {
		now, _, err := readPointer(t.Context(), kv)
		require.NoError(t, err)
		require.Equal(t, "one", now.FillingBy)
		cancel()
	})
	require.ErrorIs(t, err, context.Canceled)
	now, _, err := readPointer(t.Context(), kv)
	require.NoError(t, err)
	require.Equal(t, was, now)

	other := NewPublisher(nc, js, PublisherOptions{Name: "two"})
	var two *claim
	_, err = p.Rebuild(t.Context(), r.Hub(), func(x Progress) {
		rack, err := other.openRack(t.Context())
		require.NoError(t, err)
		two, err = other.claim(t.Context(), rack)
		require.NoError(t, err)
	})
	require.ErrorContains(t, err, "another rebuild, by two, has begun since")
	now, _, err = readPointer(t.Context(), kv)
	require.NoError(t, err)
	require.Equal(t, "two", now.FillingBy)
	two.release(t.Context())
	now, _, err = readPointer(t.Context(), kv)
	require.NoError(t, err)
	require.Equal(t, was, now)
	require.NoError(t, stop())
}

// Of several processes that upgrade one does it. Whoever has claimed and is gone keeps
// nobody back for long.
func TestUpgradesAtOnce(t *testing.T) {
	b, m := startBroker(t), newMemory()
	m.append("talks", small("talks", 0, 5)...)
	nc, js := b.connect()
	p := NewPublisher(nc, js, PublisherOptions{Name: "gone"})
	p.claimPatience = 50 * time.Millisecond
	rack, err := p.openRack(t.Context())
	require.NoError(t, err)
	older := rack.pointer
	older.Version, older.Filling, older.FillingBy, older.FillingSince = Version-1, GreenBucket, "gone", time.Now().UTC()
	rack.revision, err = writePointer(t.Context(), rack.pointers, older, rack.revision)
	require.NoError(t, err)
	require.NoError(t, p.letPass(t.Context(), rack), "nothing is filled")

	ctx, cancel := context.WithCancel(t.Context())
	filling := make(chan struct{})
	go func() {
		defer close(filling)
		for ctx.Err() == nil {
			_, _ = rack.kv[GreenBucket].PutString(ctx, "talks.rounds.x", "{}") // until it is ended
		}
	}()
	p.claimPatience = time.Second
	waiting, done := context.WithTimeout(t.Context(), 3*time.Second)
	defer done()
	require.ErrorIs(t, p.letPass(waiting, rack), context.DeadlineExceeded, "it gets on")
	cancel()
	<-filling
	turned := Pointer{Schema: Schema, Bucket: GreenBucket, Version: Version, Epoch: rack.epochs[GreenBucket], Since: time.Now().UTC()}
	_, err = writePointer(t.Context(), rack.pointers, turned, rack.revision)
	require.NoError(t, err)
	require.NoError(t, p.letPass(t.Context(), rack))
	r, stop := running(t, m, Options{})
	require.ErrorIs(t, p.upgrade(t.Context(), r.Hub(), rack), errUpgraded)
	now, _, err := readPointer(t.Context(), rack.pointers)
	require.NoError(t, err)
	require.Equal(t, turned, now, "it was done by another process")
	require.NoError(t, stop())
}
