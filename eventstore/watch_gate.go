package eventstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"parley/domain/fair"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"
)

// gate stands between dashboards and the JetStream that has their copies. What they ask
// it for is a watch, and the server would let one of them have all that there are, as
// large as he likes: it has no limits for a user, and its permissions see the subject of
// a request only. So requests for watches are mapped to the gate, which is told who
// asks, looks at what he asks for, and asks in his place. Clients see no difference.
type gate struct {
	asking *nats.Conn // in the account of the dashboards
	js     jetstream.JetStream
	log    *slog.Logger
	now    func() time.Time
	life   context.Context
	out    chan refusal // what take refuses
	work   sync.WaitGroup

	mu       sync.Mutex
	most     int
	patience time.Duration          // of whoever asks
	watches  map[string]*watches    // by stream
	queues   map[string]*watchQueue // by user
}

// keepGate keeps the gate of the server open until the store is closed.
func (s *Store) keepGate(owner string) error {
	asked, err := s.inProcess(ownerUser, owner)
	if err != nil {
		return fmt.Errorf("gate of the watches: %w", err)
	}
	asking, err := s.inProcess(keeperUser, s.server.keeper)
	if err != nil {
		asked.Close()
		return fmt.Errorf("gate of the watches: %w", err)
	}
	g, err := openGate(s.link.life, asked, asking, s.log)
	if err != nil {
		asked.Close()
		asking.Close()
		return fmt.Errorf("gate of the watches: %w", err)
	}
	s.gate = g
	s.follower.Go(func() {
		<-s.link.life.Done()
		asked.Close()
		g.work.Wait()
		asking.Close()
	})
	return nil
}

// inProcess connects to the server of this process.
func (s *Store) inProcess(user, password string) (*nats.Conn, error) {
	return nats.Connect("", nats.InProcessServer(s.server.server), nats.UserInfo(user, password), nats.Name(s.opts.Kind), nats.MaxReconnects(-1))
}

// openGate begins to answer. Both connections are closed by whoever made them.
func openGate(life context.Context, asked, asking *nats.Conn, log *slog.Logger) (*gate, error) {
	js, err := jetstream.New(asking, jetstream.WithDefaultTimeout(requestTimeout))
	if err != nil {
		return nil, err
	}
	g := &gate{
		asking: asking, js: js, log: log, now: time.Now, life: life, out: make(chan refusal, refusalsKept), most: watchesMax, patience: requestTimeout,
		watches: map[string]*watches{}, queues: map[string]*watchQueue{},
	}
	g.work.Go(g.refuseAll)
	if _, err := asked.Subscribe(askWatch+">", g.take); err != nil {
		return nil, err
	}
	return g, asked.Flush()
}

// asker is who asks, as the server says in a header that clients cannot set.
type asker struct {
	User string `json:"user"`
	ID   uint64 `json:"id"` // of the connection
}

// holder is who asks, and where he hears what he watches.
func (a asker) holder() (by fair.Holder, inbox string) {
	if a.User == dashboardUser {
		return fair.Holder{From: strconv.FormatUint(a.ID, 10)}, nats.InboxPrefix
	}
	return fair.Holder{User: a.User}, InboxPrefix(a.User) + "."
}

// headerBytes is more than what comes with a request besides what it says: subjects, and
// who asks.
const headerBytes = 2 << 10

// take has a request wait, unless there are too many of the same user. It must not wait
// itself: all requests come through it.
func (g *gate) take(m *nats.Msg) {
	var who asker
	if json.Unmarshal([]byte(m.Header.Get(requestInfo)), &who) != nil || who.User == "" {
		return // it did not come from a dashboard
	}
	if len(m.Data) > watchBytes {
		g.refuseSoon(m, errWatchLong)
		return
	}
	if m.Size() > len(m.Data)+headerBytes {
		m.Data = slices.Clone(m.Data) // the headers are in front of it
	}
	m.Header = nil // what waits does not keep them
	by, inbox := who.holder()
	if out := g.wait(watchAsked{m, by, inbox, time.Now().Add(g.patience)}); out != nil {
		g.refuseSoon(out.msg, errWatchCrowd)
	}
}

// refusalsKept is how many refusals wait to be told, without what was asked.
const refusalsKept = 16 * watchesAsked

// refusal is what take refuses, and why.
type refusal struct {
	msg *nats.Msg
	why error
}

// refuseSoon refuses without waiting for the connection. Where so many are refused that
// this is slower than they come, some hear nothing: else what others ask for would be
// lost before it is looked at.
func (g *gate) refuseSoon(m *nats.Msg, why error) {
	m.Data = nil
	select {
	case g.out <- refusal{m, why}:
	default:
	}
}

