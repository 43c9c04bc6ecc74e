package eventstore

import (
	"math"
	"testing"

	"parley/eventstore/blocks"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A mark that reads, but says what cannot be, is told as damage of the mark: neither
// does anybody count up to it, nor does a repair write as many positions.
func TestMarkThatCannotBe(t *testing.T) {
	for name, mark := range map[string]marks{
		"of the branches": {Last: 4, Branches: math.MaxUint64},
		"of the record":   {Last: 30_000_000, Branches: 6},
		"as far as can":   {Last: math.MaxUint64, Branches: 6},
		"given up":        {Last: 4, Accepted: 5, Branches: 6},
	} {
		t.Run(name, func(t *testing.T) {
			dir := branched(t)
			before, err := folder{dir}.readMark()
			require.NoError(t, err)
			if mark.Last == 4 {
				mark.Last = before.Last
			}
			if mark.Accepted > 0 {
				mark.Accepted = mark.Last + 1
			}
			require.NoError(t, folder{dir}.write(markFile, mark.encode()))
			var damage *DamageError
			_, err = Open(t.Context(), Options{Dir: dir})
			require.ErrorAs(t, err, &damage)
			require.Contains(t, damage.Detail, "high-water mark")
			require.Empty(t, damage.Lost)
			s := openDir(t, dir, func(o *Options) { o.OnDamage = ReadDamaged })
			require.Empty(t, verified(t, s, nil).Findings)
			require.NoError(t, s.Close())
			require.NoError(t, openDir(t, dir, func(o *Options) { o.OnDamage = AcceptLoss }).Close())
			require.NoError(t, openDir(t, dir).Close())
			have, err := folder{dir}.readMark()
			require.NoError(t, err)
			assert.Equal(t, before, have)
		})
	}
}

// What was not deleted is told in ranges, however wide.
func TestUndeletedOfAWideRange(t *testing.T) {
	r := &blocks.Report{}
	require.Equal(t, []blocks.Gap{{From: 3, To: math.MaxUint64}}, r.Undeleted(3, math.MaxUint64))
	require.Empty(t, r.Undeleted(4, 3))
}

// A repair leaves out only so much.
func TestRebuildLeavesOutOnlySoMuch(t *testing.T) {
	r := &rebuilder{stream: RecordStream, next: map[string]uint64{RecordStream: 5}, gaps: map[string]uint64{}}
	require.ErrorContains(t, r.fill(t.Context(), 5+backupGapMax+1), "more than can be left out")
	require.Empty(t, r.gaps)
}
