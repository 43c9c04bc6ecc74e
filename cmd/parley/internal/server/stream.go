package server

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"parley/cmd/parley/internal/sse"
	"parley/domain/fair"
	"parley/projections"
	"parley/projections/live"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The events of a stream.
const (
	eventSnapshot = "snapshot"
	eventReset    = "reset"
	eventChange   = "change"
	eventDropped  = "dropped"
	eventGone     = "gone"
)

// begun is how a stream begins, or begins anew: all that it tells of the record, or
// what it tells of one branch.
type begun struct {
	Entities     int               `json:"entities"`        // how many follow, as it begins
	Negotiations map[string]uint64 `json:"negotiations"`    // those that are watched, with the position that each reflects
	Reason       string            `json:"reason,omitzero"` // of a reset
	Version      int               `json:"version"`         // of the projections
	hypothetical
}

// hypothetical says of what is told of a branch that it is hypothetical, and by whom; it says
// nothing of the record.
type hypothetical struct {
	Hypothetical bool                `json:"hypothetical,omitzero"`
	Branch       *projections.Branch `json:"branch,omitzero"`
}

func ofBranch(b *projections.Branch) hypothetical { return hypothetical{b != nil, b} }

// changed is an entity as a stream tells it.
type changed struct {
	live.Key
	After    string `json:"after,omitzero"`
	Position uint64 `json:"position"` // of the record
	Deleted  bool   `json:"deleted,omitzero"`
	Last     bool   `json:"last,omitzero"` // of what belongs together
	hypothetical
	Value jsontext.Value `json:"value,omitzero"`
}

// gone is why a stream ends.
type gone struct {
	Reason string `json:"reason"`
}

// dropped is a branch that is no more.
type dropped struct {
	Negotiation string `json:"negotiation"`
	Branch      string `json:"branch"`
	Reason      string `json:"reason"`
}

// tell streams until the reader goes away or is dropped, or the server ends.
func (s *Server) tell(w http.ResponseWriter, r *http.Request, want *watching, by fair.Holder) {
	place, free, err := s.streams.take(by)
	if err != nil {
		s.metrics.refused.WithLabelValues("busy").Inc()
		s.fail(w, r, err)
		return
	}
	defer free()
	t := &telling{server: s, w: w, http: r, control: http.NewResponseController(w), want: want, place: place}
	defer t.close()
	if err := t.open(r.Context()); err != nil {
		s.fail(w, r, s.noted(r.Context(), err))
		return
	}
	if err := t.begin(); err != nil || r.Method == http.MethodHead {
		return
	}
	s.metrics.streams.Inc()
	defer s.metrics.streams.Dec()
	ctx, stop := context.WithCancel(r.Context())
	defer stop()
	defer context.AfterFunc(s.ending, stop)()
	reason := t.run(ctx)
	if r.Context().Err() != nil && reason != leftSlow && reason != leftRefused && reason != leftYielded {
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
	leftDropped = "dropped" // all branches that were watched
	leftYielded = "yielded" // its place, or that of a branch, to somebody who has fewer
)

// telling is one stream that is told.
type telling struct {
	server  *Server
	w       http.ResponseWriter
	http    *http.Request
	control *http.ResponseController
	want    *watching
	place   *place
	sources []*source
	missed  []error // of branches that were dropped before
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
	t.buffer = sse.AppendRetry(t.room(), retryMin+rand.N(retryMax-retryMin))
	return t.flush()
}

// run tells what there is and what changes, and why it ended.
func (t *telling) run(ctx context.Context) (reason string) {
	for _, err := range t.missed {
		t.drop(err) // before all else
	}
	ctx, stop := context.WithCancel(ctx)
	var reading sync.WaitGroup
	defer reading.Wait()
	defer stop()
	batches := make(chan told)
	for _, src := range t.sources {
		reading.Go(func() { src.read(ctx, batches) })
	}
	beat := time.NewTimer(t.server.limits.heartbeat)
	defer beat.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return t.cutOff()
		case <-t.place.yielded():
			return t.leave(leftYielded, errYielded)
		case <-beat.C:
			t.buffer = sse.AppendComment(t.room(), "heartbeat")
			err = t.flush()
		case b := <-batches:
			if err = t.take(&b); err == nil && len(t.sources) == 0 {
				return t.leave(leftDropped, b.err)
			}
		}
		if err != nil && t.http.Context().Err() != nil && !isTimeout(err) {
			return t.cutOff()
		}
		if err != nil {
			return t.leave(reasonOf(err), shared(err))
		}
		if err := t.server.authorise(t.http, Read); err != nil {
			return t.leave(leftRefused, err)
		}
		beat.Reset(t.server.limits.heartbeat)
	}
}

// cutOff says why the request has ended before its time: what it was allowed for may
// have been revoked, and then the reader is still there.
func (t *telling) cutOff() string {
	if t.server.ending.Err() != nil {
		return t.leave(leftEnding, errEnding)
	}
	if err := t.server.authorise(t.http, Read); err != nil {
		return t.leave(leftRefused, err)
	}
	return leftReader
}

