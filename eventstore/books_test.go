package eventstore

import (
	"fmt"
	"testing"

	"parley/domain"

	"github.com/stretchr/testify/require"
)

// use takes a book as an append does, after which its ledger has so many events.
func use(t *testing.T, b *books, negotiation string, events int) {
	t.Helper()
	held, release, err := b.take(t.Context(), "", []string{negotiation})
	require.NoError(t, err)
	l := held[negotiation].ledger
	for i := l.Len(); i < events; i++ {
		e := statement(negotiation, fmt.Sprint("key-", i))
		l.Apply(domain.Entry{Position: uint64(i + 1), Event: e})
	}
	release()
}

func TestBooksAreFew(t *testing.T) {
	b := &books{}
	held, release, err := b.take(t.Context(), "", []string{"held"})
	require.NoError(t, err)
	use(t, b, "first", 1)
	for i := range booksKept {
		use(t, b, fmt.Sprint("n-", i), 1)
		use(t, b, "often", 2)
	}
	require.Len(t, b.open, booksKept+1, "the one that is held comes on top")
	require.Equal(t, booksKept, b.idle.Len())
	require.Equal(t, booksKept+1, b.lines)
	require.NotContains(t, b.open, Subject{Negotiation: "first"})
	require.NotContains(t, b.open, Subject{Negotiation: "n-0"})
	require.Contains(t, b.open, Subject{Negotiation: "n-1"})
	require.Contains(t, b.open, Subject{Negotiation: "often"})
	require.Same(t, held["held"], b.open[Subject{Negotiation: "held"}], "whoever holds a book keeps it")
	release()
	require.NotContains(t, b.open, Subject{Negotiation: "held"}, "it has no log")
}

func TestBooksAreNotTooLong(t *testing.T) {
	b := &books{}
	use(t, b, "short", 1)
	use(t, b, "long", 10)
	for _, k := range b.open { // as if they were very long
		b.lines += linesKept / 2
		k.lines += linesKept / 2
	}
	require.Len(t, b.open, 2)
	use(t, b, "next", 1)
	require.NotContains(t, b.open, Subject{Negotiation: "short"})
	require.Contains(t, b.open, Subject{Negotiation: "long"})
	require.Contains(t, b.open, Subject{Negotiation: "next"})
	require.LessOrEqual(t, b.lines, linesKept)

	long := b.open[Subject{Negotiation: "long"}]
	b.lines += linesKept
	long.lines += linesKept
	use(t, b, "last", 1)
	require.Len(t, b.open, 2)
	require.Contains(t, b.open, Subject{Negotiation: "next"})
	require.Contains(t, b.open, Subject{Negotiation: "last"})
	require.Equal(t, 2, b.lines)
}

// TestForgottenBooks: what was forgotten is read again, and nothing is recorded twice.
func TestForgottenBooks(t *testing.T) {
	s := openDir(t, t.TempDir())
	begin(t, s, "talks")
	in := statements("talks", "key", 3)
	_, err := s.Append(t.Context(), Any(), in, AppendOptions{})
	require.NoError(t, err)
	s.books.idle.Init()
	clear(s.books.open)

	r, err := s.Append(t.Context(), Any(), append(in, statements("talks", "more", 1)...), AppendOptions{})
	require.NoError(t, err)
	require.Equal(t, 3, r.Known)
	require.Len(t, r.Appended, 1)
	require.Len(t, readAll(t, s, "talks", 0), 5)
}
