package live

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// steps feeds a hub with values under keys of one negotiation, without a runner.
type steps struct {
	hub *Hub
	at  uint64
	now map[string]string
}

func newSteps() *steps {
	s := &steps{hub: newHub(time.Now), now: map[string]string{}}
	s.hub.open()
	return s
}

// set makes a step that sets values; an empty one takes the key away.
func (s *steps) set(pairs ...string) {
	s.at++
	for i := 0; i < len(pairs); i += 2 {
		if s.now[pairs[i]] = pairs[i+1]; pairs[i+1] == "" {
			delete(s.now, pairs[i])
		}
	}
	st := state{Summary: Summary{Negotiation: "talks", Position: s.at}}
	for id, v := range s.now {
		st.entities = append(st.entities, entity{name{"rounds", id}, "", raw(v), digestOf("", []byte(v))})
	}
	s.hub.take(step{position: s.at, states: []state{st}})
}

func next(t *testing.T, s *Subscription) Batch {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	b, err := s.Next(ctx)
	require.NoError(t, err)
	for b.More {
		rest, err := s.Next(ctx)
		require.NoError(t, err)
		require.False(t, rest.Snapshot, rest.Reset)
		b.Changes, b.Cursor, b.Sum, b.More = append(b.Changes, rest.Changes...), rest.Cursor, rest.Sum, rest.More
	}
	return b
}

func texts(b Batch) map[string]string {
	out := map[string]string{}
	for _, c := range b.Changes {
		out[c.ID] = string(c.Value)
	}
	return out
}

// A reader gets what there is, then what changes; a heartbeat in between loses
// nothing.
func TestSubscription(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSteps()
		s.set("a", "1", "b", "1")
		sub := s.hub.Subscribe(Request{Filters: []Filter{{Negotiation: "talks", Projection: "rounds"}}})
		defer sub.Close()
		other := s.hub.Subscribe(Request{Filters: []Filter{{Negotiation: "others"}}})
		defer other.Close()
		b := next(t, sub)
		require.True(t, b.Snapshot)
		require.Empty(t, b.Reset)
		require.Equal(t, map[string]string{"a": `"1"`, "b": `"1"`}, texts(b))
		require.Empty(t, next(t, other).Changes)
		for range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			_, err := sub.Next(ctx)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			cancel()
		}
		go func() {
			time.Sleep(time.Second)
			s.set("a", "2")
		}()
		b = next(t, sub)
		require.False(t, b.Snapshot)
		require.Equal(t, map[string]string{"a": `"2"`}, texts(b))
		require.Equal(t, uint64(2), b.Cursor)
		s.set("b", "")
		b = next(t, sub)
		require.True(t, b.Changes[0].Deleted)
	})
}

// Who reads slowly gets the latest state of each entity once.
func TestSlowReaderIsCoalesced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSteps()
		s.set("a", "0", "b", "0", "c", "0")
		sub := s.hub.Subscribe(Request{})
		defer sub.Close()
		next(t, sub)
		for i := range 1000 {
			s.set("a", fmt.Sprint(i), "b", fmt.Sprint(-i))
		}
		require.Equal(t, map[string]string{"a": `"999"`, "b": `"-999"`}, texts(next(t, sub)))
	})
}

// Who does not read at all is dropped with a reason, and delays nobody.
func TestDeadReaderIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSteps()
		s.set("a", "0")
		alive, dead := s.hub.Subscribe(Request{Stall: time.Minute}), s.hub.Subscribe(Request{Stall: time.Minute})
		defer alive.Close()
		defer dead.Close()
		next(t, alive)
		next(t, dead)
		for i := range 90 {
			time.Sleep(time.Second)
			s.set("a", fmt.Sprint("later ", i))
			require.Equal(t, map[string]string{"a": fmt.Sprintf("%q", fmt.Sprint("later ", i))}, texts(next(t, alive)))
		}
		<-dead.Gone()
		_, err := dead.Next(t.Context())
		var dropped *DroppedError
		require.ErrorAs(t, err, &dropped)
		require.Contains(t, dropped.Reason, "nothing was read for 1m")
		require.Positive(t, dropped.Behind)
		require.Equal(t, 1, s.hub.Subscriptions())
	})
}

// Whenever a reader is cut off, and wherever it goes on, it ends with what there is,
// and positions never go back.
func TestResume(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		s := newSteps()
		var client reader
		cursor := uint64(0)
		for range 30 {
			for range random.IntN(4) {
				v := ""
				if random.IntN(3) > 0 {
					v = fmt.Sprint(random.IntN(100))
				}
				s.set(fmt.Sprint("k", random.IntN(6)), v)
			}
			sub := s.hub.Subscribe(Request{Cursor: cursor})
			b := next(t, sub)
			require.Equal(t, cursor == 0, b.Snapshot)
			client.last = map[string]uint64{"talks": cursor} // a client asks for what comes after it
			if random.IntN(3) > 0 {                          // else it is cut off within the batch
				client.take(t, b)
				cursor = b.Cursor
			} else if len(b.Changes) > 1 && !b.Snapshot {
				b.Changes = b.Changes[:len(b.Changes)/2]
				client.take(t, b)
			}
			sub.Close()
		}
		sub := s.hub.Subscribe(Request{Cursor: cursor})
		client.last = map[string]uint64{"talks": cursor}
		client.take(t, next(t, sub))
		sub.Close()
		have := map[string]string{}
		for k, c := range client.state {
			have[k.ID] = string(c.Value)
		}
		want := map[string]string{}
		for id, v := range s.now {
			want[id] = string(raw(v))
		}
		require.Equal(t, want, have)
	}
}

