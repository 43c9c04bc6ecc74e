package live

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Dial makes a connection that may write to the buckets, with its JetStream.
type Dial func(context.Context) (*nats.Conn, jetstream.JetStream, error)

// wire is the connection that a publisher has at present. A client goes on by itself
// after a loss, but not after every one: a server that is sent a line which is too long,
// or that refuses the credentials twice, ends the connection for good.
type wire struct {
	again Dial // nil: there is no other one
	log   *slog.Logger

	dialling sync.Mutex // held while another one is made
	mu       sync.Mutex
	nc       *nats.Conn
	js       jetstream.JetStream
	own      bool // it was made here
}

// now is the connection and its JetStream.
func (w *wire) now() (*nats.Conn, jetstream.JetStream) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.nc, w.js
}

// errClosed says that the connection is closed, and that there is no other one.
var errClosed = fmt.Errorf("what publishes has no other connection: %w", nats.ErrConnectionClosed)

// connected waits for the connection: what is asked without one only runs out of time.
// In place of one that is closed it makes another, or tells why it cannot.
func (w *wire) connected(ctx context.Context) error {
	for ctx.Err() == nil {
		nc, _ := w.now()
		switch {
		case nc.IsConnected():
			return nil
		case nc.IsClosed():
			if err := w.replace(ctx, nc); err != nil {
				return err
			}
		default:
			if err := pause(ctx, retryFirst); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// replace makes another connection in place of one that is closed, unless that has been
// done.
func (w *wire) replace(ctx context.Context, closed *nats.Conn) error {
	w.dialling.Lock()
	defer w.dialling.Unlock()
	if nc, _ := w.now(); nc != closed {
		return nil
	}
	if w.again == nil {
		return errClosed
	}
	nc, js, err := w.again(ctx)
	if err != nil {
		return fmt.Errorf("the connection that publishes was ended: %w; another cannot be made: %w", cmp.Or(closed.LastError(), nats.ErrConnectionClosed), err)
	}
	w.log.Warn("the connection that publishes was ended, and another is made", slog.Any("why", closed.LastError()))
	w.mu.Lock()
	defer w.mu.Unlock()
	w.nc, w.js, w.own = nc, js, true
	return nil
}

// close closes the connection if it was made here.
func (w *wire) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.own {
		w.nc.Close()
	}
}
