package live

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"parley/domain"
	"parley/projections"

	"github.com/stretchr/testify/require"
)

// The worked example, an entry at a time and all at once: what is published is what
// a fold from nothing comes to, and a watcher sees positions rise.
func TestPublished(t *testing.T) {
	b, m := startBroker(t), newMemory()
	log := exampleLog(t)
	m.append(example, log[:60]...)
	b.process(m)
	i := b.published(m, 60, example)
	require.Equal(t, BlueBucket, i.Pointer.Bucket)
	require.Equal(t, 60, int(i.Marks()[0].Position))

	nc, js := b.connect()
	kv, err := js.KeyValue(t.Context(), BlueBucket)
	require.NoError(t, err)
	feed, err := nc.SubscribeSync(FeedPrefix + ".>")
	require.NoError(t, err)
	watch, err := kv.Watch(t.Context(), example+".>")
	require.NoError(t, err)
	defer stopWatch(watch)
	for n := 60; n < len(log); n++ {
		m.append(example, log[n])
		if n%7 == 0 {
			b.published(m, uint64(n+1), example)
		}
	}
	b.published(m, uint64(len(log)), example)
	a, last := assembly{}, uint64(0)
	for last < uint64(len(log)) {
		if e := <-watch.Updates(); e != nil {
			a.take(e)
			if strings.HasSuffix(e.Key(), markName) {
				require.GreaterOrEqual(t, a[example].mark.Position, last)
				last = a[example].mark.Position
				(&Inspection{talks: a}).fresh(t, m, example) // after every mark
			}
		}
	}
	first, err := feed.NextMsg(soon)
	require.NoError(t, err)
	require.NotEmpty(t, first.Header.Get("Nats-Sequence"))
	require.NotEmpty(t, first.Header.Get("Nats-Last-Sequence"))
	require.True(t, strings.HasPrefix(first.Subject, FeedPrefix+"."+BlueBucket+"."+example+"."))
}

// Two processes, one of which is behind, stops, and begins again: nothing older is
// published over what is newer.
func TestTwoProcesses(t *testing.T) {
	b, m := startBroker(t), newMemory()
	log := exampleLog(t)
	m.append(example, log[:40]...)
	one, two := b.process(m), b.process(m)
	b.published(m, 40, example)
	_, js := b.connect()
	kv, err := js.KeyValue(t.Context(), BlueBucket)
	require.NoError(t, err)
	watch, err := kv.Watch(t.Context(), markKey(example))
	require.NoError(t, err)
	defer stopWatch(watch)
	for n := 40; n < len(log); n++ {
		m.append(example, log[n])
		switch n % 20 {
		case 5:
			one.stop()
		case 10:
			one = b.process(m)
		case 12:
			two.stop()
		case 17:
			two = b.process(m)
		}
	}
	b.published(m, uint64(len(log)), example)
	a, last := assembly{}, uint64(0)
	for last < uint64(len(log)) {
		if e := <-watch.Updates(); e != nil {
			a.take(e)
			require.GreaterOrEqual(t, a[example].mark.Position, last, "positions never go back")
			last = a[example].mark.Position
		}
	}
}

// A process that has read less than what is published publishes nothing.
func TestBehindPublishesNothing(t *testing.T) {
	b, m := startBroker(t), newMemory()
	log := exampleLog(t)
	m.append(example, log...)
	one := b.process(m)
	b.published(m, uint64(len(log)), example)
	one.stop()
	short := newMemory()
	short.append(example, log[:50]...)
	behind := b.behindOf(short, m)
	require.NoError(t, behind.Hub().WaitFor(t.Context(), example, 50))
	_, err := behind.publisher.Published(t.Context())
	require.NoError(t, err)
	time.Sleep(50 * time.Millisecond)
	i := b.published(m, uint64(len(log)), example)
	require.Equal(t, len(log), int(i.Marks()[0].Position))
	require.NoError(t, behind.publisher.Fault())
}

