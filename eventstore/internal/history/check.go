package history

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// Fault is a promise that was not kept.
type Fault struct {
	Rule   string // as in the package comment
	Detail string // where, and what was found
}

func (f Fault) String() string { return f.Rule + ": " + f.Detail }

// Check returns all faults, none if the log is what the calls say. The calls are
// those of all writers, in any order.
func Check(calls []Call, log []Entry) []Fault {
	c := &checker{calls: calls, logs: map[string][]Entry{}, sent: map[key][]*Call{}, at: map[key]int{}}
	for _, e := range log {
		c.logs[e.Negotiation] = append(c.logs[e.Negotiation], e)
	}
	for i := range calls {
		for _, e := range calls[i].Sent {
			k := key{calls[i].Negotiation, e.ID}
			c.sent[k] = append(c.sent[k], &calls[i])
		}
	}
	for _, n := range slices.Sorted(maps.Keys(c.logs)) {
		c.index(n)
	}
	for _, n := range slices.Sorted(maps.Keys(c.logs)) {
		c.origins(n)
	}
	for i := range calls {
		c.call(&calls[i])
	}
	c.claims()
	c.realTime()
	return c.faults
}

// key is an event of a negotiation.
type key struct{ negotiation, id string }

type checker struct {
	calls  []Call
	logs   map[string][]Entry // by negotiation
	sent   map[key][]*Call    // who sent an event
	at     map[key]int        // where it stands in the log of its negotiation
	faults []Fault
}

func (c *checker) fault(rule, text string, args ...any) {
	c.faults = append(c.faults, Fault{rule, fmt.Sprintf(text, args...)})
}

// index looks at one log by itself: each event once, positions and times that
// rise.
func (c *checker) index(negotiation string) {
	log := c.logs[negotiation]
	for i, e := range log {
		k := key{negotiation, e.ID}
		if first, ok := c.at[k]; ok {
			c.fault("doubled", "%s of %s stands at #%d and at #%d", e.ID, negotiation, log[first].Position, e.Position)
		} else {
			c.at[k] = i
		}
		if i == 0 {
			continue
		}
		if e.Position <= log[i-1].Position {
			c.fault("reordered", "#%d of %s comes after #%d", e.Position, negotiation, log[i-1].Position)
		}
		if e.Recorded.Before(log[i-1].Recorded) {
			c.fault("time", "#%d of %s was recorded at %s, after #%d at %s", e.Position, negotiation, e.Recorded, log[i-1].Position, log[i-1].Recorded)
		}
	}
}

// origins looks for entries that nobody can have recorded.
func (c *checker) origins(negotiation string) {
	for _, e := range c.logs[negotiation] {
		k := key{negotiation, e.ID}
		senders := c.sent[k]
		if len(senders) == 0 {
			c.fault("phantom", "nobody sent %s, at #%d of %s", e.ID, e.Position, negotiation)
			continue
		}
		same := slices.ContainsFunc(senders, func(s *Call) bool { return slices.Contains(s.Sent, e.Event) })
		able := slices.ContainsFunc(senders, func(s *Call) bool { return s.mayHaveRecorded(e.ID) })
		switch {
		case !same:
			c.fault("phantom", "%s, at #%d of %s, was sent with other content", e.ID, e.Position, negotiation)
		case !able:
			c.fault("phantom", "%s, at #%d of %s, was recorded, though %s was told that it was not", e.ID, e.Position, negotiation, senders[0].Name)
		}
	}
}

func (s *Call) mayHaveRecorded(id string) bool {
	return s.Outcome != Refused || slices.ContainsFunc(s.Recorded, func(p Placed) bool { return p.ID == id })
}

// call looks at what one writer was told.
func (c *checker) call(s *Call) {
	if s.Outcome == Accepted {
		for _, e := range s.Sent {
			if _, ok := c.at[key{s.Negotiation, e.ID}]; !ok {
				c.fault("lost", "%s was told that %s is in the log of %s", s.Name, e.ID, s.Negotiation)
			}
		}
	}
	for _, p := range s.Recorded {
		i, ok := c.at[key{s.Negotiation, p.ID}]
		switch {
		case !ok && s.Outcome != Accepted:
			c.fault("lost", "%s was told that %s is at #%d of %s", s.Name, p.ID, p.Position, s.Negotiation)
		case ok && c.logs[s.Negotiation][i].Position != p.Position:
			c.fault("moved", "%s was told that %s is at #%d of %s, and it is at #%d", s.Name, p.ID, p.Position, s.Negotiation, c.logs[s.Negotiation][i].Position)
		}
	}
	if s.Have > 0 && !slices.ContainsFunc(c.logs[s.Negotiation], func(e Entry) bool { return e.Position == s.Have }) {
		c.fault("unfounded conflict", "%s was told that %s stood at #%d", s.Name, s.Negotiation, s.Have)
	}
	c.whole(s)
}

