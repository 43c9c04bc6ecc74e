package live

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"sort"
	"time"

	"parley/projections"
)

// turnsMax is how many negotiations are folded at once. Those of which the last fold
// took long have half of the turns, so that the others always find one.
var turnsMax = max(4, runtime.GOMAXPROCS(0))

// lane is the work on one negotiation. It belongs to the goroutine that runs.
type lane struct {
	negotiation string
	book        *projections.Book
	head        uint64    // position of its last entry
	fresh       []arrival // entries that are not folded, the oldest first
	parked      int       // of the others
	folding     bool
	slow        bool      // the last fold took long,
	held        bool      // and the one under way has one of the turns for those
	free        time.Time // when the next one may begin
}

// arrival is an entry as it came.
type arrival struct {
	position uint64
	parked   bool
	at       time.Time
}

// late is what is not folded of it.
func (l *lane) late() Late {
	first := l.fresh[0]
	return Late{Entries: len(l.fresh), From: first.position, Since: first.at}
}

// take takes the entries up to a position from those that are not folded, and returns
// the position of the first, and how many they are.
func (l *lane) take(position uint64) (since uint64, entries int) {
	n := sort.Search(len(l.fresh), func(i int) bool { return l.fresh[i].position > position })
	if n == 0 {
		return 0, 0
	}
	since = l.fresh[0].position
	for _, e := range l.fresh[:n] {
		if e.parked {
			l.parked++
		}
	}
	l.fresh = slices.Clone(l.fresh[n:])
	return since, n
}

// folded is what a fold has come to.
type folded struct {
	lane  *lane
	state state
	took  time.Duration
}

// begin has a lane folded, in a goroutine of its own.
func (r *Runner) begin(ctx context.Context, l *lane) {
	l.folding, l.held = true, l.slow
	r.turns++
	if l.held {
		r.slow++
	}
	book, on, upTo := l.book, r.pressOf(l.negotiation), l.head
	go func() {
		begun := r.options.Now()
		st := r.fold(ctx, l.negotiation, book, on, upTo)
		r.done <- folded{l, st, r.options.Now().Sub(begun)}
	}()
}

// release takes back the turn of a fold that has ended.
func (r *Runner) release(f folded) {
	l := f.lane
	r.turns--
	if l.held {
		r.slow--
	}
	l.folding, l.slow, l.free = false, f.took > roundPatience, r.options.Now().Add(f.took)
}

// settle notes what a fold has taken in.
func (r *Runner) settle(f *folded) (told Stepped) {
	l := f.lane
	since, entries := l.take(max(f.state.Position, f.state.FaultAt))
	if len(l.fresh) == 0 {
		delete(r.fresh, l.negotiation)
	}
	if r.opened { // before that, seed tells what is known
		f.state.since = since
	}
	f.state.Parked = l.parked
	return Stepped{f.state.Summary, entries, f.took}
}

// fold folds a negotiation: all that is in its book, which is no less than up to a
// position. A fold that fails, or ends in a panic, stops nothing but itself.
func (r *Runner) fold(ctx context.Context, negotiation string, book *projections.Book, on *press, upTo uint64) (st state) {
	st.Summary = Summary{Negotiation: negotiation, Position: upTo}
	st.develop(ctx, on, func() (*projections.Picture, error) {
		p, err := r.view(book)
		if err == nil {
			st.Position = p.Head
		}
		return p, err
	})
	if st.Fault != "" && ctx.Err() == nil {
		r.log.Error("a negotiation cannot be folded", slog.String("negotiation", negotiation), slog.Uint64("position", st.Position), slog.String("why", st.Fault))
	}
	return st
}

// develop folds a view and prints it, or notes as a fault why it cannot. If ctx ends,
// it gives up where it can.
func (st *state) develop(ctx context.Context, on *press, view func() (*projections.Picture, error)) {
	fail := func(why any) { st.Fault, st.FaultAt, st.entities = fmt.Sprint(why), st.Position, nil }
	defer func() {
		if why := recover(); why != nil {
			fail(why)
		}
	}()
	picture, err := view()
	if err == nil {
		st.entities, err = on.print(ctx, picture)
	}
	if err != nil {
		fail(err)
		return
	}
	st.Events, st.Happenings, st.Entities = len(picture.Accounts), len(picture.Happenings), len(st.entities)
}

// pressMax bounds how many negotiations keep what they printed last.
const pressMax = 32

// pressOf is what prints a negotiation. A new one takes the place of that which was
// used the longest ago.
func (r *Runner) pressOf(negotiation string) *press {
	x := r.press[negotiation]
	if x == nil {
		if len(r.press) >= pressMax {
			oldest := ""
			for id, other := range r.press {
				if oldest == "" || other.printed < r.press[oldest].printed {
					oldest = id
				}
			}
			delete(r.press, oldest)
		}
		x = &press{}
		r.press[negotiation] = x
	}
	r.begun++
	x.printed = r.begun
	return x
}
