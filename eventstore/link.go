package eventstore

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// link is the state of the connection, for requests that are under way when it is
// lost: no answer to them will come, so they need not wait for one.
type link struct {
	mu   sync.Mutex
	life context.Context // ends with the store
	end  context.CancelCauseFunc
	up   context.Context // ends when the connection is lost, or with the store
	lost context.CancelCauseFunc

	writes map[*write]bool // under way
}

// write is a request that a server may refuse by its permissions. It does not
// answer such a request: it says so of the subject, to the connection.
type write struct {
	msgs []*nats.Msg
	deny context.CancelCauseFunc
}

func newLink() *link {
	l := &link{writes: map[*write]bool{}}
	l.life, l.end = context.WithCancelCause(context.Background())
	l.back()
	return l
}

// back says that there is a connection.
func (l *link) back() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost != nil {
		l.lost(nats.ErrDisconnected)
	}
	l.up, l.lost = context.WithCancelCause(l.life)
}

// down says that the connection is lost.
func (l *link) down() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lost(nats.ErrDisconnected)
}

// close ends everything that is under way.
func (l *link) close() { l.end(ErrClosed) }

// bind makes a context that also ends when the connection is lost or the store is
// closed, with that as its cause.
func (l *link) bind(ctx context.Context) (context.Context, context.CancelCauseFunc) {
	l.mu.Lock()
	up := l.up
	l.mu.Unlock()
	ctx, cancel := context.WithCancelCause(ctx)
	if up.Err() != nil {
		cancel(context.Cause(up)) // at once, so that the caller can tell
	}
	stop := context.AfterFunc(up, func() { cancel(context.Cause(up)) })
	return ctx, func(cause error) {
		stop()
		cancel(cause)
	}
}

// guard makes a context that also ends when the server refuses one of the messages
// by its permissions, with that as its cause.
func (l *link) guard(ctx context.Context, msgs []*nats.Msg) (_ context.Context, stop func()) {
	ctx, deny := context.WithCancelCause(ctx)
	w := &write{msgs, deny}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writes[w] = true
	return ctx, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.writes, w)
		deny(nil)
	}
}

// denied ends the writes that a refusal speaks of. Only its text names the subject.
func (l *link) denied(where, user string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for w := range l.writes {
		for _, m := range w.msgs {
			if strings.Contains(err.Error(), strconv.Quote(m.Subject)) {
				w.deny(&PermissionError{where, user, err})
				break
			}
		}
	}
}

// request makes the context of one request. done must be given its error, and
// says why it really ended.
func (l *link) request(ctx context.Context, timeout time.Duration) (_ context.Context, done func(error) error) {
	bound, unbind := l.bind(ctx)
	limited, cancel := context.WithTimeout(bound, timeout)
	return limited, func(err error) error {
		cause := context.Cause(bound)
		cancel()
		unbind(nil)
		switch {
		case err == nil, errors.Is(err, nats.ErrReconnectBufExceeded): // the latter was not sent
			return err
		case l.life.Err() != nil:
			return ErrClosed
		case errors.Is(cause, nats.ErrDisconnected):
			return cause
		}
		if _, ok := errors.AsType[*PermissionError](cause); ok {
			return cause
		}
		return err
	}
}