// take tells what a source has, or that it is no more. What comes in pieces is told
// whole, with nothing of another source in between.
func (t *telling) take(b *told) error {
	for b.err == nil {
		if err := t.tell(b.from, b.batch); err != nil {
			return err
		}
		if !b.batch.More {
			b.from.taken <- struct{}{}
			return nil
		}
		b.batch, b.err = b.from.sub.Next(t.http.Context())
	}
	if _, gone := errors.AsType[*live.GoneError](b.err); !gone {
		return b.err
	}
	t.sources = slices.DeleteFunc(t.sources, func(s *source) bool { return s == b.from })
	b.from.close()
	t.drop(b.err)
	return t.flush()
}

// drop tells of a branch that is no more.
func (t *telling) drop(why error) {
	e, _ := errors.AsType[*live.GoneError](why)
	data, err := json.Marshal(dropped{e.Negotiation, e.Branch, e.Error()})
	if err == nil {
		t.buffer = sse.Append(t.room(), sse.Event{Name: eventDropped, Data: data})
	}
}

func reasonOf(err error) string {
	switch {
	case isDropped(err):
		return leftSlow
	case errors.Is(err, live.ErrEnded):
		return leftStopped
	case isYielded(err):
		return leftYielded
	case isTimeout(err):
		return leftSlow
	}
	return leftReader
}

func isDropped(err error) bool {
	_, ok := errors.AsType[*live.DroppedError](err)
	return ok
}

func isYielded(err error) bool {
	_, ok := errors.AsType[*live.YieldedError](err)
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
		t.buffer = sse.AppendRetry(t.room()[:0], retryMin+rand.N(retryMax-retryMin))
		t.buffer = sse.Append(t.room(), sse.Event{Name: eventGone, Data: data})
		_ = t.flush() // it was worth trying
	}
	return reason
}

// tell tells a batch of a source. Its last event has an id: a client that is cut off
// within a batch asks for all of it again. So has its first one, if with that he forgets
// what he had.
func (t *telling) tell(from *source, b live.Batch) error {
	id := ""
	if !b.More {
		id = t.reached(from, b)
	}
	if b.Snapshot {
		e := sse.Event{Name: eventSnapshot}
		if b.Reset != "" {
			e.Name = eventReset
		}
		if e.ID = id; len(b.Changes) > 0 || b.More {
			e.ID = t.forgotten(from) // who is cut off before all has come has nothing of it
		}
		var err error
		if e.Data, err = json.Marshal(t.begun(from, b), json.Deterministic(true)); err != nil {
			return fmt.Errorf("stream: %w", err)
		}
		t.buffer = sse.Append(t.room(), e)
	}
	for i, c := range b.Changes {
		e := sse.Event{Name: eventChange}
		if i == len(b.Changes)-1 {
			e.ID = id
		}
		if err := t.change(e, &changed{c.Key, c.After, from.inRecord(c), c.Deleted, e.ID != "", ofBranch(c.Branch), c.Value}); err != nil {
			return fmt.Errorf("stream %s: %w", c.Key, err)
		}
		if len(t.buffer) >= streamPiece {
			if err := t.flush(); err != nil {
				return err
			}
			select {
			case <-from.sub.Gone(): // he took too long over it
				_, err := from.sub.Next(t.http.Context())
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

var valueFollows, valueEnds = []byte(`,"value":`), []byte("}")

// change tells of an entity. Its value is in canonical form, and may be long: it goes to
// the reader as it is, without being read and copied once more for each of them.
func (t *telling) change(e sse.Event, c *changed) (err error) {
	value := c.Value
	c.Value = nil
	if e.Data, err = json.Marshal(c); err != nil {
		return err
	}
	if value == nil {
		t.buffer = sse.Append(t.room(), e)
		return nil
	}
	e.Data = e.Data[:len(e.Data)-1] // the brace that closes it comes behind the value
	t.buffer = sse.Append(t.room(), e, valueFollows, value, valueEnds)
	return nil
}

func (t *telling) begun(from *source, b live.Batch) begun {
	out := begun{Entities: b.Entities, Negotiations: b.Positions, Reason: b.Reset, Version: live.Version, hypothetical: ofBranch(b.Branch)}
	if b.Branch != nil {
		out.Negotiations[from.watched.negotiation] = recordPart(b.Branch.Position)
	}
	return out
}

// rooms are buffers that no stream needs at present: most have nothing to tell.
var rooms = sync.Pool{New: func() any { return new([]byte) }}

// room is what is to be sent next.
func (t *telling) room() []byte {
	if t.buffer == nil {
		t.buffer = *rooms.Get().(*[]byte)
	}
	return t.buffer
}

// flush sends what is written, and gives the reader some time to take it.
func (t *telling) flush() error {
	if err := t.control.SetWriteDeadline(time.Now().Add(t.server.limits.block)); err != nil {
		return err
	}
	_, err := t.w.Write(t.room())
	if used := t.buffer[:0]; cap(used) <= 2*streamPiece {
		rooms.Put(&used)
	}
	t.buffer = nil
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
