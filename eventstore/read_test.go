package eventstore

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"parley/domain"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReadManyFromAnywhere(t *testing.T) {
	everywhere(t, func(t *testing.T, open opener) {
		s := open()
		begin(t, s, "talks")
		begin(t, s, "other")
		const n = 300
		for i := range 3 { // interleaved with another log
			_, err := s.Append(t.Context(), Any(), statements("talks", fmt.Sprint("a", i), n/3), AppendOptions{})
			require.NoError(t, err)
			_, err = s.Append(t.Context(), Any(), statements("other", fmt.Sprint("b", i), 50), AppendOptions{})
			require.NoError(t, err)
		}
		all := readAll(t, s, "talks", 0)
		require.Equal(t, n+1, len(all))
		for _, from := range []int{1, 2, n / 2, n - 10, n} {
			part := readAll(t, s, "talks", all[from].Position)
			require.Equal(t, keysOf(all[from:]), keysOf(part))
		}
		// A reader may leave early.
		for e, err := range s.Read(t.Context(), "talks", 0) {
			require.NoError(t, err)
			if e.Position == all[100].Position {
				break
			}
		}
	})
}

func TestReadEndsAtTheHeadOfTheCall(t *testing.T) {
	s := openDir(t, t.TempDir())
	begin(t, s, "talks")
	_, err := s.Append(t.Context(), Any(), statements("talks", "a", 20), AppendOptions{})
	require.NoError(t, err)
	count := 0
	for _, err := range s.Read(t.Context(), "talks", 0) {
		require.NoError(t, err)
		count++
		_, err = s.Append(t.Context(), Any(), statements("talks", fmt.Sprint("late-", count), 1), AppendOptions{})
		require.NoError(t, err)
	}
	require.Equal(t, 21, count)
}

func TestReadRefusesWhatIsNoID(t *testing.T) {
	s := openDir(t, t.TempDir())
	begin(t, s, "talks")
	for _, id := range []string{"", "*", ">", "talks.more", "Talks"} {
		for _, err := range s.Read(t.Context(), id, 0) {
			require.Error(t, err)
		}
		for _, err := range s.Follow(t.Context(), id, 0) {
			require.Error(t, err)
		}
		_, err := s.Head(t.Context(), id)
		require.Error(t, err)
	}
}

func TestReadCancelled(t *testing.T) {
	s := openDir(t, t.TempDir())
	begin(t, s, "talks")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range s.Read(ctx, "talks", 0) {
		require.ErrorIs(t, err, context.Canceled)
	}
}

// A reader must be able to tell the end of the log from the end of its patience.
func TestReadCancelledHalfway(t *testing.T) {
	s := openDir(t, t.TempDir())
	begin(t, s, "talks")
	const n = 5000
	_, err := s.Append(t.Context(), Any(), statements("talks", "a", n), AppendOptions{})
	require.NoError(t, err)
	for _, after := range []int{1, singlesFirst, singlesFirst + 1, 1000} {
		ctx, cancel := context.WithCancel(t.Context())
		count := 0
		var last error
		for _, err := range s.Read(ctx, "talks", 0) {
			if last = err; err == nil {
				count++
			}
			if count == after {
				cancel()
			}
		}
		cancel()
		require.ErrorIs(t, last, context.Canceled)
		assert.Less(t, count, n)
	}
}

func TestPoisonIsParked(t *testing.T) {
	everywhere(t, func(t *testing.T, open opener) {
		s := open()
		begin(t, s, "talks")
		begin(t, s, "other")
		foreign := statement("other", "foreign")
		foreign.Recorded = made
		moved, err := domain.Encode(foreign)
		require.NoError(t, err)
		for _, poison := range [][]byte{nil, []byte("{"), []byte(`{"specversion":"1.0"}`), {0xff, 0xfe}, moved} {
			_, err := s.js.Publish(t.Context(), "parley.record.talks", poison)
			require.NoError(t, err)
		}
		r, err := s.Append(t.Context(), Any(), statements("talks", "after", 1), AppendOptions{})
		require.NoError(t, err)
		require.Len(t, r.Appended, 1)
		for _, reader := range []*Store{s, open()} {
			log := readAll(t, reader, "talks", 0)
			require.Equal(t, []string{"registration", "parked", "parked", "parked", "parked", "parked", "after-0"}, keysOf(log))
			for _, e := range log[1:6] {
				require.Error(t, e.Fault)
			}
			assert.Equal(t, string(moved), string(log[5].Raw))
			assert.ErrorContains(t, log[5].Fault, "other")
		}
	})
}

// following collects what a follower sees, until a number of entries has come.
func following(t *testing.T, s *Store, negotiation string, from uint64, n int) func() []domain.Entry {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	var out []domain.Entry
	var wg sync.WaitGroup
	wg.Go(func() {
		defer cancel()
		for e, err := range s.Follow(ctx, negotiation, from) {
			if !assert.NoError(t, err) {
				return
			}
			if out = append(out, e); len(out) == n {
				return
			}
		}
	})
	return func() []domain.Entry {
		wg.Wait()
		require.Equal(t, n, len(out), "entries that the follower saw")
		return out
	}
}

