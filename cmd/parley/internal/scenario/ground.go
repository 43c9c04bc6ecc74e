package scenario

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/domain"
	"parley/projections"
	"parley/projections/ensemble"
)

// keyPrefix is before the keys of all simulated events, unless the base has such keys.
const keyPrefix = "sim-"

// On is the scenario as it goes on from a base: with keys that no event under the base
// has, so that a path which was stored can itself be gone on from. The error is
// [domain.Faults], in the order of the lines: what is wrong with all that the scenario
// may append, as if it were one run, and with a draft by itself.
func (s *Scenario) On(base *projections.Base) (*Scenario, error) {
	own, reader := *s, ensemble.NewReader(base)
	own.prefix = freePrefix(base.Logs())
	faults := own.strays()
	if _, err := reader.Decide(own.Name, own.samples(), nil); err != nil {
		more, ok := errors.AsType[domain.Faults](err)
		if !ok {
			return nil, err
		}
		faults = append(faults, more...)
	}
	if faults = own.with(faults); len(faults) > 0 {
		return nil, faults
	}
	if own.registers() {
		own.reader = reader
	}
	return &own, nil
}

// freePrefix is the first of sim-, sim2-, sim3- and so on that no key of a log begins
// with.
func freePrefix(l domain.Lineage) string {
	taken := map[string]bool{}
	mark := func(log []domain.Entry) {
		for _, e := range log {
			if e.Event != nil && strings.HasPrefix(e.Event.Key, "sim") {
				head, _, _ := strings.Cut(e.Event.Key, "-")
				taken[head+"-"] = true
			}
		}
	}
	mark(l.Record)
	for _, b := range l.Branches {
		mark(b.Entries)
	}
	prefix := keyPrefix
	for n := 2; taken[prefix]; n++ {
		prefix = "sim" + strconv.Itoa(n) + "-"
	}
	return prefix
}

// samples are all events that the scenario may append, each as the first of its name.
func (s *Scenario) samples() (out []domain.Candidate) {
	seen := map[string]int{}
	for _, t := range s.templates() {
		seen[t.id()]++ // several templates may share a name
		c := t.sample(s.prefix, seen[t.id()])
		out = append(out, c)
	}
	return out
}

// with adds faults to those of a draft, which may be among them.
func (s *Scenario) with(more domain.Faults) domain.Faults {
	faults := slices.Clone(s.faults)
	for _, f := range more {
		if !slices.ContainsFunc(s.faults, func(own domain.Fault) bool { return own.Place == f.Place && own.Problem == f.Problem }) {
			faults = append(faults, f)
		}
	}
	return inLines(faults)
}

// strays are references to simulated events by their keys: whether there is such an
// event is another matter in every run.
func (s *Scenario) strays() (faults domain.Faults) {
	for _, t := range s.templates() {
		for _, n := range t.names {
			if strings.HasPrefix(n.ref, s.prefix) {
				faults = append(faults, domain.Fault{
					Place: t.place(n.path), Problem: domain.UnknownEvent, Read: n.ref, Reason: "no event has this key or id",
					Hint: "refer to an event of the scenario as $NAME",
				})
			}
		}
	}
	return faults
}

// registers tells whether some run may name what only another one registers.
func (s *Scenario) registers() bool {
	return slices.ContainsFunc(s.templates()[len(s.given):], func(t *template) bool {
		return t.proto != nil && domain.IsRegistration(t.proto.Act)
	})
}

// checked is a run as it would be read from NDJSON: what whatif refuses is refused.
func (s *Scenario) checked(zone *time.Location, seed, number uint64) (ensemble.Run, error) {
	run, of := s.made(zone, seed, number)
	if s.reader == nil {
		return run, nil
	}
	in := make([]domain.Candidate, len(run.Events))
	for i, e := range run.Events {
		in[i] = domain.Offer(e)
		in[i].Place = of[i].place
	}
	_, err := s.reader.Decide(run.Name, in, nil)
	faults, ok := errors.AsType[domain.Faults](err)
	if !ok {
		return run, err
	}
	for i := range faults {
		faults[i].Reason = fmt.Sprintf("in run %d, %s", number, faults[i].Reason)
	}
	return ensemble.Run{}, faults
}
