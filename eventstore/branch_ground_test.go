package eventstore

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"parley/domain"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The ledger of a branch that follows its parent is read on, and is at any time what
// reading all of it anew makes, whoever appended what and where.
func TestLawReadOn(t *testing.T) {
	dir := t.TempDir()
	s, other := openDir(t, dir, listening), openDir(t, dir)
	world, readOn := 0, 0
	rapid.Check(t, func(r *rapid.T) {
		world++
		talks := fmt.Sprintf("talks-%d", world)
		_, err := s.Append(t.Context(), None(), offer(registration(talks)), AppendOptions{})
		require.NoError(r, err)
		_, err = s.Append(t.Context(), Any(), statements(talks, "k", 3), AppendOptions{})
		require.NoError(r, err)
		for i, b := range []string{"low", "high", "top"} {
			o := opening(b, func(o *Opening) {
				o.Negotiation, o.Parent = talks, []string{domain.RecordName, "low", "high"}[i]
				o.FollowParent = b == "top" || rapid.IntRange(0, 3).Draw(r, "follows") > 0
				out := []domain.EventRef{domain.EventRef(fmt.Sprintf("k-%d", i))}
				switch rapid.IntRange(0, 5).Draw(r, "leaves out") {
				case 0:
					o.Without = out
				case 1:
					o.Replace = out
				}
			})
			_, err := s.OpenBranch(t.Context(), o)
			require.NoError(r, err)
		}
		for range rapid.IntRange(1, 12).Draw(r, "events") {
			by := []*Store{s, other}[rapid.IntRange(0, 1).Draw(r, "by")]
			in := offer(drawnEvent(r, talks))
			// What is refused changes nothing.
			if to := rapid.SampledFrom([]string{domain.RecordName, "low", "high", "top"}).Draw(r, "to"); to == domain.RecordName {
				_, _ = by.Append(t.Context(), Any(), in, AppendOptions{})
			} else {
				_, _ = by.AppendBranch(t.Context(), to, Any(), in, AppendOptions{})
			}
			if rapid.Bool().Draw(r, "look") {
				readOn += compareLedger(t.Context(), r, s, Subject{Branch: "top", Negotiation: talks})
			}
		}
		readOn += compareLedger(t.Context(), r, s, Subject{Branch: "top", Negotiation: talks})
	})
	require.Positive(t, readOn, "some of them were read on, not anew")
}

// drawnEvent is an event under one of a few keys.
func drawnEvent(r *rapid.T, negotiation string) *domain.Event {
	name := func(what string) string { return fmt.Sprintf("k-%d", rapid.IntRange(0, 6).Draw(r, what)) }
	key, e := domain.EventRef(name("other")), statement(negotiation, name("key"))
	switch rapid.IntRange(0, 7).Draw(r, "kind") {
	case 0:
		e.Key, e.ID = "", domain.KeyedID(negotiation, string("w"+key))
		e.Body = domain.Body{Act: domain.EventWithdrawn{Target: key, Reason: "a reason"}}
	case 1:
		e.Body = domain.Body{Key: e.Key, Act: domain.ActorRegistered{Actor: "north", Name: "North " + string(key), Kind: "party"}}
	case 2:
		e.Body = domain.Body{Key: e.Key, Act: domain.EventsLinked{Relation: domain.SameAct, Event: key, Others: []domain.EventRef{domain.EventRef(name("third"))}}}
	case 3:
		e.Links.SameAct = []domain.EventRef{key}
	case 4:
		e.Act = domain.StatementIssued{Content: "something else"}
	}
	return e
}

// compareLedger brings the ledger that a store keeps of a branch up to date, and
// compares it with one that is read anew. It gives 1 where it was not read anew itself.
func compareLedger(ctx context.Context, r *rapid.T, s *Store, at Subject) int {
	probe := statements(at.Negotiation, "probe", 1)
	was := (*domain.Ledger)(nil)
	if k := s.books.open[at]; k != nil {
		was = k.ledger
	}
	_, err := s.AppendBranch(ctx, at.Branch, Any(), probe, AppendOptions{DryRun: true})
	require.NoError(r, err)
	kept := s.books.open[at]
	subject, err := FormatSubject(at)
	require.NoError(r, err)
	anew := &book{at: at, subject: subject, ledger: domain.NewLedger(at.Negotiation)}
	_, err = s.readBranch(ctx, anew, func(domain.Entry) {})
	require.NoError(r, err)
	for _, k := range []*book{kept, anew} { // both know the repairs in force
		_, faults := domain.Decide(map[string]*domain.Ledger{at.Negotiation: k.ledger}, slices.Clone(probe), domain.Handling{Correct: "c"})
		require.Empty(r, faults)
	}
	require.True(r, reflect.DeepEqual(anew.ledger, kept.ledger))
	require.Equal(r, []any{anew.entries, anew.bytes}, []any{kept.entries, kept.bytes})
	if was == kept.ledger {
		return 1
	}
	return 0
}

// What comes to the parent of a branch that follows it is read on, also where the parent
// is dropped and kept for the branch; and the drop of the branch is seen.
func TestFollowingBranchIsReadOn(t *testing.T) {
	everywhere(t, func(t *testing.T, open opener) {
		s, other := open(), open()
		begin(t, s, "talks")
		follows := func(o *Opening) { o.FollowParent = true }
		opens(t, s, "low", follows)
		opens(t, s, "top", on("low"), follows)
		at := Subject{Branch: "top", Negotiation: "talks"}
		add := func(by *Store, branch, key string) Receipt {
			t.Helper()
			r, err := by.AppendBranch(t.Context(), branch, Any(), statements("talks", key, 1), AppendOptions{})
			require.NoError(t, err)
			return r
		}
		add(s, "top", "first")
		ledger := s.books.open[at].ledger
		for i := range 3 {
			_, err := other.Append(t.Context(), Any(), statements("talks", fmt.Sprint("record", i), 2), AppendOptions{})
			require.NoError(t, err)
			add(other, "low", fmt.Sprint("low", i))
			add(other, "top", fmt.Sprint("top", i))
			for _, known := range []string{"record", "low", "top"} {
				require.Equal(t, 1, add(s, "top", fmt.Sprint(known, i)).Known, known)
			}
			require.Len(t, add(s, "top", fmt.Sprint("own", i)).Appended, 1)
		}
		require.Same(t, ledger, s.books.open[at].ledger, "it was not read a second time")

		low := looked(t, s, "low")
		records(t, other, "low", low.Head, dropOf(low, "done"))
		add(s, "top", "after")
		require.Equal(t, 1, add(s, "top", "low0").Known, "what the branch stands on is kept for it")
		require.NoError(t, other.DropBranch(t.Context(), "talks", "top", "test", "answered"))
		_, err := s.AppendBranch(t.Context(), "top", Any(), statements("talks", "late", 1), AppendOptions{})
		var gone *BranchError
		require.ErrorAs(t, err, &gone)
		require.Equal(t, "answered", gone.Reason)
	})
}
