package eventstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// outcome is what an error says about a request, and so what to do next.
type outcome int

const (
	refused   outcome = iota // it will not do, now or later
	overrun                  // somebody else was faster: look, decide, try again
	unsettled                // it may have been done: look, then try again
	notNow                   // it was not done, but later it may be: try again
)

// errDuplicate is an acknowledgement of a message that the server already had.
var errDuplicate = errors.New("the server has a message with this id already")

// notSentError is an error before the message that would have done it was sent.
type notSentError struct{ error }

func (e *notSentError) Unwrap() error { return e.error }

// behindError is a log that ends before what this process has seen of it. On a
// cluster a leader that was replaced may say so for a moment; else it is damage.
type behindError struct{ *DamageError }

// Unwrap is the damage, if it stays so.
func (e *behindError) Unwrap() error { return e.DamageError }

// Error codes of JetStream that the client library does not name.
const (
	codeWrongLastInFlight   = 10164 // wrong last sequence, while another write is in flight
	codeBatchIncomplete     = 10176
	codeBatchTooMany        = 10210
	codeBatchDuplicate      = 10201
	codeDuplicateInFlight   = 10158 // the same message was sent before and is being replicated
	codeTooManyRequests     = 10167
	codeClusterUnavailable  = 10008
	codeClusterNotLeader    = 10009
	codeStreamOffline       = 10118
	codeInsufficient        = 10023
	codeStorageExceeded     = 10047
	codeMemoryExceeded      = 10028
	codeAccountExceeded     = 10002
	codeStoreFailed         = 10077
	codeStoreNotMade        = 10049 // of a stream that was to be made
	codeJetStreamNotEnabled = 10076
)

// judge reads an error by its type and code, never by its text.
func judge(err error) outcome {
	if api, ok := errors.AsType[*jetstream.APIError](err); ok {
		return judgeAPI(api)
	}
	if _, ok := errors.AsType[*behindError](err); ok {
		return notNow
	}
	if _, ok := errors.AsType[*PermissionError](err); ok {
		return refused
	}
	if e, ok := errors.AsType[*notSentError](err); ok {
		if o := judge(e.error); o != unsettled {
			return o
		}
		return notNow
	}
	switch {
	case errors.Is(err, errDuplicate):
		return unsettled
	case errors.Is(err, ErrClosed), errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, context.Canceled):
		return refused // the store or the caller ended
	case errors.Is(err, nats.ErrNoResponders), errors.Is(err, jetstream.ErrNoStreamResponse),
		errors.Is(err, nats.ErrReconnectBufExceeded), errors.Is(err, nats.ErrConnectionReconnecting):
		return notNow
	case errors.Is(err, nats.ErrTimeout), errors.Is(err, context.DeadlineExceeded),
		errors.Is(err, nats.ErrDisconnected), errors.Is(err, nats.ErrStaleConnection),
		errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed), errors.Is(err, io.ErrClosedPipe):
		return unsettled
	}
	if e, ok := errors.AsType[net.Error](err); ok {
		// A bare errno passes for one, but is of a file: what the network says has
		// more around it.
		if _, ofFile := e.(syscall.Errno); !ofFile {
			return unsettled
		}
	}
	return refused
}

func judgeAPI(e *jetstream.APIError) outcome {
	switch e.ErrorCode {
	case jetstream.JSErrCodeStreamWrongLastSequence, codeWrongLastInFlight:
		return overrun
	case codeBatchDuplicate, codeDuplicateInFlight:
		return unsettled
	case codeBatchIncomplete, codeBatchTooMany, codeTooManyRequests,
		codeClusterUnavailable, codeClusterNotLeader, codeStreamOffline:
		return notNow
	default:
		return refused
	}
}

// mayHaveLanded tells whether the server may have done what it did not confirm.
func mayHaveLanded(err error) bool {
	if _, ok := errors.AsType[*notSentError](err); ok || errors.Is(err, nats.ErrReconnectBufExceeded) {
		return false
	}
	return judge(err) == unsettled || errors.Is(err, context.Canceled) ||
		errors.Is(err, ErrClosed) || errors.Is(err, nats.ErrConnectionClosed)
}

// isStorage tells whether the server refused because it cannot store.
func isStorage(err error) bool {
	api, ok := errors.AsType[*jetstream.APIError](err)
	if !ok {
		return false
	}
	switch api.ErrorCode {
	case codeInsufficient, codeStorageExceeded, codeMemoryExceeded, codeAccountExceeded, codeStoreFailed, codeStoreNotMade:
		return true
	default:
		return false
	}
}

// explain puts an error of the server into our own terms.
func (s *Store) explain(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrClosed), errors.Is(err, nats.ErrConnectionClosed), s.link.life.Err() != nil:
		return ErrClosed
	case ctx.Err() != nil:
		return ctx.Err() // the caller's own limit, whatever else happened
	case isStorage(err):
		return &StorageError{err}
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return &UnreachableError{s.where, err}
	}
	if b, ok := errors.AsType[*behindError](err); ok {
		return b.DamageError
	}
	if _, ok := errors.AsType[*UnreachableError](err); ok {
		return err
	}
	if _, ok := errors.AsType[*StorageError](err); ok {
		return err
	}
	if o := judge(err); o == notNow || o == unsettled {
		if s.through != nil && !s.nc.IsConnected() {
			err = fmt.Errorf("whoever served the folder has ended, and nobody has served it since: %w", err)
		}
		return &UnreachableError{s.where, err}
	}
	return err
}
