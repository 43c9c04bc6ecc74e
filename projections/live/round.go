package live

import (
	"cmp"
	"context"
	"slices"
	"time"

	"parley/projections"
)

// roundPatience is how long a round waits for what it has begun. What takes longer is
// handed over when it is there, and the next time nobody waits for it.
const roundPatience = 20 * time.Millisecond

// follow takes in entries, and makes a round whenever there are none left or the last
// one is long enough ago.
func (r *Runner) follow(ctx context.Context, entries <-chan Located, head uint64) {
	r.due = time.NewTimer(time.Hour)
	r.due.Stop()
	defer r.due.Stop()
	if head == 0 {
		r.round(ctx, head)
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.due.C:
			r.round(ctx, head)
		case f := <-r.done:
			if ctx.Err() != nil {
				return // it was given up
			}
			r.release(f)
			r.hand(ctx, []folded{f}, head)
			r.plan()
		case e, open := <-entries:
			if !open {
				r.round(ctx, head)
				return
			}
			r.add(e)
			switch now := r.options.Now(); {
			case r.at < head: // not caught up: nobody is let in before that
			case !now.Before(r.free) && len(entries) == 0:
				r.round(ctx, head)
			case !now.Before(r.free):
				r.alarm(now.Add(r.options.Every))
			default:
				r.alarm(r.free)
			}
		}
	}
}

// alarm has a round made at a time, or before.
func (r *Runner) alarm(at time.Time) {
	if r.dueAt.IsZero() || at.Before(r.dueAt) {
		r.dueAt = at
		r.due.Reset(at.Sub(r.options.Now()))
	}
}

// plan has a round made as soon as anything can be folded that waits for it.
func (r *Runner) plan() {
	for _, l := range r.fresh {
		if !l.folding && r.turnFor(l) {
			r.alarm(maxTime(r.free, l.free))
		}
	}
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (r *Runner) add(e Located) {
	l := r.lanes[e.Negotiation]
	if l == nil {
		l = &lane{negotiation: e.Negotiation, book: projections.NewBook(e.Negotiation, nil)}
		r.lanes[e.Negotiation] = l
	}
	l.book.Add(e.Entry)
	r.mu.Lock()
	r.books[e.Negotiation], r.read[e.Negotiation] = l.book, e.Position
	r.wake()
	r.mu.Unlock()
	l.head, r.at = e.Position, e.Position
	l.fresh = append(l.fresh, arrival{e.Position, e.Parked(), r.options.Now()})
	r.fresh[e.Negotiation] = l
	r.passed = append(r.passed, e)
}

// turnFor tells whether a lane may be folded now.
func (r *Runner) turnFor(l *lane) bool {
	return r.turns < turnsMax && (!l.slow || r.slow < turnsMax/2)
}

// round folds what can be folded by now, and hands it to the hub together, but for what
// takes long. The first round, which lets readers in, waits for everything.
func (r *Runner) round(ctx context.Context, head uint64) {
	begun := r.options.Now()
	r.due.Stop()
	r.dueAt = time.Time{}
	patience := time.NewTimer(roundPatience)
	defer patience.Stop()
	queue := r.ready(begun)
	awaited := map[*lane]bool{}
	var come []folded
	for over := false; ; {
		queue = slices.DeleteFunc(queue, func(l *lane) bool {
			if over || !r.turnFor(l) {
				return false
			}
			r.begin(ctx, l)
			if !l.slow || !r.opened {
				awaited[l] = true
			}
			return true
		})
		if len(awaited) == 0 || over {
			break
		}
		select {
		case <-ctx.Done():
			return
		case f := <-r.done:
			r.release(f)
			delete(awaited, f.lane)
			come = append(come, f)
		case <-patience.C:
			over = r.opened
		}
	}
	if ctx.Err() != nil {
		return // what has come may have been given up
	}
	r.hand(ctx, come, head)
	ended := r.options.Now()
	r.free = ended.Add(max(r.options.Every, ended.Sub(begun)))
	r.plan()
}

// ready lists the lanes that may be folded, those that have waited the longest first.
func (r *Runner) ready(now time.Time) []*lane {
	var queue []*lane
	for _, l := range r.fresh {
		if !l.folding && !now.Before(l.free) {
			queue = append(queue, l)
		}
	}
	slices.SortFunc(queue, func(a, b *lane) int { return cmp.Compare(a.fresh[0].position, b.fresh[0].position) })
	return queue
}

// hand hands to the hub what folds have come to. All that was read is reflected then,
// but for what is late.
func (r *Runner) hand(ctx context.Context, come []folded, head uint64) {
	s := step{position: r.at, late: map[string]Late{}}
	var told []Stepped
	for i := range come {
		told = append(told, r.settle(&come[i]))
		s.states = append(s.states, come[i].state)
	}
	for n, l := range r.fresh {
		s.late[n] = l.late()
	}
	r.hub.pass(r.passed)
	r.passed = nil
	caughtUp := !r.opened && r.at >= head
	if caughtUp {
		r.seed(ctx)
	}
	r.hub.take(s)
	if caughtUp {
		r.opened = true
		r.hub.open()
	}
	if r.options.Stepped != nil {
		for _, t := range told {
			r.options.Stepped(t)
		}
	}
}
