package eventstore

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkBranches opens, looks at, drops and lists branches where 100 are stored and where
// 10,000 are, and reports how much longer it takes where there are more; of a list it
// is the time for each branch. It reports as well what a branch takes: bytes of the
// folder, of the heap of this process (which is server and client in one) once it is
// stored, and once an event has been appended to it.
func BenchmarkBranches(b *testing.B) {
	const few, many, touched = 100, 10_000, 500
	dir := b.TempDir()
	s := openDir(b, dir)
	begin(b, s, "talks")
	_, err := s.Append(b.Context(), Any(), statements("talks", "a", 100), AppendOptions{})
	require.NoError(b, err)
	n, dropped := 0, 0
	fill := func(upTo int) {
		for ; n < upTo; n++ {
			_, err := s.OpenBranch(b.Context(), opening(fmt.Sprintf("b-%d", n)))
			require.NoError(b, err)
		}
	}
	fill(few)
	at := map[string][2]time.Duration{}
	measure := func(side int) {
		for name, do := range map[string]func(){
			"open": func() { fill(n + 1) },
			"look": func() { _, err := s.Branch(b.Context(), "talks", fmt.Sprintf("b-%d", n/2)); require.NoError(b, err) },
			"drop": func() {
				require.NoError(b, s.DropBranch(b.Context(), "talks", fmt.Sprintf("b-%d", dropped), "test", "done"))
				dropped++
			},
			"page": func() { _, _, err := s.BranchPage(b.Context(), "talks", "", few, false); require.NoError(b, err) },
		} {
			best := at[name]
			for range 20 {
				begun := time.Now()
				do()
				if took := time.Since(begun); best[side] == 0 || took < best[side] {
					best[side] = took
				}
			}
			at[name] = best
		}
		best := at["list"]
		for range 3 {
			begun := time.Now()
			all, err := s.Branches(b.Context(), "talks")
			require.NoError(b, err)
			if took := time.Since(begun) / time.Duration(len(all)); best[side] == 0 || took < best[side] {
				best[side] = took
			}
		}
		at["list"] = best
	}
	for b.Loop() {
		measure(0)
		heap, disk := heapBytes(), folderBytes(b, dir)
		fill(many)
		b.ReportMetric(float64(heapBytes()-heap)/float64(many-few), "heap-B/branch")
		b.ReportMetric(float64(folderBytes(b, dir)-disk)/float64(many-few), "disk-B/branch")
		measure(1)
		heap = heapBytes()
		for i := range touched {
			_, err := s.AppendBranch(b.Context(), fmt.Sprintf("b-%d", few+i), Any(), statements("talks", "own", 1), AppendOptions{})
			require.NoError(b, err)
		}
		b.ReportMetric(float64(heapBytes()-heap)/touched, "ledger-B/branch")
		for name, took := range at {
			b.ReportMetric(float64(took[1])/float64(took[0]), name+"-of-few")
			b.ReportMetric(float64(took[1].Nanoseconds()), name+"-ns")
		}
	}
}

func heapBytes() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func folderBytes(b *testing.B, dir string) (bytes int64) {
	b.Helper()
	require.NoError(b, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		bytes += info.Size()
		return err
	}))
	return bytes
}

// BenchmarkFollowing appends to a branch that follows the record and to one that does
// not, in turn, where the record has 100 events and where it has 10,000, and reports how
// much longer the former takes; also while the record grows by an event before each.
func BenchmarkFollowing(b *testing.B) {
	s := openDir(b, b.TempDir())
	begin(b, s, "talks")
	n := 0
	add := func(branch string) {
		n++
		_, err := s.AppendBranch(b.Context(), branch, Any(), statements("talks", fmt.Sprintf("own-%d", n), 1), AppendOptions{})
		require.NoError(b, err)
	}
	grow := func(by int) {
		n++
		_, err := s.Append(b.Context(), Any(), statements("talks", fmt.Sprintf("a-%d", n), by), AppendOptions{})
		require.NoError(b, err)
	}
	// measure gives the median of appends to one branch by that of those to the other.
	measure := func(growing int) float64 {
		var took [2][]time.Duration
		for range 51 {
			if growing > 0 {
				grow(growing)
			}
			for side, branch := range []string{"apart", "following"} {
				begun := time.Now()
				add(branch)
				took[side] = append(took[side], time.Since(begun))
			}
		}
		for _, all := range took {
			slices.Sort(all)
		}
		return float64(took[1][len(took[1])/2]) / float64(took[0][len(took[0])/2])
	}
	for b.Loop() {
		grow(100)
		for _, branch := range []string{"apart", "following"} {
			_, err := s.OpenBranch(b.Context(), opening(branch, func(o *Opening) { o.FollowParent = branch == "following" }))
			require.NoError(b, err)
			add(branch)
		}
		b.ReportMetric(measure(0), "of-100")
		grow(10_000)
		b.ReportMetric(measure(0), "of-10000")
		b.ReportMetric(measure(1), "of-10000-growing")
	}
}
