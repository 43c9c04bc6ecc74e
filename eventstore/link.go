package eventstore

import (
	"context"
	"errors"
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
}

func newLink() *link {
	l := &link{}
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
		return err
	}
}
