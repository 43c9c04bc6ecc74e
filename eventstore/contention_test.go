package eventstore

import (
	"fmt"
	"testing"

	"parley/domain"

	"github.com/stretchr/testify/require"
)

// Who comes seldom has much to read before he decides, and others append meanwhile. He
// reads that too: else he would always decide on a log that has grown since, and never
// get in.
func TestSeldomWriterClosesIn(t *testing.T) {
	busy := openDir(t, t.TempDir(), listening)
	seldom := openDir(t, busy.Where())
	begin(t, busy, "talks")
	part := 0
	more := func() {
		part++
		_, err := busy.Append(t.Context(), Any(), statements("talks", fmt.Sprint("busy-", part), 5*singlesFirst), AppendOptions{})
		require.NoError(t, err)
	}
	more()
	held, release, err := seldom.books.take(t.Context(), "", []string{"talks"})
	require.NoError(t, err)
	defer release()
	seen := 0
	moved, err := seldom.closeIn(t.Context(), held["talks"], func(domain.Entry) {
		seen++
		if seen == 1 || seen == 6*singlesFirst { // while the first part is read, and the second
			more()
		}
	})
	require.NoError(t, err)
	require.True(t, moved)
	require.Equal(t, 3, part)
	head, err := busy.Head(t.Context(), "talks")
	require.NoError(t, err)
	require.Equal(t, head, held["talks"].head())
	require.Equal(t, 1+3*5*singlesFirst, seen, "each entry once")
}
