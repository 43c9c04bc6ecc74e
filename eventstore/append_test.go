package eventstore

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/domain"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAppendAndRead(t *testing.T) {
	everywhere(t, func(t *testing.T, open opener) {
		s := open()
		empty := readAll(t, s, "talks", 0)
		require.Empty(t, empty)

		r, err := s.Append(t.Context(), None(), append(offer(registration("talks")), statements("talks", "a", 2)...), AppendOptions{})
		require.NoError(t, err)
		require.Len(t, r.Appended, 3)
		assert.Equal(t, Recorded{"talks", domain.KeyedID("talks", "a-1"), 3}, r.Appended[2])
		assert.Equal(t, map[string]uint64{"talks": 3}, r.Heads)

		r, err = s.Append(t.Context(), Exactly(3), statements("talks", "b", 1), AppendOptions{})
		require.NoError(t, err)
		assert.Equal(t, uint64(4), r.Appended[0].Position)

		for _, reader := range []*Store{s, open()} {
			log := readAll(t, reader, "talks", 0)
			require.Equal(t, []string{"registration", "a-0", "a-1", "b-0"}, keysOf(log))
			assert.Equal(t, []string{"a-1", "b-0"}, keysOf(readAll(t, reader, "talks", 3)))
			assert.Empty(t, readAll(t, reader, "talks", 5))
			for i, e := range log {
				assert.Equal(t, uint64(i+1), e.Position)
				assert.False(t, e.Event.Recorded.IsZero())
				again, err := domain.Encode(e.Event)
				require.NoError(t, err)
				assert.Equal(t, string(e.Raw), string(again))
			}
			head, err := reader.Head(t.Context(), "talks")
			require.NoError(t, err)
			assert.Equal(t, uint64(4), head)
		}
	})
}

func TestSeveralNegotiations(t *testing.T) {
	everywhere(t, func(t *testing.T, open opener) {
		s := open()
		in := append(offer(registration("b-talks"), registration("a-talks")), statements("a-talks", "x", 2)...)
		in = append(in, statements("b-talks", "y", 1)...)
		r, err := s.Append(t.Context(), Any(), in, AppendOptions{})
		require.NoError(t, err)
		assert.Equal(t, map[string]uint64{"a-talks": 4, "b-talks": 5}, r.Heads)
		list, err := s.Negotiations(t.Context())
		require.NoError(t, err)
		assert.Equal(t, []Negotiation{{"a-talks", 4, 3}, {"b-talks", 5, 2}}, list)
		// The last message of the stream is not one of this log.
		assert.Equal(t, []string{"registration", "x-0", "x-1"}, keysOf(readAll(t, open(), "a-talks", 0)))

		_, err = s.Append(t.Context(), Exactly(4), in, AppendOptions{})
		var bad *ExpectError
		require.ErrorAs(t, err, &bad)
	})
}

func TestNoExpectation(t *testing.T) {
	s := openDir(t, t.TempDir())
	_, err := s.Append(t.Context(), Expect{}, offer(registration("talks")), AppendOptions{})
	var bad *ExpectError
	require.ErrorAs(t, err, &bad)
}

func TestConflicts(t *testing.T) {
	everywhere(t, func(t *testing.T, open opener) {
		s, other := open(), open()
		begin(t, s, "talks")
		var conflict *ConflictError
		_, err := s.Append(t.Context(), None(), statements("talks", "a", 1), AppendOptions{})
		require.ErrorAs(t, err, &conflict)
		assert.Equal(t, ConflictError{Negotiation: "talks", Want: 0, Have: 1}, *conflict)

		_, err = other.Append(t.Context(), Exactly(1), statements("talks", "b", 2), AppendOptions{})
		require.NoError(t, err)
		// This store has not heard of it.
		_, err = s.Append(t.Context(), Exactly(1), statements("talks", "a", 3), AppendOptions{})
		require.ErrorAs(t, err, &conflict)
		assert.Equal(t, ConflictError{Negotiation: "talks", Want: 1, Have: 3}, *conflict)
		_, err = s.Append(t.Context(), Exactly(99), statements("talks", "a", 1), AppendOptions{})
		require.ErrorAs(t, err, &conflict)
		assert.Equal(t, uint64(99), conflict.Want)
		require.Len(t, keysOf(readAll(t, s, "talks", 0)), 3)
	})
}