// Who does not know what stands there writes nothing over it, in one batch or in one
// message.
func TestFence(t *testing.T) { testFence(t, startBroker(t)) }

func testFence(t *testing.T, b *broker) {
	t.Helper()
	nc, js := b.connect()
	r, err := NewPublisher(nc, js, PublisherOptions{}).openRack(t.Context())
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var shelves []*shelf
	for range 2 {
		s, err := openShelf(ctx, ctx, r.kv[BlueBucket], nil)
		require.NoError(t, err)
		defer s.close()
		shelves = append(shelves, s)
	}
	rec := func(position uint64) []*record {
		return []*record{{Change: Change{Key: Key{"talks", "rounds", "r"}, Position: position, Value: raw(position)}}}
	}
	newer, older := Summary{Negotiation: "talks", Position: 2}, Summary{Negotiation: "talks", Position: 1}
	require.NoError(t, shelves[0].fill(ctx, nc, "talks", rec(2), markOf(newer)))
	require.ErrorIs(t, shelves[1].fill(ctx, nc, "talks", rec(1), markOf(older)), errFenced)
	require.ErrorIs(t, shelves[1].fill(ctx, nc, "talks", nil, markOf(older)), errFenced)
	var i *Inspection
	for late := time.Now(); i == nil || i.talks.of("talks").mark.Position == 0; time.Sleep(10 * time.Millisecond) { // a replica may tell it later
		require.Less(t, time.Since(late), soon)
		i, err = Inspect(ctx, js)
		require.NoError(t, err)
	}
	require.Equal(t, uint64(2), i.talks["talks"].mark.Position)
	require.Equal(t, `"2"`, string(i.talks["talks"].values["talks.rounds.r"].Value))
}

// A publication that takes several batches and ends in the midst is announced, kept
// from being undone by who is behind, and completed by the next process.
func TestEndsInTheMidst(t *testing.T) {
	b, m := startBroker(t), newMemory()
	m.append("talks", small("talks", 0, 3)...)
	one := b.process(m)
	b.published(m, 3, "talks")
	one.stop()

	// What one.commit does, ended after its first batch.
	m.append("talks", small("talks", 3, 2500)...)
	nc, js := b.connect()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	kv, err := js.KeyValue(ctx, BlueBucket)
	require.NoError(t, err)
	s, err := openShelf(ctx, ctx, kv, nil)
	require.NoError(t, err)
	ahead, stop := running(t, m, Options{})
	require.NoError(t, ahead.Hub().WaitFor(ctx, "talks", 2503))
	records, summary, _ := ahead.Hub().present("talks")
	messages, _, err := s.lacking("talks", records, Change{Key: Key{Negotiation: "talks"}, Position: summary.Position}, nc.MaxPayload())
	require.NoError(t, err)
	require.Greater(t, len(messages), 2*batchMessages)
	filling := s.of("talks").mark
	filling.Filling = summary.Position
	require.NoError(t, s.put(ctx, nc, "talks", messages[:batchMessages-1], filling, false))
	s.close()
	require.NoError(t, stop())

	short := newMemory()
	short.append("talks", m.log("talks")[:100]...)
	behind := b.behindOf(short, m)
	require.NoError(t, behind.Hub().WaitFor(ctx, "talks", 100))
	time.Sleep(50 * time.Millisecond)
	e, err := kv.Get(ctx, markKey("talks"))
	require.NoError(t, err)
	a := assembly{}
	a.take(e)
	require.Equal(t, filling, a["talks"].mark)
	behind.stop()

	b.process(m)
	i := b.published(m, 2503, "talks")
	require.Zero(t, i.Marks()[0].Filling)
}

