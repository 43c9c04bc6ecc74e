package eventstore

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// doctored is a log, the lines that were kept of it, and what was done to it.
type doctored struct {
	log  []stored
	kept []keptLine
	want map[string]int // findings of each kind
	same int            // entries that agree
}

// newDoctored is a log of n entries to which nothing was done.
func newDoctored(n int) *doctored {
	x := &doctored{want: map[string]int{}, same: n}
	for i := range n {
		m := stored{recordPrefix + "talks", uint64(i + 1), fmt.Appendf(nil, "entry %d", i)}
		x.log = append(x.log, m)
		x.kept = append(x.kept, keptLine{Line: lineOf(m)})
	}
	return x
}

// lose takes entries away, in place.
func (x *doctored) lose(from, to int) {
	for i := from; i < to; i++ {
		x.log[i].data = nil
		if !x.kept[i].damaged {
			x.want[Dropped]++
		}
	}
	x.same -= to - from
}

func (x *doctored) change(from, to int) {
	for i := from; i < to; i++ {
		x.log[i].data = append(slices.Clone(x.log[i].data), '!')
	}
	x.want[Changed] += to - from
	x.same -= to - from
}

// compare compares the log with what was kept.
func (x *doctored) compare(t require.TestingT) *Verification {
	source := func(_ context.Context, yield func(stored) bool) error {
		for _, m := range x.log {
			if m.data != nil && !yield(m) {
				break
			}
		}
		return nil
	}
	var kept iter.Seq2[keptLine, error] = func(yield func(keptLine, error) bool) {
		for _, l := range x.kept {
			if !yield(l, nil) {
				return
			}
		}
	}
	v := &Verification{}
	require.NoError(t, v.run(context.Background(), source, kept, uint64(len(x.log)), VerifyOptions{}))
	return v
}

// check demands that exactly what was done is found.
func (x *doctored) check(t require.TestingT) {
	v := x.compare(t)
	got := map[string]int{}
	for _, f := range v.Findings {
		got[f.Kind]++
	}
	maps.DeleteFunc(x.want, func(_ string, n int) bool { return n == 0 })
	if v.More > 0 {
		total := 0
		for _, n := range x.want {
			total += n
		}
		require.Equal(t, total, len(v.Findings)+v.More)
	} else {
		require.Equal(t, x.want, got, "%+v", v.Findings[:min(6, len(v.Findings))])
	}
	require.EqualValues(t, x.same, lengthOfAll(v.agreed))
}

// However much is gone in a row, nothing else is said to be gone, and all else is compared.
func TestMuchIsGone(t *testing.T) {
	const n, block = 40_003, 15_888
	for name, at := range map[string]int{"first": 0, "middle": block, "the end": n - block, "all but one at the end": n - block - 1} {
		t.Run(name, func(t *testing.T) {
			x := newDoctored(n)
			x.lose(at, at+block)
			v := x.compare(t)
			assert.Equal(t, block, len(v.Findings)+v.More)
			assert.Equal(t, uint64(at+1), v.Findings[0].Position)
			for _, f := range v.Findings {
				require.Equal(t, Dropped, f.Kind)
			}
			assert.EqualValues(t, n-block, lengthOfAll(v.agreed))
		})
	}
	x := newDoctored(3000) // with what stands on both sides of it changed as well
	x.change(900, 1000)
	x.lose(1000, 2000)
	x.change(2000, 2300)
	x.check(t)
	x.log = append(x.log, newDoctored(5000).log[3000:]...) // recorded since
	x.check(t)
	x = newDoctored(10) // where there is hardly more
	x.change(8, 9)
	x.log = append(x.log, newDoctored(12).log[10:]...)
	x.check(t)
}