// A retry of what is recorded succeeds under any expectation.
func TestRetryOfAConditionalAppend(t *testing.T) {
	dir := t.TempDir()
	s := openDir(t, dir)
	begin(t, s, "talks")
	in := statements("talks", "a", 2)
	for _, known := range []int{0, 2} {
		r, err := s.Append(t.Context(), Exactly(1), in, AppendOptions{})
		require.NoError(t, err)
		assert.Equal(t, known, r.Known)
	}
}

func TestConditionalAppendIsOneBatch(t *testing.T) {
	s := openDir(t, t.TempDir())
	begin(t, s, "talks")
	_, err := s.Append(t.Context(), Exactly(1), statements("talks", "a", MaxBatch+1), AppendOptions{})
	var bad *ExpectError
	require.ErrorAs(t, err, &bad)
	_, err = s.Append(t.Context(), Exactly(1), statements("talks", "a", MaxBatch), AppendOptions{})
	require.NoError(t, err)
	require.Len(t, keysOf(readAll(t, s, "talks", 0)), MaxBatch+1)
}

func TestIdempotence(t *testing.T) {
	everywhere(t, func(t *testing.T, open opener) {
		tiny := func(o *Options) { o.duplicates = 100 * time.Millisecond }
		in := append(offer(registration("talks")), statements("talks", "a", 4)...)
		one := statements("talks", "one", 1)
		for try := range 3 {
			s := open(tiny) // an own memory of the log each time
			for range 2 {
				r, err := s.Append(t.Context(), Any(), in, AppendOptions{})
				require.NoError(t, err)
				assert.Equal(t, len(in), len(r.Appended)+r.Known)
				_, err = s.Append(t.Context(), Any(), one, AppendOptions{})
				require.NoError(t, err)
			}
			time.Sleep(time.Duration(try) * 120 * time.Millisecond) // beyond the server's memory
		}
		onceEach(t, readAll(t, open(), "talks", 0), append(in, one...))
	})
}

func TestIdempotenceAcrossReopen(t *testing.T) {
	dir := t.TempDir()
	in := append(offer(registration("talks")), statements("talks", "a", 20)...)
	for range 3 {
		s := openDir(t, dir)
		_, err := s.Append(t.Context(), Any(), in, AppendOptions{})
		require.NoError(t, err)
		onceEach(t, readAll(t, s, "talks", 0), in)
		require.NoError(t, s.Close())
	}
}

func TestSameIDOtherContent(t *testing.T) {
	everywhere(t, func(t *testing.T, open opener) {
		s := open()
		begin(t, s, "talks")
		_, err := s.Append(t.Context(), Any(), statements("talks", "a", 3), AppendOptions{})
		require.NoError(t, err)

		changed := statements("talks", "a", 5)
		changed[1].Event.Note = "inferred otherwise"
		_, err = s.Append(t.Context(), Any(), changed, AppendOptions{})
		var faults domain.Faults
		require.ErrorAs(t, err, &faults)
		require.Len(t, faults, 1)
		assert.Equal(t, domain.ChangedEvent, faults[0].Problem)
		require.Len(t, keysOf(readAll(t, s, "talks", 0)), 4, "nothing of the input is written")

		correct := AppendOptions{Handling: domain.Handling{Correct: "the date was misread"}}
		r, err := s.Append(t.Context(), Any(), changed, correct)
		require.NoError(t, err)
		assert.Equal(t, 1, r.Corrected)
		assert.Len(t, r.Appended, 3)
		assert.Equal(t, 2, r.Known)
		for _, again := range []*Store{s, open()} {
			r, err = again.Append(t.Context(), Any(), changed, correct)
			require.NoError(t, err)
			assert.Empty(t, r.Appended)
		}
	})
}

