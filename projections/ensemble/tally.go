package ensemble

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"hash"
	"maps"
	"slices"
	"strings"
	"time"

	"parley/domain"
	"parley/domain/intake"
	"parley/projections"

	"github.com/go-json-experiment/json/jsontext"
)

// tally adds runs up, in order.
type tally struct {
	base    *projections.Base
	ground  projections.Outcome // of the base
	options Options
	origin  domain.Instant

	runs, events int
	cut          int
	digest       hash.Hash     // of the lines of the runs
	main         map[share]int // the main counts
	moved        map[string]*cell
	times        [len(firsts)]timing
	snapshots    []snapshot
	next         int // runs at which the next snapshot is due
	paths        []*path
	byOutcome    map[string]*path
	others       int
}

// share names one of the main counts. Of a ceasefire, only what differs from the base
// is counted; the rest follows.
type share struct{ measure, key, value string }

// The measures of the main counts.
const (
	ofAgreement = "agreement"
	ofProcess   = "process"
	ofCeasefire = "ceasefire"
	ofFirst     = "first"
)

// cell counts where a party ended on an issue, where it is elsewhere than in the base.
type cell struct {
	changed             int
	stances, commitment map[string]int
}

// snapshot are the main counts after so many runs.
type snapshot struct {
	runs int
	main map[share]int
}

// path is a run that is kept whole.
type path struct {
	number, count int
	run           string
	outcome       Brief
	events        []*domain.Event
}

// snapshotFirst is how many runs the first snapshot is taken after; the others follow
// at 20, 50, 100, 200, 500 and so on.
const snapshotFirst = 10

func newTally(base *projections.Base, o Options) (*tally, error) {
	t := &tally{
		base: base, ground: base.Outcome(), options: o, digest: sha256.New(),
		main: map[share]int{}, moved: map[string]*cell{}, byOutcome: map[string]*path{}, next: snapshotFirst,
	}
	if digest, ok := digestRead(o.ModelDigest); ok {
		t.options.ModelDigest = digest
	}
	pic := base.Picture()
	if o.Origin.IsZero() {
		t.origin = domain.Past
		for _, h := range pic.Happenings {
			if h.Bounds.Latest != domain.Future {
				t.origin = max(t.origin, h.Bounds.Latest)
			}
		}
	} else {
		t.origin = o.Origin.Bounds(pic.Registry.Zone()).Latest
	}
	if t.origin == domain.Past || t.origin == domain.Future {
		return nil, &OriginError{Origin: o.Origin.String()}
	}
	return t, nil
}

// OriginError says that no days can be counted from an origin.
type OriginError struct{ Origin string }

func (e *OriginError) Error() string {
	if e.Origin == "" {
		return "nothing in the base has a latest date to count days from; name an origin"
	}
	return fmt.Sprintf("origin %q has no end to count days from", e.Origin)
}

// add adds a run up. It refuses one that makes the whole too wide.
func (t *tally) add(r *evaluated) *domain.Fault {
	t.runs++
	t.events += len(r.run.Events)
	_, _ = t.digest.Write(r.line) // cannot fail
	if r.run.Cut {
		t.cut++
	}
	brief := t.brief(r.effect)
	t.main[share{ofAgreement, "", brief.Agreement}]++
	t.main[share{ofProcess, "", brief.Process}]++
	for id, status := range r.effect.Ceasefires {
		t.main[share{ofCeasefire, id, cmp.Or(status, "unknown")}]++
	}
	for i, f := range firsts {
		if first := f.of(r.effect.Firsts); first.Happens {
			t.main[share{ofFirst, "", f.name}]++
			t.times[i].add(t.daysTo(first))
		}
	}
	for id, s := range r.effect.Positions {
		if t.moves(id, s) {
			t.cell(id).add(s)
		}
	}
	t.keep(r, brief)
	if len(t.moved) > MaxCells || len(t.main) > MaxCells {
		return &domain.Fault{
			Problem: domain.TooLarge, Reason: fmt.Sprintf("up to run %s, the runs move more than %d positions or ceasefires", r.run.Name, MaxCells),
			Hint: "register actors and issues in the record, or in a branch, and not anew in every run",
		}
	}
	if t.runs == t.next {
		t.snapshots = append(t.snapshots, snapshot{t.runs, maps.Clone(t.main)})
		t.next = after(t.next)
	}
	return nil
}