// Two processes step at different positions. A reader that goes on with the one from
// a cursor of the other ends with what there is, or begins anew: also where something
// changed and changed back within one step.
func TestResumeElsewhere(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	resumed, reset := 0, 0
	for range 300 {
		hubs := []*steps{newSteps(), newSteps()}
		var log [][2]string // key and value; positions are from 1
		client, cursor := map[string]string{}, uint64(0)
		for range 20 {
			for range 1 + random.IntN(3) {
				log = append(log, [2]string{fmt.Sprint("k", random.IntN(2)), fmt.Sprint(random.IntN(2))})
				for _, s := range hubs {
					if random.IntN(2) == 0 {
						s.follow(log)
					}
				}
			}
			for _, s := range hubs { // where a reader would wait, or begin anew
				s.follow(log)
			}
			sub := hubs[random.IntN(2)].hub.Subscribe(Request{Cursor: cursor})
			b := next(t, sub)
			sub.Close()
			if b.Snapshot {
				clear(client)
				if cursor > 0 {
					require.NotEmpty(t, b.Reset)
					reset++
				}
			} else {
				resumed++
			}
			for _, c := range b.Changes {
				client[c.ID] = string(c.Value)
			}
			cursor = b.Cursor
			want := map[string]string{}
			for _, e := range log {
				want[e[0]] = string(raw(e[1]))
			}
			require.Equal(t, want, client)
			for range random.IntN(3) { // what the reader had last may be within a step of the other
				log = append(log, [2]string{fmt.Sprint("k", random.IntN(2)), fmt.Sprint(random.IntN(2))})
				s := hubs[random.IntN(2)]
				s.follow(log)
				sub := s.hub.Subscribe(Request{Cursor: cursor})
				for _, c := range next(t, sub).Changes {
					client[c.ID] = string(c.Value)
				}
				sub.Close()
				cursor = uint64(len(log))
			}
		}
	}
	require.Positive(t, resumed)
	require.Positive(t, reset)
}

// follow makes a step to the end of a log.
func (s *steps) follow(log [][2]string) {
	head := uint64(len(log))
	if s.at == head {
		return
	}
	st := state{Summary: Summary{Negotiation: "talks", Position: head}, since: s.at + 1}
	for _, e := range log {
		s.now[e[0]] = e[1]
	}
	for id, v := range s.now {
		st.entities = append(st.entities, entity{name{"rounds", id}, "", raw(v), digestOf("", []byte(v))})
	}
	s.at = head
	s.hub.take(step{position: head, states: []state{st}})
}

// A cursor that nothing is known of any more begins anew, and says why.
func TestReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSteps()
		s.set("a", "1")
		begun := time.Now()
		sub := s.hub.Subscribe(Request{Cursor: 99})
		defer sub.Close()
		b := next(t, sub)
		require.True(t, b.Snapshot)
		require.Contains(t, b.Reset, "ahead of the log")
		require.GreaterOrEqual(t, time.Since(begun), aheadMax, "another process may have been a little faster")

		ahead := s.hub.Subscribe(Request{Cursor: 2})
		defer ahead.Close()
		go func() {
			time.Sleep(time.Second)
			s.set("a", "2")
		}()
		b = next(t, ahead)
		require.False(t, b.Snapshot, "it was a little faster")
		require.Empty(t, b.Changes)

		for i := range goneMax + 10 {
			s.at++
			s.hub.take(step{position: s.at, states: []state{{
				Summary:  Summary{Negotiation: "talks", Position: s.at},
				entities: []entity{{name{"rounds", fmt.Sprint(i)}, "", raw(i), digest{}}},
			}}})
		}
		old := s.hub.Subscribe(Request{Cursor: 3})
		defer old.Close()
		b = next(t, old)
		require.True(t, b.Snapshot)
		require.Contains(t, b.Reset, "forgotten")
		require.Len(t, b.Changes, 1)
		recent := s.hub.Subscribe(Request{Cursor: s.at - 5})
		defer recent.Close()
		require.False(t, next(t, recent).Snapshot)
	})
}

// A thousand readers, ten of which never read: the others get every change, and the
// hub holds nothing for those who do not read.
func TestManyReaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSteps()
		s.set("a", "0", "b", "0")
		const readers, rounds = 1000, 20
		got := make(chan int, readers)
		for i := range readers {
			sub := s.hub.Subscribe(Request{})
			defer sub.Close()
			if i%100 == 0 {
				continue
			}
			go func() {
				seen := 0
				for {
					b, err := sub.Next(t.Context())
					if err != nil {
						return
					}
					seen += len(b.Changes)
					if b.Cursor == rounds+1 {
						got <- seen
						return
					}
				}
			}()
		}
		for i := range rounds {
			synctest.Wait()
			s.set("a", fmt.Sprint("new ", i))
		}
		for range readers - readers/100 {
			require.Equal(t, 2+rounds, <-got)
		}
		require.Equal(t, 2, s.hub.order.length())
	})
}

func (l *recency) length() (n int) {
	for r := l.first(); r != nil; r = l.next(r) {
		n++
	}
	return n
}