// What somebody else has written into the bucket, or deleted, is put right.
func TestBucketIsPutRight(t *testing.T) {
	b, m := startBroker(t), newMemory()
	m.append(example, exampleLog(t)...)
	head := uint64(len(m.entries))
	b.process(m)
	b.published(m, head, example)
	_, js := b.connect()
	kv, err := js.KeyValue(t.Context(), BlueBucket)
	require.NoError(t, err)
	key := FormatKey(Key{example, processName, processName})
	for _, spoil := range []func() error{
		func() error { _, err := kv.PutString(t.Context(), key, "{}"); return err },
		func() error { return kv.Delete(t.Context(), key) },
		func() error { _, err := kv.PutString(t.Context(), example+".rounds.other", "{}"); return err },
		func() error { _, err := kv.PutString(t.Context(), example+".a.b.c.d", "?"); return err },
		func() error { return kv.Purge(t.Context(), key) },
		func() error { _, err := kv.PutString(t.Context(), markKey(example), "?"); return err },
	} {
		require.NoError(t, spoil())
		require.Eventually(t, func() bool {
			i, err := Inspect(t.Context(), js)
			if err != nil || i.behind(head, []string{example}) != "" {
				return false
			}
			p, err := projections.Project(example, m.log(example), projections.View{})
			require.NoError(t, err)
			different, err := i.Compare(p)
			return err == nil && len(different) == 0
		}, soon, 5*time.Millisecond)
	}
}

// A server that starts again has lost what it kept in memory: it is filled anew, and
// its sequences go on, so that a watcher misses nothing.
func TestServerStartsAgain(t *testing.T) {
	b, m := startBroker(t), newMemory()
	log := exampleLog(t)
	b.process(m)
	var before *Inspection
	for n := range 100 { // so that its sequence is past all that is filled in anew
		m.append(example, log[n])
		before = b.published(m, uint64(n+1), example)
	}
	_, js := b.connect()
	kv, err := js.KeyValue(t.Context(), BlueBucket)
	require.NoError(t, err)
	was, err := kv.Get(t.Context(), markKey(example))
	require.NoError(t, err)

	port := b.ns.Addr().String()
	b.stop()
	m.append(example, log[100:]...)
	var at int
	_, err = fmt.Sscanf(port[strings.LastIndexByte(port, ':'):], ":%d", &at)
	require.NoError(t, err)
	b.start(at)
	after := b.published(m, uint64(len(log)), example)
	require.NotEqual(t, before.Pointer.Epoch, after.Pointer.Epoch)
	now, err := kv.Get(t.Context(), markKey(example))
	require.NoError(t, err)
	require.Greater(t, now.Revision(), was.Revision())
}

// Long values stand in pages, whose number may change.
func TestPages(t *testing.T) {
	b := startBroker(t)
	nc, js := b.connect()
	p := NewPublisher(nc, js, PublisherOptions{})
	r, err := p.openRack(t.Context())
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s, err := openShelf(ctx, ctx, r.kv[BlueBucket], nil)
	require.NoError(t, err)
	defer s.close()
	for i, size := range []int{10, 3*pageBytes + 7, pageBytes + 1, pageBytes, 5 * pageBytes, 5*pageBytes - 2, 1} {
		value := raw(strings.Repeat("ü", size/2))
		rec := &record{Change: Change{Key: Key{"talks", "rounds", "a/b:c"}, Position: uint64(i + 1), Value: value}}
		require.NoError(t, s.fill(ctx, nc, "talks", []*record{rec}, markOf(Summary{Negotiation: "talks", Position: uint64(i + 1)})))
		found, err := Inspect(ctx, js)
		require.NoError(t, err)
		key := FormatKey(rec.Key)
		got, whole := found.talks["talks"].value(key, found.talks["talks"].values[key])
		require.True(t, whole, size)
		require.Equal(t, string(value), string(got))
		require.Len(t, found.talks["talks"].values, 1)
		again, _, err := s.lacking("talks", []*record{{Change: rec.Change}}, Change{}, nc.MaxPayload())
		require.NoError(t, err)
		require.Empty(t, again)
	}
}

