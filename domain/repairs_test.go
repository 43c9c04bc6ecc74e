package domain_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"parley/domain"
	"parley/domain/domaintest"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// said is an event about the world, told apart by its note.
func said(note string) domain.Act { return domain.ThanksExpressed{For: note} }

func corrected(target, note string) domain.Act {
	return corrects(target, said(note))
}

func corrects(target string, by domain.Act) domain.Act {
	return domain.EventCorrected{
		Target: domain.EventRef(target), Reason: "r",
		Replacement: domain.Replacement{Type: domain.TypeOf(by), Body: domain.Body{Act: by}},
	}
}

func withdrawn(target string) domain.Act {
	return domain.EventWithdrawn{Target: domain.EventRef(target), Reason: "r"}
}

// step is an act recorded under a key.
type step struct {
	key string
	act domain.Act
}

func logOf(steps ...step) []domain.Entry {
	var log []domain.Entry
	for i, s := range steps {
		e := &domain.Event{ID: domain.KeyedID("talks", s.key), Negotiation: "talks", Body: domain.Body{Key: s.key, Act: s.act}}
		log = append(log, domain.Entry{Position: uint64(i) + 1, Event: e})
	}
	return log
}

// repairsOf adds a log to repairs, entry by entry; after each it calls ask.
func repairsOf(log []domain.Entry, ask func(*domain.Repairs)) *domain.Repairs {
	positions := map[uuid.UUID]uint64{}
	r := domain.NewRepairs("talks")
	for _, e := range log {
		if _, twice := positions[e.Event.ID]; !twice {
			positions[e.Event.ID] = e.Position
		}
		r.Add(e, func(id uuid.UUID) (uint64, bool) {
			at, ok := positions[id]
			return at, ok
		})
		ask(r)
	}
	return r
}

// word writes the last word on an event down.
func word(r *domain.Repairs, key string) string {
	w, ok := r.Of(domain.KeyedID("talks", key))
	if !ok {
		return "stands"
	}
	by := slices.IndexFunc(keys, func(k string) bool { return domain.KeyedID("talks", k) == w.By })
	if w.Withdrawn {
		return "withdrawn by " + keys[by]
	}
	thanks, _ := w.Body.Act.(domain.ThanksExpressed)
	return fmt.Sprintf("reads %s by %s", thanks.For, keys[by])
}

var keys = []string{"x", "y", "a", "b", "c", "d"}

func TestRepairs(t *testing.T) {
	x := step{"x", said("X")}
	for _, c := range []struct {
		name  string
		steps []step
		then  string // the last word on x
	}{
		{"nothing said", []step{x}, "stands"},
		{"corrected", []step{x, {"a", corrected("x", "A")}}, "reads A by a"},
		{"withdrawn", []step{x, {"a", withdrawn("x")}}, "withdrawn by a"},
		{"corrected twice", []step{x, {"a", corrected("x", "A")}, {"b", corrected("x", "B")}}, "reads B by b"},
		{"corrected after it was withdrawn", []step{x, {"a", withdrawn("x")}, {"b", corrected("x", "B")}}, "reads B by b"},
		{"a correction withdrawn", []step{x, {"a", corrected("x", "A")}, {"b", withdrawn("a")}}, "stands"},
		{"the second correction withdrawn", []step{x, {"a", corrected("x", "A")}, {"b", corrected("x", "B")}, {"c", withdrawn("b")}}, "reads A by a"},
		{"the first correction withdrawn", []step{x, {"a", corrected("x", "A")}, {"b", corrected("x", "B")}, {"c", withdrawn("a")}}, "reads B by b"},
		{"a withdrawal withdrawn", []step{x, {"a", withdrawn("x")}, {"b", withdrawn("a")}}, "stands"},
		{"and that withdrawn", []step{x, {"a", withdrawn("x")}, {"b", withdrawn("a")}, {"c", withdrawn("b")}}, "withdrawn by a"},
		{"a correction corrected", []step{x, {"a", corrected("x", "A")}, {"b", corrects("a", corrected("x", "B"))}}, "reads B by a"},
		{"in its place", []step{x, {"a", corrected("x", "A")}, {"c", corrected("x", "C")}, {"b", corrects("a", corrected("x", "B"))}}, "reads C by c"},
		{"a correction that should have been a withdrawal", []step{x, {"a", corrected("x", "A")}, {"b", corrects("a", withdrawn("x"))}}, "withdrawn by a"},
		{"the correction of a correction withdrawn", []step{x, {"a", corrected("x", "A")}, {"b", corrects("a", corrected("x", "B"))}, {"c", withdrawn("b")}}, "reads A by a"},
		{"aimed at another", []step{x, {"y", said("Y")}, {"a", corrected("y", "A")}, {"b", corrects("a", corrected("x", "B"))}}, "reads B by a"},
		{"before its target", []step{{"a", corrected("x", "A")}, x}, "stands"},
		{"of itself", []step{x, {"a", withdrawn("a")}, {"b", corrected("x", "B")}}, "reads B by b"},
		{"aimed at what came later", []step{x, {"a", corrected("x", "A")}, {"y", said("Y")}, {"b", corrects("a", corrected("y", "B"))}}, "reads A by a"},
		{"a correction that became an act", []step{x, {"a", corrected("x", "A")}, {"b", corrects("a", said("B"))}}, "stands"},
		{"recorded twice", []step{x, {"a", corrected("x", "A")}, {"b", corrected("x", "B")}, {"a", corrected("x", "A")}}, "reads B by b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.then, word(repairsOf(logOf(c.steps...), func(*domain.Repairs) {}), "x"))
		})
	}
}

