package eventstore

import (
	"fmt"
	"testing"

	"parley/domain"

	"github.com/stretchr/testify/require"
)

func opening(branch string, edit ...func(*Opening)) Opening {
	o := Opening{Negotiation: "talks", Writer: "test", BranchOpened: domain.BranchOpened{
		Branch: domain.NewID(branch), Author: "an author", Purpose: "a purpose",
	}}
	for _, f := range edit {
		f(&o)
	}
	return o
}

// composed names the events of a branch's whole log.
func composed(t testing.TB, s *Store, branch string) []string {
	t.Helper()
	l, err := s.Lineage(t.Context(), "talks", branch)
	require.NoError(t, err)
	var keys []string
	for _, e := range l.Compose("talks", nil) {
		if e.Parked() || e.Event.Key != "" {
			keys = append(keys, keysOf([]domain.Entry{e})...)
		}
	}
	return keys
}

func TestBranch(t *testing.T) {
	everywhere(t, func(t *testing.T, open opener) {
		s := open()
		begin(t, s, "talks")
		_, err := s.Append(t.Context(), Any(), statements("talks", "a", 3), AppendOptions{})
		require.NoError(t, err)
		record := readAll(t, s, "talks", 1)

		b, err := s.OpenBranch(t.Context(), opening("b1", func(o *Opening) { o.Without = []domain.EventRef{"a-1"} }))
		require.NoError(t, err)
		require.Equal(t, fmt.Sprint(record[3].Position), b.At)
		again, err := open().OpenBranch(t.Context(), opening("b1", func(o *Opening) { o.Without = []domain.EventRef{"a-1"} }))
		require.NoError(t, err, "the same opening again changes nothing")
		require.Equal(t, b.Head, again.Head)
		_, err = s.OpenBranch(t.Context(), opening("b1"))
		require.ErrorAs(t, err, new(*TakenError))
		require.Equal(t, []string{"registration", "a-0", "a-2"}, composed(t, s, "b1"))

		in := statements("talks", "own", 2)
		r, err := s.AppendBranch(t.Context(), "b1", Exactly(b.Head), in, AppendOptions{})
		require.NoError(t, err)
		require.Len(t, r.Appended, 2)
		_, err = open().AppendBranch(t.Context(), "b1", Exactly(b.Head), statements("talks", "late", 1), AppendOptions{})
		require.ErrorAs(t, err, new(*ConflictError))
		r, err = open().AppendBranch(t.Context(), "b1", Any(), in, AppendOptions{})
		require.NoError(t, err)
		require.Equal(t, 2, r.Known)
		r, err = open().AppendBranch(t.Context(), "b1", Any(), statements("talks", "a", 1), AppendOptions{})
		require.NoError(t, err)
		require.Equal(t, 1, r.Known, "the branch knows what its parent holds")

		// The record goes on, and the branch does not see it.
		_, err = s.Append(t.Context(), Any(), statements("talks", "later", 1), AppendOptions{})
		require.NoError(t, err)
		require.Equal(t, []string{"registration", "a-0", "a-2", "own-0", "own-1"}, composed(t, s, "b1"))
		require.Equal(t, []string{"registration", "a-0", "a-1", "a-2", "later-0"}, keysOf(readAll(t, s, "talks", 1)))

		// A branch on the branch that follows it.
		_, err = s.OpenBranch(t.Context(), opening("b2", func(o *Opening) { o.Parent, o.FollowParent = "b1", true }))
		require.NoError(t, err)
		_, err = s.AppendBranch(t.Context(), "b2", Any(), statements("talks", "child", 1), AppendOptions{})
		require.NoError(t, err)
		_, err = s.AppendBranch(t.Context(), "b1", Any(), statements("talks", "late", 1), AppendOptions{})
		require.NoError(t, err)
		require.Equal(t, []string{"registration", "a-0", "a-2", "own-0", "own-1", "late-0", "child-0"}, composed(t, s, "b2"))
		r, err = s.AppendBranch(t.Context(), "b2", Any(), statements("talks", "late", 1), AppendOptions{})
		require.NoError(t, err)
		require.Equal(t, 1, r.Known, "it follows its parent")

		list, err := s.Branches(t.Context(), "talks")
		require.NoError(t, err)
		require.Len(t, list, 2)
		require.Equal(t, "an author", list[0].Author)
		require.EqualValues(t, 4, list[0].Count)

		var stands *StandsOnError
		require.ErrorAs(t, s.DropBranch(t.Context(), "talks", "b1", "test", "done"), &stands)
		require.Equal(t, []string{"b2"}, stands.Children)
		require.NoError(t, s.DropBranch(t.Context(), "talks", "b2", "test", "done"))
		require.NoError(t, s.DropBranch(t.Context(), "talks", "b2", "test", "done"), "dropping it again changes nothing")
		_, err = s.Lineage(t.Context(), "talks", "b2")
		var gone *BranchError
		require.ErrorAs(t, err, &gone)
		require.True(t, gone.Dropped)
		_, err = s.OpenBranch(t.Context(), opening("b2"))
		require.ErrorAs(t, err, &gone, "its name stays taken")
		_, err = s.AppendBranch(t.Context(), "b2", Any(), statements("talks", "x", 1), AppendOptions{})
		require.ErrorAs(t, err, &gone)
		require.NoError(t, s.DropBranch(t.Context(), "talks", "b1", "test", "done"))
		list, err = s.Branches(t.Context(), "")
		require.NoError(t, err)
		require.True(t, list[0].Dropped && list[1].Dropped)
		require.EqualValues(t, 1, list[0].Count, "what it held is freed")
	})
}

