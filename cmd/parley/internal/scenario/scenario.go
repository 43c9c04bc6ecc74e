package scenario

import (
	"strconv"

	"parley/domain"
	"parley/projections/ensemble"
)

// The limits of a scenario.
const (
	MaxBytes   = 1 << 20
	MaxDays    = 36_500
	MaxSteps   = 1000
	stepsUsual = 200
)

// Scenario is a model that has been read and has no faults of its own.
type Scenario struct {
	Name, Version   string
	Digest          string // of the file, as [ensemble.Digest] prints it
	Negotiation     string
	Author, Purpose string
	Start           domain.EDTF // the clock begins at its end
	Horizon         float64     // days
	Steps           int         // transitions, at most

	counters []string
	initial  []int
	given    []*template
	begin    int
	states   []state

	faults domain.Faults    // of a draft
	prefix string           // of the keys of its events
	reader *ensemble.Reader // of each run by itself, where one by one they may be wrong
}

// state is where a run can be.
type state struct {
	name string
	next []transition
}

// transition is a way on.
type transition struct {
	to          int
	probability float64
	wait        wait
	when        []guard
	count       []raise
	appends     []*template
}

// guard holds a counter within two numbers, both included.
type guard struct{ counter, least, most int }

// raise adds to a counter.
type raise struct{ counter, by int }

func (g guard) holds(counters []int) bool {
	n := counters[g.counter]
	return n >= g.least && n <= g.most
}

// Options are those of an ensemble of runs of the scenario.
func (s *Scenario) Options(seed uint64) ensemble.Options {
	return ensemble.Options{
		Origin: s.Start, Model: s.Name, Version: s.Version, ModelDigest: s.Digest, Seed: strconv.FormatUint(seed, 10),
		Author: s.Author, Purpose: s.Purpose,
	}
}

// templates lists all events that the scenario may append.
func (s *Scenario) templates() []*template {
	all := s.given
	for _, st := range s.states {
		for _, t := range st.next {
			all = append(all[:len(all):len(all)], t.appends...)
		}
	}
	return all
}
