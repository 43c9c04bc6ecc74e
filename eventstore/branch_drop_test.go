package eventstore

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"parley/domain"

	"github.com/stretchr/testify/require"
)

// on makes an opening one on a branch.
func on(parent string) func(*Opening) { return func(o *Opening) { o.Parent = parent } }

// opens opens a branch with one event of its own, and tells how it stands.
func opens(t testing.TB, s *Store, name string, edit ...func(*Opening)) Branch {
	t.Helper()
	_, err := s.OpenBranch(t.Context(), opening(name, edit...))
	require.NoError(t, err)
	_, err = s.AppendBranch(t.Context(), name, Any(), statements("talks", "of-"+name, 1), AppendOptions{})
	require.NoError(t, err)
	return looked(t, s, name)
}

func looked(t testing.TB, s *Store, name string) Branch {
	t.Helper()
	b, err := s.Branch(t.Context(), "talks", name)
	require.NoError(t, err)
	return b
}

// records writes an entry of a branch as it is, as somebody did who ended right after.
func records(t testing.TB, s *Store, name string, head uint64, act domain.Act) {
	t.Helper()
	now := s.opts.Now().UTC()
	_, err := s.record(t.Context(), Subject{Branch: name, Negotiation: "talks"}, head, &domain.Event{
		ID: domain.KeyedID("talks", fmt.Sprintf("%T %s", act, name)), Negotiation: "talks", Writer: "test", Time: now, Recorded: now, Body: domain.Body{Act: act},
	})
	require.NoError(t, err)
}

// A branch is opened on one that is just being dropped. Whoever is told that it is open
// reads it, with all that it stands on; else it is as if it had never been opened.
func TestDropRacesWithOpening(t *testing.T) {
	everywhere(t, func(t *testing.T, open opener) {
		s, other := open(), open()
		begin(t, s, "talks")
		for i := range 12 {
			parent, child := fmt.Sprintf("p%d", i), fmt.Sprintf("c%d", i)
			opens(t, s, parent)
			var opened, dropped, read error
			var all sync.WaitGroup
			all.Go(func() { _, opened = other.OpenBranch(t.Context(), opening(child, on(parent))) })
			all.Go(func() { dropped = s.DropBranch(t.Context(), "talks", parent, "test", "done") })
			all.Go(func() { _, read = other.BranchLogs(t.Context(), "talks", parent) })
			all.Wait()
			if read != nil {
				require.ErrorAs(t, read, new(*BranchError), "whoever reads it meanwhile reads it whole, or that it was dropped")
			}
			var gone *BranchError
			if opened != nil {
				require.NoError(t, dropped)
				require.ErrorAs(t, opened, &gone)
				require.Equal(t, parent, gone.Branch)
				_, err := s.BranchLogs(t.Context(), "talks", child)
				require.ErrorAs(t, err, &gone)
				require.EqualValues(t, 1, looked(t, s, parent).Count, "nobody needs its events")
				continue
			}
			require.Equal(t, []string{"registration", "of-" + parent + "-0"}, composed(t, other, child))
			if dropped != nil {
				require.ErrorAs(t, dropped, new(*StandsOnError))
				continue
			}
			require.True(t, looked(t, s, parent).Dropped)
			require.NoError(t, other.DropBranch(t.Context(), "talks", child, "test", "done"))
			require.EqualValues(t, 1, looked(t, s, parent).Count, "its events go with the last that stands on it")
		}
		orphans, err := s.Orphans(t.Context())
		require.NoError(t, err)
		require.Empty(t, orphans)
	})
}

