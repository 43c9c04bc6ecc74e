package eventstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"parley/domain"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"
)

const (
	singlesFirst = 8        // messages read one by one before a consumer is made
	pullMessages = 10_000   // asked for at a time
	pullBytes    = 16 << 20 // and no more than this
	pullExpiry   = 10 * time.Second
	pullBeat     = time.Second      // two missed beats: the consumer is gone, or never heard of us
	consumerIdle = time.Minute      // after which the server forgets a consumer of a dead process
	stallTimeout = 10 * time.Second // within which the next message must come, if there is one
	retryMax     = time.Second
)

// scan shows the entries of one literal subject in a range of positions, in
// order. Both ends are known to lie in the log; to is an entry of the subject. A
// few messages are asked for one by one, for a consumer is work for the whole
// server; many come through a consumer, which is several times faster.
func (s *Store) scan(ctx context.Context, stream, subject string, from, to uint64, yield func(domain.Entry) bool) error {
	for range singlesFirst {
		m, err := s.ask(ctx, stream, messageRequest{Seq: from, NextFor: subject})
		if err != nil {
			return err
		}
		if m == nil || m.position > to {
			return s.unreadable(stream, subject, from, to)
		}
		if !yield(entryOf(*m)) || m.position == to {
			return nil
		}
		from = m.position + 1
	}
	return s.entries(ctx, pullRequest{stream: stream, filter: subject, from: from, to: to},
		func(_ stored, e domain.Entry) bool { return yield(e) })
}

func (s *Store) unreadable(stream, subject string, from, to uint64) error {
	return &DamageError{
		Stream: stream, Where: s.where, Lost: []Range{{from, to}},
		Detail: "what " + subject + " has there cannot be read",
	}
}

// pullRequest says which messages to pull: those that match the filter, from one
// position to another, or for ever if to is 0.
type pullRequest struct {
	stream, filter string
	from, to       uint64
}

// pull shows messages in order, each once, until yield says no, the range ends or
// ctx ends. A consumer may end with its server or lose what was under way; then
// another takes over behind the last message shown. The client library's ordered
// consumer does the same, but cannot be ended while it waits for a server.
func (s *Store) pull(ctx context.Context, r pullRequest, yield func(stored) bool) error {
	silent := time.Now()
	wait := 10 * time.Millisecond
	for {
		next, done, err := s.pullOnce(ctx, r, yield)
		if done {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if next > r.from {
			r.from, silent, wait = next, time.Now(), 10*time.Millisecond
		}
		if s.link.life.Err() != nil {
			return ErrClosed
		}
		bounded := r.to > 0
		switch {
		case errors.Is(err, errStalled) && bounded:
			if err := s.checkStall(ctx, r); err != nil {
				return err
			}
		case bounded && time.Since(silent) > s.opts.Patience:
			return err
		case judge(err) == refused && !errors.Is(err, errPullAgain):
			return err
		}
		s.log.Debug("pull again", slog.String("subject", r.filter), slog.Uint64("from", r.from), slog.Any("why", err))
		if err := pause(ctx, wait+rand.N(wait)); err != nil {
			return err
		}
		wait = min(2*wait, retryMax)
	}
}

var (
	// errPullAgain is an end of a consumer after which another may take over.
	errPullAgain = errors.New("the consumer ended")
	// errStalled says that no message came, though more were expected.
	errStalled = errors.New("no message came")
)

// checkStall tells a slow server from messages that are no longer there.
func (s *Store) checkStall(ctx context.Context, r pullRequest) error {
	m, err := s.ask(ctx, r.stream, messageRequest{Seq: r.from, NextFor: r.filter})
	if err == nil && (m == nil || m.position > r.to) {
		return s.unreadable(r.stream, r.filter, r.from, r.to)
	}
	return nil
}

// pullOnce pulls through one consumer. next is the position to go on from.
func (s *Store) pullOnce(ctx context.Context, r pullRequest, yield func(stored) bool) (next uint64, done bool, err error) {
	next = r.from
	making, made := s.link.request(ctx, requestTimeout)
	consumer, err := s.js.CreateConsumer(making, r.stream, jetstream.ConsumerConfig{
		Name:              "parley-" + nuid.Next(),
		FilterSubject:     r.filter,
		DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:       r.from,
		AckPolicy:         jetstream.AckNonePolicy,
		InactiveThreshold: consumerIdle,
		MemoryStorage:     true,
		Replicas:          1,
	})
	if err = made(err); err != nil {
		return next, false, err
	}
	defer s.dropConsumer(ctx, r.stream, consumer.CachedInfo().Name)
	messages, err := consumer.Messages(
		jetstream.PullMaxMessagesWithBytesLimit(pullMessages, pullBytes), jetstream.PullExpiry(pullExpiry),
		jetstream.PullHeartbeat(pullBeat), jetstream.WithMessagesErrOnMissingHeartbeat(true))
	if err != nil {
		return next, false, err
	}
	defer messages.Stop()

	waiting, stop := s.link.bind(ctx)
	defer stop(nil)
	stall := time.AfterFunc(stallTimeout, func() { stop(errStalled) })
	defer stall.Stop()
	for delivered := uint64(1); ; delivered++ {
		if r.to > 0 {
			stall.Reset(stallTimeout)
		} else {
			stall.Stop()
		}
		msg, err := messages.Next(jetstream.NextContext(waiting))
		stall.Stop()
		if err != nil {
			if cause := context.Cause(waiting); cause != nil {
				err = cause
			}
			if errors.Is(err, errStalled) {
				return next, false, err
			}
			return next, false, fmt.Errorf("%w: %w", errPullAgain, err)
		}
		meta, err := msg.Metadata()
		if err != nil {
			return next, false, fmt.Errorf("%w: %w", errPullAgain, err)
		}
		if meta.Sequence.Consumer != delivered {
			return next, false, fmt.Errorf("%w: message %d of it was lost on the way", errPullAgain, delivered)
		}
		at := meta.Sequence.Stream
		if r.to > 0 && at > r.to {
			return next, false, s.unreadable(r.stream, r.filter, next, r.to)
		}
		if !yield(stored{msg.Subject(), at, msg.Data()}) || at == r.to {
			return at + 1, true, nil
		}
		next = at + 1
	}
}

// dropConsumer takes the consumer off the server, if it can be reached.
func (s *Store) dropConsumer(ctx context.Context, stream, name string) {
	if !s.nc.IsConnected() {
		return
	}
	ctx, done := s.link.request(context.WithoutCancel(ctx), time.Second)
	_ = done(s.js.DeleteConsumer(ctx, stream, name)) // or it ends by itself after consumerIdle
}