// refuseAll tells what take refuses until the store is closed.
func (g *gate) refuseAll() {
	for {
		select {
		case r := <-g.out:
			g.refuse(r.msg, r.why)
		case <-g.life.Done():
			return
		}
	}
}

// serve carries a request out, unless whoever asked has given up.
func (g *gate) serve(r watchAsked) {
	ctx, stop := context.WithDeadline(g.life, r.until)
	defer stop()
	if ctx.Err() != nil {
		g.refuse(r.msg, errWatchLate)
		return
	}
	answer, err := g.make(ctx, r.msg, r.by, r.inbox)
	if err != nil {
		g.refuse(r.msg, err)
		return
	}
	_ = r.msg.Respond(answer) // whoever went away hears nothing
}

// make has a watch made, and returns what the server answers.
func (g *gate) make(ctx context.Context, m *nats.Msg, by fair.Holder, inbox string) ([]byte, error) {
	// STREAM, or STREAM.NAME, or STREAM.NAME.FILTER
	stream, rest, _ := strings.Cut(strings.TrimPrefix(m.Subject, askWatch), ".")
	r, err := readWatch(m.Data, stream, inbox)
	if err != nil {
		return nil, err
	}
	name, filter, _ := strings.Cut(rest, ".")
	if r.Config.Name = cmp.Or(r.Config.Name, name, nuid.Next()); name != "" && r.Config.Name != name {
		return nil, &watchRefused{"the name is not that in the subject"}
	}
	if !nameable(r.Config.Name) {
		return nil, &watchRefused{"a name has letters, digits, hyphens and underscores, at most 128"}
	}
	w, err := g.of(ctx, stream)
	if err != nil {
		return nil, err
	}
	one, err := w.take(ctx, r.Config.Name, by)
	if err != nil {
		return nil, err
	}
	subject := makeWatch + stream + "." + r.Config.Name
	if filter != "" {
		subject += "." + filter
	}
	answer, made, err := g.ask(ctx, subject, r)
	w.settle(one, made)
	return answer, err
}

// ask has the server make a watch. If it is not known whether it did, it counts.
func (g *gate) ask(ctx context.Context, subject string, r watchRequest) (answer []byte, made bool, err error) {
	text, err := r.text()
	if err != nil {
		return nil, false, &watchRefused{err.Error()}
	}
	if len(text) > watchBytes {
		return nil, false, errWatchLong
	}
	m, err := g.asking.RequestWithContext(ctx, subject, text)
	if err != nil {
		return nil, !errors.Is(err, nats.ErrNoResponders), fmt.Errorf("make a watch: %w", err)
	}
	var told struct {
		Error *struct{} `json:"error"`
	}
	return m.Data, json.Unmarshal(m.Data, &told) == nil && told.Error == nil, nil
}

// of are the watches of a stream, of which there must be a copy.
func (g *gate) of(ctx context.Context, stream string) (*watches, error) {
	g.mu.Lock()
	w := g.watches[stream]
	g.mu.Unlock()
	if w != nil {
		return w, nil
	}
	s, err := g.js.Stream(ctx, stream)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.watches[stream] == nil {
		g.watches[stream] = &watches{copied: s, most: g.most, now: g.now, turns: newWatchTurns()}
	}
	return g.watches[stream], nil
}

// apiFault is an error as JetStream tells it.
type apiFault struct {
	Code        int    `json:"code"`
	ErrCode     uint16 `json:"err_code"`
	Description string `json:"description"`
}

// errWatchLate is not told of in the log: there are as many as somebody asks for.
var errWatchLate = errors.New("it is not asked for any more")

// refuse answers as JetStream would.
func (g *gate) refuse(m *nats.Msg, why error) {
	fault := apiFault{503, 10008, "the server does not answer; come again"} // temporarily unavailable
	if _, ok := errors.AsType[*watchRefused](why); ok {
		fault = apiFault{400, 10012, why.Error()} // consumer create
	} else if _, ok := errors.AsType[*watchesTaken](why); ok {
		fault = apiFault{400, uint16(jetstream.JSErrCodeMaximumConsumersLimit), why.Error()}
	} else if api, ok := errors.AsType[*jetstream.APIError](why); ok {
		fault = apiFault{api.Code, uint16(api.ErrorCode), api.Description}
	} else if g.life.Err() == nil && !errors.Is(why, errWatchLate) {
		g.log.Warn("a watch was not made", slog.Any("error", why))
	}
	answer, err := json.Marshal(struct {
		Type  string   `json:"type"`
		Error apiFault `json:"error"`
	}{"io.nats.jetstream.api.v1.consumer_create_response", fault})
	if err == nil {
		_ = m.Respond(answer) // whoever went away hears nothing
	}
}