// What another process registered counts, though this one has not heard of it.
func TestFaultsAreFoundInTheLogAsItIs(t *testing.T) {
	everywhere(t, func(t *testing.T, open opener) {
		s, other := open(), open()
		begin(t, s, "talks")
		said := statement("talks", "said")
		said.Actors = []domain.ActorID{"pakistan"}
		_, err := s.Append(t.Context(), Any(), offer(said), AppendOptions{})
		var faults domain.Faults
		require.ErrorAs(t, err, &faults)
		assert.Equal(t, domain.Unregistered, faults[0].Problem)

		named := statement("talks", "named")
		named.Occurred, named.Source = domain.EDTF{}, nil
		named.Act = domain.ActorRegistered{Actor: "pakistan", Name: "Pakistan", Kind: "party"}
		_, err = other.Append(t.Context(), Any(), offer(named), AppendOptions{})
		require.NoError(t, err)
		_, err = s.Append(t.Context(), Any(), offer(said), AppendOptions{})
		require.NoError(t, err)
	})
}

func TestDryRun(t *testing.T) {
	s := openDir(t, t.TempDir())
	in := append(offer(registration("talks")), statements("talks", "a", 2)...)
	r, err := s.Append(t.Context(), Any(), in, AppendOptions{DryRun: true})
	require.NoError(t, err)
	assert.Len(t, r.Appended, 3)
	assert.Zero(t, r.Appended[0].Position)
	require.Empty(t, readAll(t, s, "talks", 0))
}

func TestRefusedWhateverTheInput(t *testing.T) {
	s := openDir(t, t.TempDir())
	begin(t, s, "talks")
	fine := statement("talks", "fine")
	for name, edit := range map[string]func(*domain.Event){
		"too large":          func(e *domain.Event) { e.Note = strings.Repeat("a", domain.MaxEventBytes) },
		"no act":             func(e *domain.Event) { e.Act = nil },
		"no negotiation":     func(e *domain.Event) { e.Negotiation = "" },
		"a wildcard":         func(e *domain.Event) { e.Negotiation = "*" },
		"another subject":    func(e *domain.Event) { e.Negotiation = "talks.more" },
		"not registered yet": func(e *domain.Event) { e.Negotiation = "other" },
	} {
		t.Run(name, func(t *testing.T) {
			bad := statement("talks", "bad")
			edit(bad)
			for _, size := range []int{0, MaxBatch} {
				in := append(statements("talks", "many", size), domain.Offer(fine), domain.Offer(bad))
				_, err := s.Append(t.Context(), Any(), in, AppendOptions{})
				var faults domain.Faults
				require.ErrorAs(t, err, &faults)
				require.Equal(t, []string{"registration"}, keysOf(readAll(t, s, "talks", 0)))
			}
		})
	}
	s.books.mu.Lock()
	defer s.books.mu.Unlock()
	require.Len(t, s.books.open, 1, "only what has a log is kept in memory")
}

// What is too large is told with all the other faults, wherever they are.
func TestTooLargeAmongOtherFaults(t *testing.T) {
	s := openDir(t, t.TempDir())
	begin(t, s, "talks")
	tooLarge := func(key, negotiation string) domain.Candidate {
		e := statement(negotiation, key)
		e.Note = strings.Repeat("a", domain.MaxEventBytes)
		return domain.Offer(e)
	}
	at := func(row int, c domain.Candidate) domain.Candidate {
		c.Place = func(path string) domain.Place { return domain.Place{Row: row, Column: path} }
		return c
	}
	actless := statement("talks", "actless")
	actless.Act = nil
	for _, dry := range []bool{false, true} {
		in := append(statements("talks", "fine", 2), domain.Offer(actless),
			at(4, tooLarge("large", "talks")), at(5, tooLarge("large", "talks")),
			at(6, tooLarge("other", "talks")), at(7, tooLarge("nowhere", "unheard-of")), at(8, tooLarge("bad", "no.id")))
		_, err := s.Append(t.Context(), Any(), in, AppendOptions{DryRun: dry})
		var faults domain.Faults
		require.ErrorAs(t, err, &faults)
		rows := map[int]int{}
		others := 0
		for _, f := range faults {
			if f.Problem == domain.TooLarge && f.Column == "key" {
				rows[f.Row]++
			} else {
				others++
			}
		}
		assert.Equal(t, map[int]int{4: 1, 6: 1, 7: 1, 8: 1}, rows)
		assert.Positive(t, others)
	}
}

