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
)

// watches are those of a copy. They are shared out: see [fair.Yield].
type watches struct {
	copied jetstream.Stream
	most   int
	now    func() time.Time

	mu     sync.Mutex
	all    []*watch // in the order in which they were asked for
	looked time.Time
}

// watch is a consumer that a dashboard has asked for.
type watch struct {
	name   string
	by     fair.Holder
	since  time.Time
	made   bool // the server has answered that it is there
	unused bool // when it was looked last, nobody heard it
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
	w.mu.Lock()
	defer w.mu.Unlock()
	if i := w.find(name); i >= 0 && w.all[i].by != by {
		return nil, &watchRefused{"somebody else has a watch of this name; choose another one"}
	} else if i >= 0 {
		return w.all[i], nil
	}
	if len(w.all) >= w.most {
		if err := w.room(ctx, by); err != nil {
			return nil, err
		}
	}
	one := &watch{name: name, by: by, since: w.now()}
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

func (w *watches) find(name string) int {
	return slices.IndexFunc(w.all, func(o *watch) bool { return o.name == name })
}

// room makes room for a watch: of those that have ended, of one that nobody hears, or of
// one of whoever has most.
func (w *watches) room(ctx context.Context, by fair.Holder) error {
	if now := w.now(); now.Sub(w.looked) >= lookEvery {
		w.looked = now
		if err := w.look(ctx, now); err != nil {
			return err
		}
		if len(w.all) < w.most {
			return nil
		}
	}
	i := slices.IndexFunc(w.all, func(o *watch) bool { return o.unused })
	if i < 0 {
		taken := make([]fair.Taken, len(w.all))
		for i, o := range w.all {
			if taken[i] = (fair.Taken{o.by}); !o.made {
				taken[i] = fair.Taken{{}} // what is not there yet cannot be taken away
			}
		}
		var ok bool
		if i, ok = fair.Yield(taken, by); !ok {
			return &watchesTaken{w.most, w.held(by)}
		}
	}
	err := w.copied.DeleteConsumer(ctx, w.all[i].name)
	if err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
		return fmt.Errorf("end a watch: %w", err)
	}
	w.all = slices.Delete(w.all, i, i+1)
	return nil
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
func (w *watches) look(ctx context.Context, now time.Time) error {
	there := map[string]bool{} // and whether anybody hears it
	list := w.copied.ListConsumers(ctx)
	for c := range list.Info() {
		there[c.Name] = c.PushBound || c.NumWaiting > 0
	}
	if err := list.Err(); err != nil {
		return fmt.Errorf("list watches: %w", err)
	}
	w.all = slices.DeleteFunc(w.all, func(o *watch) bool {
		heard, is := there[o.name]
		o.unused = o.made && !heard && now.Sub(o.since) > watchGrace
		delete(there, o.name)
		return o.made && !is
	})
	for name, heard := range there {
		w.all = append(w.all, &watch{name: name, by: fair.Holder{From: "nobody"}, since: now, made: true, unused: !heard})
	}
	return nil
}

// watchesTaken says that there is no place for a watch.
type watchesTaken struct{ most, held int }

func (e *watchesTaken) Error() string {
	return fmt.Sprintf("all %d watches of this bucket are taken, and nobody has many more than you, who have %d; stop one, or watch once and tell others", e.most, e.held)
}