// A writer that has appended to a branch before learns that another one dropped it.
func TestDroppedBranchTakesNothingFromWhoKnewIt(t *testing.T) {
	dir := t.TempDir()
	s, other := openDir(t, dir, listening), openDir(t, dir)
	begin(t, s, "talks")
	_, err := s.OpenBranch(t.Context(), opening("b1"))
	require.NoError(t, err)
	_, err = other.AppendBranch(t.Context(), "b1", Any(), statements("talks", "own", 1), AppendOptions{})
	require.NoError(t, err)
	require.NoError(t, s.DropBranch(t.Context(), "talks", "b1", "test", "answered"))
	for _, writer := range []*Store{other, s, other} {
		_, err = writer.AppendBranch(t.Context(), "b1", Any(), statements("talks", "late", 1), AppendOptions{})
		var gone *BranchError
		require.ErrorAs(t, err, &gone)
		require.Equal(t, "answered", gone.Reason)
	}
}

func TestBranchReplacesUnderTheSameKey(t *testing.T) {
	s := openDir(t, t.TempDir())
	begin(t, s, "talks")
	_, err := s.Append(t.Context(), Any(), statements("talks", "a", 2), AppendOptions{})
	require.NoError(t, err)
	other := statement("talks", "a-0")
	other.Act = domain.StatementIssued{Content: "something else"}
	for _, c := range []struct {
		branch string
		edit   func(*Opening)
		takes  bool
	}{
		{"plain", func(*Opening) {}, false},
		{"replacing", func(o *Opening) { o.Replace = []domain.EventRef{"a-0"} }, true},
	} {
		_, err := s.OpenBranch(t.Context(), opening(c.branch, c.edit))
		require.NoError(t, err)
		_, err = s.AppendBranch(t.Context(), c.branch, Any(), offer(other), AppendOptions{})
		if c.takes {
			require.NoError(t, err)
			continue
		}
		var faults domain.Faults
		require.ErrorAs(t, err, &faults)
		require.Equal(t, domain.ChangedEvent, faults[0].Problem)
		require.Contains(t, faults[0].Hint, "--replace a-0")
	}
	// What branches do not stand on is advised of otherwise: their own, and the record.
	hint := func(err error) string {
		var faults domain.Faults
		require.ErrorAs(t, err, &faults)
		return faults[0].Hint
	}
	another := *other
	another.Act = domain.StatementIssued{Content: "a third thing"}
	_, err = s.AppendBranch(t.Context(), "replacing", Any(), offer(&another), AppendOptions{})
	require.Contains(t, hint(err), "EventCorrected")
	_, err = s.Append(t.Context(), Any(), offer(other), AppendOptions{})
	require.Contains(t, hint(err), "--correct")
	_, err = s.OpenBranch(t.Context(), opening("child", func(o *Opening) { o.Parent = "replacing" }))
	require.NoError(t, err)
	_, err = s.AppendBranch(t.Context(), "child", Any(), offer(&another), AppendOptions{})
	require.Contains(t, hint(err), "--replace a-0")
}

// What a branch supposes says so in its stored bytes, so that it is no event of the
// record wherever it is carried.
func TestHypotheticalIsInTheBytes(t *testing.T) {
	s := openDir(t, t.TempDir())
	begin(t, s, "talks")
	_, err := s.OpenBranch(t.Context(), opening("b1"))
	require.NoError(t, err)
	_, err = s.AppendBranch(t.Context(), "b1", Any(), statements("talks", "own", 1), AppendOptions{})
	require.NoError(t, err)
	l, err := s.Lineage(t.Context(), "talks", "b1")
	require.NoError(t, err)
	for _, e := range l.Branches[0].Entries {
		require.Contains(t, string(e.Raw), `"hypothetical":"b1"`)
		require.EqualValues(t, "b1", e.Event.SupposedBy)
	}
	own := l.Branches[0].Entries[1]
	_, err = s.Append(t.Context(), Any(), offer(own.Event), AppendOptions{})
	var faults domain.Faults
	require.ErrorAs(t, err, &faults)
	require.Equal(t, domain.NotAllowed, faults[0].Problem)
	_, err = s.js.Publish(t.Context(), recordPrefix+"talks", own.Raw) // by who owns the folder, past the door
	require.NoError(t, err)
	entries := readAll(t, s, "talks", 1)
	require.True(t, entries[len(entries)-1].Parked())
}

