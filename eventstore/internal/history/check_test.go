package history

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

func event(id string) Event { return Event{id, "content of " + id} }

func at(position uint64, id string) Entry {
	return Entry{Position: position, Negotiation: "talks", Event: event(id), Recorded: noon.Add(time.Duration(position) * time.Second)}
}

// call is a call that was accepted and recorded these events from a position on.
func call(name string, begun, ended int64, expect *uint64, from uint64, ids ...string) Call {
	c := Call{Name: name, Negotiation: "talks", Expect: expect, Begun: begun, Ended: ended, Outcome: Accepted}
	for i, id := range ids {
		c.Sent = append(c.Sent, event(id))
		c.Recorded = append(c.Recorded, Placed{id, from + uint64(i)})
	}
	return c
}

// good is a history in which all is well, and its log.
func good() ([]Call, []Entry) {
	known := call("b/3", 40, 41, nil, 0, "a")
	known.Recorded = nil // another had recorded it
	lost := Call{Name: "c/1", Negotiation: "talks", Begun: 50, Sent: []Event{event("never")}}
	landed := Call{Name: "c/2", Negotiation: "talks", Begun: 60, Sent: []Event{event("f"), event("g")}, Expect: new(uint64(5))}
	conflict := Call{
		Name: "d/1", Negotiation: "talks", Begun: 70, Ended: 71, Sent: []Event{event("h")},
		Expect: new(uint64(1)), Outcome: Refused, Have: 7,
	}
	calls := []Call{
		call("a/1", 1, 2, new(uint64(0)), 1, "a"),
		call("a/2", 10, 20, nil, 2, "b"),
		call("b/1", 15, 25, new(uint64(2)), 3, "c", "d"),
		call("b/2", 30, 31, nil, 5, "e"),
		known, lost, landed, conflict,
	}
	return calls, []Entry{
		at(1, "a"), at(2, "b"), at(3, "c"), at(4, "d"), at(5, "e"), at(6, "f"), at(7, "g"),
		{Position: 8, Negotiation: "others", Event: event("z"), Recorded: noon},
	}
}

// others is the call that explains the entry of another negotiation.
func others() Call {
	c := call("a/9", 80, 81, new(uint64(0)), 8, "z")
	c.Negotiation = "others"
	return c
}

func TestAllIsWell(t *testing.T) {
	calls, log := good()
	assert.Empty(t, Check(append(calls, others()), log))
}

