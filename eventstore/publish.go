package eventstore

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"parley/domain"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"
)

// publish records events, in batches. While the server writes one, the batch
// before is taken into the ledgers and the next is encoded.
func (d *door) publish(ctx context.Context, events []*domain.Event) error {
	c, err := d.encode(events)
	if err != nil {
		return err
	}
	d.heads = make(map[string]uint64, len(d.ledgers))
	for n, k := range d.books {
		d.heads[n] = k.head()
	}
	var written, ahead batch
	var aheadErr error
	meanwhile := func() {
		d.apply(written)
		written = batch{}
		if ahead = (batch{}); !c.done() {
			ahead, aheadErr = c.next()
		}
	}
	for meanwhile(); err == nil && aheadErr == nil && len(ahead.entries) > 0; {
		b := ahead
		if d.expect.kind == expectHead && len(b.entries) < len(events) {
			err = &ExpectError{fmt.Sprintf("%s is kept by one batch of at most %d bytes, and this is more", d.expect, MaxBatchBytes)}
			break
		}
		if err = d.roomFor(written, b); err != nil {
			break
		}
		if c.done() && len(written.entries) == 0 {
			err, ahead = d.commit(ctx, b, nil), batch{}
		} else {
			err = d.commit(ctx, b, meanwhile)
		}
		if err == nil {
			written = b
		}
	}
	d.apply(written)
	return cmp.Or(err, aheadErr)
}

// roomFor tells whether a branch has room for a batch, after one that is written and
// not yet in its book.
func (d *door) roomFor(written, b batch) error {
	for _, k := range d.books {
		if err := k.takes(d.store.opts.room, 0, written.bytes()+b.bytes()); err != nil {
			return err
		}
	}
	return nil
}

// commit publishes a batch, with each log expected to be where this call has
// brought it. While the server writes, meanwhile is called, unless it is nil.
func (d *door) commit(ctx context.Context, b batch, meanwhile func()) error {
	last, err := d.store.send(ctx, d.stream(), d.messages(b), meanwhile)
	if err != nil {
		if mayHaveLanded(err) {
			for _, e := range b.entries {
				d.doubt[e.Event.ID] = append(d.doubt[e.Event.ID], e.Raw)
			}
		}
		return err
	}
	first := last - uint64(len(b.entries)) + 1
	for i := range b.entries {
		e := &b.entries[i]
		e.Position = first + uint64(i)
		d.heads[e.Event.Negotiation] = e.Position
	}
	return nil
}

// apply takes a batch that was acknowledged into the ledgers and the receipt.
func (d *door) apply(b batch) {
	if len(b.entries) == 0 {
		return
	}
	for _, e := range b.entries {
		d.books[e.Event.Negotiation].apply(e)
		d.took(e)
	}
	d.left -= len(b.entries)
	d.letGo(len(b.entries))
	if d.store.hashes != nil && d.stream() == RecordStream {
		d.store.hashes.addEntries(b.entries)
	}
	if d.opt.Progress != nil {
		d.opt.Progress(len(d.receipt.Appended), d.total)
	}
}

// messages makes the messages of a batch. The expectation stands on the first
// message of each subject: the server checks it against the log before the batch.
func (d *door) messages(b batch) []*nats.Msg {
	msgs := make([]*nats.Msg, len(b.entries))
	seen := make(map[string]bool, len(d.ledgers))
	for i, e := range b.entries {
		m := &nats.Msg{Subject: b.subjects[i], Data: e.Raw}
		if !seen[m.Subject] {
			seen[m.Subject] = true
			head := d.heads[e.Event.Negotiation]
			m.Header = nats.Header{jetstream.ExpectedLastSubjSeqHeader: []string{strconv.FormatUint(head, 10)}}
		}
		msgs[i] = m
	}
	if len(msgs) == 1 {
		// A batch is refused as a whole for one id that the server remembers, and
		// needs none. Ids of messages are unique in the stream, ids of events in
		// their log.
		e := b.entries[0].Event
		msgs[0].Header[jetstream.MsgIDHeader] = []string{msgs[0].Subject + "/" + e.ID.String()}
	}
	return msgs
}

