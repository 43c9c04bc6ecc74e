package projections_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"parley/domain"
	"parley/projections"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestLawOrderOfArrival: in whatever order events arrive, and however ids are
// numbered in the log, the state is the same.
func TestLawOrderOfArrival(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := history(t, 12)
		for _, e := range log {
			switch e.Event.Act.(type) {
			case domain.EventCorrected, domain.EventWithdrawn:
				// The last word recorded counts, so repairs keep their places.
				return
			default:
			}
		}
		seed := rapid.Uint64().Draw(t, "seed")
		shuffled := slices.Clone(log)
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		for i := range shuffled {
			shuffled[i].Position = uint64(i + 1)
		}
		for _, v := range views {
			require.Equal(t, state(t, log, v), state(t, shuffled, v), "view %q", v)
		}
	})
}

// TestLawRecordedByIsTruncation: a recorded-by cut equals replaying the truncated
// log.
func TestLawRecordedByIsTruncation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := history(t, 12)
		at := rapid.IntRange(1, len(log)).Draw(t, "position")
		require.Equal(t, state(t, log[:at], ""), state(t, log, fmt.Sprintf("recorded-by=%%23%d", at)))
		byTime := log[at-1].Event.Recorded.Format(time.RFC3339)
		through := slices.IndexFunc(log, func(e domain.Entry) bool { return e.Event.Recorded.After(log[at-1].Event.Recorded) })
		if through < 0 {
			through = len(log)
		}
		require.Equal(t, state(t, log[:through], ""), state(t, log, "recorded-by="+byTime))
	})
}

// TestLawNoHindsight: what is reported after a known-by cut changes nothing under
// it, but for what control events say.
func TestLawNoHindsight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := history(t, 12)
		// A link of the coder's counts whoever reported it and when, so what links
		// join stays; and a correction may bring a report forward.
		joined := map[domain.EventRef]bool{}
		for _, e := range log {
			for _, r := range []domain.Relation{"same-act", "same-statement", "contradicts"} {
				for _, to := range e.Event.Links.Of(r) {
					joined[to], joined[domain.EventRef(e.Event.Key)] = true, true
				}
			}
			switch a := e.Event.Act.(type) {
			case domain.EventCorrected:
				joined[a.Target] = true
			case domain.EventsLinked:
				joined[a.Event] = true
				for _, o := range a.Others {
					joined[o] = true
				}
			default:
			}
		}
		zone, _ := time.LoadLocation("Asia/Karachi")
		cut := domain.MustEDTF("2025-10-29").Bounds(zone).Latest
		var known []domain.Entry
		for _, e := range log {
			late := !e.Event.Control() && (e.Event.Reported.IsZero() || e.Event.Reported.Bounds(zone).Earliest > cut)
			if late && !joined[domain.EventRef(e.Event.Key)] {
				continue
			}
			known = append(known, e)
		}
		require.Equal(t, state(t, known, "known-by=2025-10-29"), state(t, log, "known-by=2025-10-29"))
	})
}

// TestLawTwiceIsOnce: an event that stands in the log twice counts once.
func TestLawTwiceIsOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := history(t, 10)
		again := log[rapid.IntRange(0, len(log)-1).Draw(t, "again")]
		again.Position = uint64(len(log) + 1)
		require.Equal(t, state(t, log, ""), state(t, append(slices.Clone(log), again), ""))
	})
}

// TestLawCutsNarrow: cuts only take raw events away, and an earlier cut takes at
// least what a later one takes.
func TestLawCutsNarrow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := history(t, 12)
		for _, key := range []string{"as-of", "known-by"} {
			var wider map[string]bool
			for _, date := range []string{"", "2025-11-03", "2025-10-29", "2025-10-28", "2025-10-26"} {
				view := ""
				if date != "" {
					view = key + "=" + date
				}
				kept := map[string]bool{}
				for _, a := range project(t, log, view).Accounts {
					kept[a.Name()] = true
					require.True(t, wider == nil || wider[a.Name()], "%s is in %s but not in the wider cut", a.Name(), view)
				}
				wider = kept
			}
		}
	})
}