// TestLawRepairs: the words are those of a slower and simpler account of the
// rule, and they do not hang on when they are asked for.
func TestLawRepairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := domaintest.Record(talks.History(14).Draw(t, "history"))
		var asked []map[uuid.UUID]domain.LastWord
		words := func(r *domain.Repairs) map[uuid.UUID]domain.LastWord {
			all := map[uuid.UUID]domain.LastWord{}
			for _, e := range log {
				if w, ok := r.Of(e.Event.ID); ok {
					all[e.Event.ID] = w
				}
			}
			return all
		}
		slow := repairsOf(log, func(r *domain.Repairs) { asked = append(asked, maps.Clone(words(r))) })
		quick := repairsOf(log, func(*domain.Repairs) {})
		require.Equal(t, words(slow), words(quick))
		require.Equal(t, slow.Len(), quick.Len())
		n := rapid.IntRange(0, len(log)-1).Draw(t, "cut")
		require.Equal(t, words(repairsOf(log[:n+1], func(*domain.Repairs) {})), asked[n], "a prefix of %d", n+1)
		for _, e := range log[:n+1] {
			want, ok := lastWord(log[:n+1], e.Event)
			got, spoken := asked[n][e.Event.ID]
			require.Equal(t, ok, spoken)
			require.Equal(t, want, got.By)
		}
	})
}

// lastWord looks for the last repair of an event that counts itself, as it reads
// after what was said of it.
func lastWord(log []domain.Entry, e *domain.Event) (by uuid.UUID, ok bool) {
	for _, r := range slices.Backward(log) {
		if r.Event.ID == e.ID {
			break // what stands before it cannot repair it
		}
		var target domain.EventRef
		switch a := reading(log, r.Event).(type) {
		case domain.EventCorrected:
			target = a.Target
		case domain.EventWithdrawn:
			target = a.Target
		default:
			continue
		}
		if target.Resolve(talks.Negotiation) == e.ID {
			return r.Event.ID, true
		}
	}
	return uuid.Nil, false
}

// reading is an event's act after what was said of it; nil if it was withdrawn.
func reading(log []domain.Entry, e *domain.Event) domain.Act {
	said, ok := lastWord(log, e)
	if !ok {
		return e.Act
	}
	at := slices.IndexFunc(log, func(s domain.Entry) bool { return s.Event.ID == said })
	if c, ok := reading(log, log[at].Event).(domain.EventCorrected); ok {
		return c.Replacement.Act
	}
	return nil
}

func TestCorrected(t *testing.T) {
	e := &domain.Event{ID: domain.KeyedID("talks", "x"), Negotiation: "talks", Writer: "w", Body: domain.Body{
		Key: "x", Reported: domain.MustEDTF("2025-10-28"), Note: "as it was", Act: said("A"),
	}}
	as := func(b domain.Body) *domain.Event { return domain.Corrected(e, domain.LastWord{Body: &b}) }

	c := as(domain.Body{Act: said("B")})
	require.Equal(t, e.ID, c.ID)
	require.Equal(t, "w", c.Writer)
	require.Equal(t, "x", c.Key)
	require.Equal(t, said("B"), c.Act)
	require.Empty(t, c.Note)
	require.Equal(t, "2025-10-28", c.Reported.String(), "what was known when does not change")
	require.Equal(t, "2025-10-29", as(domain.Body{Reported: domain.MustEDTF("2025-10-29"), Act: said("B")}).Reported.String())
	require.Equal(t, said("A"), e.Act)
}