// stream is where the append goes: the record, or the branches.
func (d *door) stream() string {
	for _, k := range d.books {
		return k.stream()
	}
	return RecordStream
}

// send publishes messages to a stream as a whole and returns the position of the
// last one. When all has been sent, and the server is at work, meanwhile is called,
// unless it is nil: earlier it would only take the processor from those who send and
// receive.
func (s *Store) send(ctx context.Context, stream string, msgs []*nats.Msg, meanwhile func()) (last uint64, err error) {
	if err := s.mayWrite(); err != nil {
		return 0, &notSentError{err}
	}
	size := 0
	for _, m := range msgs {
		size += len(m.Data)
	}
	if err := s.room(size); err != nil {
		return 0, err
	}
	ctx, stop := s.link.guard(ctx, msgs)
	defer stop()
	// Allow for a slow disk: one second a mebibyte.
	ctx, done := s.link.request(ctx, s.opts.answer+time.Duration(size)*time.Second/(1<<20))
	id := ""
	err = ctx.Err()
	if err == nil && len(msgs) > 1 {
		id = nuid.Next()
		err = s.stage(id, msgs)
	}
	if err != nil {
		return 0, &notSentError{done(err)}
	}
	if meanwhile != nil {
		var running sync.WaitGroup
		defer running.Wait()
		running.Go(meanwhile)
	}
	answered := s.tellIfSlow()
	reply, err := s.nc.RequestMsgWithContext(ctx, msgs[len(msgs)-1])
	answered()
	if err = done(err); err != nil {
		return 0, err
	}
	last, err = readAck(reply.Data, stream, id, len(msgs))
	if err == nil && s.mark != nil {
		s.mark.raise(stream, last)
	}
	return last, err
}

// The headers of an atomic batch.
const (
	batchIDHeader     = "Nats-Batch-Id"
	batchSeqHeader    = "Nats-Batch-Sequence"
	batchCommitHeader = "Nats-Batch-Commit"
)

// stage sends all messages of an atomic batch but the last, which commits it. The
// server answers to that one alone: a message that it did not take leaves a gap,
// for which it refuses the commit. (The publisher of orbit.go waits for an answer
// to the first message as well, without regard to the context.)
func (s *Store) stage(id string, msgs []*nats.Msg) error {
	plain := nats.Header{} // of those without one of their own: publishing copies it
	for i, m := range msgs {
		if m.Header == nil {
			m.Header = plain
		}
		m.Header[batchIDHeader] = []string{id}
		m.Header[batchSeqHeader] = []string{strconv.Itoa(i + 1)}
		if i == len(msgs)-1 {
			m.Header[batchCommitHeader] = []string{"1"}
			break
		}
		if err := s.nc.PublishMsg(m); err != nil {
			return err
		}
	}
	return nil
}

// readAck reads the answer to a message, or to the commit of a batch.
func readAck(data []byte, stream, id string, count int) (last uint64, err error) {
	var ack struct {
		Error     *apiError `json:"error,omitzero"`
		Stream    string    `json:"stream"`
		Seq       uint64    `json:"seq"`
		Duplicate bool      `json:"duplicate,omitzero"`
		Batch     string    `json:"batch,omitzero"`
		Count     int       `json:"count,omitzero"`
	}
	if err := json.Unmarshal(data, &ack); err != nil {
		return 0, fmt.Errorf("acknowledgement of the server: %w", err)
	}
	switch {
	case ack.Error != nil:
		return 0, ack.Error.api()
	case ack.Stream != stream:
		return 0, fmt.Errorf("stream %q took what was for %s; its subjects overlap", ack.Stream, stream)
	case ack.Duplicate:
		return 0, errDuplicate
	case ack.Seq == 0, ack.Batch != id, id != "" && ack.Count != count:
		return 0, fmt.Errorf("acknowledgement of the server: %s is no answer to %d messages", data, count)
	}
	return ack.Seq, nil
}