// The drop of a parent is recorded after a branch was opened on it, which it had not
// seen: the events of the parent are kept for that one, and for it alone.
func TestDroppedParentIsKeptForItsBranches(t *testing.T) {
	everywhere(t, func(t *testing.T, open opener) {
		s, other := open(), open()
		begin(t, s, "talks")
		opens(t, s, "ground")
		parent := opens(t, s, "base", on("ground"))
		opens(t, s, "first", on("base"))
		opens(t, s, "second", on("first"))
		records(t, s, "base", parent.Head, dropOf(parent, "done"))
		for range 2 {
			require.NoError(t, other.DropBranch(t.Context(), "talks", "base", "test", "again"), "it is dropped already")
			require.Equal(t, []string{"registration", "of-ground-0", "of-base-0", "of-first-0", "of-second-0"}, composed(t, other, "second"))
		}
		var gone *BranchError
		_, err := s.BranchLogs(t.Context(), "talks", "base")
		require.ErrorAs(t, err, &gone)
		_, err = s.OpenBranch(t.Context(), opening("third", on("base")))
		require.ErrorAs(t, err, &gone)
		_, err = s.AppendBranch(t.Context(), "base", Any(), statements("talks", "late", 1), AppendOptions{})
		require.ErrorAs(t, err, &gone)
		require.Equal(t, "done", gone.Reason)
		b, err := other.OpenBranch(t.Context(), opening("first", on("base")))
		require.NoError(t, err, "the same opening again changes nothing")
		require.Zero(t, b.Count)
		_, err = other.AppendBranch(t.Context(), "second", Any(), statements("talks", "more", 1), AppendOptions{})
		require.NoError(t, err)

		var stands *StandsOnError
		require.ErrorAs(t, s.DropBranch(t.Context(), "talks", "first", "test", ""), &stands)
		require.ErrorAs(t, s.DropBranch(t.Context(), "talks", "ground", "test", ""), &stands, "base is dropped, and what stands on it needs it")
		require.NoError(t, s.DropBranch(t.Context(), "talks", "second", "test", ""))
		require.Greater(t, looked(t, s, "base").Count, uint64(1))
		require.NoError(t, s.DropBranch(t.Context(), "talks", "first", "test", ""))
		require.EqualValues(t, 1, looked(t, s, "base").Count)
		require.NoError(t, s.DropBranch(t.Context(), "talks", "ground", "test", ""))
	})
}

// A branch whose opening was recorded after its parent had been dropped was never open.
// It gives way when somebody comes back to it; until then it is told of.
func TestOpenedTooLate(t *testing.T) {
	everywhere(t, func(t *testing.T, open opener) {
		s, other := open(), open()
		begin(t, s, "talks")
		parent := opens(t, s, "base")
		keeper := opens(t, s, "keeper", on("base"))
		records(t, s, "base", parent.Head, dropOf(parent, "done"))
		late := keeper.BranchOpened
		late.Branch = "late"
		records(t, s, "late", 0, late)
		var gone *BranchError
		_, err := other.BranchLogs(t.Context(), "talks", "late")
		require.ErrorAs(t, err, &gone)
		require.Equal(t, "base", gone.Branch, "its events are there, but not for this one")
		require.NotEmpty(t, composed(t, other, "keeper"))
		orphans, err := s.Orphans(t.Context())
		require.NoError(t, err)
		require.Len(t, orphans, 1)
		require.EqualValues(t, "late", orphans[0].Branch)

		_, err = other.OpenBranch(t.Context(), opening("late", on("base")))
		require.ErrorAs(t, err, &gone)
		require.Equal(t, "base", gone.Branch)
		b := looked(t, s, "late")
		require.True(t, b.Dropped)
		require.Contains(t, b.Reason, "branch base of talks was dropped")
		require.NotEmpty(t, composed(t, other, "keeper"))
	})
}

// What a branch was stays known when its events are gone: to whoever asks, also where
// others dropped it.
func TestDropKeepsProvenance(t *testing.T) {
	everywhere(t, func(t *testing.T, open opener) {
		s, other := open(), open()
		begin(t, s, "talks")
		_, err := s.Append(t.Context(), Any(), statements("talks", "a", 2), AppendOptions{})
		require.NoError(t, err)
		was := opens(t, s, "base", func(o *Opening) {
			o.Writer, o.FollowParent = "opener", true
			o.Without, o.Replace = []domain.EventRef{"a-0"}, []domain.EventRef{"a-1"}
		})
		require.NoError(t, other.DropBranch(t.Context(), "talks", "base", "dropper", "answered"))
		b := looked(t, open(), "base")
		require.Equal(t, was.BranchOpened, b.BranchOpened)
		require.Equal(t, []any{was.Opened, "opener", "dropper", "answered"}, []any{b.Opened, b.Opener, b.DroppedBy, b.Reason})
		require.False(t, b.DroppedAt.Before(b.Opened))
		require.EqualValues(t, 1, b.Count)
	})
}

