package scenario

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"parley/domain"
	"parley/projections/ensemble"

	"go.yaml.in/yaml/v3"
)

// What a scenario, and each of its parts, can have.
var (
	scenarioMembers   = []string{"scenario", "version", "negotiation", "author", "purpose", "start", "horizon", "steps", "counters", "given", "begin", "states"}
	stateMembers      = []string{"next"}
	transitionMembers = []string{"to", "probability", "wait", "when", "count", "append"}
	guardMembers      = []string{"min", "max"}
)

// countMax is how far a counter may go, either way.
const countMax = 1_000_000

// Read reads a scenario. The error is [domain.Faults]: everything that is wrong with
// the file by itself, by line and column, in the order of the lines.
func Read(file string, text []byte) (*Scenario, error) {
	s, err := Draft(file, text)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Draft is [Read] that gives the scenario as far as it can be read, faults or not. One
// with faults cannot run; [Scenario.On] tells them with those of its names. Negotiation
// is empty where not even that can be read.
func Draft(file string, text []byte) (*Scenario, error) {
	r := &reader{file: file}
	s := &Scenario{Steps: stepsUsual, Digest: ensemble.Digest(text), prefix: keyPrefix}
	if root := r.parse(text); root != nil {
		r.scenario(s, root)
	}
	if len(r.faults) == 0 {
		return s, nil
	}
	s.faults = inLines(r.faults)
	return s, s.faults
}

// inLines sorts faults in the order of the lines.
func inLines(faults domain.Faults) domain.Faults {
	slices.SortStableFunc(faults, func(a, b domain.Fault) int { return cmp.Compare(a.Row, b.Row) })
	return faults
}

func (r *reader) scenario(s *Scenario, root *yaml.Node) {
	m := r.members(root, "", scenarioMembers...)
	if m == nil {
		return
	}
	for _, name := range []string{"scenario", "version", "negotiation", "author", "purpose", "start", "horizon", "begin", "states"} {
		if m[name] == nil {
			r.fault(root, "", domain.Missing, "", name+" is required", "")
		}
	}
	with := func(name string, read func(n *yaml.Node, path string)) {
		if n := m[name]; n != nil {
			read(n, "/"+name)
		}
	}
	with("scenario", func(n *yaml.Node, at string) { s.Name = r.id(n, at) })
	with("version", func(n *yaml.Node, at string) { s.Version = r.line(n, at, domain.MaxNameRunes) })
	with("negotiation", func(n *yaml.Node, at string) { s.Negotiation = r.id(n, at) })
	with("author", func(n *yaml.Node, at string) { s.Author = r.line(n, at, domain.MaxNameRunes) })
	with("purpose", func(n *yaml.Node, at string) { s.Purpose = r.line(n, at, domain.MaxSentenceRunes) })
	with("start", func(n *yaml.Node, at string) { s.Start = r.start(n, at) })
	with("horizon", func(n *yaml.Node, at string) { s.Horizon = r.number(n, at, 0, MaxDays) })
	with("steps", func(n *yaml.Node, at string) { s.Steps = r.whole(n, at, 1, MaxSteps) })
	with("counters", func(n *yaml.Node, at string) { r.counters(s, n, at) })
	book := &book{r: r, negotiation: s.Negotiation, named: map[string]bool{}}
	with("given", func(n *yaml.Node, at string) { s.given = book.templates(n, at, s.Start) })
	with("states", func(n *yaml.Node, at string) { r.states(s, book, n, at) })
	with("begin", func(n *yaml.Node, at string) {
		if begin := r.id(n, at); begin != "" && s.states != nil {
			s.begin = r.state(s, n, at, begin)
		}
	})
	book.settle()
}

// start reads where the clock begins: a date with an end that can be counted from.
func (r *reader) start(n *yaml.Node, path string) domain.EDTF {
	d, err := domain.ParseEDTF(r.text(n, path))
	if err != nil {
		r.fault(n, path, domain.BadDate, n.Value, "not a date in EDTF", "write 2025-10-29")
		return domain.EDTF{}
	}
	end := d.Bounds(nil).Latest
	if end == domain.Future || end.Time().Year() > lastYear || end.Time().Year() < 1 {
		r.fault(n, path, domain.BadDate, n.Value, "the clock cannot begin at its end", "write a day, such as 2025-10-29")
		return domain.EDTF{}
	}
	return d
}

// lastYear leaves room for [MaxDays] within years of four digits.
const lastYear = 9899

func (r *reader) counters(s *Scenario, n *yaml.Node, path string) {
	for name, value := range inFile(n, r.each(n, path, func(key *yaml.Node) { r.id(key, path) })) {
		s.counters = append(s.counters, name)
		s.initial = append(s.initial, r.whole(value, path+"/"+name, -countMax, countMax))
	}
}

// inFile goes through a mapping in the order of the file.
func inFile(n *yaml.Node, values map[string]*yaml.Node) func(func(string, *yaml.Node) bool) {
	return func(yield func(string, *yaml.Node) bool) {
		for _, name := range names(n) {
			if v, ok := values[name]; ok && !yield(name, v) {
				return
			}
		}
	}
}

func (r *reader) states(s *Scenario, book *book, n *yaml.Node, path string) {
	values := r.each(n, path, func(key *yaml.Node) { r.id(key, path) })
	for _, name := range names(n) {
		s.states = append(s.states, state{name: name})
	}
	for i := range s.states {
		at := path + "/" + s.states[i].name
		m := r.members(values[s.states[i].name], at, stateMembers...)
		next := m["next"]
		if next == nil {
			continue // a run ends there
		}
		guarded, sum := false, 0.0
		for k, item := range r.items(next, at+"/next") {
			t := r.transition(s, book, item, fmt.Sprintf("%s/next/%d", at, k))
			guarded, sum = guarded || len(t.when) > 0, sum+t.probability
			s.states[i].next = append(s.states[i].next, t)
		}
		if len(s.states[i].next) > 0 && !guarded && math.Abs(sum-1) > 1e-9 {
			r.fault(next, at+"/next", domain.BadValue, fmt.Sprintf("%g", sum), "the probabilities do not add up to 1", "change one; only where a transition has a guard are they weighed against each other")
		}
	}
}

func (r *reader) transition(s *Scenario, book *book, n *yaml.Node, path string) transition {
	t := transition{probability: 1}
	m := r.members(n, path, transitionMembers...)
	if m == nil {
		t.probability = math.NaN()
		return t
	}
	if to := m["to"]; to == nil {
		r.fault(n, path, domain.Missing, "", "to is required", "name the state that it leads to")
	} else if id := r.id(to, path+"/to"); id != "" {
		t.to = r.state(s, to, path+"/to", id)
	}
	if p := m["probability"]; p != nil {
		before := len(r.faults)
		t.probability = r.number(p, path+"/probability", 0, 1)
		switch {
		case len(r.faults) > before || unread(p):
			t.probability = math.NaN() // one fault is enough: nothing is said of the sum
		case t.probability == 0:
			r.fault(p, path+"/probability", domain.BadValue, p.Value, "never taken", "take the transition out")
		}
	}
	if w := m["wait"]; w == nil {
		r.fault(n, path, domain.Missing, "", "wait is required", "write wait: 3 for three days, or wait: {exponential: {mean: 3}}")
	} else {
		t.wait = r.readWait(w, path+"/wait")
	}
	if w := m["when"]; w != nil {
		t.when = r.guards(s, w, path+"/when")
	}
	if c := m["count"]; c != nil {
		for name, by := range inFile(c, r.each(c, path+"/count", func(*yaml.Node) {})) {
			if i := r.counter(s, c, path+"/count", name); i >= 0 {
				t.count = append(t.count, raise{i, r.whole(by, path+"/count/"+name, -countMax, countMax)})
			}
		}
	}
	if a := m["append"]; a != nil {
		t.appends = book.templates(a, path+"/append", domain.EDTF{})
	}
	return t
}

func (r *reader) guards(s *Scenario, n *yaml.Node, path string) (out []guard) {
	for name, value := range inFile(n, r.each(n, path, func(*yaml.Node) {})) {
		at := path + "/" + name
		i := r.counter(s, n, path, name)
		m := r.members(value, at, guardMembers...)
		g, before := guard{i, math.MinInt, math.MaxInt}, len(r.faults)
		if m["min"] == nil && m["max"] == nil && m != nil {
			r.fault(value, at, domain.Missing, "", "min, max or both are required", "write "+name+": {max: 2}")
		}
		if least := m["min"]; least != nil {
			g.least = r.whole(least, at+"/min", -countMax, countMax)
		}
		if most := m["max"]; most != nil {
			g.most = r.whole(most, at+"/max", -countMax, countMax)
		}
		if g.least > g.most && len(r.faults) == before {
			r.fault(value, at, domain.BadValue, fmt.Sprintf("%d to %d", g.least, g.most), "never open: min is more than max", "swap the two, or take the transition out")
		}
		if i >= 0 {
			out = append(out, g)
		}
	}
	return out
}

// state finds a state by its name.
func (r *reader) state(s *Scenario, n *yaml.Node, path, name string) int {
	var known []string
	for i, st := range s.states {
		if st.name == name {
			return i
		}
		known = append(known, st.name)
	}
	r.fault(n, path, domain.BadValue, name, "no such state", cmp.Or(domain.DidYouMean(name, known), "add it to states"))
	return 0
}

func (r *reader) counter(s *Scenario, n *yaml.Node, path, name string) int {
	if i := slices.Index(s.counters, name); i >= 0 {
		return i
	}
	r.fault(n, path, domain.BadValue, name, "no such counter", cmp.Or(domain.DidYouMean(name, s.counters), "add it to counters: {"+name+": 0}"))
	return -1
}

// sortedNames lists the names of a set.
func sortedNames(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
