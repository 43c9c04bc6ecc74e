package eventstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"parley/domain"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"
)

const (
	singlesFirst = 8           // messages read one by one before a consumer is made
	consumerIdle = time.Minute // after which the server forgets a consumer of a dead process
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
// consumer does the same, but cannot be ended while it waits for a server. It
// calls idle when no more messages are to be expected at once.
func (s *Store) pull(ctx context.Context, r pullRequest, yield func(stored) bool, idle func()) error {
	if s.files != nil {
		return s.files.pull(ctx, r, yield, idle)
	}
	silent := time.Now()
	wait := 10 * time.Millisecond
	for {
		next, done, err := s.pullOnce(ctx, r, yield, idle)
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
func (s *Store) pullOnce(ctx context.Context, r pullRequest, yield func(stored) bool, idle func()) (next uint64, done bool, err error) {
	next = r.from
	name, err := s.makeConsumer(ctx, r)
	if err != nil {
		return next, false, err
	}
	defer s.dropConsumer(ctx, r.stream, name)
	delivered := uint64(0)
	take := func(m *nats.Msg) (bool, error) {
		n, err := numbersOf(m.Reply)
		delivered++
		switch {
		case err != nil:
			return false, fmt.Errorf("%w: %w", errPullAgain, err)
		case n.count != delivered:
			return false, fmt.Errorf("%w: message %d of it was lost on the way", errPullAgain, delivered)
		case r.to > 0 && n.position > r.to:
			return false, s.unreadable(r.stream, r.filter, next, r.to)
		}
		next = n.position + 1
		done = !yield(stored{m.Subject, n.position, m.Data}) || n.position == r.to
		if n.left == 0 {
			idle()
		}
		return done, nil
	}
	size := uint64(feedMessages)
	if r.to > 0 {
		size = min(size, r.to-r.from+1)
	}
	waiting, stop := s.link.bind(ctx)
	defer stop(nil)
	f, err := s.openFeed(r.stream, name, int(size), take, idle)
	if err != nil {
		return next, false, err
	}
	err = f.wait(waiting, r.to > 0)
	f.close()
	return next, done, err
}

// makeConsumer makes a consumer of what a pull is to show.
func (s *Store) makeConsumer(ctx context.Context, r pullRequest) (name string, err error) {
	name = "parley-" + nuid.Next()
	ctx, made := s.link.request(ctx, requestTimeout)
	_, err = s.js.CreateConsumer(ctx, r.stream, jetstream.ConsumerConfig{
		Name:              name,
		FilterSubject:     r.filter,
		DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:       r.from,
		AckPolicy:         jetstream.AckNonePolicy,
		InactiveThreshold: consumerIdle,
		MemoryStorage:     true,
		Replicas:          1,
	})
	return name, made(err)
}

// dropConsumer takes the consumer off the server, if it can be reached.
func (s *Store) dropConsumer(ctx context.Context, stream, name string) {
	if !s.nc.IsConnected() {
		return
	}
	ctx, done := s.link.request(context.WithoutCancel(ctx), time.Second)
	_ = done(s.js.DeleteConsumer(ctx, stream, name)) // or it ends by itself after consumerIdle
}
