package eventstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"parley/domain"
	"parley/eventstore/internal/history"

	"github.com/go-json-experiment/json"
	"golang.org/x/sys/unix"
)

// tortureOrders is where a writing process finds its orders.
const tortureOrders = "PARLEY_TEST_ORDERS"

// orders is what a writing process shall do.
type orders struct {
	Name    string   // of the process; no two have the same
	Dir     string   // the store: a folder,
	URL     string   // or servers
	Notes   string   // folder for what it saw
	Seed    uint64   // of its choices
	Writers int      // goroutines
	Shared  []string // negotiations that all writers append to
}

// childWriter appends until its input ends, or until it is killed. It opens the
// store again and again, as one-shot commands do.
func childWriter(ctx context.Context) int {
	var o orders
	err := json.Unmarshal([]byte(os.Getenv(tortureOrders)), &o)
	if err == nil {
		fmt.Println("ready")
		ended := make(chan struct{})
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			close(ended)
		}()
		err = o.write(ctx, ended)
	}
	if err != nil {
		fmt.Println("error:", err)
		return 1
	}
	return 0
}

func (o orders) write(ctx context.Context, ended <-chan struct{}) error {
	writers := make([]*writer, o.Writers)
	for i := range writers {
		w, err := o.writer(i)
		if err != nil {
			return err
		}
		writers[i] = w
	}
	random := rand.New(rand.NewPCG(o.Seed, 99))
	for {
		select {
		case <-ended:
			return nil
		default:
		}
		skew := time.Duration(random.IntN(10_000)-5_000) * time.Millisecond // no two clocks agree
		s, err := Open(ctx, Options{
			Dir: o.Dir, URL: o.URL, Kind: "writer " + o.Name, Wait: 5 * time.Second, answer: 2 * time.Second, Patience: 20 * time.Second,
			Now: func() time.Time { return time.Now().Add(skew) },
		})
		if err != nil && isPassing(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", o.Name, err)
		}
		calls := 5 + random.IntN(40)
		failed := make(chan error, len(writers))
		var running sync.WaitGroup
		for _, w := range writers {
			running.Go(func() {
				for range calls {
					select {
					case <-ended:
						return
					default:
					}
					if again, err := w.call(ctx, s); err != nil || !again {
						failed <- err
						return
					}
				}
			})
		}
		running.Wait()
		close(failed)
		for f := range failed {
			err = errors.Join(err, f)
		}
		if err := errors.Join(err, s.Close()); err != nil {
			return fmt.Errorf("%s: %w", o.Name, err)
		}
	}
}

// isPassing tells whether an error is due to other processes that come and go.
func isPassing(err error) bool {
	if _, ok := errors.AsType[*LockedError](err); ok {
		return true
	}
	_, ok := errors.AsType[*UnreachableError](err)
	return ok || errors.Is(err, context.DeadlineExceeded)
}

// writer is one goroutine that appends, and notes what it sees.
type writer struct {
	orders
	name   string
	random *rand.Rand
	notes  *history.Writer
	count  int
	heads  map[string]uint64 // as it saw them last
	before [][]*domain.Event // what it sent before
}

