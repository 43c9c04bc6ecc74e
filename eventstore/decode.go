package eventstore

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"parley/domain"
)

const (
	chunkMessages = 128 // decoded by one goroutine at a time
	aheadChunks   = 16  // pulled and not yet shown
)

// entries shows the messages of a pull as entries, in order. Decoding is spread
// over the processors: whatever has come in makes a chunk, at once when little
// comes and up to chunkMessages when much does.
func (s *Store) entries(outer context.Context, r pullRequest, yield func(stored, domain.Entry) bool) error {
	ctx, stop := context.WithCancel(outer)
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()

	l := line{
		order: make(chan *chunk, aheadChunks), work: make(chan *chunk, aheadChunks+1),
		shown: make(chan *chunk, aheadChunks+2), next: newChunk(),
	}
	var pullErr error
	running.Go(func() {
		defer close(l.work)
		defer close(l.order)
		pullErr = s.pull(ctx, r, func(m stored) bool { return l.add(ctx, m) }, func() { l.pass(ctx) })
		l.pass(ctx)
	})
	for range runtime.GOMAXPROCS(0) {
		running.Go(func() {
			for c := range l.work {
				c.decode()
			}
		})
	}
	for c := range l.order {
		<-c.decoded
		for i, m := range c.messages {
			if !yield(m, c.entries[i]) {
				return nil
			}
		}
		l.shown <- c.empty()
	}
	if pullErr == nil && l.cut {
		return outer.Err() // not the end of the log
	}
	return pullErr
}

// chunk is messages that are decoded together.
type chunk struct {
	messages []stored
	entries  []domain.Entry
	decoded  chan struct{} // has room for the one word that they are
}

func newChunk() *chunk {
	return &chunk{messages: make([]stored, 0, chunkMessages), decoded: make(chan struct{}, 1)}
}

func (c *chunk) decode() {
	c.entries = slices.Grow(c.entries, len(c.messages))
	for _, m := range c.messages {
		c.entries = append(c.entries, entryOf(m))
	}
	c.decoded <- struct{}{}
}

// empty makes room for other messages. It holds on to none of those that were here.
func (c *chunk) empty() *chunk {
	clear(c.messages)
	clear(c.entries)
	c.messages, c.entries = c.messages[:0], c.entries[:0]
	return c
}

// line passes chunks to workers and, in order, to the reader.
type line struct {
	order chan *chunk
	work  chan *chunk // has room for all that order holds, and the one that is read
	shown chan *chunk // to be filled again; has room for all there are
	next  *chunk      // is being filled
	cut   bool        // the reader went away
}

// add puts a message in, and tells whether there is use for more.
func (l *line) add(ctx context.Context, m stored) bool {
	l.next.messages = append(l.next.messages, m)
	if len(l.next.messages) == chunkMessages {
		l.pass(ctx)
	}
	return !l.cut
}

// pass passes on what there is.
func (l *line) pass(ctx context.Context) {
	if len(l.next.messages) == 0 || l.cut {
		return
	}
	select {
	case l.order <- l.next:
		l.work <- l.next
		l.next = l.fresh()
	case <-ctx.Done():
		l.cut = true
	}
}

// fresh is a chunk to fill.
func (l *line) fresh() *chunk {
	select {
	case c := <-l.shown:
		return c
	default:
		return newChunk()
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
		} else if at.Branch != string(event.SupposedBy) {
			err = fmt.Errorf("the event says that it is hypothetical on branch %q, but stands on %q", event.SupposedBy, at.Branch)
		}
	}
	if err != nil {
		e.Fault = err
		return e
	}
	e.Event = event
	return e
}
