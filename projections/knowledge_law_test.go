package projections

import (
	"context"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"

	"parley/domain"
	"parley/domain/domaintest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// What a step of knowledge changes, found where it may have changed something, is what
// differs between the whole prints before and after it.
func TestLawLearnedIsDifferenceOfWholePrints(t *testing.T) {
	changes := 0
	rapid.Check(t, func(t *rapid.T) {
		w := domaintest.Talks
		w.Issues = append(w.Issues, "any", "contested")
		log := domaintest.Record(w.Crowd(rapid.IntRange(1, 50).Draw(t, "events")).Draw(t, "log"))
		if rapid.Bool().Draw(t, "disputed") {
			log = disputed(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 3)), 24)
		}
		if rapid.Bool().Draw(t, "plain") {
			for _, e := range log {
				e.Event.After, e.Event.Links, e.Event.Modality = nil, domain.Links{}, ""
			}
		}
		v, err := ParseView(rapid.SampledFrom([]string{
			"", "", "", "as-of=2025-10-27", "as-of=@e-3", "known-by=2025-10-27", "recorded-by=%2315", `lens=!("here"+in+actors)`,
			"as-of=2025-10&lens=modality+==+%22asserted%22",
		}).Draw(t, "view"))
		require.NoError(t, err)
		line := domain.Lineage{Record: log}
		if rapid.Bool().Draw(t, "on a branch") {
			at := rapid.IntRange(1, len(log)).Draw(t, "forks")
			line, v = forked(w, log, at), onBranch(v)
		}
		if _, err := Suppose(w.Negotiation, line, v); err != nil {
			return // the cut names an event that is not there
		}
		for _, x := range sameSteps(t, learnWhole(t, w.Negotiation, line, v), Learn(w.Negotiation, line, v)) {
			changes += len(x.Changes)
		}
	})
	require.Positive(t, changes, "no step changed anything")
}

func onBranch(v View) View {
	v.Branch, v.RecordedBy = "b", Cut{}
	return v
}

// forked puts what comes after a position of a record onto a branch.
func forked(w domaintest.World, log []domain.Entry, at int) domain.Lineage {
	opened := domain.BranchOpened{Branch: "b", Parent: domain.RecordName, At: domain.Position{Record: uint64(at)}.String()}
	own := []domain.Entry{{Position: 1, Event: &domain.Event{
		ID: domain.KeyedID(w.Negotiation, "open"), Negotiation: w.Negotiation, Recorded: domaintest.Start, Body: domain.Body{Act: opened},
	}}}
	for _, e := range log[at:] {
		e.Position = uint64(len(own) + 1)
		own = append(own, e)
	}
	return domain.Lineage{Record: log[:at:at], Branches: []domain.BranchLog{{Opened: opened, Entries: own}}}
}

// sameSteps requires that steps are the wanted ones, as they are printed.
func sameSteps(t require.TestingT, want []Learning, got iter.Seq2[Learning, error]) []Learning {
	var steps []Learning
	for x, err := range got {
		require.NoError(t, err)
		steps = append(steps, x)
	}
	require.Len(t, steps, len(want))
	for i := range want {
		require.Equal(t, want[i].Known, steps[i].Known)
		require.Equal(t, want[i].Undated, steps[i].Undated)
		require.Equal(t, want[i].Events, steps[i].Events)
		require.Equal(t, plainly(t, want[i].Changes), plainly(t, steps[i].Changes))
	}
	return steps
}

// plainChange is a change with both sides as they are printed.
type plainChange struct {
	path, from, to string
	sorts          []Sort
	events         []string
	more           int
}

func plainly(t require.TestingT, changes []Change) (out []plainChange) {
	printed := func(n *Node) string {
		if n == nil {
			return "nothing"
		}
		return printedText(t, n)
	}
	for _, c := range changes {
		out = append(out, plainChange{c.Path, printed(c.From), printed(c.To), c.Sorts, c.Events, c.More})
	}
	return out
}

// learnWhole is Learn in the plain way: everything is printed at every step.
func learnWhole(t require.TestingT, negotiation string, l domain.Lineage, v View) (out []Learning) {
	whole, err := Suppose(negotiation, l, v)
	require.NoError(t, err)
	moments, undated := whole.moments()
	before := &Picture{Selection: whole.without()}
	add := func(after *Picture, m moment) {
		a, err := before.Print("")
		require.NoError(t, err)
		b, err := after.Print("")
		require.NoError(t, err)
		d, err := compareTrees(context.Background(), before, after, a, b)
		require.NoError(t, err)
		out = append(out, Learning{Known: m.text, Undated: m.text == "", Events: m.events, Changes: d.Changes})
		before = after
	}
	var early []string
	for _, m := range moments {
		cut := v
		cut.KnownBy = Cut{instant: m.at}
		after, err := Suppose(negotiation, l, cut)
		if err != nil {
			early = append(early, m.events...)
			continue
		}
		m.events, early = slices.Concat(early, m.events), nil
		add(after, m)
	}
	if undated.events = append(early, undated.events...); len(undated.events) > 0 {
		add(whole, undated)
	}
	return out
}

// What becomes known and relates to nothing is filed into the picture before; what
// relates to something that is known is not.
func TestLearnerGoesOnWithWhatStandsAlone(t *testing.T) {
	var log []domain.Entry
	add := func(key, reported string, b domain.Body) {
		b.Key, b.Reported, b.Occurred, b.Actors = key, domain.MustEDTF(reported), domain.MustEDTF("2025-10-20"), []domain.ActorID{"a"}
		b.Act = domain.DemandMade{Issue: "x", Polarity: domain.For}
		log = append(log, domain.Entry{Position: uint64(len(log) + 1), Event: &domain.Event{
			ID: domain.KeyedID("talks", key), Negotiation: "talks", Recorded: domaintest.Start, Body: b,
		}})
	}
	add("one", "2025-10-21", domain.Body{})
	add("alone", "2025-10-22", domain.Body{})
	add("after", "2025-10-23", domain.Body{After: []domain.EventRef{"one"}})
	add("same", "2025-10-24", domain.Body{Links: domain.Links{SameAct: []domain.EventRef{"one"}}})
	add("denial", "2025-10-25", domain.Body{Modality: domain.Negated})
	add("denied", "2025-10-26", domain.Body{})
	whole, err := Project("talks", log, View{})
	require.NoError(t, err)
	moments, _ := whole.moments()
	knows, before := newLearner(whole), &Picture{Selection: whole.without()}
	var on []string
	for _, m := range moments {
		if p, _, ok := knows.goOn(before, m.at); ok {
			on = append(on, m.events...)
			require.Len(t, p.Happenings, len(before.Happenings)+1)
		}
		before, _, err = knows.next(before, m.at)
		require.NoError(t, err)
	}
	require.Equal(t, []string{"alone"}, on)
}
