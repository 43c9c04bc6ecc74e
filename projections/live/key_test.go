package live

import (
	"strings"
	"sync/atomic"
	"testing"

	"parley/domain"
	"parley/domain/domaintest"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// A key is bounded whatever the id is, and no two ids have one.
func TestKeys(t *testing.T) {
	longest := strings.Repeat("n", domain.MaxIDLength)
	keys := map[string]Key{}
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.OneOf(
			rapid.StringMatching(`[ab=_/.~ ш]{0,40}`),
			rapid.StringMatching(`(a|b|ш|_){150,170}`),
			rapid.Custom(func(t *rapid.T) string {
				return strings.Repeat(rapid.SampledFrom([]string{"ш", "a", " "}).Draw(t, "letter"), rapid.IntRange(0, 3000).Draw(t, "times")) + rapid.String().Draw(t, "end")
			}),
		).Draw(t, "id")
		k := Key{longest, "disagreements", id}
		key := FormatKey(k)
		require.LessOrEqual(t, len("$KV."+BranchBucket+"."+pageKey(branched.join(longest+"."+longest, key), 9999)), 340)
		require.Equal(t, k, keys[key].or(k), "two ids have one key")
		keys[key] = k
		read, page, err := ParseKey(pageKey(key, 7))
		require.NoError(t, err)
		require.Equal(t, 7, page)
		require.Equal(t, key, FormatKey(Key{longest, read.Projection, id}))
		if part := FormatID(id); isShortened(part) {
			require.Equal(t, part, read.ID)
			require.Greater(t, len(escapeID(id)), keyPartMax)
		} else {
			require.Equal(t, id, read.ID)
		}
		require.True(t, k.isNamed(FormatID(id)) || !isShortened(FormatID(id)))
		require.True(t, k.isNamed(id))
		require.False(t, k.isNamed(id+"x"))
	})
	for _, bad := range []string{"n.p.a_", "n.p.a_0", "n.p.a_" + strings.Repeat("0", 31) + "G", "n.p.=_" + strings.Repeat("0", 32)} {
		_, _, err := ParseKey(bad)
		require.Error(t, err, bad)
	}
}

func (k Key) or(other Key) Key {
	if k == (Key{}) {
		return other
	}
	return k
}

// How a long id is shortened is told to those who write clients, so it stays so.
func TestFormatIDStays(t *testing.T) {
	require.Equal(t, "a/b=3Ac=5Fd", FormatID("a/b:c_d"))
	require.Equal(t, strings.Repeat("=D1=88", 21)+"_a2debecae84938579995444f6cbb8785", FormatID(strings.Repeat("ш", 690)))
}

// invoked is an event that invokes an obligation, whose name is free text.
func invoked(negotiation, key, instrument, content string) domain.Entry {
	return domain.Entry{Event: &domain.Event{
		ID: domain.KeyedID(negotiation, key), Negotiation: negotiation, Recorded: domaintest.Start,
		Body: domain.Body{
			Key: key, Occurred: domain.MustEDTF("2025-10-26"), Actors: []domain.ActorID{"a"},
			Act: domain.ObligationInvoked{Instrument: instrument, Obligor: "b", Content: content},
		},
	}}
}

// withdrawn is an event that takes back another.
func withdrawn(negotiation, key, of string) domain.Entry {
	return domain.Entry{Event: &domain.Event{
		ID: domain.KeyedID(negotiation, key), Negotiation: negotiation, Recorded: domaintest.Start,
		Body: domain.Body{Key: key, Act: domain.EventWithdrawn{Target: domain.EventRef(of), Reason: "an error"}},
	}}
}

// Entities with long names are published on a server that takes short lines only, by
// one connection that is never lost; they vanish again, and a process that begins anew
// knows them.
func TestLongNames(t *testing.T) {
	b := &broker{t: t, dir: t.TempDir(), line: 512}
	b.start(-1)
	t.Cleanup(b.stop)
	talks := strings.Repeat("t", domain.MaxIDLength)
	m := newMemory()
	long := []string{strings.Repeat("ш", 690), strings.Repeat("a", 200_000), strings.Repeat("\x01", 20_000), strings.Repeat("ш", 690) + "!"}
	for i, name := range long {
		m.append(talks, invoked(talks, string(rune('k'+i)), name, strings.Repeat("x", i*60_000)))
	}
	p := b.process(m)
	var lost atomic.Int32
	p.publisher.wire.nc.SetDisconnectErrHandler(func(*nats.Conn, error) { lost.Add(1) })
	i := b.published(m, 4, talks)
	require.Zero(t, lost.Load())
	require.Zero(t, i.Marks()[0].Unpublished, i.Marks()[0].UnpublishedWhy)
	for _, name := range long {
		require.Equal(t, name, i.talks[talks].values[FormatKey(Key{talks, "obligations", name})].ID)
	}

	sub := p.Hub().Subscribe(Request{Filters: []Filter{{talks, "obligations", FormatID(long[0])}}})
	first := next(t, sub)
	sub.Close()
	require.Len(t, first.Changes, 1)
	require.Equal(t, long[0], first.Changes[0].ID)
	p.stop()
	p = b.process(m)
	sub = p.Hub().Subscribe(Request{Cursor: first.Cursor})
	again := next(t, sub)
	sub.Close()
	require.False(t, again.Snapshot, again.Reset)
	require.Empty(t, again.Changes, "nothing has changed since")

	m.append(talks, withdrawn(talks, "w", "k"))
	i = b.published(m, 5, talks)
	gone := FormatKey(Key{talks, "obligations", long[0]})
	require.NotContains(t, i.talks[talks].values, gone)
	require.Equal(t, long[0], i.talks[talks].deleted[gone].ID)
	nc, js := b.connect()
	_, err := NewPublisher(nc, js, PublisherOptions{}).Rebuild(t.Context(), p.Hub(), nil)
	require.NoError(t, err)
	b.published(m, 5, talks)
}

// What a server does not take is told of its entity; all else is published, and
// nothing old stands in its place.
func TestNotTaken(t *testing.T) {
	b := &broker{t: t, dir: t.TempDir(), payload: 32 << 10}
	b.start(-1)
	t.Cleanup(b.stop)
	m := newMemory()
	m.append("talks", invoked("talks", "k", "treaty", "short"))
	b.process(m)
	i := b.published(m, 1, "talks")
	treaty := FormatKey(Key{"talks", "obligations", "treaty"})
	require.Contains(t, i.talks["talks"].values, treaty)

	m.append("talks", invoked("talks", "l", "treaty", strings.Repeat("long", 10_000)))
	m.append("talks", invoked("talks", "m", "other", "short"))
	m.append("more", small("more", 0, 1)...)
	b.published(m, 4, "more")
	i = b.reached(3, "talks")
	mark := i.Marks()[1]
	require.Equal(t, 1, mark.Unpublished, mark.UnpublishedWhy)
	require.Contains(t, mark.UnpublishedWhy, "obligations/treaty takes a message of ")
	require.Contains(t, mark.UnpublishedWhy, "and the server takes 32768")
	require.NotContains(t, i.talks["talks"].values, treaty)
	require.Contains(t, i.talks["talks"].values, FormatKey(Key{"talks", "obligations", "other"}))
	require.Len(t, i.talks["talks"].values, mark.Entities-1)

	m.append("talks", withdrawn("talks", "w", "l"))
	i = b.published(m, 5, "talks")
	require.Zero(t, i.Marks()[1].Unpublished)
	require.Contains(t, i.talks["talks"].values, treaty)
}
