package eventstore

import (
	"crypto/sha256"
	"testing"
	"time"

	"parley/eventstore/blocks"

	"github.com/stretchr/testify/require"
)

const verifySize = 200_000

// verifyFolder makes a folder with a large record and returns its bytes.
func verifyFolder(b *testing.B) (dir string, all [][]byte) {
	b.Helper()
	dir = b.TempDir()
	s := openDir(b, dir)
	begin(b, s, "talks")
	_, err := s.Append(b.Context(), Any(), statements("talks", "key", verifySize-1), AppendOptions{})
	require.NoError(b, err)
	require.NoError(b, s.serverSource(1, verifySize)(b.Context(), func(m stored) bool { all = append(all, m.data); return true }))
	require.NoError(b, s.Close())
	return dir, all
}

// digest is SHA-256 of every entry, one after the other, in memory.
func digest(all [][]byte) (sum byte) {
	for _, data := range all {
		h := sha256.Sum256(data)
		sum ^= h[0]
	}
	return sum
}

// BenchmarkVerify compares verification, which reads the files, hashes every entry
// and the index, and compares with the hashes that were kept, with SHA-256 alone
// over the same bytes, which are in memory already.
func BenchmarkVerify(b *testing.B) {
	dir, all := verifyFolder(b)
	for name, edit := range map[string]func(*Options){"files": func(*Options) {}, "server": listening} {
		b.Run(name, func(b *testing.B) {
			s := openDir(b, dir, edit)
			var ours, raw time.Duration
			n, sum := 0, byte(0)
			for b.Loop() {
				at := time.Now()
				v, err := s.Verify(b.Context(), VerifyOptions{})
				ours += time.Since(at)
				require.NoError(b, err)
				require.NoError(b, v.Err())
				require.Equal(b, verifySize, v.Compared)
				at = time.Now()
				sum ^= digest(all)
				raw += time.Since(at)
				n++
			}
			require.NoError(b, s.Close())
			report(b, n*verifySize, ours, raw)
		})
	}
}

// BenchmarkInspect tells what looking for damage adds to a start: of-raw is the
// start of the server alone, over the start with it.
func BenchmarkInspect(b *testing.B) {
	dir, _ := verifyFolder(b)
	var inspect, start time.Duration
	n := 0
	for b.Loop() {
		at := time.Now()
		s, err := Open(b.Context(), Options{Dir: dir, Kind: "bench"})
		start += time.Since(at)
		require.NoError(b, err)
		require.NoError(b, s.Close())
		at = time.Now()
		_, err = blocks.Inspect(folder{dir}.streamDir(RecordStream), RecordStream)
		inspect += time.Since(at)
		require.NoError(b, err)
		n++
	}
	report(b, n*verifySize, start, start-inspect)
}

// BenchmarkKeepHashes tells what keeping hashes adds to an import: of-raw is the
// time without, over the time with them.
func BenchmarkKeepHashes(b *testing.B) {
	var with, without time.Duration
	in := statements("talks", "key", importSize)
	n := 0
	for b.Loop() {
		for _, keep := range []bool{true, false} {
			s := openDir(b, b.TempDir())
			begin(b, s, "talks")
			if !keep {
				require.NoError(b, s.hashes.close())
				s.hashes = nil
			}
			at := time.Now()
			_, err := s.Append(b.Context(), Any(), in, AppendOptions{})
			if took := time.Since(at); keep {
				with += took
			} else {
				without += took
			}
			require.NoError(b, err)
			require.NoError(b, s.Close())
		}
		n++
	}
	report(b, n*importSize, with, without)
}
