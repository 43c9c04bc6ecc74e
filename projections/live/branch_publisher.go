package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"parley/domain"
	"parley/projections"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// BranchPublisher keeps in the bucket of the branches those that somebody has asked
// for, each for a while after it was asked for last. Any number of processes may do
// that: every commit is fenced by the mark of its branch, as those of a [Publisher]
// are, and none that is behind in any log that the branch stands on writes. What a
// process has left is taken away by whichever is there when its time is up.
type BranchPublisher struct {
	publisher *Publisher // whose connection and options it has
	branches  *Branches
	most      int
	term      time.Duration
	stir      chan struct{} // something is due
	watching  sync.WaitGroup

	mu     sync.Mutex
	life   context.Context // nil unless it runs
	leases map[string]*lease
	epoch  uint64
	fault  error // why nothing is published at present

	granted int             // how many leases ever were
	yielded map[string]bool // groups that have to be taken out of the bucket before their time
}

// Branches makes what publishes branches by the connection of the publisher.
func (p *Publisher) Branches(of *Branches) *BranchPublisher {
	return &BranchPublisher{publisher: p, branches: of, most: leasesMax, term: leaseTerm, stir: make(chan struct{}, 1), leases: map[string]*lease{}, yielded: map[string]bool{}}
}

// Run publishes until ctx ends. What goes wrong is told by Fault, and tried again.
func (p *BranchPublisher) Run(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	p.mu.Lock()
	p.life = ctx
	p.mu.Unlock()
	defer p.end(stop)
	wait := retryFirst
	for {
		began := p.publisher.options.Now()
		err := p.publisher.wire.connected(ctx)
		if err == nil {
			err = p.session(ctx)
		}
		if ctx.Err() != nil {
			return
		}
		p.mu.Lock()
		p.fault = err
		p.mu.Unlock()
		p.publisher.log.Warn("branches are not published", slog.Any("why", err))
		if errors.Is(err, errClosed) {
			return // there is nothing more to try
		}
		if p.publisher.options.Now().Sub(began) > retryMax {
			wait = retryFirst
		}
		if pause(ctx, wait+rand.N(wait)) != nil {
			return
		}
		wait = min(2*wait, retryMax)
	}
}

// end ends all leases.
func (p *BranchPublisher) end(stop context.CancelFunc) {
	stop()
	p.mu.Lock()
	p.life = nil
	all := slices.Collect(maps.Values(p.leases))
	p.mu.Unlock()
	for _, l := range all {
		p.release(l, ErrEnded)
	}
	p.watching.Wait()
}

// branchWork is one session of it.
type branchWork struct {
	*BranchPublisher
	nc     *nats.Conn
	stream jetstream.Stream
	shelf  *shelf
	again  <-chan time.Time
}

// sweepEvery is how often it is looked whose time is up.
const sweepEvery = time.Second

// open opens the bucket, and makes it first where it is missing.
func (p *BranchPublisher) open(ctx context.Context, nc *nats.Conn, js jetstream.JetStream) (*branchWork, error) {
	opening, opened := context.WithTimeout(ctx, openTimeout)
	defer opened()
	kv, epoch, err := ensureBucket(opening, js, BranchBucket, p.publisher.options)
	if err != nil {
		return nil, err
	}
	if p.publisher.options.Opened != nil {
		if err := p.publisher.options.Opened(opening, []string{StreamOf(BranchBucket)}); err != nil {
			return nil, err
		}
	}
	w := &branchWork{BranchPublisher: p, nc: nc}
	if w.stream, err = js.Stream(opening, StreamOf(BranchBucket)); err != nil {
		return nil, err
	}
	if w.shelf, err = openShelf(ctx, opening, kv, nil); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault, p.epoch = nil, epoch
	for _, l := range p.leases {
		l.due = true
	}
	return w, nil
}

// session publishes until something goes wrong.
func (p *BranchPublisher) session(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	nc, js := p.publisher.wire.now()
	lost := nc.StatusChanged(nats.RECONNECTING, nats.CLOSED)
	defer nc.RemoveStatusListener(lost)
	w, err := p.open(ctx, nc, js)
	if err != nil {
		return err
	}
	defer w.shelf.close()
	sweep := time.NewTicker(sweepEvery)
	defer sweep.Stop()
	for {
		if err := w.publish(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-lost:
			return nats.ErrDisconnected
		case <-p.stir:
		case <-w.again:
			w.again = nil
		case <-sweep.C:
			if err := w.sweep(ctx); err != nil {
				return err
			}
		case e, open := <-w.shelf.watch.Updates():
			if !open {
				return fmt.Errorf("watch %s: %w", BranchBucket, errWatchEnded)
			}
			if e != nil {
				w.look(w.shelf.note(e))
			}
		}
	}
}

