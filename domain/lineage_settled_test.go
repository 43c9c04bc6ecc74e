package domain

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// told is an event of a made log: a statement under a key, or what links or withdraws
// others.
func told(key string, act Act, same ...EventRef) Event {
	return Event{ID: EventRef(key).Resolve("talks"), Negotiation: "talks", Body: Body{Key: key, Act: act, Links: Links{SameAct: same}}}
}

// made is a log of events at these positions and after.
func made(first uint64, events ...Event) (log []Entry) {
	for i := range events {
		log = append(log, Entry{Position: first + uint64(i), Event: &events[i]})
	}
	return log
}

// keysOf are the keys of what a lineage comes to.
func keysOf(l Lineage) (keys []string) {
	for _, e := range l.Compose("talks", nil) {
		keys = append(keys, e.Event.Key)
	}
	return keys
}

// A branch that does not follow stands on what its parent left out at the fork. What is
// linked, withdrawn or told below it since changes nothing for it, and does for one that
// follows.
func TestSettledAtItsFork(t *testing.T) {
	said := func(key string) Event { return told(key, StatementIssued{}) }
	open := func(o BranchOpened, own ...Event) BranchLog {
		opening := told("open-"+string(o.Branch), o)
		opening.ID = uuid.NewSHA1(uuid.Nil, []byte(o.Branch))
		return BranchLog{Opened: o, Entries: made(1, append([]Event{opening}, own...)...)}
	}
	record := []Event{said("a"), said("b"), told("ab", EventsLinked{Relation: SameAct, Event: "a", Others: []EventRef{"b"}}), said("c")}
	for name, c := range map[string]struct {
		record, low []Event // what is recorded, and supposed on the lower branch, later
		follows     []string
	}{
		"nothing":                {nil, nil, []string{"ab", "c", "open-low", "open-top"}},
		"a link in the record":   {[]Event{told("ac", EventsLinked{Relation: SameAct, Event: "a", Others: []EventRef{"c"}})}, nil, []string{"ab", "open-low", "open-top", "ac"}},
		"a link on the branch":   {nil, []Event{told("ac", EventsLinked{Relation: SameAct, Event: "a", Others: []EventRef{"c"}})}, []string{"ab", "open-low", "ac", "open-top"}},
		"a withdrawal of a link": {[]Event{told("w", EventWithdrawn{Target: "ab"})}, nil, []string{"b", "ab", "c", "open-low", "open-top", "w"}},
		"another account":        {nil, []Event{told("c2", StatementIssued{}, "a", "c")}, []string{"ab", "open-low", "open-top"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, follows := range []bool{false, true} {
				l := Lineage{Record: made(1, append(record[:4:4], c.record...)...), Branches: []BranchLog{
					open(BranchOpened{Branch: "low", At: "4", FollowParent: true, Without: []EventRef{"a"}}, c.low...),
					open(BranchOpened{Branch: "top", At: "record:4;low:1", FollowParent: follows}),
				}}
				want := []string{"ab", "c", "open-low", "open-top"}
				if follows {
					want = c.follows
				}
				require.ElementsMatch(t, want, keysOf(l), "follows: %v", follows)
			}
		})
	}
}

// Whatever comes later to what it forked from, a branch that does not follow is what it
// was.
func TestLawSettledAtItsFork(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		event := func() Event {
			keys := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"})
			key, one, other := keys.Draw(r, "key"), EventRef(keys.Draw(r, "one")), EventRef(keys.Draw(r, "other"))
			switch rapid.IntRange(0, 3).Draw(r, "kind") {
			case 0:
				return told("link-"+key, EventsLinked{Relation: SameAct, Event: one, Others: []EventRef{other}})
			case 1:
				return told("w-"+key, EventWithdrawn{Target: one})
			case 2:
				return told(key, StatementIssued{}, one)
			default:
				return told(key, StatementIssued{})
			}
		}
		events := func() []Event {
			return rapid.SliceOfN(rapid.Custom(func(*rapid.T) Event { return event() }), 0, 6).Draw(r, "events")
		}
		before, later, low, lowLater := events(), events(), events(), events()
		out := []EventRef{"a"}
		branch := func(name, at string, follows bool, own []Event) BranchLog {
			o := BranchOpened{Branch: NewID(name), At: at, FollowParent: follows}
			if rapid.Bool().Draw(r, "leaves out") {
				o.Without = out
			}
			return BranchLog{Opened: o, Entries: made(1, append([]Event{told("open-"+name, o)}, own...)...)}
		}
		n := uint64(len(before))
		fork := Position{Record: n, Branches: []BranchPosition{{"low", uint64(1 + len(low))}}}
		l := Lineage{Record: made(1, before...), Branches: []BranchLog{
			branch("low", Position{Record: n}.String(), rapid.Bool().Draw(r, "low follows"), low),
			branch("top", fork.String(), false, events()),
		}}
		was := keysOf(l)
		grown := Lineage{Record: append(l.Record, made(n+1, later...)...), Branches: []BranchLog{l.Branches[0], l.Branches[1]}}
		grown.Branches[0].Entries = append(grown.Branches[0].Entries, made(uint64(len(low))+2, lowLater...)...)
		require.Equal(r, was, keysOf(grown))
	})
}

// What was withdrawn names no happening: to leave it out would leave out nothing, and
// nobody would notice. Another account of the happening names it still.
func TestWithdrawnNamesNothing(t *testing.T) {
	log := made(1, told("a", StatementIssued{}), told("b", StatementIssued{}), told("w", EventWithdrawn{Target: "a"}))
	for ref, faults := range map[EventRef]int{"a": 1, "b": 0, "c": 1} {
		for _, o := range []BranchOpened{{Without: []EventRef{ref}}, {Replace: []EventRef{ref}}} {
			o.Branch, o.Parent, o.At, o.Author, o.Purpose = "x", RecordName, "3", "A", "P"
			got := CheckOpening("talks", o, log, func(path string) Place { return Place{Pointer: Pointer(path)} })
			require.Len(t, got, faults, "%s: %v", ref, got)
			for _, f := range got {
				require.Equal(t, UnknownEvent, f.Problem)
			}
		}
	}
}