// Rebuilt while entries arrive, the new bucket is served in the end, and right.
func TestRebuild(t *testing.T) {
	b, m := startBroker(t), newMemory()
	log := exampleLog(t)
	m.append(example, log[:80]...)
	m.append("other", small("other", 0, 5)...)
	b.process(m)
	b.published(m, 80, example)
	nc, js := b.connect()
	green, err := js.KeyValue(t.Context(), GreenBucket)
	require.NoError(t, err)
	for _, key := range []string{"gone.rounds.x", example + ".rounds.gone"} { // of an earlier life
		_, err := green.PutString(t.Context(), key, "{}")
		require.NoError(t, err)
	}
	rebuilder := NewPublisher(nc, js, PublisherOptions{})
	for want := range 2 {
		r, stop := running(t, m, Options{})
		for _, e := range log[80+want*20 : 100+want*20] {
			m.append(example, e)
		}
		seen := 0
		pointer, err := rebuilder.Rebuild(t.Context(), r.Hub(), func(p Progress) { seen = p.Done })
		require.NoError(t, err)
		require.Equal(t, 2, seen)
		require.Equal(t, []string{GreenBucket, BlueBucket}[want], pointer.Bucket)
		require.NoError(t, stop())
		i := b.published(m, uint64(len(m.entries)), example)
		require.Equal(t, pointer.Bucket, i.Pointer.Bucket)
		require.Empty(t, i.Pointer.Filling)
		require.Len(t, i.Marks(), 2)
	}
}

// A bucket of an older version is made anew by a newer program, and left alone by an
// older one.
func TestVersions(t *testing.T) {
	b, m := startBroker(t), newMemory()
	m.append("talks", small("talks", 0, 5)...)
	nc, js := b.connect()
	p := NewPublisher(nc, js, PublisherOptions{})
	r, err := p.openRack(t.Context())
	require.NoError(t, err)
	older := r.pointer
	older.Version = Version - 1
	r.revision, err = writePointer(t.Context(), r.pointers, older, r.revision)
	require.NoError(t, err)
	running := b.process(m)
	i := b.published(m, 5, "talks")
	require.Equal(t, GreenBucket, i.Pointer.Bucket)
	require.Equal(t, Version, i.Pointer.Version)

	newer, revision, err := readPointer(t.Context(), r.pointers)
	require.NoError(t, err)
	newer.Version = Version + 1
	_, err = writePointer(t.Context(), r.pointers, newer, revision)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return running.publisher.Fault() != nil }, soon, time.Millisecond)
	require.ErrorContains(t, running.publisher.Fault(), "are served, this program makes version")
	_, err = p.Rebuild(t.Context(), running.Hub(), nil)
	require.ErrorContains(t, err, "are served")
}

// A process that begins again tells its readers only what they do not know.
func TestPositionsOutliveAProcess(t *testing.T) {
	b, m := startBroker(t), newMemory()
	m.append(example, exampleLog(t)...)
	head := uint64(len(m.entries))
	one := b.process(m)
	sub := one.Hub().Subscribe(Request{})
	first := next(t, sub)
	sub.Close()
	b.published(m, head, example)
	one.stop()
	late := domain.Entry{Event: &domain.Event{
		ID: domain.KeyedID(example, "late"), Negotiation: example, Recorded: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		Body: domain.Body{Key: "late", Occurred: domain.MustEDTF("2025-11-30"), Act: domain.StatementIssued{Content: "x"}},
	}}
	m.append(example, late)
	two := b.process(m)
	sub = two.Hub().Subscribe(Request{Cursor: first.Cursor})
	defer sub.Close()
	second := next(t, sub)
	require.False(t, second.Snapshot, second.Reset)
	require.NotEmpty(t, second.Changes)
	require.Less(t, len(second.Changes), 10)
	var client reader
	client.take(t, first)
	client.take(t, second)
	client.shows(t, map[string][]domain.Entry{example: m.log(example)})
}

// Nothing is there to inspect where nobody has published.
func TestInspectNothing(t *testing.T) {
	_, js := startBroker(t).connect()
	_, err := Inspect(t.Context(), js)
	require.True(t, errors.Is(err, ErrUnpublished))
}
