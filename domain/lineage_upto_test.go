package domain

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A lineage at its own position is itself, as far as it is seen; at an earlier one each
// log is shorter.
func TestLineageUpTo(t *testing.T) {
	at := func(positions ...uint64) (log []Entry) {
		for _, p := range positions {
			log = append(log, Entry{Position: p})
		}
		return log
	}
	l := Lineage{Record: at(1, 4, 9), Branches: []BranchLog{
		{Opened: BranchOpened{Branch: "a", FollowParent: true}, Entries: at(2, 3)},
		{Opened: BranchOpened{Branch: "b", FollowParent: true}, Entries: at(5, 7, 8)},
	}}
	require.Equal(t, "record:9;a:3;b:8", l.Position(nil).String())
	require.Equal(t, l, l.UpTo(l.Position(nil)))
	p, err := ParsePosition("record:8;a:2;b:7")
	require.NoError(t, err)
	was := l.UpTo(p)
	require.Equal(t, "record:4;a:2;b:7", was.Position(nil).String())
	require.Len(t, l.Record, 3, "it is not changed")
	require.Empty(t, l.UpTo(Position{Record: 9}).Branches[0].Entries)
	require.Equal(t, append(was.Record, Entry{Position: 6})[2].Position, uint64(6))
	require.EqualValues(t, 9, l.Record[2].Position, "nor by who goes on from the part")
}