// Large events make a batch that the server would not take at once.
func TestBatchesAreLimitedInBytes(t *testing.T) {
	s := openDir(t, t.TempDir())
	begin(t, s, "talks")
	in := statements("talks", "large", 40)
	for _, c := range in {
		c.Event.Note = strings.Repeat("a", domain.MaxEventBytes-2000)
	}
	var bad *ExpectError
	_, err := s.Append(t.Context(), Exactly(1), in, AppendOptions{})
	require.ErrorAs(t, err, &bad)
	_, err = s.Append(t.Context(), Any(), in, AppendOptions{})
	require.NoError(t, err)
	require.Len(t, keysOf(readAll(t, s, "talks", 2)), len(in))
}

func TestRacingWithExactly(t *testing.T) {
	everywhere(t, func(t *testing.T, open opener) {
		const writers, rounds = 6, 5
		stores := make([]*Store, writers)
		for i := range stores {
			stores[i] = open()
		}
		begin(t, stores[0], "talks")
		for round := range rounds {
			head := uint64(round + 1)
			var mu sync.Mutex
			var wg sync.WaitGroup
			won, lost := 0, 0
			for i, s := range stores {
				wg.Go(func() {
					in := offer(statement("talks", fmt.Sprintf("round-%d-writer-%d", round, i)))
					_, err := s.Append(t.Context(), Exactly(head), in, AppendOptions{})
					mu.Lock()
					defer mu.Unlock()
					if err == nil {
						won++
						return
					}
					var conflict *ConflictError
					if assert.ErrorAs(t, err, &conflict) {
						assert.Equal(t, head, conflict.Want)
						assert.Equal(t, head+1, conflict.Have)
						lost++
					}
				})
			}
			wg.Wait()
			require.Equal(t, 1, won, "winners of round %d", round)
			require.Equal(t, writers-1, lost)
		}
		require.Len(t, keysOf(readAll(t, stores[0], "talks", 0)), rounds+1)
	})
}

func TestRacingWithAny(t *testing.T) {
	everywhere(t, func(t *testing.T, open opener) {
		const writers, each = 4, 8
		var all []domain.Candidate
		all = append(all, offer(registration("talks"))...)
		first := open()
		begin(t, first, "talks")
		stores := []*Store{first}
		for len(stores) < writers {
			stores = append(stores, open())
		}
		var wg sync.WaitGroup
		for i, s := range stores {
			in := statements("talks", fmt.Sprintf("writer-%d", i), each)
			all = append(all, in...)
			wg.Go(func() {
				for _, c := range in {
					_, err := s.Append(t.Context(), Any(), []domain.Candidate{c}, AppendOptions{})
					assert.NoError(t, err)
				}
			})
		}
		wg.Wait()
		onceEach(t, readAll(t, first, "talks", 0), all)
	})
}

// Two writers bring the same file at once.
func TestRacingWithTheSameFile(t *testing.T) {
	everywhere(t, func(t *testing.T, open opener) {
		in := append(offer(registration("talks")), statements("talks", "row", 2*MaxBatch)...)
		stores := []*Store{open(), open()}
		var wg sync.WaitGroup
		appended := make([]int, len(stores))
		for i, s := range stores {
			wg.Go(func() {
				r, err := s.Append(t.Context(), Any(), in, AppendOptions{})
				assert.NoError(t, err)
				assert.Equal(t, len(in), len(r.Appended)+r.Known)
				appended[i] = len(r.Appended)
			})
		}
		wg.Wait()
		onceEach(t, readAll(t, stores[0], "talks", 0), in)
		require.Equal(t, len(in), appended[0]+appended[1], "each event was recorded by one of them")
	})
}

