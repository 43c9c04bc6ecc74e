package eventstore

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
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