// TestLawOrderIsPartialOrder: precedence has no cycles, is transitive, and the
// line in which happenings are folded keeps it.
func TestLawOrderIsPartialOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := project(t, history(t, 14), rapid.SampledFrom(views).Draw(t, "view"))
		hs := p.Happenings
		for i, a := range hs {
			for j, b := range hs {
				if j <= i {
					require.False(t, p.Precedes(a, b), "%s is folded after %s", a.Name(), b.Name())
				}
				for _, c := range hs {
					if p.Precedes(a, b) && p.Precedes(b, c) {
						require.True(t, p.Precedes(a, c), "%s < %s < %s", a.Name(), b.Name(), c.Name())
					}
				}
			}
		}
	})
}

// TestLawEvolveSharesNothing: going on from a state in two ways gives two states, and
// leaves the state as it was.
func TestLawEvolveSharesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := project(t, history(t, 14), "")
		at := rapid.IntRange(0, len(p.Happenings)).Draw(t, "at")
		var s projections.State
		for _, h := range p.Happenings[:at] {
			s = projections.Evolve(s, h)
		}
		before := printState(t, p, s)
		var branches []projections.State
		var printed []string
		for _, h := range p.Happenings {
			branches = append(branches, projections.Evolve(s, h))
			printed = append(printed, printState(t, p, branches[len(branches)-1]))
		}
		require.Equal(t, before, printState(t, p, s))
		for i, b := range branches {
			require.Equal(t, printed[i], printState(t, p, b), "what was evolved later changed it")
		}
	})
}

// TestLawAnyOrderOfFolding: folding the happenings in any order, every linear
// extension among them, gives the same state.
func TestLawAnyOrderOfFolding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := project(t, history(t, 12), rapid.SampledFrom(views).Draw(t, "view"))
		var s projections.State
		for _, i := range rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)).Perm(len(p.Happenings)) {
			s = projections.Evolve(s, p.Happenings[i])
		}
		require.Equal(t, printState(t, p, p.State), printState(t, p, s))
	})
}

// TestLawEveryValueHasAReason: whatever differs from the empty state rests on
// events.
func TestLawEveryValueHasAReason(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := project(t, history(t, 10), "")
		all, err := p.Print("")
		require.NoError(t, err)
		for _, path := range []string{"drafts", "rounds", "positions"} {
			n, err := all.Walk(path)
			require.NoError(t, err)
			for _, element := range n.Elements() {
				entity, _ := n.Get(element)
				require.NotEmpty(t, entity.Because(), "%s/%s rests on nothing", path, element)
			}
		}
	})
}

// TestLawCutsCompose: two cuts of one kind come to their minimum, two lenses to their
// intersection, in either order.
func TestLawCutsCompose(t *testing.T) {
	dates := []string{"2025-10-25", "2025-10-26", "2025-10-27", "2025-10-28", "2025-10-29", "2025-11-02"}
	lenses := []string{`source.side != "a"`, `reliability <= "B"`, `source.vantage == "eyewitness"`, `act.version == 1`}
	rapid.Check(t, func(t *rapid.T) {
		log := history(t, 12)
		i, j := rapid.IntRange(0, len(dates)-1).Draw(t, "one"), rapid.IntRange(0, len(dates)-1).Draw(t, "other")
		for _, key := range []string{"as-of", "known-by"} {
			one, other := project(t, log, key+"="+dates[i]), project(t, log, key+"="+dates[j])
			require.Equal(t, namesOf(project(t, log, key+"="+dates[min(i, j)])), inBoth(one, other), key)
		}
		a, err := projections.CompileLens(rapid.SampledFrom(lenses).Draw(t, "lens"))
		require.NoError(t, err)
		b, err := projections.CompileLens(rapid.SampledFrom(lenses).Draw(t, "other lens"))
		require.NoError(t, err)
		both, err := a.And(b)
		require.NoError(t, err)
		swapped, err := b.And(a)
		require.NoError(t, err)
		under := func(l projections.Lens) *projections.Picture {
			return project(t, log, projections.View{Lens: l.String()}.String())
		}
		require.Equal(t, inBoth(under(a), under(b)), namesOf(under(both)))
		require.Equal(t, state(t, log, projections.View{Lens: both.String()}.String()), state(t, log, projections.View{Lens: swapped.String()}.String()))
	})
}

func namesOf(p *projections.Picture) []string {
	names := []string{}
	for _, a := range p.Accounts {
		names = append(names, a.Name())
	}
	return names
}

func inBoth(p, q *projections.Picture) []string {
	there := namesOf(q)
	return slices.DeleteFunc(namesOf(p), func(n string) bool { return !slices.Contains(there, n) })
}
