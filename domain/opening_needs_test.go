package domain_test

import (
	"fmt"
	"testing"

	"parley/domain"
	"parley/domain/domaintest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// event is one that is said under a key; occurred, for it speaks of the world.
func event(key string, act domain.Act, actors ...domain.ActorID) *domain.Event {
	e := &domain.Event{
		ID: domain.KeyedID(talks.Negotiation, key), Negotiation: talks.Negotiation, Writer: "parley:test",
		Body: domain.Body{Key: key, Act: act, Actors: actors},
	}
	if !e.Control() {
		e.Occurred = domain.MustEDTF("2025-10-26")
	}
	return e
}

func logged(events ...*domain.Event) (log []domain.Entry) {
	for i, e := range events {
		log = append(log, domain.Entry{Position: uint64(i) + 1, Event: e})
	}
	return log
}

// following is a branch that follows its parent from a fork, and what is supposed on it.
func following(name domain.NewID, at string, own ...*domain.Event) domain.BranchLog {
	o := domain.BranchOpened{Branch: name, At: at, FollowParent: true}
	return domain.BranchLog{Opened: o, Entries: logged(append([]*domain.Event{event("open-"+string(name), o)}, own...)...)}
}

// What a branch was written on since it was opened, it is not forked without.
func TestForkKeepsWhatWasWrittenOn(t *testing.T) {
	said := func(key string, actors ...domain.ActorID) *domain.Event {
		return event(key, domain.StatementIssued{Content: "the talks go on"}, actors...)
	}
	negotiation := event("n", domain.NegotiationRegistered{Title: "Talks", TimeZone: "UTC"})
	zz := event("zz", domain.ActorRegistered{Actor: "zz", Name: "Z", Kind: "party"})
	corrected := event("", domain.EventCorrected{Target: "s1", Reason: "r", Replacement: domain.Replacement{
		Type: "StatementIssued", Body: domain.Body{Act: domain.StatementIssued{}, Actors: []domain.ActorID{"zz"}},
	}})
	renamed := event("", domain.EventCorrected{Target: "aa", Reason: "r", Replacement: domain.Replacement{Type: "ActorRegistered", Body: zz.Body}})
	after := said("p2")
	after.After = []domain.EventRef{"s4"}
	byID := event("w", domain.EventWithdrawn{Target: domain.EventRef(domain.KeyedID(talks.Negotiation, "s4").String()), Reason: "r"})
	low := following("low", "3", said("l2"), zz)
	for name, c := range map[string]struct {
		fourth *domain.Event // of the record; it came when the branch was there
		low    []domain.BranchLog
		own    *domain.Event // then supposed
		at     string
		stands bool
	}{
		"an actor":                       {zz, nil, said("p2", "zz"), "record:3;p:2", false},
		"an actor, who is there":         {zz, nil, said("p2", "zz"), "record:4;p:2", true},
		"an actor, with less of its own": {zz, nil, said("p2", "zz"), "record:3;p:1", true},
		"an actor known before":          {zz, nil, said("p2", "aa"), "record:3;p:2", true},
		"an actor of the replacement":    {zz, nil, corrected, "record:3;p:2", false},
		"an actor by correction":         {renamed, nil, said("p2", "zz"), "record:3;p:2", false},
		"an issue":                       {event("i", domain.IssueRegistered{Issue: "i", Title: "I"}), nil, event("p2", domain.PositionStated{Issue: "i", Stance: "demands"}, "aa"), "record:3;p:2", false},
		"a ceasefire":                    {event("c", domain.CeasefireRegistered{Ceasefire: "c", Title: "C"}), nil, event("p2", domain.CeasefireStatusDeclared{Ceasefire: "c", Status: "holding"}, "aa"), "record:3;p:2", false},
		"what is withdrawn":              {said("s4"), nil, event("w", domain.EventWithdrawn{Target: "s4", Reason: "r"}), "record:3;p:2", false},
		"what is withdrawn by its id":    {said("s4"), nil, byID, "record:3;p:2", false},
		"what is withdrawn, and there":   {said("s4"), nil, byID, "record:4;p:2", true},
		"what it comes after":            {said("s4"), nil, after, "record:3;p:2", false},
		"an actor of the branch below":   {said("s4"), []domain.BranchLog{low}, said("p2", "zz"), "record:4;low:2;p:2", false},
		"all of the branch below":        {said("s4"), []domain.BranchLog{low}, said("p2", "zz"), "record:3;low:3;p:2", true},
	} {
		t.Run(name, func(t *testing.T) {
			aa := event("aa", domain.ActorRegistered{Actor: "aa", Name: "A", Kind: "party"})
			parent := domain.Lineage{Record: logged(negotiation, aa, said("s1"), c.fourth), Branches: c.low}
			on := "3"
			if len(c.low) > 0 {
				on = "record:3;low:1"
			}
			parent.Branches = append(parent.Branches, following("p", on, c.own))
			got, err := domain.Fork(c.at, parent.Position(nil), parent)
			if !c.stands {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.at, got.String())
		})
	}
}

// Wherever a branch may be forked, what it comes to there could be recorded anew; and it
// may be forked wherever it has been.
func TestLawForkStandsAlone(t *testing.T) {
	refused, taken := 0, 0
	rapid.Check(t, func(r *rapid.T) {
		g := growing{Lineage: domain.Lineage{Record: logged(event("n", domain.NegotiationRegistered{Title: "Talks", TimeZone: "UTC"}))}}
		g.grow(r, 1)
		for i := range rapid.IntRange(1, 3).Draw(r, "branches") {
			b := following(domain.NewID(fmt.Sprintf("b%d", i)), g.Position(nil).String())
			b.Opened.FollowParent = rapid.IntRange(0, 3).Draw(r, "follows") > 0
			g.Branches, g.was = append(g.Branches, b), nil
			g.grow(r, 10)
		}
		end := g.Position(nil)
		for _, p := range g.was {
			_, err := domain.Fork(p, end, g.Lineage)
			require.NoError(r, err, "it has been there")
		}
		for range 8 {
			at := domain.Position{Record: rapid.Uint64Range(1, end.Record).Draw(r, "of the record")}
			for _, l := range end.Branches {
				at.Branches = append(at.Branches, domain.BranchPosition{Branch: l.Branch, At: rapid.Uint64Range(1, l.At).Draw(r, "of a branch")})
			}
			fork, err := domain.Fork(at.String(), end, g.Lineage)
			if err != nil {
				refused++
				continue
			}
			taken++
			child := following("child", fork.String())
			child.Opened.FollowParent = false
			var all []*domain.Event
			for _, e := range (domain.Lineage{Record: g.Record, Branches: append(g.Branches[:len(g.Branches):len(g.Branches)], child)}).Compose(talks.Negotiation, nil) {
				if _, opens := e.Event.Act.(domain.BranchOpened); !opens {
					all = append(all, e.Event)
				}
			}
			decide(r, talks.Ledger(nil), domaintest.Offer(all...), "")
		}
	})
	require.Positive(t, refused)
	require.Positive(t, taken)
}

// growing is a lineage that events come to, and where its last branch has been.
type growing struct {
	domain.Lineage
	was []string
}

// grow offers n events or more to the record or a branch. What is refused changes nothing.
func (g *growing) grow(r *rapid.T, n int) {
	g.was = append(g.was, g.Position(nil).String())
	for range rapid.IntRange(n, 2*n).Draw(r, "events") {
		depth := rapid.IntRange(0, len(g.Branches)).Draw(r, "to")
		to := domain.Lineage{Record: g.Record, Branches: g.Branches[:depth]}
		d, faults := domain.Decide(ledgers(to.Ledger(talks.Negotiation)), domaintest.Offer(drawnNeed(r)), domain.Handling{})
		if len(faults) > 0 {
			continue
		}
		log := &g.Record
		if depth > 0 {
			log = &g.Branches[depth-1].Entries
		}
		for _, e := range d.Append {
			*log = append(*log, domain.Entry{Position: uint64(len(*log)) + 1, Event: e})
		}
		g.was = append(g.was, g.Position(nil).String())
	}
}

// drawnNeed is an event that gives what others need, or needs what others give.
func drawnNeed(r *rapid.T) *domain.Event {
	name := rapid.SampledFrom([]string{"a", "b"}).Draw(r, "name")
	switch rapid.IntRange(0, 5).Draw(r, "kind") {
	case 0:
		return event("actor-"+name, domain.ActorRegistered{Actor: domain.NewID(name), Name: name, Kind: "party"})
	case 1:
		return event("issue-"+name, domain.IssueRegistered{Issue: domain.NewID(name), Title: name})
	case 2:
		return event("position-"+name, domain.PositionStated{Issue: domain.IssueID(name), Stance: "demands"})
	case 3:
		return event("withdrawal-"+name, domain.EventWithdrawn{Target: domain.EventRef("said-" + name), Reason: "an error"})
	case 4:
		return event("by-"+name, domain.StatementIssued{Content: name}, domain.ActorID(name))
	default:
		return event("said-"+name, domain.StatementIssued{Content: name})
	}
}