func (o orders) writer(i int) (*writer, error) {
	name := fmt.Sprintf("%s-%d", o.Name, i)
	file, err := os.OpenFile(filepath.Join(o.Notes, name+".ndjson"), os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	return &writer{
		orders: o, name: name, random: rand.New(rand.NewPCG(o.Seed, uint64(i))),
		notes: history.NewWriter(file, file.Sync), heads: map[string]uint64{},
	}, nil
}

// call makes one append. It returns false when the store shall be opened anew, and
// an error when something happened that must not happen.
func (w *writer) call(ctx context.Context, s *Store) (again bool, err error) {
	expect, events, err := w.choose(ctx, s)
	if err != nil {
		if isPassing(err) {
			return false, nil
		}
		return false, err
	}
	return w.append(ctx, s, expect, events)
}

// append is call with events that are given.
func (w *writer) append(ctx context.Context, s *Store, expect Expect, events []*domain.Event) (again bool, err error) {
	w.count++
	n := events[0].Negotiation
	c := history.Call{Name: fmt.Sprintf("%s/%d", w.name, w.count), Negotiation: n, Begun: ticks()}
	if expect.kind == expectHead {
		c.Expect = &expect.position
	}
	for _, e := range events {
		c.Sent = append(c.Sent, asSent(e))
	}
	if err := w.notes.Note(c); err != nil {
		return false, err
	}
	receipt, err := s.Append(ctx, expect, offer(events...), AppendOptions{})
	c.Ended = ticks()
	again, err = w.outcome(&c, receipt, err)
	w.heads[n] = receipt.Heads[n]
	return again, errors.Join(err, w.notes.Note(c))
}

// outcome notes what an append came to.
func (w *writer) outcome(c *history.Call, receipt Receipt, err error) (again bool, _ error) {
	for _, r := range receipt.Appended {
		c.Recorded = append(c.Recorded, history.Placed{ID: r.ID.String(), Position: r.Position})
	}
	if err == nil {
		c.Outcome = history.Accepted
		return true, nil
	}
	c.Said = err.Error()
	if _, ok := errors.AsType[*UncertainError](err); ok {
		return false, nil
	}
	c.Outcome = history.Refused
	if conflict, ok := errors.AsType[*ConflictError](err); ok {
		c.Have = conflict.Have
		return true, nil
	}
	if isPassing(err) {
		return false, nil
	}
	return false, fmt.Errorf("%s: %w", c.Name, err)
}

// choose picks what to append, and under which expectation.
func (w *writer) choose(ctx context.Context, s *Store) (Expect, []*domain.Event, error) {
	negotiation := w.Shared[w.random.IntN(len(w.Shared))]
	if w.random.IntN(4) == 0 {
		negotiation = "own-" + w.name
	}
	if w.heads[negotiation] == 0 {
		return Any(), []*domain.Event{registration(negotiation)}, nil
	}
	switch w.random.IntN(10) {
	case 0: // all writers begin the same log at the same time
		n := fmt.Sprintf("begun-%d", ticks()/int64(300*time.Millisecond))
		return None(), append([]*domain.Event{registration(n)}, w.fresh(n, 1)...), nil
	case 1: // the same again
		if len(w.before) > 0 {
			return Any(), w.before[w.random.IntN(len(w.before))], nil
		}
	case 2: // all writers have the same file
		from := w.random.IntN(300)
		var rows []*domain.Event
		for i := range 1 + w.random.IntN(30) {
			rows = append(rows, statement(negotiation, fmt.Sprintf("row-%d", from+i)))
		}
		return Any(), rows, nil
	case 3, 4:
		return Any(), w.fresh(negotiation, 2+w.random.IntN(60)), nil
	case 5, 6:
		head, err := s.Head(ctx, negotiation)
		if err != nil {
			return Expect{}, nil, err
		}
		return Exactly(max(head, 1)), w.fresh(negotiation, 1+w.random.IntN(3)), nil
	case 7: // what it saw last, which others may have passed
		return Exactly(w.heads[negotiation]), w.fresh(negotiation, 1), nil
	}
	return Any(), w.fresh(negotiation, 1), nil
}

// fresh makes events that nobody has sent before.
func (w *writer) fresh(negotiation string, n int) []*domain.Event {
	events := make([]*domain.Event, n)
	for i := range events {
		events[i] = statement(negotiation, fmt.Sprintf("%s-%d-%d", w.name, w.count+1, i))
	}
	w.before = append(w.before, events)
	if len(w.before) > 50 {
		w.before = w.before[1:]
	}
	return events
}

// asSent is an event as its writer determines it: all but the time of recording.
func asSent(e *domain.Event) history.Event {
	sent := *e
	sent.Recorded = time.Time{}
	raw, err := domain.Encode(&sent)
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(raw)
	return history.Event{ID: e.ID.String(), Content: hex.EncodeToString(sum[:])}
}

// ticks is the time in nanoseconds by a clock that all processes have in common
// and that never goes back.
func ticks() int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		panic(err)
	}
	return t.Nano()
}
