package server

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"time"

	"parley/cmd/parley/internal/sse"
	"parley/projections/live"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The events of a stream.
const (
	eventSnapshot = "snapshot"
	eventReset    = "reset"
	eventChange   = "change"
	eventGone     = "gone"
)

// begun is how a stream begins, or begins anew.
type begun struct {
	Entities     int               `json:"entities"`        // how many follow
	Negotiations map[string]uint64 `json:"negotiations"`    // those that are watched, with the position that each reflects
	Reason       string            `json:"reason,omitzero"` // of a reset
	Version      int               `json:"version"`         // of the projections
}

// changed is an entity as a stream tells it.
type changed struct {
	live.Key
	After    string         `json:"after,omitzero"`
	Position uint64         `json:"position"`
	Deleted  bool           `json:"deleted,omitzero"`
	Last     bool           `json:"last,omitzero"` // of what belongs together
	Value    jsontext.Value `json:"value,omitzero"`
}

// gone is why a stream ends.
type gone struct {
	Reason string `json:"reason"`
}

// tell streams until the reader goes away or is dropped, or the server ends.
func (s *Server) tell(w http.ResponseWriter, r *http.Request, want live.Request) {
	free, err := s.seated(s.streams)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	defer free()
	t := &telling{server: s, w: w, http: r, control: http.NewResponseController(w), want: want}
	if err := t.begin(); err != nil || r.Method == http.MethodHead {
		return
	}
	s.metrics.streams.Inc()
	defer s.metrics.streams.Dec()
	ctx, stop := context.WithCancel(r.Context())
	defer stop()
	defer context.AfterFunc(s.ending, stop)()
	reason := t.run(ctx)
	if r.Context().Err() != nil && reason != leftSlow {
		reason = leftReader // the connection is closed: nobody hears of anything
	}
	s.metrics.streamsEnded.WithLabelValues(reason).Inc()
}

// Why streams end.
const (
	leftReader  = "reader" // went away
	leftSlow    = "slow"   // did not read
	leftEnding  = "ending"
	leftRefused = "access" // is not allowed any more
	leftStopped = "stopped"
)

// telling is one stream that is told.
type telling struct {
	server  *Server
	w       http.ResponseWriter
	http    *http.Request
	control *http.ResponseController
	want    live.Request
	sub     *live.Subscription
	buffer  []byte
}

// begin sends the head of the answer. A stream is read for as long as it lasts, and
// little is held for it: what a reader does not take waits in the hub.
func (t *telling) begin() error {
	if c, ok := t.http.Context().Value(connectionKey{}).(net.Conn); ok {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetWriteBuffer(streamBytes) // a hint
		}
	}
	if err := t.control.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	h := t.w.Header()
	h.Set("Content-Type", typeStream)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // of proxies
	t.w.WriteHeader(http.StatusOK)
	t.buffer = sse.AppendRetry(t.buffer, retryMin+rand.N(retryMax-retryMin))
	return t.flush()
}

// run tells what there is and what changes, and why it ended.
func (t *telling) run(ctx context.Context) (reason string) {
	t.sub = t.server.live.Hub().Subscribe(t.want)
	defer t.sub.Close()
	for {
		waiting, cancel := context.WithTimeout(ctx, t.server.limits.heartbeat)
		batch, err := t.sub.Next(waiting)
		cancel()
		switch {
		case t.server.ending.Err() != nil:
			return t.leave(leftEnding, errEnding)
		case ctx.Err() != nil:
			return leftReader
		case errors.Is(err, context.DeadlineExceeded):
			t.buffer = sse.AppendComment(t.buffer, "heartbeat")
			err = t.flush()
		case err == nil:
			err = t.tell(batch)
		}
		if err != nil {
			return t.leave(reasonOf(err), err)
		}
		if err := t.server.authorise(t.http, Read); err != nil {
			return t.leave(leftRefused, err)
		}
	}
}

func reasonOf(err error) string {
	switch {
	case isDropped(err):
		return leftSlow
	case errors.Is(err, live.ErrEnded):
		return leftStopped
	case isTimeout(err):
		return leftSlow
	}
	return leftReader
}

func isDropped(err error) bool {
	_, ok := errors.AsType[*live.DroppedError](err)
	return ok
}

func isTimeout(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}

// leave says why the stream ends, to a reader who may not read.
func (t *telling) leave(reason string, why error) string {
	data, err := json.Marshal(gone{failureOf(why).Detail})
	if err == nil {
		t.buffer = sse.AppendRetry(t.buffer[:0], retryMin+rand.N(retryMax-retryMin))
		t.buffer = sse.Append(t.buffer, sse.Event{Name: eventGone, Data: data})
		_ = t.flush() // it was worth trying
	}
	return reason
}

// tell tells a batch. Only the last event of it has an id: a client that is cut off
// within a batch asks for all of it again.
func (t *telling) tell(b live.Batch) error {
	id := strconv.FormatUint(b.Cursor, 10)
	if b.Snapshot {
		e := sse.Event{Name: eventSnapshot}
		if b.Reset != "" {
			e.Name = eventReset
		}
		if len(b.Changes) == 0 {
			e.ID = id
		}
		var err error
		if e.Data, err = json.Marshal(t.begun(b), json.Deterministic(true)); err != nil {
			return fmt.Errorf("stream: %w", err)
		}
		t.buffer = sse.Append(t.buffer, e)
	}
	for i, c := range b.Changes {
		e := sse.Event{Name: eventChange}
		if i == len(b.Changes)-1 {
			e.ID = id
		}
		var err error
		if e.Data, err = json.Marshal(changed{c.Key, c.After, c.Position, c.Deleted, e.ID != "", c.Value}); err != nil {
			return fmt.Errorf("stream %s: %w", c.Key, err)
		}
		t.buffer = sse.Append(t.buffer, e)
		if len(t.buffer) >= streamBytes {
			if err := t.flush(); err != nil {
				return err
			}
			select {
			case <-t.sub.Gone(): // he took too long over it
				_, err := t.sub.Next(t.http.Context())
				return err
			case <-t.server.ending.Done():
				return errEnding
			default:
			}
		}
	}
	t.server.metrics.streamed.Add(float64(len(b.Changes)))
	return t.flush()
}

func (t *telling) begun(b live.Batch) begun {
	out := begun{Entities: len(b.Changes), Negotiations: map[string]uint64{}, Reason: b.Reset, Version: live.Version}
	for _, n := range t.server.live.Hub().Summaries() {
		if t.want.Admits(n.Negotiation) {
			out.Negotiations[n.Negotiation] = n.Position
		}
	}
	return out
}

// flush sends what is written, and gives the reader some time to take it.
func (t *telling) flush() error {
	if err := t.control.SetWriteDeadline(time.Now().Add(t.server.limits.block)); err != nil {
		return err
	}
	_, err := t.w.Write(t.buffer)
	t.buffer = t.buffer[:0]
	if cap(t.buffer) > 2*streamBytes {
		t.buffer = nil
	}
	if err != nil {
		return err
	}
	return t.control.Flush()
}

// connectionKey is where the context of a request has its connection.
type connectionKey struct{}

func withConnection(ctx context.Context, c net.Conn) context.Context {
	if seated, ok := c.(*seatedConn); ok {
		c = seated.Conn
	}
	return context.WithValue(ctx, connectionKey{}, c)
}
