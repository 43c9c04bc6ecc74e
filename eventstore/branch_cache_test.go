package eventstore

import (
	"fmt"
	"sync"
	"testing"

	"parley/domain"

	"github.com/stretchr/testify/require"
)

// forget forgets all that was read.
func (c *branchCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.logs, c.bytes = nil, 0
	c.order.Init()
}

// A branch that was read is read on, not again; whoever appends, drops or opens, the
// reader sees it.
func TestBranchIsReadOn(t *testing.T) {
	everywhere(t, func(t *testing.T, open opener) {
		s, another := open(), open()
		begin(t, s, "talks")
		_, err := s.OpenBranch(t.Context(), opening("b1"))
		require.NoError(t, err)
		read := func() []domain.Entry {
			logs, err := s.BranchLogs(t.Context(), "talks", "b1")
			require.NoError(t, err)
			return logs[len(logs)-1].Entries
		}
		require.Len(t, read(), 1)
		for i := range 3 {
			_, err = another.AppendBranch(t.Context(), "b1", Any(), statements("talks", fmt.Sprint("own-", i), 20), AppendOptions{})
			require.NoError(t, err)
			before := read()
			require.Len(t, before, 1+20*(i+1))
			again := read()
			require.Same(t, before[len(before)-1].Event, again[len(again)-1].Event, "it was not read a second time")
		}
		s.branchRead.forget()
		require.Len(t, read(), 61)
		require.NoError(t, another.DropBranch(t.Context(), "talks", "b1", "test", "done"))
		_, err = s.BranchLogs(t.Context(), "talks", "b1")
		var gone *BranchError
		require.ErrorAs(t, err, &gone)
		require.True(t, gone.Dropped)
	})
}

// What is kept is bounded, but for the log that is in use; many may read at once.
func TestBranchCacheIsBounded(t *testing.T) {
	var c branchCache
	entry := func(position uint64) domain.Entry {
		return domain.Entry{Position: position, Raw: make([]byte, cachedBytes/4)}
	}
	scans := 0
	scan := func(from, to uint64) ([]domain.Entry, error) {
		return c.read(Subject{Branch: "b", Negotiation: fmt.Sprint("n", to)}, to, func(begin uint64, yield func(domain.Entry) bool) error {
			scans++
			require.Equal(t, from, begin)
			for p := begin; p <= to; p++ {
				yield(entry(p))
			}
			return nil
		})
	}
	for _, to := range []uint64{1, 2, 6, 1, 2} { // 6 is longer than all that is kept
		got, err := scan(1, to)
		require.NoError(t, err)
		require.Len(t, got, int(to))
		require.True(t, c.bytes <= cachedBytes || c.order.Len() == 1)
	}
	require.Equal(t, 5, scans, "the long one drove the others out")
	_, err := scan(1, 2)
	require.NoError(t, err)
	require.Equal(t, 5, scans)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			_, err := c.read(Subject{Branch: "b", Negotiation: "n2"}, 2, nil)
			require.NoError(t, err)
		})
	}
	all.Wait()
}
