package eventstore

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"parley/domain"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"
)

// publish records events, in batches. The next batch is encoded while the server
// writes the one before.
func (d *door) publish(ctx context.Context, events []*domain.Event) error {
	if len(events) == 0 {
		return nil
	}
	next, stop, err := d.encodeAll(ctx, events)
	if err != nil {
		return err
	}
	defer stop()
	d.heads = make(map[string]uint64, len(d.ledgers))
	for n, k := range d.books {
		d.heads[n] = k.head()
	}
	left := len(events)
	var settle func() // takes the batch before into the ledgers
	for left > 0 && err == nil {
		var b batch
		if b, err = next(); err != nil {
			break
		}
		if d.expect.kind == expectHead && len(b.entries) < len(events) {
			err = &ExpectError{fmt.Sprintf("%s is kept by one batch of at most %d bytes, and this is more", d.expect, MaxBatchBytes)}
			break
		}
		err = d.commit(ctx, b, settle)
		settle = nil
		if err == nil {
			left -= len(b.entries)
			settle = func() { d.apply(b) }
		}
	}
	if settle != nil {
		settle()
	}
	return err
}

// commit publishes a batch, with each log expected to be where this call has
// brought it. While the server writes, meanwhile is called.
func (d *door) commit(ctx context.Context, b batch, meanwhile func()) error {
	type answer struct {
		last uint64
		err  error
	}
	answers := make(chan answer, 1)
	msgs := d.messages(b)
	send := func() {
		last, err := d.store.send(ctx, d.stream(), msgs)
		answers <- answer{last, err}
	}
	if meanwhile == nil {
		send()
	} else {
		go send()
		meanwhile()
	}
	a := <-answers
	if a.err != nil {
		if mayHaveLanded(a.err) {
			for _, e := range b.entries {
				d.doubt[e.Event.ID] = append(d.doubt[e.Event.ID], e.Raw)
			}
		}
		return a.err
	}
	if d.store.mark != nil && d.stream() == RecordStream {
		d.store.mark.raise(a.last)
	}
	first := a.last - uint64(len(b.entries)) + 1
	for i := range b.entries {
		e := &b.entries[i]
		e.Position = first + uint64(i)
		d.heads[e.Event.Negotiation] = e.Position
	}
	return nil
}

// apply takes a batch that was acknowledged into the ledgers and the receipt.
func (d *door) apply(b batch) {
	for _, e := range b.entries {
		d.books[e.Event.Negotiation].apply(e)
		d.took(e)
	}
	d.left -= len(b.entries)
	if d.opt.Progress != nil {
		d.opt.Progress(len(d.receipt.Appended), d.total)
	}
}

// messages makes the messages of a batch. The expectation stands on the first
// message of each subject: the server checks it against the log before the batch.
func (d *door) messages(b batch) []*nats.Msg {
	msgs := make([]*nats.Msg, len(b.entries))
	seen := make(map[string]bool, 1)
	for i, e := range b.entries {
		m := &nats.Msg{Subject: b.subjects[i], Data: e.Raw, Header: nats.Header{}}
		if !seen[m.Subject] {
			seen[m.Subject] = true
			head := d.heads[e.Event.Negotiation]
			m.Header[jetstream.ExpectedLastSubjSeqHeader] = []string{strconv.FormatUint(head, 10)}
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
// last one.
func (s *Store) send(ctx context.Context, stream string, msgs []*nats.Msg) (last uint64, err error) {
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
	reply, err := s.nc.RequestMsgWithContext(ctx, msgs[len(msgs)-1])
	if err = done(err); err != nil {
		return 0, err
	}
	return readAck(reply.Data, stream, id, len(msgs))
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
	for i, m := range msgs {
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
