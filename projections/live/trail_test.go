package live

import (
	"testing"
	"time"

	"parley/domain"
	"parley/domain/domaintest"

	"github.com/stretchr/testify/require"
)

// later is a log that was recorded at another time.
func later(log []domain.Entry) []domain.Entry {
	var out []domain.Entry
	for _, e := range log {
		event := *e.Event
		event.Recorded = event.Recorded.Add(time.Minute)
		e.Event = &event
		out = append(out, e)
	}
	return out
}

// Logs are told apart from the first entry on in which they differ, and only then.
func TestTrail(t *testing.T) {
	log := small("talks", 0, 9)
	log[4] = domain.Entry{Raw: []byte("?")}
	sums := func(negotiation string, log []domain.Entry) []uint64 {
		var tr trail
		for i, e := range log {
			e.Position = uint64(2*i + 1)
			tr.add(negotiation, e)
			require.Zero(t, tr.sum(e.Position-1))
			require.Zero(t, tr.sum(e.Position+1))
			require.Equal(t, tr.sums[i], ParseSum(FormatSum(tr.sum(e.Position))))
		}
		return tr.sums
	}
	want := sums("talks", log)
	require.Equal(t, want, sums("talks", log))
	for name, change := range map[string]func(e *domain.Entry){
		"recorded": func(e *domain.Entry) { *e = later([]domain.Entry{*e})[0] },
		"event":    func(e *domain.Entry) { *e = small("talks", 20, 1)[0] },
		"parked":   func(e *domain.Entry) { *e = domain.Entry{Raw: []byte("!")} },
	} {
		other := append([]domain.Entry{}, log...)
		change(&other[3])
		have := sums("talks", other)
		require.Equal(t, want[:3], have[:3], name)
		for i := 3; i < len(want); i++ {
			require.NotEqual(t, want[i], have[i], name)
		}
	}
	other := append([]domain.Entry{}, log...)
	other[4].Raw = []byte("!")
	require.NotEqual(t, want[8], sums("talks", other)[8])
	require.NotEqual(t, want[0], sums("other", log)[0])
	for _, bad := range []string{"", "0", "01", "-1", "A", "g", "11111111111111111"} {
		require.Zero(t, ParseSum(bad), bad)
	}
}

// A reader of another record begins anew, though that has the position.
func TestCursorOfAnotherLog(t *testing.T) {
	m, other := newMemory(), newMemory()
	log := small("talks", 0, 5)
	m.append("talks", log...)
	other.append("talks", later(log)...)
	r, stop := running(t, m, Options{})
	s, stopOther := running(t, other, Options{})
	sub := r.Hub().Subscribe(Request{})
	had := next(t, sub)
	sub.Close()
	require.NotZero(t, had.Sum)
	for _, hub := range []*Hub{r.Hub(), s.Hub()} {
		sub := hub.Subscribe(Request{Cursor: had.Cursor, Sum: had.Sum})
		b := next(t, sub)
		sub.Close()
		require.Equal(t, hub == s.Hub(), b.Snapshot)
		if b.Snapshot {
			require.Contains(t, b.Reset, "of another record")
			require.NotEqual(t, had.Sum, b.Sum)
		}
	}
	require.NoError(t, stop())
	require.NoError(t, stopOther())
}

// What was published from another log is not taken for what readers have of this one,
// though it is not further on; and once all is made anew, its positions count no more.
func TestPublishedFromAnotherLog(t *testing.T) {
	b, m := startBroker(t), newMemory()
	log := small("talks", 0, 5)
	m.append("talks", log...)
	one := b.process(m)
	i := b.published(m, 5, "talks")
	require.NotEmpty(t, i.Marks()[0].Log)
	one.stop()

	other := newMemory()
	other.append("talks", later(log)...)
	other.append("talks", small("talks", 5, 1)...)
	r, stop := running(t, other, Options{})
	nc, js := b.connect()
	pointer, err := NewPublisher(nc, js, PublisherOptions{End: other.Head}).Rebuild(t.Context(), r.Hub(), nil)
	require.NoError(t, err)
	require.NotZero(t, pointer.Log)
	require.NoError(t, stop())

	hub := newHub(time.Now)
	for at, e := range append(later(log), small("talks", 5, 1)...) {
		e.Position = uint64(at + 1)
		hub.pass([]Located{{"talks", e}})
	}
	known := Published{"talks": {Position: 5, Sum: ParseSum(i.Marks()[0].Log)}}
	hub.seed(known, map[string]uint64{"talks": 6}, func(string, uint64) uint64 { return 6 })
	require.EqualValues(t, 6, hub.talks["talks"].floor, "all is forgotten")
	known["talks"] = PublishedState{Position: 5, Sum: hub.Sum(5)}
	hub.seed(known, map[string]uint64{"talks": 6}, func(string, uint64) uint64 { return 6 })
	require.EqualValues(t, 5, hub.talks["talks"].floor)
	require.Equal(t, domaintest.Start, log[0].Event.Recorded)
}