// Two imports of different files into one negotiation do not starve each other.
func TestRacingImports(t *testing.T) {
	dir := t.TempDir()
	stores := []*Store{openDir(t, dir, listening), openDir(t, dir)}
	begin(t, stores[0], "talks")
	all := offer(registration("talks"))
	var wg sync.WaitGroup
	for i, s := range stores {
		in := statements("talks", fmt.Sprintf("file-%d", i), 3*MaxBatch)
		all = append(all, in...)
		wg.Go(func() {
			r, err := s.Append(t.Context(), Any(), in, AppendOptions{})
			assert.NoError(t, err)
			assert.Equal(t, len(in), len(r.Appended))
		})
	}
	wg.Wait()
	onceEach(t, readAll(t, stores[0], "talks", 0), all)
}

func TestRecordedNeverGoesBack(t *testing.T) {
	now := made
	s := openDir(t, t.TempDir(), func(o *Options) { o.Now = func() time.Time { return now } })
	begin(t, s, "talks")
	for _, step := range []time.Duration{time.Hour, -time.Hour, time.Minute, 2 * time.Hour} {
		now = made.Add(step).Add(123456 * time.Nanosecond)
		_, err := s.Append(t.Context(), Any(), statements("talks", step.String(), 1), AppendOptions{})
		require.NoError(t, err)
	}
	last := time.Time{}
	for _, e := range readAll(t, s, "talks", 0) {
		assert.False(t, e.Event.Recorded.Before(last))
		assert.Zero(t, e.Event.Recorded.Nanosecond()%int(time.Millisecond))
		last = e.Event.Recorded
	}
	assert.Equal(t, made.Add(2*time.Hour), last)
}

func TestProgressAndCancel(t *testing.T) {
	dir := t.TempDir()
	s := openDir(t, dir)
	in := append(offer(registration("talks")), statements("talks", "row", 3*MaxBatch)...)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var seen []int
	r, err := s.Append(ctx, Any(), in, AppendOptions{Progress: func(done, total int) {
		assert.Equal(t, len(in), total)
		seen = append(seen, done)
		cancel()
	}})
	require.ErrorIs(t, err, context.Canceled)
	require.NotEmpty(t, seen)
	assert.Less(t, len(r.Appended), len(in))

	r, err = s.Append(t.Context(), Any(), in, AppendOptions{})
	require.NoError(t, err)
	assert.Positive(t, r.Known)
	onceEach(t, readAll(t, s, "talks", 0), in)
}

func TestKilledImport(t *testing.T) {
	const rows = 20_000
	dir := t.TempDir()
	importer, _ := startChild(t, "import", dir, rows)
	for range 3 {
		importer.line() // batches that were acknowledged
	}
	importer.kill()

	s := openDir(t, dir)
	before := len(readAll(t, s, "talks", 0))
	require.GreaterOrEqual(t, before, 3*MaxBatch, "what was acknowledged is there")
	require.Zero(t, before%MaxBatch, "batches are whole or not there")
	in := append(offer(registration("talks")), statements("talks", "row", rows)...)
	r, err := s.Append(t.Context(), Any(), in, AppendOptions{})
	require.NoError(t, err)
	assert.Equal(t, before, r.Known)
	onceEach(t, readAll(t, s, "talks", 0), in)
}

// What is given away is let go as it is recorded. What was known is left, for those
// who ask what became of it; without the word nothing is touched.
func TestGiveAway(t *testing.T) {
	s := openDir(t, t.TempDir())
	begin(t, s, "talks")
	const known, fresh = 10, MaxBatch + 5
	before := statements("talks", "known", known)
	_, err := s.Append(t.Context(), Any(), before, AppendOptions{})
	require.NoError(t, err)
	require.NotNil(t, before[0].Event)
	in := append(slices.Clone(before), statements("talks", "new", fresh)...)
	r, err := s.Append(t.Context(), Any(), in, AppendOptions{GiveAway: true})
	require.NoError(t, err)
	require.Len(t, r.Appended, fresh)
	require.Equal(t, known, r.Known)
	for i, c := range in {
		require.Equal(t, i < known, c.Event != nil, i)
	}
	onceEach(t, readAll(t, s, "talks", 0), slices.Concat(offer(registration("talks")), before, statements("talks", "new", fresh)))
	all := statements("talks", "all", fresh)
	_, err = s.Append(t.Context(), Any(), all, AppendOptions{GiveAway: true})
	require.NoError(t, err)
	require.Equal(t, make([]domain.Candidate, fresh), all)
}
