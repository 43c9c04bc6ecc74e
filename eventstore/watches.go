package eventstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"parley/domain/fair"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// watchesMax is how many watches a bucket has at once: what the server takes on a
	// stream by itself.
	watchesMax = 1000
	// lookEvery is how often it is looked at most which watches are there still.
	lookEvery = 100 * time.Millisecond
	// watchGrace is how long a new watch may be before anybody hears it.
	watchGrace = 10 * time.Second
	// watchSilence is how far apart two looks in a row are that both find nobody who
	// hears a watch. One look is not enough: a client that fetches is not heard of between
	// two fetches.
	watchSilence = 3 * time.Second
)

// watches are those of a copy. They are shared out: see [fair.Yield].
type watches struct {
	copied jetstream.Stream
	most   int
	now    func() time.Time
	turns  *watchTurns // held by whoever takes a place, also while the server is asked
	looked time.Time   // guarded by turns

	mu  sync.Mutex // never held while the server is asked
	all []*watch   // in the order in which they were asked for; only settle changes it out of turn
}

// watch is a consumer that a dashboard has asked for.
type watch struct {
	name   string
	by     fair.Holder
	since  time.Time
	made   bool      // the server has answered that it is there
	silent time.Time // the first look since which nobody has heard it; zero if somebody did
	unused bool      // it has been silent long enough
}

// take takes a place for a watch. Whoever takes it says by settle whether it was
// needed. It fails with a [watchRefused], or a [watchesTaken].
func (w *watches) take(ctx context.Context, name string, by fair.Holder) (*watch, error) {
	one, err := w.tryTake(ctx, name, by)
	if _, full := errors.AsType[*watchesTaken](err); full && pause(ctx, lookEvery) == nil {
		return w.tryTake(ctx, name, by) // some may have ended since it was looked last
	}
	return one, err
}

func (w *watches) tryTake(ctx context.Context, name string, by fair.Holder) (*watch, error) {
	end, err := w.turns.take(ctx, by.User)
	if err != nil {
		return nil, err
	}
	defer end()
	one, err := w.find(name, by)
	if one != nil || err != nil {
		return one, err
	}
	if w.full() {
		if err := w.room(ctx, by); err != nil {
			return nil, err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	one = &watch{name: name, by: by, since: w.now()}
	w.all = append(w.all, one)
	return one, nil
}

// settle notes whether a watch was made that was not there before.
func (w *watches) settle(one *watch, made bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if one.made = one.made || made; !one.made {
		w.all = slices.DeleteFunc(w.all, func(o *watch) bool { return o == one })
	}
}

// find is the watch of a name, which is nobody else's, or nil.
func (w *watches) find(name string, by fair.Holder) (*watch, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.IndexFunc(w.all, func(o *watch) bool { return o.name == name })
	switch {
	case i < 0:
		return nil, nil
	case w.all[i].by != by:
		return nil, &watchRefused{"somebody else has a watch of this name; choose another one"}
	}
	return w.all[i], nil
}

func (w *watches) full() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.all) >= w.most
}

// room makes room for a watch: of those that have ended, of one that nobody hears, or of
// one of whoever has most.
func (w *watches) room(ctx context.Context, by fair.Holder) error {
	if w.now().Sub(w.looked) >= lookEvery {
		err := w.look(ctx)
		w.looked = w.now() // when it ended: others have time between two looks, however long they take
		if err != nil {
			return err
		}
		if !w.full() {
			return nil
		}
	}
	one, err := w.yields(by)
	if err != nil {
		return err
	}
	err = w.copied.DeleteConsumer(ctx, one.name)
	if err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
		return fmt.Errorf("end a watch: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = slices.DeleteFunc(w.all, func(o *watch) bool { return o == one })
	return nil
}

// yields is the watch that has to go so that somebody gets one.
func (w *watches) yields(by fair.Holder) (*watch, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if i := slices.IndexFunc(w.all, func(o *watch) bool { return o.unused }); i >= 0 {
		return w.all[i], nil
	}
	taken := make([]fair.Taken, len(w.all))
	for i, o := range w.all {
		if taken[i] = (fair.Taken{o.by}); !o.made {
			taken[i] = fair.Taken{{}} // what is not there yet cannot be taken away
		}
	}
	i, ok := fair.Yield(taken, by)
	if !ok {
		return nil, &watchesTaken{w.most, w.held(by)}
	}
	return w.all[i], nil
}

func (w *watches) held(by fair.Holder) (n int) {
	for _, o := range w.all {
		if o.by == by {
			n++
		}
	}
	return n
}

// look finds out which watches have ended, and which nobody hears. Those that the server
// made after it had been given up on are nobody's.
func (w *watches) look(ctx context.Context) error {
	before := w.madeBy()
	there := map[string]bool{} // and whether anybody hears it
	list := w.copied.ListConsumers(ctx)
	for c := range list.Info() {
		there[c.Name] = c.PushBound || c.NumWaiting > 0
	}
	if err := list.Err(); err != nil {
		return fmt.Errorf("list watches: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	w.all = slices.DeleteFunc(w.all, func(o *watch) bool {
		heard, is := there[o.name]
		delete(there, o.name)
		o.hear(heard || !before[o], now)
		return before[o] && !is
	})
	for name, heard := range there {
		one := &watch{name: name, by: fair.Holder{From: "nobody"}, made: true}
		one.hear(heard, now)
		w.all = append(w.all, one)
	}
	return nil
}

// madeBy are the watches that are made by now: what is made while it is looked may be
// in the list or not.
func (w *watches) madeBy() map[*watch]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	made := make(map[*watch]bool, len(w.all))
	for _, o := range w.all {
		if o.made {
			made[o] = true
		}
	}
	return made
}

// hear notes whether a look found somebody who hears a watch.
func (o *watch) hear(heard bool, now time.Time) {
	switch {
	case heard || now.Sub(o.since) <= watchGrace:
		o.silent = time.Time{}
	case o.silent.IsZero():
		o.silent = now
	}
	o.unused = !o.silent.IsZero() && now.Sub(o.silent) >= watchSilence
}

// watchesTaken says that there is no place for a watch.
type watchesTaken struct{ most, held int }

func (e *watchesTaken) Error() string {
	return fmt.Sprintf("all %d watches of this bucket are taken, and nobody has many more than you, who have %d; stop one, or watch once and tell others", e.most, e.held)
}