// after is the next of 10, 20, 50, 100, 200, 500, …
func after(n int) int {
	for power := snapshotFirst; ; power *= 10 {
		for _, next := range []int{power, 2 * power, 5 * power} {
			if next > n {
				return next
			}
		}
	}
}

// brief is the outcome of a run without the positions.
func (t *tally) brief(e projections.Effect) Brief {
	b := Brief{Agreement: cmp.Or(e.Agreement, t.ground.Agreement), Process: cmp.Or(e.Process, t.ground.Process), Ceasefires: t.ground.Ceasefires}
	if len(e.Ceasefires) > 0 {
		b.Ceasefires = maps.Clone(t.ground.Ceasefires)
		for id, status := range e.Ceasefires {
			b.Ceasefires[id] = cmp.Or(status, "unknown")
		}
	}
	return b
}

func (t *tally) cell(id string) *cell {
	c, ok := t.moved[id]
	if !ok {
		c = &cell{stances: map[string]int{}, commitment: map[string]int{}}
		t.moved[id] = c
	}
	return c
}

func (c *cell) add(s projections.Standing) {
	c.changed++
	c.stances[cmp.Or(s.Stance, "unknown")]++
	c.commitment[cmp.Or(s.Commitment, "unknown")]++
}

// keep keeps the first run of each outcome.
func (t *tally) keep(r *evaluated, b Brief) {
	name := strings.Builder{}
	name.WriteString(b.Agreement + "|" + b.Process)
	for _, id := range slices.Sorted(maps.Keys(r.effect.Ceasefires)) {
		name.WriteString("|" + id + "=" + b.Ceasefires[id])
	}
	p, ok := t.byOutcome[name.String()]
	switch {
	case ok:
		p.count++
	case len(t.paths) == MaxPaths:
		t.others++
	default:
		p = &path{number: t.runs, count: 1, run: r.run.Name, outcome: b, events: r.run.Events}
		t.paths, t.byOutcome[name.String()] = append(t.paths, p), p
	}
}

// result is what one run comes to, once it is added up.
func (t *tally) result(r *evaluated) Result {
	b := t.brief(r.effect)
	out := Result{
		Number: t.runs, Run: r.run.Name, Cut: r.run.Cut, Agreement: b.Agreement, Process: b.Process, Ceasefires: b.Ceasefires,
		Positions: map[string]Position{}, Days: map[string]*float64{},
	}
	for id, s := range r.effect.Positions {
		if t.moves(id, s) {
			out.Positions[id] = positionOf(s)
		}
	}
	for _, f := range firsts {
		first := f.of(r.effect.Firsts)
		switch millis, dated := t.daysTo(first); {
		case first.Happens && dated:
			out.Days[f.name] = new(days(millis))
		case first.Happens:
			out.Days[f.name] = nil
		}
	}
	return out
}

// moves tells whether a party stands elsewhere on an issue than in the base: where
// nothing is known of it, that nothing was said and that nothing follows are one.
func (t *tally) moves(id string, s projections.Standing) bool {
	return positionOf(s) != positionOf(t.ground.Positions[id])
}

func positionOf(s projections.Standing) Position {
	return Position{cmp.Or(s.Stance, "unknown"), cmp.Or(s.Commitment, "unknown")}
}

func (p *path) told() Path {
	out := Path{Number: p.number, Run: p.run, Count: p.count, Outcome: p.outcome, Events: []jsontext.Value{}}
	for _, e := range p.events {
		out.Events = append(out.Events, intake.JSON(e))
	}
	return out
}

// originText is the origin as it was asked for, or the moment that stands for it.
func (t *tally) originText() (text, end string) {
	end = t.origin.Time().Format(time.RFC3339)
	return cmp.Or(t.options.Origin.String(), t.origin.Time().In(t.base.Picture().Registry.Zone()).Format(time.RFC3339)), end
}
