package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"parley/docs/examples/istanbul-2025"
	"parley/domain"
	"parley/domain/domaintest"
	"parley/domain/intake"
	"parley/projections"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"
	_ "time/tzdata"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	example = "pak-afg-2025"
	soon    = time.Minute // far more than any test needs, for machines that are busy
)

// memory is a log in memory. It fails the reads that it is told to.
type memory struct {
	mu      sync.Mutex
	entries []Located
	more    chan struct{}
	reads   int
	fail    func(read int) error // asked before each entry that is read, and before each look at the head
}

func newMemory() *memory { return &memory{more: make(chan struct{})} }

var errRead = errors.New("the disk is tired")

func (m *memory) append(negotiation string, entries ...domain.Entry) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range entries {
		e.Position = uint64(len(m.entries) + 1)
		m.entries = append(m.entries, Located{negotiation, e})
	}
	close(m.more)
	m.more = make(chan struct{})
}

func (m *memory) try() error {
	m.reads++
	if m.fail == nil {
		return nil
	}
	return m.fail(m.reads)
}

func (m *memory) Head(context.Context) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return uint64(len(m.entries)), m.try()
}

func (m *memory) Follow(ctx context.Context, from uint64) iter.Seq2[Located, error] {
	return func(yield func(Located, error) bool) {
		for at := from; ; {
			m.mu.Lock()
			more := m.more
			var e Located
			var err error
			there := at <= uint64(len(m.entries))
			if there {
				e, err = m.entries[at-1], m.try()
			}
			m.mu.Unlock()
			switch {
			case err != nil:
				yield(Located{}, err)
				return
			case there:
				if !yield(e, nil) {
					return
				}
				at++
				continue
			}
			select {
			case <-ctx.Done():
				return
			case <-more:
			}
		}
	}
}

// log is the log of one negotiation.
func (m *memory) log(negotiation string) []domain.Entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []domain.Entry
	for _, e := range m.entries {
		if e.Negotiation == negotiation {
			out = append(out, e.Entry)
		}
	}
	return out
}

// exampleLog is the worked example as the door would record it.
func exampleLog(t testing.TB) []domain.Entry {
	t.Helper()
	ledger := domain.NewLedger(example)
	var log []domain.Entry
	for i, name := range []string{"registry.csv", "s0.csv", "s1.csv", "s2.csv", "s3.csv", "s4.csv"} {
		raw, err := istanbul2025.Files.ReadFile(name)
		require.NoError(t, err)
		in, faults := intake.Table(name, bytes.NewReader(raw))
		require.Empty(t, faults)
		d, faults := domain.Decide(map[string]*domain.Ledger{example: ledger}, in, domain.Handling{})
		require.Empty(t, faults, "%v", faults)
		for _, e := range d.Append {
			e.Recorded, e.Writer = time.Date(2025, 12, 1+i, 0, 0, 0, 0, time.UTC), "test"
			entry := domain.Entry{Position: ledger.Head() + 1, Event: e}
			ledger.Apply(entry)
			log = append(log, entry)
		}
	}
	return log
}

// drawn draws a log with late events, links, corrections and withdrawals.
func drawn(t *rapid.T, negotiation string, n int) []domain.Entry {
	w := domaintest.Talks
	w.Negotiation = negotiation
	var log []domain.Entry
	for i, e := range w.History(n).Draw(t, negotiation) {
		e.Recorded = domaintest.Start.Add(time.Duration(i) * time.Minute)
		log = append(log, domain.Entry{Event: e})
		if rapid.IntRange(0, 20).Draw(t, "parked") == 0 {
			log = append(log, domain.Entry{Raw: []byte("?"), Fault: errors.New("no event")})
		}
	}
	return log
}

// small is a log of n statements.
func small(negotiation string, from, n int) []domain.Entry {
	var log []domain.Entry
	for i := range n {
		key := fmt.Sprint("e-", from+i)
		log = append(log, domain.Entry{Event: &domain.Event{
			ID: domain.KeyedID(negotiation, key), Negotiation: negotiation, Recorded: domaintest.Start,
			Body: domain.Body{
				Key: key, Occurred: domain.MustEDTF("2025-10-26"), Actors: []domain.ActorID{"a"},
				Act: domain.DemandMade{Issue: "w", Polarity: domain.For},
			},
		}})
	}
	return log
}

// fresh folds a log from nothing, and prints it entity by entity.
func fresh(t require.TestingT, negotiation string, log []domain.Entry) map[name]entity {
	p, err := projections.Project(negotiation, log, projections.View{})
	require.NoError(t, err)
	all, err := entitiesOf(p)
	require.NoError(t, err)
	out := map[name]entity{}
	for _, e := range all {
		out[e.name] = e
	}
	require.Len(t, out, len(all), "no two entities have one name")
	return out
}

// reader is what a client keeps of a subscription.
type reader struct {
	state map[Key]Change
	last  map[string]uint64 // by negotiation
}

// take takes in a batch as a client does.
func (r *reader) take(t require.TestingT, b Batch) {
	if b.Snapshot || r.state == nil {
		r.state = map[Key]Change{}
	}
	if r.last == nil {
		r.last = map[string]uint64{}
	}
	for _, c := range b.Changes {
		if !b.Snapshot {
			require.GreaterOrEqual(t, c.Position, r.last[c.Negotiation], "positions never go back")
			r.last[c.Negotiation] = c.Position
		}
		require.LessOrEqual(t, c.Position, b.Cursor)
		require.GreaterOrEqual(t, c.Position, r.state[c.Key].Position, "nor those of one entity")
		r.state[c.Key] = *c
		if c.Deleted {
			delete(r.state, c.Key)
		}
	}
}

// shows demands that a client has what a fold from nothing comes to.
func (r *reader) shows(t require.TestingT, logs map[string][]domain.Entry) {
	want, have := map[Key]string{}, map[Key]string{}
	for n, log := range logs {
		if len(log) == 0 {
			continue
		}
		for _, e := range fresh(t, n, log) {
			want[Key{n, e.projection, e.id}] = e.after + " " + string(e.value)
		}
	}
	for k, c := range r.state {
		have[k] = c.After + " " + string(c.Value)
	}
	for _, k := range slices.SortedFunc(maps.Keys(want), func(a, b Key) int { return bytes.Compare([]byte(a.String()), []byte(b.String())) }) {
		require.Equal(t, want[k], have[k], k)
	}
	require.Len(t, have, len(want))
}

// raw is a value for tests of what does not look at it.
func raw(v any) jsontext.Value { return jsontext.Value(fmt.Sprintf("%q", fmt.Sprint(v))) }
