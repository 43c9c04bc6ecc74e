package eventstore

import (
	"fmt"
	"strings"
	"testing"

	"parley/domain"

	"github.com/stretchr/testify/require"
)

// A branch, and a negotiation, take only so much, whoever sends it.
func TestBranchesHaveRoom(t *testing.T) {
	everywhere(t, func(t *testing.T, open opener) {
		small := func(o *Options) { o.room = room{branches: 3, events: 5, bytes: 20_000} }
		s, other := open(small), open(small)
		begin(t, s, "talks")
		begin(t, s, "walks")
		_, err := s.Append(t.Context(), Any(), statements("talks", "a", 50), AppendOptions{})
		require.NoError(t, err, "the record is no branch")
		_, err = s.OpenBranch(t.Context(), opening("b"))
		require.NoError(t, err)
		add := func(s *Store, opt AppendOptions, in ...domain.Candidate) (Receipt, error) {
			return s.AppendBranch(t.Context(), "b", Any(), in, opt)
		}
		_, err = add(s, AppendOptions{}, statements("talks", "own", 3)...)
		require.NoError(t, err)
		var full *RoomError
		for _, opt := range []AppendOptions{{}, {DryRun: true}} {
			r, err := add(other, opt, statements("talks", "more", 3)...)
			require.ErrorAs(t, err, &full)
			require.Equal(t, RoomError{Negotiation: "talks", Branch: "b", Has: 3, Asked: 3, Limit: 5, Of: "events"}, *full)
			require.Empty(t, r.Appended)
		}
		_, err = add(other, AppendOptions{}, statements("talks", "own", 4)...)
		require.NoError(t, err, "three of them are known")
		_, err = add(s, AppendOptions{}, statements("talks", "own", 6)...)
		require.ErrorAs(t, err, &full)
		long := statement("talks", "long")
		long.Note = strings.Repeat("n", 20_000)
		for _, opt := range []AppendOptions{{DryRun: true}, {}} {
			_, err = add(other, opt, domain.Offer(long))
			require.ErrorAs(t, err, &full)
			require.Equal(t, "bytes", full.Of)
		}
		require.Len(t, composed(t, s, "b"), 55)

		for i, by := range []*Store{other, s} {
			_, err = by.OpenBranch(t.Context(), opening(fmt.Sprintf("b%d", i)))
			require.NoError(t, err)
		}
		require.NoError(t, s.DropBranch(t.Context(), "talks", "b0", "test", ""))
		_, err = other.OpenBranch(t.Context(), opening("b2"))
		require.ErrorAs(t, err, &full)
		require.Equal(t, RoomError{Negotiation: "talks", Has: 3, Asked: 1, Limit: 3, Of: "branches"}, *full)
		_, err = other.OpenBranch(t.Context(), opening("b1"))
		require.NoError(t, err, "it is open already")
		_, err = s.OpenBranch(t.Context(), opening("b2", func(o *Opening) { o.Negotiation = "walks" }))
		require.NoError(t, err, "each negotiation has room of its own")
	})
}

// What is longer than a batch, and longer than a branch may be, is refused before any of
// it is recorded, and a dry run is told the same. What just fits is taken.
func TestBranchIsFullBeforeTheFirstBatch(t *testing.T) {
	const events = MaxBatch + 200
	in := func() []domain.Candidate { return statements("talks", "own", events) }
	dir, limit := t.TempDir(), int64(1)
	open := func() *Store {
		return openDir(t, dir, func(o *Options) { o.room = room{branches: 3, events: 2 * events, bytes: limit} })
	}
	s := open()
	begin(t, s, "talks")
	_, err := s.OpenBranch(t.Context(), opening("b"))
	require.NoError(t, err)
	refusal := func(opt AppendOptions) RoomError {
		r, err := s.AppendBranch(t.Context(), "b", Any(), in(), opt)
		var full *RoomError
		require.ErrorAs(t, err, &full)
		require.Empty(t, r.Appended)
		require.EqualValues(t, 1, looked(t, s, "b").Count)
		return *full
	}
	for range 2 {
		dry := refusal(AppendOptions{DryRun: true})
		require.Equal(t, dry, refusal(AppendOptions{}))
		require.Equal(t, "bytes", dry.Of)
		limit = dry.Has + dry.Asked - 1
		require.NoError(t, s.Close())
		s = open()
	}
	limit++
	require.NoError(t, s.Close())
	s = open()
	for _, opt := range []AppendOptions{{DryRun: true}, {}} {
		r, err := s.AppendBranch(t.Context(), "b", Any(), in(), opt)
		require.NoError(t, err)
		require.Len(t, r.Appended, events)
	}
}