// Drops of former versions say nothing of what the branch was.
func TestFormerDrops(t *testing.T) {
	s := openDir(t, t.TempDir())
	begin(t, s, "talks")
	parent := opens(t, s, "base")
	records(t, s, "base", parent.Head, domain.BranchDropped{Branch: "base", Reason: "answered"})
	at := Subject{Branch: "base", Negotiation: "talks"}
	subject, err := FormatSubject(at)
	require.NoError(t, err)
	last, err := s.ask(t.Context(), BranchStream, messageRequest{LastFor: subject})
	require.NoError(t, err)
	require.NoError(t, s.purge(t.Context(), at))
	former := strings.Replace(string(last.data), "BranchDropped.v2", "BranchDropped.v1", 1)
	require.NotEqual(t, string(last.data), former)
	_, err = s.js.Publish(t.Context(), subject, []byte(former))
	require.NoError(t, err)
	require.NoError(t, s.purge(t.Context(), at))
	b := looked(t, s, "base")
	require.True(t, b.Dropped)
	require.Equal(t, "answered", b.Reason)
	require.NoError(t, s.DropBranch(t.Context(), "talks", "base", "test", ""))
	opens(t, s, "other")
	require.NoError(t, s.DropBranch(t.Context(), "talks", "other", "test", ""))
}

// The same opening again changes nothing, wherever the record has come to since.
func TestOpenedAgain(t *testing.T) {
	s := openDir(t, t.TempDir())
	begin(t, s, "talks")
	_, err := s.Append(t.Context(), Any(), statements("talks", "a", 2), AppendOptions{})
	require.NoError(t, err)
	was := opens(t, s, "b")
	child := opens(t, s, "c", on("b"), func(o *Opening) { o.At = "b:2" })
	require.Equal(t, []string{"3", "record:3;b:2"}, []string{was.At, child.At})
	_, err = s.Append(t.Context(), Any(), statements("talks", "later", 1), AppendOptions{})
	require.NoError(t, err)
	_, err = s.AppendBranch(t.Context(), "b", Any(), statements("talks", "more", 1), AppendOptions{})
	require.NoError(t, err)
	at := func(text string) func(*Opening) { return func(o *Opening) { o.At = text } }
	for _, same := range []Opening{
		opening("b"), opening("b", at("3")), opening("b", at("#3")),
		opening("c", on("b")), opening("c", on("b"), at("b:2")), opening("c", on("b"), at("record:3;b:2")),
	} {
		again, err := s.OpenBranch(t.Context(), same)
		require.NoError(t, err, "%+v", same)
		require.Zero(t, again.Count)
		require.Equal(t, map[string]string{"b": was.At, "c": child.At}[string(same.Branch)], again.At)
	}
	for _, other := range []Opening{
		opening("b", at("2")), opening("b", func(o *Opening) { o.Purpose = "another" }),
		opening("c"), opening("c", on("b"), at("b:1")),
	} {
		_, err := s.OpenBranch(t.Context(), other)
		require.ErrorAs(t, err, new(*TakenError), "%+v", other)
	}
	_, err = s.OpenBranch(t.Context(), opening("c", on("b"), at("record:2;b:2")))
	require.ErrorAs(t, err, new(domain.Faults), "where its parent never was")
}

// However many branches stand on one, the error names only some of them.
func TestStandsOnIsShort(t *testing.T) {
	one := &StandsOnError{Branch: "b", Children: []string{"c-1"}}
	require.Contains(t, one.Error(), "c-1")
	many := &StandsOnError{Branch: "b"}
	for i := range 5000 {
		many.Children = append(many.Children, fmt.Sprintf("c-%d", i))
	}
	require.Contains(t, many.Error(), "c-0")
	require.Contains(t, many.Error(), "4990")
	require.Less(t, len(many.Error()), 200)
}