// whole looks at what a call recorded by itself: all of it together and in order,
// where it was expected.
func (c *checker) whole(s *Call) {
	var own []int // indices in the log
	missing := 0
	for _, e := range s.Sent {
		i, ok := c.at[key{s.Negotiation, e.ID}]
		told := slices.ContainsFunc(s.Recorded, func(p Placed) bool { return p.ID == e.ID })
		alone := len(c.sent[key{s.Negotiation, e.ID}]) == 1
		switch {
		case ok && (told || alone):
			own = append(own, i)
		case !ok:
			missing++
		}
	}
	if len(own) == 0 {
		return
	}
	if missing > 0 && s.Outcome != Accepted { // of an accepted call they are lost
		c.fault("torn", "%d events of %s are in the log of %s, and %d are not", len(s.Sent)-missing, s.Name, s.Negotiation, missing)
	}
	for k := 1; k < len(own); k++ {
		switch {
		case own[k] < own[k-1]:
			c.fault("reordered", "the events of %s are not in its order: #%d of %s", s.Name, c.logs[s.Negotiation][own[k]].Position, s.Negotiation)
		case own[k] > own[k-1]+1:
			c.fault("torn", "others stand between the events of %s, before #%d of %s", s.Name, c.logs[s.Negotiation][own[k]].Position, s.Negotiation)
		}
	}
	if s.Expect == nil {
		return
	}
	if before, ok := c.expected(s, own[0]); !ok {
		c.fault("false expectation", "%s expected %s at #%d, was accepted, and stands after #%d", s.Name, s.Negotiation, *s.Expect, before)
	}
}

// expected tells whether what a call recorded stands where it was expected. Before
// the first of its events that nobody else sent there may be some that others sent
// as well: which of the calls recorded them is not known.
func (c *checker) expected(s *Call, first int) (before uint64, ok bool) {
	log := c.logs[s.Negotiation]
	for i := first; ; i-- {
		at := uint64(0)
		if i > 0 {
			at = log[i-1].Position
		}
		if i == first {
			before = at
		}
		if at == *s.Expect {
			return before, true
		}
		if i == 0 || !slices.Contains(s.Sent, log[i-1].Event) {
			return before, false
		}
	}
}

// claims looks for events that two calls were told they recorded.
func (c *checker) claims() {
	by := map[key]string{}
	for _, s := range c.calls {
		for _, p := range s.Recorded {
			k := key{s.Negotiation, p.ID}
			if other, ok := by[k]; ok {
				c.fault("claimed twice", "%s and %s were both told that they recorded %s of %s", other, s.Name, p.ID, s.Negotiation)
			}
			by[k] = s.Name
		}
	}
}

// realTime compares the order of the log with that of the clock: what ended
// before a call began stands before what that call recorded.
func (c *checker) realTime() {
	by := map[string][]*Call{}
	for i := range c.calls {
		if s := &c.calls[i]; len(s.Recorded) > 0 && s.Ended > 0 {
			by[s.Negotiation] = append(by[s.Negotiation], s)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(by)) {
		begun := slices.SortedFunc(slices.Values(by[n]), func(a, b *Call) int { return cmp.Compare(a.Begun, b.Begun) })
		ended := slices.SortedFunc(slices.Values(by[n]), func(a, b *Call) int { return cmp.Compare(a.Ended, b.Ended) })
		var last *Call // of those that had ended, the one that stands last
		k := 0
		for _, s := range begun {
			for ; k < len(ended) && ended[k].Ended < s.Begun; k++ {
				if last == nil || ended[k].end() > last.end() {
					last = ended[k]
				}
			}
			if last != nil && s.begin() < last.end() {
				c.fault("reordered", "%s began after %s had ended, and stands at #%d of %s, before #%d", s.Name, last.Name, s.begin(), n, last.end())
			}
		}
	}
}

func (s *Call) begin() uint64 {
	return slices.MinFunc(s.Recorded, byPosition).Position
}

func (s *Call) end() uint64 {
	return slices.MaxFunc(s.Recorded, byPosition).Position
}

func byPosition(a, b Placed) int { return cmp.Compare(a.Position, b.Position) }