// A dry run refuses an event that is too long, as an append does.
func TestDryRunRefusesLongEvents(t *testing.T) {
	s := openDir(t, t.TempDir())
	begin(t, s, "talks")
	long := statement("talks", "long")
	long.Note = strings.Repeat("n", domain.MaxEventBytes)
	var told []domain.Faults
	for _, opt := range []AppendOptions{{DryRun: true}, {}} {
		_, err := s.Append(t.Context(), Any(), offer(long), opt)
		var faults domain.Faults
		require.ErrorAs(t, err, &faults)
		told = append(told, faults)
	}
	require.Equal(t, told[1], told[0])
}

// Far from the limit the branches are counted now and then only, and yet not passed.
func TestBranchesAreCounted(t *testing.T) {
	const limit = 2*recount + 10
	s := openDir(t, t.TempDir(), func(o *Options) { o.room = room{branches: limit, events: 1, bytes: 1 << 20} })
	begin(t, s, "talks")
	for i := range limit {
		_, err := s.OpenBranch(t.Context(), opening(fmt.Sprintf("b%d", i)))
		require.NoError(t, err)
	}
	_, err := s.OpenBranch(t.Context(), opening("more"))
	require.ErrorAs(t, err, new(*RoomError))
}

// Each opener with a share has that many branches of a negotiation, whichever process he
// comes to and whatever he drops, and leaves room for the others.
func TestShareOfBranches(t *testing.T) {
	everywhere(t, func(t *testing.T, open opener) {
		s, other := open(), open()
		begin(t, s, "talks")
		begin(t, s, "walks")
		by := func(writer string, share int) func(*Opening) {
			return func(o *Opening) { o.Writer, o.Share = writer, share }
		}
		for i, at := range []*Store{s, other, s} {
			_, err := at.OpenBranch(t.Context(), opening(fmt.Sprintf("sim-%d", i), by("sim", 3)))
			require.NoError(t, err)
		}
		require.NoError(t, s.DropBranch(t.Context(), "talks", "sim-0", "sim", "done"))
		for range 2 {
			for _, at := range []*Store{s, other, open()} {
				_, err := at.OpenBranch(t.Context(), opening("more", by("sim", 3)))
				var full *RoomError
				require.ErrorAs(t, err, &full)
				require.Equal(t, RoomError{Negotiation: "talks", Opener: "sim", Has: 3, Asked: 1, Limit: 3, Of: "branches"}, *full)
			}
		}
		_, err := s.OpenBranch(t.Context(), opening("sim-1", by("sim", 3)))
		require.NoError(t, err, "it is open already")
		_, err = s.OpenBranch(t.Context(), opening("of-another", by("another", 3)))
		require.NoError(t, err)
		_, err = other.OpenBranch(t.Context(), opening("of-an-analyst", by("sim", 0)))
		require.NoError(t, err)
		_, err = s.OpenBranch(t.Context(), opening("sim-0", by("sim", 3), func(o *Opening) { o.Negotiation = "walks" }))
		require.NoError(t, err, "each negotiation has shares of its own")
	})
}

// Who opened the branches is looked up only where a share may be used up, and of each
// branch once.
func TestOpenersAreLookedUpOnce(t *testing.T) {
	dir := t.TempDir()
	s := openDir(t, dir, listening)
	begin(t, s, "talks")
	for i := range 20 {
		_, err := s.OpenBranch(t.Context(), opening(fmt.Sprintf("b-%d", i), func(o *Opening) { o.Writer = fmt.Sprint("sim-", i%2) }))
		require.NoError(t, err)
	}
	late := openDir(t, dir)
	opened := func(name string, share int) error {
		_, err := late.OpenBranch(t.Context(), opening(name, func(o *Opening) { o.Writer, o.Share = "sim-1", share }))
		return err
	}
	require.NoError(t, opened("far", recount+100))
	require.Len(t, late.origins.at, 1, "with so few branches nobody has used up his share")
	require.ErrorAs(t, opened("near", 11), new(*RoomError))
	require.Len(t, late.origins.at, 21)
	require.NoError(t, opened("just", 12))
	require.ErrorAs(t, opened("over", 12), new(*RoomError))
}
