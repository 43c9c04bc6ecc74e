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
			run := ensemble.Load(0, func() (ensemble.Run, error) { return s.checked(zone, seed, uint64(i)) })
			if !yield(run, nil) {
				return
			}
		}
	}
}

// Run is one run: the same for the same zone, seed and number, which counts from 1. It
// is cut where its steps or its events are used up while it might go on.
func (s *Scenario) Run(zone *time.Location, seed, number uint64) ensemble.Run {
	run, _ := s.made(zone, seed, number)
	return run
}

// made is a run, and what each of its events was made of.
func (s *Scenario) made(zone *time.Location, seed, number uint64) (ensemble.Run, []*template) {
	m := maker{prefix: s.prefix, latest: map[string]int{}}
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
			if len(m.events) == ensemble.MaxEvents && m.happens(a) {
				run.Cut = true
				break
			}
			m.add(a, now)
		}
		for _, c := range t.count {
			counters[c.counter] += c.by
		}
		at = t.to
	}
	run.Events = m.events
	return run, m.of
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
	prefix string
	events []*domain.Event
	of     []*template    // what each of them was made of
	latest map[string]int // how many events there are of a name, or of a template
}

// key is the key of the latest event of a name, if there is one.
func (m *maker) key(name string) (string, bool) {
	n := m.latest[name]
	return keyOf(m.prefix, name, n), n > 0
}

// happens tells whether what the template is about has happened.
func (m *maker) happens(t *template) bool {
	if !t.refers {
		return true
	}
	_, happens := t.filled("", "", m.key)
	return happens
}

// add makes an event, if what it is about has happened.
func (m *maker) add(t *template, now domain.EDTF) {
	id := t.id()
	n := m.latest[id] + 1
	key := keyOf(m.prefix, id, n)
	var e *domain.Event
	if t.proto != nil {
		own := *t.proto
		own.Key, own.ID = key, domain.KeyedID(own.Negotiation, key)
		if !t.dated && !t.control {
			own.Occurred = now
		}
		e = &own
	} else {
		values, happens := t.filled(key, now.String(), m.key)
		if !happens {
			return
		}
		e = domain.Bind(domain.Record{Place: t.place, Values: values}).Event
	}
	m.events, m.of = append(m.events, e), append(m.of, t)
	m.latest[id] = n
}