func TestFaultsAreTold(t *testing.T) {
	drop := func(i int) func([]Call, []Entry) ([]Call, []Entry) {
		return func(c []Call, l []Entry) ([]Call, []Entry) { return c, slices.Delete(l, i, i+1) }
	}
	for name, c := range map[string]struct {
		edit func([]Call, []Entry) ([]Call, []Entry)
		want string
	}{
		"an event is lost":              {drop(1), "lost: a/2 was told that b"},
		"the last event is lost":        {drop(4), "lost: b/2 was told that e"},
		"an event of a batch is lost":   {drop(2), "lost: b/1 was told that c"},
		"half of an unknown batch":      {drop(6), "torn: 1 events of c/2"},
		"a known event is lost":         {drop(0), "lost: b/3 was told that a"},
		"a recorded one of a failed":    {func(c []Call, l []Entry) ([]Call, []Entry) { c[3].Outcome = Refused; return drop(4)(c, l) }, "lost: b/2 was told that e is at #5"},
		"an event is doubled":           {func(c []Call, l []Entry) ([]Call, []Entry) { return c, append(l, at(9, "b")) }, "doubled: b of talks stands at #2 and at #9"},
		"two events have changed place": {func(c []Call, l []Entry) ([]Call, []Entry) { l[1], l[2] = at(2, "c"), at(3, "b"); return c, l }, "moved: a/2 was told that b is at #2 of talks, and it is at #3"},
		"positions fall":                {func(c []Call, l []Entry) ([]Call, []Entry) { l[1], l[4] = l[4], l[1]; return c, l }, "reordered: #3 of talks comes after #5"},
		"a later call stands before": {func(c []Call, l []Entry) ([]Call, []Entry) {
			l[1], l[4] = at(2, "e"), at(5, "b")
			c[1].Recorded[0].Position, c[3].Recorded[0].Position = 5, 2
			c[2].Expect = nil
			return c, l
		}, "reordered: b/2 began after a/2 had ended"},
		"a batch is out of order": {func(c []Call, l []Entry) ([]Call, []Entry) {
			l[2], l[3] = at(3, "d"), at(4, "c")
			c[2].Recorded = []Placed{{"d", 3}, {"c", 4}}
			return c, l
		}, "reordered: the events of b/1 are not in its order"},
		"others within a batch": {func(c []Call, l []Entry) ([]Call, []Entry) {
			l[3], l[4] = at(4, "e"), at(5, "d")
			c[2].Recorded[1].Position, c[3].Recorded[0].Position = 5, 4
			return c, l
		}, "torn: others stand between the events of b/1"},
		"a false Exactly":                   {func(c []Call, l []Entry) ([]Call, []Entry) { c[2].Expect = new(uint64(1)); return c, l }, "false expectation: b/1 expected talks at #1, was accepted, and stands after #2"},
		"a false None":                      {func(c []Call, l []Entry) ([]Call, []Entry) { c[3].Expect = new(uint64(0)); return c, l }, "false expectation: b/2"},
		"a false Exactly nobody heard of":   {func(c []Call, l []Entry) ([]Call, []Entry) { c[6].Expect = new(uint64(4)); return c, l }, "false expectation: c/2"},
		"a phantom":                         {func(c []Call, l []Entry) ([]Call, []Entry) { return c, append(l, at(9, "ghost")) }, "phantom: nobody sent ghost"},
		"a phantom in place of an event":    {func(c []Call, l []Entry) ([]Call, []Entry) { l[4] = at(5, "ghost"); return c, l }, "phantom: nobody sent ghost"},
		"an event with other content":       {func(c []Call, l []Entry) ([]Call, []Entry) { l[4].Content = "altered"; return c, l }, "phantom: e, at #5 of talks, was sent with other content"},
		"recorded though it was refused":    {func(c []Call, l []Entry) ([]Call, []Entry) { return c, append(l, at(9, "h")) }, "phantom: h, at #9 of talks, was recorded, though d/1"},
		"the time of recording goes back":   {func(c []Call, l []Entry) ([]Call, []Entry) { l[4].Recorded = noon; return c, l }, "time: #5 of talks"},
		"two calls recorded the same event": {func(c []Call, l []Entry) ([]Call, []Entry) { c[4].Recorded = []Placed{{"a", 1}}; return c, l }, "claimed twice: a/1 and b/3"},
		"a conflict with no reason":         {func(c []Call, l []Entry) ([]Call, []Entry) { c[7].Have = 9; return c, l }, "unfounded conflict: d/1"},
	} {
		t.Run(name, func(t *testing.T) {
			calls, log := c.edit(good())
			faults := Check(append(calls, others()), log)
			require.NotEmpty(t, faults)
			assert.True(t, slices.ContainsFunc(faults, func(f Fault) bool { return strings.HasPrefix(f.String(), c.want) }), "%v", faults)
		})
	}
}

// Two calls begin a log with the same event; whose it is, is known only when one
// of them is told.
func TestSharedBeginning(t *testing.T) {
	first := Call{Name: "a/1", Negotiation: "talks", Expect: new(uint64(0)), Sent: []Event{event("a"), event("b")}}
	second := Call{Name: "b/1", Negotiation: "talks", Expect: new(uint64(0)), Sent: []Event{event("a"), event("c")}}
	log := []Entry{at(1, "a"), at(2, "b")}
	assert.Empty(t, Check([]Call{first, second}, log))
	assert.Len(t, Check([]Call{first, second}, append(log, at(3, "c"))), 1, "one of them was accepted in vain")
}

// What was noted reads back, also when the writer was killed in the middle.
func TestNotes(t *testing.T) {
	calls, _ := good()
	var file bytes.Buffer
	synced := 0
	w := NewWriter(&file, func() error { synced++; return nil })
	for _, c := range calls {
		begun := c
		begun.Ended, begun.Outcome, begun.Recorded, begun.Have = 0, Unknown, nil, 0
		require.NoError(t, w.Note(begun))
		if c.Ended > 0 {
			require.NoError(t, w.Note(c))
		}
	}
	assert.Equal(t, 14, synced)
	whole := file.Bytes()
	back, err := Parse(bytes.NewReader(whole))
	require.NoError(t, err)
	assert.Equal(t, calls, back)

	back, err = Parse(bytes.NewReader(whole[:len(whole)-10]))
	require.NoError(t, err)
	want := slices.Clone(calls)
	last := &want[len(want)-1]
	last.Ended, last.Outcome, last.Have = 0, Unknown, 0
	assert.Equal(t, want, back, "the call was begun, and nobody saw its end")

	_, err = Parse(strings.NewReader("{}\nnonsense\n"))
	require.ErrorContains(t, err, "line 2")
}
