package eventstore

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"parley/domain"
)

const (
	aheadMessages = 1024 // pulled and not yet shown
	chunkMessages = 64   // decoded by one goroutine at a time
)

// entries shows the messages of a pull as entries, in order. Decoding costs more
// than pulling, so it is spread over the processors: whatever has come in makes a
// chunk, at once when little comes and up to chunkMessages when much does.
func (s *Store) entries(outer context.Context, r pullRequest, yield func(stored, domain.Entry) bool) error {
	ctx, stop := context.WithCancel(outer)
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()

	messages := make(chan stored, aheadMessages)
	var pullErr error
	cut := false
	pulled := make(chan struct{})
	running.Go(func() {
		defer close(pulled)
		defer close(messages)
		pullErr = s.pull(ctx, r, func(m stored) bool {
			select {
			case messages <- m:
				return true
			case <-ctx.Done():
				cut = true
				return false
			}
		})
	})
	work, order := make(chan *chunk, runtime.GOMAXPROCS(0)), make(chan *chunk, aheadMessages/chunkMessages)
	running.Go(func() { dispatch(ctx, messages, work, order) })
	for range runtime.GOMAXPROCS(0) {
		running.Go(func() {
			for c := range work {
				c.decode()
			}
		})
	}
	for c := range order {
		<-c.decoded
		for i, m := range c.messages {
			if !yield(m, c.entries[i]) {
				return nil
			}
		}
	}
	<-pulled
	if pullErr == nil && cut {
		return outer.Err() // not the end of the log
	}
	return pullErr
}

// chunk is messages that are decoded together.
type chunk struct {
	messages []stored
	entries  []domain.Entry
	decoded  chan struct{}
}

func (c *chunk) decode() {
	defer close(c.decoded)
	c.entries = make([]domain.Entry, len(c.messages))
	for i, m := range c.messages {
		c.entries[i] = entryOf(m)
	}
}

// dispatch makes chunks of what has come in and gives each to a worker and, in
// order, to the reader.
func dispatch(ctx context.Context, messages <-chan stored, work, order chan<- *chunk) {
	defer close(work)
	defer close(order)
	for m := range messages {
		c := &chunk{messages: append(make([]stored, 0, chunkMessages), m), decoded: make(chan struct{})}
		for more := true; more && len(c.messages) < chunkMessages; {
			select {
			case m, more = <-messages:
				if more {
					c.messages = append(c.messages, m)
				}
			default:
				more = false
			}
		}
		select {
		case order <- c:
		case <-ctx.Done():
			return
		}
		select {
		case work <- c:
		case <-ctx.Done():
			c.decode() // the reader may be waiting for it
			return
		}
	}
}

// entryOf reads a message as an entry. What does not read is parked.
func entryOf(m stored) domain.Entry {
	e := domain.Entry{Position: m.position, Raw: m.data}
	event, err := domain.Decode(m.data)
	if err == nil {
		// An event that was moved to another log is no event there.
		if at, parseErr := ParseSubject(m.subject); parseErr != nil {
			err = parseErr
		} else if at.Negotiation != event.Negotiation {
			err = fmt.Errorf("the event is of negotiation %q, but stands in the log of %q", event.Negotiation, at.Negotiation)
		}
	}
	if err != nil {
		e.Fault = err
		return e
	}
	e.Event = event
	return e
}
