package scenario

import (
	"iter"
	"math/rand/v2"
	"strconv"
	"time"

	"parley/domain"
	"parley/projections/ensemble"
)

// daySeconds is a day of the simulated clock.
const daySeconds = 24 * 60 * 60

// clockForm is how the clock is written in events: EDTF with the zone's offset.
const clockForm = "2006-01-02T15:04:05Z07:00"

// Runs are the first n runs of a seed, each made when it is evaluated. zone is that of
// the negotiation.
func (s *Scenario) Runs(zone *time.Location, seed uint64, n int) iter.Seq2[ensemble.Run, error] {
	return func(yield func(ensemble.Run, error) bool) {
		for i := 1; i <= n; i++ {
			run := ensemble.Load(0, func() (ensemble.Run, error) {
				return s.Run(zone, seed, uint64(i)), nil
			})
			if !yield(run, nil) {
				return
			}
		}
	}
}

// Run is one run: the same for the same zone, seed and number, which counts from 1. It
// is cut where its steps or its events are used up while it might go on.
func (s *Scenario) Run(zone *time.Location, seed, number uint64) ensemble.Run {
	m := maker{scenario: s, latest: map[string]int{}}
	for _, t := range s.given {
		m.add(t, domain.EDTF{})
	}
	random := rand.New(rand.NewPCG(seed, number)) //nolint:gosec // a simulation is to be repeated, not to be secret
	start := (s.Start.Bounds(zone).Latest + 1).Time().In(zone)
	counters := append([]int(nil), s.initial...)
	clock, at := 0, s.begin
	run := ensemble.Run{Name: strconv.FormatUint(number, 10)}
	for step := 0; ; step++ {
		t := s.draw(random, at, counters)
		if t == nil {
			break
		}
		// Each step takes a second at least: what comes later is dated later.
		days := min(t.wait.draw(random), s.Horizon+1)
		clock += max(1, int(days*daySeconds+0.5))
		if float64(clock) > s.Horizon*daySeconds {
			break
		}
		if run.Cut = run.Cut || step == s.Steps; run.Cut {
			break
		}
		now := domain.MustEDTF(start.Add(time.Duration(clock) * time.Second).Format(clockForm))
		for _, a := range t.appends {
			if run.Cut = run.Cut || len(m.events) == ensemble.MaxEvents; !run.Cut {
				m.add(a, now)
			}
		}
		for _, c := range t.count {
			counters[c.counter] += c.by
		}
		at = t.to
	}
	run.Events = m.events
	return run
}

// draw draws one of the transitions whose guards hold, nil where none does.
func (s *Scenario) draw(random *rand.Rand, at int, counters []int) *transition {
	next, total := s.states[at].next, 0.0
	open := func(t *transition) bool {
		for _, g := range t.when {
			if !g.holds(counters) {
				return false
			}
		}
		return true
	}
	var last *transition
	for i := range next {
		if open(&next[i]) {
			total += next[i].probability
			last = &next[i]
		}
	}
	if last == nil {
		return nil
	}
	x := random.Float64() * total
	for i := range next {
		if !open(&next[i]) {
			continue
		}
		if x < next[i].probability {
			return &next[i]
		}
		x -= next[i].probability
	}
	return last // rounding
}

// maker makes the events of one run.
type maker struct {
	scenario *Scenario
	events   []*domain.Event
	latest   map[string]int // how many events there are of a name, or of a template
}

func (m *maker) add(t *template, now domain.EDTF) {
	id := t.name
	if id == "" {
		id = t.number
	}
	n := m.latest[id] + 1
	key := t.key(n)
	if t.proto != nil {
		e := *t.proto
		e.Key, e.ID = key, domain.KeyedID(e.Negotiation, key)
		if !t.dated && !t.control {
			e.Occurred = now
		}
		m.events = append(m.events, &e)
	} else {
		c := domain.Bind(domain.Record{Place: t.sample.Place, Values: t.filled(key, now.String(), func(name string) (string, bool) {
			k := m.latest[name]
			return keyPrefix + name + "-" + strconv.Itoa(k), k > 0
		})})
		m.events = append(m.events, c.Event)
	}
	m.latest[id] = n
}