// look notes that somebody has written to a group.
func (w *branchWork) look(group string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if l := w.leases[group]; l != nil {
		l.due = true
	}
}

// publish commits what is due. What is refused of one branch keeps no other back.
func (w *branchWork) publish(ctx context.Context) error {
	for {
		w.mu.Lock()
		var l *lease
		for _, one := range w.leases {
			if one.due && (l == nil || one.group < l.group) {
				l = one
			}
		}
		if l == nil {
			w.mu.Unlock()
			return nil
		}
		l.due = false
		asked, until := l.asked, l.until
		w.mu.Unlock()
		err := w.serve(ctx, l, asked, until)
		if errors.Is(err, errFenced) {
			err = w.refresh(ctx, l.group)
			w.later(l.group, fencedWait+rand.N(fencedWait))
		}
		if _, refused := errors.AsType[*jetstream.APIError](err); refused {
			w.refuse(l, asked, err)
			w.later(l.group, retryMax)
			err = nil
		}
		if err != nil {
			return err
		}
	}
}

// serve brings a branch in the bucket to what it comes to, unless what stands there is
// further on in any log.
func (w *branchWork) serve(ctx context.Context, l *lease, asked int, until time.Time) error {
	records, summary, branch, ended := l.branch.hub.state()
	if gone, ok := errors.AsType[*GoneError](ended); ok {
		err := w.shelf.retire(ctx, w.nc, l.group, gone.Error())
		if !errors.Is(err, errFenced) {
			w.release(l, ended)
		}
		return err
	}
	if ended != nil {
		w.release(l, ended)
		return nil
	}
	t := w.shelf.of(l.group)
	if t.mark.Version > Version {
		w.release(l, fmt.Errorf("branches are published in version %d, this program makes version %d", t.mark.Version, Version))
		return nil
	}
	if beyond(t.mark, branch.Position, l.branch.opened) {
		return w.behind(ctx, l, asked, t.mark)
	}
	l.behind = time.Time{}
	mark := branchMark(summary, branch)
	// What stands for long enough is not written again for a little more time.
	if mark.Until = until; until.Before(t.mark.Until.Add(w.term / 4)) {
		mark.Until = t.mark.Until
	}
	if err := w.shelf.fill(ctx, w.nc, l.group, records, mark); err != nil {
		return err
	}
	w.settle(l, asked, mark)
	return nil
}

// branchMark is the mark of a state of a branch.
func branchMark(summary Summary, branch *projections.Branch) Mark {
	m := markOf(summary)
	m.Schema, m.Scope, m.Hypothetical, m.Branch, m.Position = SchemaOfBranch, branch.Name, true, branch, recordPart(branch)
	m.FaultAt = 0 // it counts steps of this process
	return m
}

// beyond tells whether what stands in the bucket reflects more than a position of any
// log. Of another branch that had the name it never does.
func beyond(m Mark, position string, opened uint64) bool {
	if m.Branch == nil {
		return false
	}
	there, err := domain.ParsePosition(m.Branch.Position)
	mine, _ := domain.ParsePosition(position)
	own, named := there.Of(domain.BranchID(m.Branch.Name))
	if err != nil || !named || own < opened {
		return false
	}
	if there.Record > mine.Record {
		return true
	}
	for _, b := range there.Branches {
		if at, ok := mine.Of(b.Branch); !ok || b.At > at {
			return ok
		}
	}
	return false
}

// refresh reads where the mark of a group stands, which nobody may have told for long.
func (w *branchWork) refresh(ctx context.Context, group string) error {
	ctx, cancel := context.WithTimeout(ctx, commitTimeout)
	defer cancel()
	t := w.shelf.of(group)
	m, err := w.stream.GetLastMsgForSubject(ctx, "$KV."+BranchBucket+"."+markKey(group))
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		t.revision, t.mark = 0, Mark{}
		return nil
	case err != nil:
		return fmt.Errorf("mark of %s: %w", group, err)
	case m.Header.Get(operationHeader) != "" && m.Sequence > t.revision:
		t.revision, t.mark = m.Sequence, Mark{}
	}
	return nil // what is no deletion, the watch tells
}