func TestFollow(t *testing.T) {
	everywhere(t, func(t *testing.T, open opener) {
		s, writer := open(), open()
		early := following(t, s, "talks", 0, 61) // before there is a log
		begin(t, writer, "talks")
		in := offer(registration("talks"))
		for i := range 3 {
			batch := statements("talks", fmt.Sprint("a", i), 20)
			in = append(in, batch...)
			_, err := writer.Append(t.Context(), Any(), batch, AppendOptions{})
			require.NoError(t, err)
		}
		late := following(t, s, "talks", 60, 3)
		more := statements("talks", "b", 1)
		_, err := writer.Append(t.Context(), Any(), more, AppendOptions{})
		require.NoError(t, err)
		onceEach(t, early(), in)
		require.Equal(t, []string{"a2-18", "a2-19", "b-0"}, keysOf(late()))
	})
}

func TestFollowAll(t *testing.T) {
	s := openDir(t, t.TempDir())
	for _, n := range []string{"a", "b"} {
		begin(t, s, n)
	}
	_, err := s.js.Publish(t.Context(), "parley.record.a", []byte("poison"))
	require.NoError(t, err)
	var seen []string
	for e, err := range s.FollowAll(t.Context(), 0) {
		require.NoError(t, err)
		seen = append(seen, fmt.Sprintf("%s#%d %t", e.Negotiation, e.Position, e.Parked()))
		if len(seen) == 3 {
			break
		}
	}
	require.Equal(t, []string{"a#1 false", "b#2 false", "a#3 true"}, seen)
}

func TestFollowEndsWithItsContext(t *testing.T) {
	s := openDir(t, t.TempDir())
	begin(t, s, "talks")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int)
	go func() {
		n := 0
		for _, err := range s.Follow(ctx, "talks", 0) {
			assert.NoError(t, err)
			n++
			cancel()
		}
		ended <- n
	}()
	require.Equal(t, 1, <-ended)
}

// A server that goes and comes back costs a follower nothing and gives it nothing
// twice, and an append waits for it.
func TestServerRestart(t *testing.T) {
	dir := t.TempDir()
	ns := startExternal(t, dir, -1)
	s := openURL(t, ns.ClientURL())
	begin(t, s, "talks")
	_, err := s.Append(t.Context(), Any(), statements("talks", "a", 30), AppendOptions{})
	require.NoError(t, err)
	const n = 63
	whole := following(t, s, "talks", 0, n)

	restart := func() { ns = restartNATS(t, ns, dir) }
	for i := range 2 {
		var wg sync.WaitGroup
		down := make(chan struct{})
		wg.Go(func() {
			<-down
			_, err := s.Append(t.Context(), Any(), statements("talks", fmt.Sprint("while-down-", i), 1), AppendOptions{})
			assert.NoError(t, err)
		})
		stopNATS(ns)
		close(down)
		time.Sleep(200 * time.Millisecond) // long enough that the append meets no server
		restart()
		wg.Wait()
		_, err = s.Append(t.Context(), Any(), statements("talks", fmt.Sprint("b", i), 15), AppendOptions{})
		require.NoError(t, err)
	}
	want := append(offer(registration("talks")), statements("talks", "a", 30)...)
	for i := range 2 {
		want = append(want, statements("talks", fmt.Sprint("while-down-", i), 1)...)
		want = append(want, statements("talks", fmt.Sprint("b", i), 15)...)
	}
	onceEach(t, whole(), want)
}

func restartNATS(t *testing.T, old *server.Server, dir string) *server.Server {
	t.Helper()
	var port int
	_, err := fmt.Sscanf(old.ClientURL(), "nats://127.0.0.1:%d", &port)
	require.NoError(t, err)
	return startExternal(t, dir, port)
}

// ReadAll shows what reading each negotiation shows, in the order of the log, and
// nothing that stands elsewhere.
func TestReadAll(t *testing.T) {
	s := openDir(t, twoTalks(t, 2*singlesFirst))
	require.NoError(t, publishRaw(s, recordPrefix+"BAD", []byte("poison")))
	require.NoError(t, publishRaw(s, recordPrefix+"lake", []byte("poison")))
	got := map[string][]domain.Entry{}
	last := uint64(0)
	for e, err := range s.ReadAll(t.Context()) {
		require.NoError(t, err)
		require.Greater(t, e.Position, last)
		last = e.Position
		got[e.Negotiation] = append(got[e.Negotiation], e.Entry)
	}
	require.Len(t, got, 2)
	for _, n := range []string{"talks", "lake"} {
		want := readAll(t, s, n, 0)
		require.Equal(t, keysOf(want), keysOf(got[n]))
		require.Equal(t, want[len(want)-1].Position, got[n][len(want)-1].Position)
	}
	for e, err := range openDir(t, t.TempDir()).ReadAll(t.Context()) {
		t.Fatalf("an empty log holds %v, %v", e, err)
	}
}
