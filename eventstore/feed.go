package eventstore

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	feedMessages = 5000                   // asked for at a time; two requests are under way
	feedBytes    = 8 << 20                // and no more than this
	feedExpiry   = 10 * time.Second       // after which the server ends a request
	feedBeat     = time.Second            // two missed beats: the consumer is gone, or never heard of us
	feedWatch    = 100 * time.Millisecond // how often it is looked after
	stallTimeout = 10 * time.Second       // within which the next message must come, if there is one
)

// feed is one consumer and the requests to it that are under way. It does what
// the iterators of the client library do, without their timers, locks and
// hand-overs for each message, which cost more than all else on this side.
type feed struct {
	nc      *nats.Conn
	subject string // of requests
	request []byte
	size    int // of a request, in messages
	answers *nats.Subscription
	take    func(*nats.Msg) (done bool, err error)
	idle    func()

	mu     sync.Mutex // held while a message is taken
	coming int        // messages asked for that have not come yet
	heard  bool       // anything, since it was last looked after
	came   bool       // a message, likewise
	over   bool
	err    error         // why it is over; nil where take said that it is done
	ended  chan struct{} // closed when it is over
}

// openFeed pulls from a consumer, at most so many messages at a time. Each message
// is given to take, one after the other, until it says that it is done.
func (s *Store) openFeed(stream, consumer string, size int, take func(*nats.Msg) (done bool, err error), idle func()) (*feed, error) {
	f := &feed{
		nc: s.nc, subject: s.apiSubject("CONSUMER.MSG.NEXT." + stream + "." + consumer), size: size, take: take, idle: idle,
		request: fmt.Appendf(nil, `{"batch":%d,"max_bytes":%d,"expires":%d,"idle_heartbeat":%d}`, size, feedBytes, feedExpiry, feedBeat),
		ended:   make(chan struct{}),
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var err error
	if f.answers, err = s.nc.Subscribe(s.nc.NewInbox(), f.hear); err != nil {
		return nil, fmt.Errorf("%w: %w", errPullAgain, err)
	}
	// What is under way is limited by the requests.
	if err = f.answers.SetPendingLimits(-1, -1); err == nil {
		err = f.ask()
	}
	if err != nil {
		_ = f.answers.Unsubscribe()
		return nil, err
	}
	return f, nil
}

// ask keeps two requests under way.
func (f *feed) ask() error {
	for f.coming <= f.size {
		if err := f.nc.PublishRequest(f.subject, f.answers.Subject, f.request); err != nil {
			return fmt.Errorf("%w: %w", errPullAgain, err)
		}
		f.coming += f.size
	}
	return nil
}

// hear takes a message, or word of a request.
func (f *feed) hear(m *nats.Msg) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.over {
		return
	}
	f.heard = true
	var done bool
	if m.Reply == "" { // else it is a message, which could be acknowledged
		f.err = f.word(m)
	} else {
		f.came = true
		f.coming--
		done, f.err = f.take(m)
	}
	if f.err == nil && !done {
		f.err = f.ask()
	}
	if f.err != nil || done {
		f.over = true
		close(f.ended)
	}
}

// word takes note of what the server says of a request. One that has ended alone
// says how much of it is left; what does not ends them all.
func (f *feed) word(m *nats.Msg) error {
	status := m.Header.Get("Status")
	if status == "100" {
		return nil // a beat
	}
	left, err := strconv.Atoi(m.Header.Get("Nats-Pending-Messages"))
	if err != nil {
		return fmt.Errorf("%w: the server says %s %s", errPullAgain, status, m.Header.Get("Description"))
	}
	f.coming -= left
	return nil
}

// wait returns when the feed is over or ctx ends, or the server has fallen silent.
// Where a next message is expected, its absence is an errStalled.
func (f *feed) wait(ctx context.Context, expected bool) error {
	watch := time.NewTicker(feedWatch)
	defer watch.Stop()
	silent, stalled := time.Duration(0), time.Duration(0)
	for {
		select {
		case <-f.ended:
			return f.err
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", errPullAgain, context.Cause(ctx))
		case <-watch.C:
		}
		heard, came := f.watch()
		silent, stalled = silent+feedWatch, stalled+feedWatch
		if heard {
			silent = 0
		}
		if came {
			stalled = 0
		}
		switch {
		case expected && stalled >= stallTimeout:
			return errStalled
		case silent > 2*feedBeat:
			return fmt.Errorf("%w: the server has fallen silent", errPullAgain)
		}
	}
}

// watch tells whether anything was heard since the last time, and whether a
// message came. While one is being taken, or others wait for that, both is so.
// What has come and is held back for more is not held back any longer.
func (f *feed) watch() (heard, came bool) {
	if !f.mu.TryLock() {
		return true, true
	}
	defer f.mu.Unlock()
	if waiting, _, err := f.answers.Pending(); f.over || err == nil && waiting > 0 {
		return true, true
	}
	heard, came = f.heard, f.came
	f.heard, f.came = false, false
	if !came {
		f.idle()
	}
	return heard, came
}

// close ends the feed. Nothing is taken any more when it returns.
func (f *feed) close() {
	_ = f.answers.Unsubscribe() // fails where the connection is closed, and all is over
	f.mu.Lock()
	defer f.mu.Unlock()
	f.over = true
}

// numbers are what the subject of an acknowledgement tells of a message.
type numbers struct {
	position uint64 // in the stream
	count    uint64 // among those that the consumer has delivered
	left     uint64 // to be delivered, as it stood then
}

// numbersOf reads the subject of an acknowledgement, of either form:
//
//	$JS.ACK.STREAM.CONSUMER.deliveries.position.count.time.left
//	$JS.ACK.DOMAIN.ACCOUNT.STREAM.CONSUMER.deliveries.position.count.time.left
//
// The second may have more behind it.
func numbersOf(ack string) (n numbers, err error) {
	rest, ok := strings.CutPrefix(ack, "$JS.ACK.")
	skip := 3
	if strings.Count(ack, ".") > 8 {
		skip = 5
	}
	for range skip {
		_, rest, _ = strings.Cut(rest, ".")
	}
	for _, to := range []*uint64{&n.position, &n.count, nil, &n.left} {
		var token string
		token, rest, _ = strings.Cut(rest, ".")
		if to != nil && ok {
			*to, err = strconv.ParseUint(token, 10, 64)
			ok = err == nil
		}
	}
	if !ok {
		return n, fmt.Errorf("%q is no subject of an acknowledgement", ack)
	}
	return n, nil
}