// What happens to entries that stay where they are is found for what it is, wherever and
// however close together it happens.
func TestLawFindingsAreWhatWasDone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := newDoctored(rapid.IntRange(1, 4000).Draw(t, "entries"))
		n := len(x.log)
		free := func(at, length int) (int, int) { return min(at, n), min(at+length, n) }
		var whole []int // positions that swaps may use
		for at := 0; at < n; {
			length := rapid.OneOf(rapid.IntRange(1, 5), rapid.IntRange(1, 1500)).Draw(t, "length")
			from, to := free(at, length)
			switch rapid.SampledFrom([]string{"leave", "leave", "lose", "change", "hashes", "hashes and lose"}).Draw(t, "what") {
			case "leave":
				if to-from > 2 {
					whole = append(whole, from+1)
				}
			case "lose":
				x.lose(from, to)
			case "change":
				x.change(from, to)
			case "hashes":
				x.spoil(from, min(to, from+5))
				to = min(to, from+5)
			case "hashes and lose":
				to = min(to, from+5)
				x.spoil(from, to)
				x.same += to - from // taken off once
				x.lose(from, to)
			}
			at = to
		}
		if len(whole) >= 2 && rapid.Bool().Draw(t, "swap") {
			a, b := whole[0], whole[len(whole)-1]
			x.log[a].data, x.log[b].data = x.log[b].data, x.log[a].data
			x.want[Moved] += 2
			x.same -= 2
		}
		if rapid.Bool().Draw(t, "recorded since") {
			x.log = append(x.log, newDoctored(n + 700).log[n:]...)
		}
		x.check(t)
	})
}

// spoil damages lines that were kept.
func (x *doctored) spoil(from, to int) {
	for i := from; i < to; i++ {
		x.kept[i] = keptLine{damaged: true}
	}
	x.want[Hashes] += to - from
	x.same -= to - from
}

// A log that somebody wrote anew has no holes: what was taken out or put in shifts what
// comes after. Each is found, with one finding more for each shift.
func TestLawFindingsOfALogWrittenAnew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := newDoctored(4000)
		type edit struct {
			kind       string
			at, length int
		}
		var edits []edit
		for at := rapid.IntRange(0, 300).Draw(t, "first"); at < len(x.log)-400 && len(edits) < farTries; {
			e := edit{kind: rapid.SampledFrom([]string{Dropped, Inserted, Changed, Moved}).Draw(t, "kind"), at: at, length: rapid.IntRange(1, 60).Draw(t, "length")}
			if e.kind == Dropped && rapid.Bool().Draw(t, "much") {
				e.length = rapid.IntRange(1, 300).Draw(t, "many")
			}
			edits = append(edits, e)
			at += e.length + rapid.IntRange(2*window, 800).Draw(t, "distance")
		}
		for _, e := range slices.Backward(edits) {
			switch e.kind {
			case Dropped:
				x.log = slices.Delete(x.log, e.at, e.at+e.length)
				x.want[Dropped] += e.length
				x.same -= e.length
				x.want[Shifted]++
			case Inserted:
				var list []stored
				for i := range e.length {
					list = append(list, stored{recordPrefix + "talks", 0, fmt.Appendf(nil, "new %d %d", e.at, i)})
				}
				x.log = slices.Insert(x.log, e.at, list...)
				x.want[Inserted] += e.length
				x.want[Shifted]++
			case Changed:
				x.change(e.at, e.at+e.length)
			case Moved: // far behind all others
				m := x.log[e.at]
				x.log = slices.Insert(slices.Delete(x.log, e.at, e.at+1), len(x.log)-150, m)
				x.want[Moved]++
				x.want[Shifted]++
			}
		}
		for i := range x.log {
			x.log[i].position = uint64(i + 1)
		}
		v := x.compare(t)
		got := map[string]int{}
		for _, f := range v.Findings {
			got[f.Kind]++
		}
		for _, kind := range []string{Dropped, Inserted, Changed, Moved} {
			require.Equal(t, x.want[kind], got[kind], "%s of %+v: %+v", kind, edits, got)
		}
		require.LessOrEqual(t, got[Shifted], x.want[Shifted]+x.want[Moved])
		require.Zero(t, v.More)
	})
}
