package eventstore

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"parley/domain/fair"

	"github.com/nats-io/nats.go"
)

const (
	// watchesAtOnce is how many requests for watches of one user are under way at once,
	watchesAtOnce = 16
	// watchesAsked is how many of them wait, with those.
	watchesAsked = watchesMax
)

// watchAsked is a request for a watch.
type watchAsked struct {
	msg   *nats.Msg
	by    fair.Holder
	inbox string
	until time.Time // when whoever asked has given up
}

// watchQueue is what one user has asked for. All who have no name are one user to the
// others, who do not wait for them; among themselves they take turns. What waits takes
// its own memory and nothing else.
type watchQueue struct {
	waits   int
	seats   int         // requests under way
	waiting []watchLine // those whose turn is next first; none is empty
}

// watchLine is what waits from one place, in the order in which it was asked for.
type watchLine struct {
	from string
	asks []watchAsked
}

// add has a request wait. If there are too many, one of those is put out of which most
// wait from one place: the last one, which may be r itself.
func (q *watchQueue) add(r watchAsked) (out *watchAsked) {
	mine := slices.IndexFunc(q.waiting, func(l watchLine) bool { return l.from == r.by.From })
	if q.waits+q.seats >= watchesAsked {
		has := 0
		if mine >= 0 {
			has = len(q.waiting[mine].asks)
		}
		most := q.longest()
		if most < 0 || len(q.waiting[most].asks) <= has+1 {
			return &r
		}
		l := &q.waiting[most] // it has at least one other
		last := len(l.asks) - 1
		gone := l.asks[last]
		l.asks = slices.Delete(l.asks, last, last+1)
		out = &gone
		q.waits--
	}
	if mine < 0 {
		mine = len(q.waiting)
		q.waiting = append(q.waiting, watchLine{from: r.by.From})
	}
	q.waiting[mine].asks = append(q.waiting[mine].asks, r)
	q.waits++
	return out
}

// longest is the line in which most wait, or -1.
func (q *watchQueue) longest() int {
	most := -1
	for i, l := range q.waiting {
		if most < 0 || len(l.asks) > len(q.waiting[most].asks) {
			most = i
		}
	}
	return most
}

// next takes the request whose turn it is.
func (q *watchQueue) next() (r watchAsked, ok bool) {
	if len(q.waiting) == 0 {
		return r, false
	}
	l := q.waiting[0]
	q.waiting[0] = watchLine{}
	q.waiting = q.waiting[1:]
	r, l.asks[0] = l.asks[0], watchAsked{}
	if l.asks = l.asks[1:]; len(l.asks) > 0 {
		q.waiting = append(q.waiting, l)
	}
	q.waits--
	return r, true
}

// errWatchCrowd refuses what there is no place for to wait.
var errWatchCrowd = &watchRefused{fmt.Sprintf("you, or all together who show no secret, have asked for %d watches; wait for the answers", watchesAsked)}

// wait has a request wait for a seat, and sees to it that somebody carries it out.
func (g *gate) wait(r watchAsked) (out *watchAsked) {
	g.mu.Lock()
	defer g.mu.Unlock()
	q := g.queues[r.by.User]
	if q == nil {
		q = &watchQueue{}
		g.queues[r.by.User] = q
	}
	out = q.add(r)
	if q.waits > 0 && q.seats < watchesAtOnce {
		q.seats++
		g.work.Go(func() { g.sit(r.by.User, q) })
	}
	return out
}

// sit carries out what a user asked for, one after the other, until nothing waits.
func (g *gate) sit(user string, q *watchQueue) {
	for {
		r, ok := g.called(user, q)
		if !ok {
			return
		}
		g.serve(r)
	}
}

// called is the request that comes next, or the seat is given back. When the store is
// closed nothing that waits is carried out.
func (g *gate) called(user string, q *watchQueue) (r watchAsked, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.life.Err() == nil {
		r, ok = q.next()
	}
	if ok {
		return r, true
	}
	if q.seats--; q.seats == 0 {
		delete(g.queues, user)
	}
	return r, false
}

// watchTurns lets one at a time make room, each user in his turn: one of his requests
// waits among those of others, and his other requests wait behind that.
type watchTurns struct {
	held chan struct{} // has a token while somebody's turn lasts; who waits is served in order

	mu    sync.Mutex
	users map[string]*watchTurn
}

type watchTurn struct {
	held chan struct{} // has a token while one of the user's requests is at the front
	all  int           // of his requests
}

func newWatchTurns() *watchTurns {
	return &watchTurns{held: make(chan struct{}, 1), users: map[string]*watchTurn{}}
}

// take waits for a turn, which lasts until end is called. It fails when ctx ends.
func (t *watchTurns) take(ctx context.Context, user string) (end func(), err error) {
	own := t.enter(user)
	if err := claim(ctx, own.held); err != nil {
		t.leave(user, own)
		return nil, fmt.Errorf("wait for watches of the same user: %w", err)
	}
	if err := claim(ctx, t.held); err != nil {
		<-own.held
		t.leave(user, own)
		return nil, fmt.Errorf("wait for watches of others: %w", err)
	}
	return func() {
		<-t.held
		<-own.held
		t.leave(user, own)
	}, nil
}

// claim puts a token where there is one at most. It does not once ctx has ended.
func claim(ctx context.Context, held chan struct{}) error {
	select {
	case held <- struct{}{}:
		if err := ctx.Err(); err != nil {
			<-held
			return err
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t *watchTurns) enter(user string) *watchTurn {
	t.mu.Lock()
	defer t.mu.Unlock()
	own := t.users[user]
	if own == nil {
		own = &watchTurn{held: make(chan struct{}, 1)}
		t.users[user] = own
	}
	own.all++
	return own
}

func (t *watchTurns) leave(user string, own *watchTurn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if own.all--; own.all == 0 {
		delete(t.users, user)
	}
}