func TestBranchOpeningIsRefusedWhole(t *testing.T) {
	s := openDir(t, t.TempDir())
	begin(t, s, "talks")
	_, err := s.OpenBranch(t.Context(), opening("B 1", func(o *Opening) {
		o.Author, o.Purpose, o.Without = "", " ", []domain.EventRef{"nothing", "registration"}
	}))
	var faults domain.Faults
	require.ErrorAs(t, err, &faults)
	require.Len(t, faults, 5)
	_, err = s.OpenBranch(t.Context(), opening("B 1", func(o *Opening) {
		o.Author, o.At, o.Without = "", "9", []domain.EventRef{"a-0"}
	}))
	require.ErrorAs(t, err, &faults)
	require.Len(t, faults, 3, "the fork, and all that does not depend on it")
	for name, o := range map[string]Opening{
		"position beyond the end": opening("b", func(o *Opening) { o.At = "9" }),
		"no such negotiation":     opening("b", func(o *Opening) { o.Negotiation = "walks" }),
		"the record's name":       opening(domain.RecordName),
	} {
		_, err := s.OpenBranch(t.Context(), o)
		require.ErrorAs(t, err, &faults, name)
	}
	_, err = s.OpenBranch(t.Context(), opening("b", func(o *Opening) { o.Parent = "none" }))
	require.ErrorAs(t, err, new(*BranchError))
	_, err = s.AppendBranch(t.Context(), "none", Any(), statements("talks", "a", 1), AppendOptions{})
	require.ErrorAs(t, err, new(*BranchError))
	list, err := s.Branches(t.Context(), "")
	require.NoError(t, err)
	require.Empty(t, list)
}

// A branch forks from its parent only where that has been. What it is opened on is asked
// for again in the words in which it could be asked for.
func TestBranchForksWhereItsParentWas(t *testing.T) {
	s := openDir(t, t.TempDir())
	begin(t, s, "talks")
	_, err := s.Append(t.Context(), Any(), statements("talks", "a", 3), AppendOptions{})
	require.NoError(t, err)
	parent, err := s.OpenBranch(t.Context(), opening("exp"))
	require.NoError(t, err)
	_, err = s.AppendBranch(t.Context(), "exp", Any(), statements("talks", "own", 2), AppendOptions{})
	require.NoError(t, err)
	_, err = s.Append(t.Context(), Any(), statements("talks", "later", 1), AppendOptions{})
	require.NoError(t, err)
	on := func(at string) Opening {
		return opening("x", func(o *Opening) { o.Parent, o.At = "exp", at })
	}
	own := parent.Begun + 1
	for _, at := range []string{"record:1;exp:%d", "record:2;exp:%d", "record:5;exp:%d", "record:1;exp:%d;x:1"} {
		_, err := s.OpenBranch(t.Context(), on(fmt.Sprintf(at, own)))
		require.ErrorAs(t, err, new(domain.Faults), at)
	}
	_, err = s.OpenBranch(t.Context(), on(fmt.Sprintf("exp:%d", parent.Begun-1)))
	require.Error(t, err)
	b, err := s.OpenBranch(t.Context(), on(fmt.Sprintf("exp:%d", own)))
	require.NoError(t, err)
	require.Equal(t, fmt.Sprintf("record:%s;exp:%d", parent.At, own), b.At)
	require.Equal(t, []string{"registration", "a-0", "a-1", "a-2", "own-0"}, composed(t, s, "x"))
	for _, at := range []string{"", b.At, fmt.Sprintf("exp:%d", own)} {
		again, err := s.OpenBranch(t.Context(), on(at))
		require.NoError(t, err, at)
		require.Equal(t, b.Head, again.Head)
	}
	for _, at := range []string{parent.At, "1", fmt.Sprintf("exp:%d", own+1), fmt.Sprintf("record:1;exp:%d", own)} {
		_, err := s.OpenBranch(t.Context(), on(at))
		require.Error(t, err, at)
	}
}

// What stands on a branch is looked at anew at every attempt, also when others opened
// or dropped it since.
func TestDropParent(t *testing.T) {
	everywhere(t, func(t *testing.T, open opener) {
		s, another := open(), open()
		begin(t, s, "talks")
		on := func(parent string) func(*Opening) { return func(o *Opening) { o.Parent = parent } }
		fork := func(name string, edit ...func(*Opening)) {
			_, err := another.OpenBranch(t.Context(), opening(name, edit...))
			require.NoError(t, err)
		}
		drop := func(name string) error { return s.DropBranch(t.Context(), "talks", name, "test", "done") }
		refused := func(children ...string) {
			t.Helper()
			var stands *StandsOnError
			require.ErrorAs(t, drop("base"), &stands)
			require.Equal(t, children, stands.Children)
		}
		fork("base")
		fork("other")
		fork("first", on("base"))
		refused("first")
		fork("third", on("base"))
		fork("second", on("base"))
		refused("first", "second", "third")
		require.NoError(t, another.DropBranch(t.Context(), "talks", "first", "test", "done"))
		require.NoError(t, drop("third"))
		refused("second")
		require.NoError(t, drop("other"), "nothing stands on it")
		require.NoError(t, drop("second"))
		require.NoError(t, drop("base"))
	})
}
