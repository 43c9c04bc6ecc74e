package seal

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func newKey(t testing.TB, name string) (note.Signer, note.Verifier) {
	t.Helper()
	secret, public, err := note.GenerateKey(rand.Reader, name)
	require.NoError(t, err)
	s, err := note.NewSigner(secret)
	require.NoError(t, err)
	v, err := note.NewVerifier(public)
	require.NoError(t, err)
	return s, v
}

func stored(i int) []byte { return fmt.Appendf(nil, "entry %d", i) }

// At every size the root is that of package tlog, every record is proved, and no
// proof holds once a bit of it is changed.
func TestLawProofs(t *testing.T) {
	const sizeMax = 100
	var leaves []Hash
	var edge Range
	var all hashes
	for size := int64(1); size <= sizeMax; size++ {
		leaf := Leaf(stored(int(size - 1)))
		more, err := tlog.StoredHashesForRecordHash(size-1, leaf, all)
		require.NoError(t, err)
		all = append(all, more...)
		leaves = append(leaves, leaf)
		edge.Add(leaf)
		want, err := tlog.TreeHash(size, all)
		require.NoError(t, err)
		require.Equal(t, want, edge.Root())
		require.Equal(t, size, edge.Size())
		step := 7 // bits apart; every bit at some sizes
		if size <= 16 || size == 63 || size == sizeMax {
			step = 1
		}
		for n := range size {
			path, err := Prove(leaves, n)
			require.NoError(t, err)
			holds := func(leaf Hash) bool { return tlog.CheckRecord(path, size, want, n, leaf) == nil }
			require.True(t, holds(leaves[n]))
			for i := range path {
				for bit := int(n) % step; bit < 256; bit += step {
					path[i][bit/8] ^= 1 << (bit % 8)
					if holds(leaves[n]) {
						t.Fatalf("size %d, record %d: holds with bit %d of hash %d flipped", size, n, bit, i)
					}
					path[i][bit/8] ^= 1 << (bit % 8)
				}
			}
			for bit := range 256 {
				changed := leaves[n]
				changed[bit/8] ^= 1 << (bit % 8)
				require.False(t, holds(changed))
			}
		}
	}
	_, err := Prove(leaves, sizeMax)
	require.Error(t, err)
	assert.Equal(t, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", (&Range{}).Root().String(), "SHA-256 of nothing")
}

// rollOf makes a roll of entries that alternate between two logs.
func rollOf(t testing.TB, n int, r *Roll) *Roll {
	t.Helper()
	for i := range n {
		require.NoError(t, r.Add(Line{uint64(i + 1), []string{"talks", "pak-afg-2025"}[i%2], Leaf(stored(i))}))
	}
	return r
}

// Every bit of a proof file matters: its words, its spelling, the entry, the path,
// the checkpoint and the signature.
func TestEveryBitOfAProof(t *testing.T) {
	signer, verifier := newKey(t, "parley/0011223344556677")
	for _, size := range []int{1, 2, 3, 14} {
		signed, err := Sign(rollOf(t, size, &Roll{}).Checkpoint(""), signer)
		require.NoError(t, err)
		var leaves []Hash
		for i := 0; i < size; i += 2 {
			leaves = append(leaves, Leaf(stored(i)))
		}
		for n := range leaves {
			path, err := Prove(leaves, int64(n))
			require.NoError(t, err)
			p := &Proof{Log: "talks", Index: int64(n), Path: path, Stored: stored(2 * n), Checkpoint: signed}
			text := p.Format()
			read, err := ParseProof(text)
			require.NoError(t, err)
			_, err = read.Check(verifier)
			require.NoError(t, err)
			for bit := range len(text) * 8 {
				text[bit/8] ^= 1 << (bit % 8)
				if read, err := ParseProof(text); err == nil {
					if _, err = read.Check(verifier); err == nil {
						t.Fatalf("holds with bit %d flipped:\n%s", bit, text)
					}
				}
				text[bit/8] ^= 1 << (bit % 8)
			}
			for cut := range text {
				read, err := ParseProof(text[:cut])
				if err == nil {
					_, err = read.Check(verifier)
				}
				require.Error(t, err)
			}
		}
	}
}

func TestCheckpoint(t *testing.T) {
	signer, verifier := newKey(t, "parley/0011223344556677")
	_, other := newKey(t, "parley/8899aabbccddeeff")
	for size := range 50 {
		c := rollOf(t, size, &Roll{}).Checkpoint("")
		signed, err := Sign(c, signer)
		require.NoError(t, err)
		read, err := Open(signed, verifier)
		require.NoError(t, err)
		require.Equal(t, c, read)
		_, err = Open(signed, nil)
		require.NoError(t, err)
		_, err = Open(signed, other)
		require.ErrorContains(t, err, "not signed with the key parley/8899aabbccddeeff")
	}
}

func TestCheckpointThatDoesNotRead(t *testing.T) {
	text := rollOf(t, 5, &Roll{}).Checkpoint("parley/1").Format()
	_, err := ParseCheckpoint(text)
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	join := func(lines ...string) string { return strings.Join(lines, "\n") + "\n" }
	for name, bad := range map[string]string{
		"nothing":          "",
		"no root":          join(lines[:2]...),
		"no line feed":     strings.TrimSuffix(text, "\n"),
		"no origin":        join(append([]string{""}, lines[1:]...)...),
		"other order":      join(lines[0], lines[1], lines[2], lines[4], lines[3]),
		"a log less":       join(lines[:4]...),
		"a log twice":      join(append(lines, lines[4])...),
		"zero before":      strings.Replace(text, "\n5\n", "\n05\n", 1),
		"a plus":           strings.Replace(text, "\n5\n", "\n+5\n", 1),
		"another size":     strings.Replace(text, "\n5\n", "\n6\n", 1),
		"more of a log":    strings.Replace(text, "talks 3", "talks 4", 1),
		"negative":         strings.Replace(text, "talks 3", "talks -3", 1),
		"a space":          strings.Replace(text, "talks 3", "talks  3", 1),
		"an empty line":    text + "\n",
		"short hash":       strings.Replace(text, "=\n", "\n", 1),
		"hash with spares": strings.Replace(text, lines[2], lines[2][:42]+"B=", 1),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseCheckpoint(bad)
			require.Error(t, err, bad)
		})
	}
}

func TestLines(t *testing.T) {
	for _, log := range []string{"talks", "a", LogName("No id, and ünusual%")} {
		l := Line{43, log, Leaf(stored(1))}
		text := bytes.TrimSuffix(l.AppendTo(nil), []byte("\n"))
		read, err := ParseLine(text)
		require.NoError(t, err)
		require.Equal(t, l, read)
		for i := range text {
			_, err := ParseLine(text[:i])
			require.Error(t, err)
		}
		_, err = ParseLine(append([]byte("0"), text...))
		require.Error(t, err)
	}
	require.Equal(t, "No id, and ünusual%", Token(LogName("No id, and ünusual%")))
	r := rollOf(t, 3, &Roll{})
	require.ErrorIs(t, r.Add(Line{3, "talks", Hash{}}), errOrder)
}

// A store that only grew is consistent with every checkpoint that it ever had; one
// whose entries were changed, dropped or moved is not.
func TestChanges(t *testing.T) {
	const size = 40
	for at := range size + 1 {
		old := rollOf(t, at, &Roll{}).Checkpoint("")
		require.Empty(t, rollOf(t, size, Against(old)).Changes())
		require.Equal(t, at > 7, len(rollOf(t, 7, Against(old)).Changes()) > 0)
	}
	old := rollOf(t, 20, &Roll{}).Checkpoint("")
	build := func(edit func(i int, l Line) []Line) []Change {
		r := Against(old)
		position := uint64(0)
		for i := range size {
			for _, l := range edit(i, Line{0, []string{"talks", "pak-afg-2025"}[i%2], Leaf(stored(i))}) {
				position++
				l.Position = position
				require.NoError(t, r.Add(l))
			}
		}
		return r.Changes()
	}
	assert.Empty(t, build(func(_ int, l Line) []Line { return []Line{l} }))
	for i := range size {
		changed := build(func(n int, l Line) []Line {
			if n == i {
				l.Leaf[0] ^= 1
			}
			return []Line{l}
		})
		dropped := build(func(n int, l Line) []Line {
			if n == i {
				return nil
			}
			return []Line{l}
		})
		if i >= 20 {
			assert.Empty(t, changed)
			assert.Empty(t, dropped)
			continue
		}
		require.Len(t, changed, 1)
		assert.Equal(t, []string{"talks", "pak-afg-2025"}[i%2], changed[0].Log)
		require.Len(t, dropped, 1)
		assert.Equal(t, changed[0].Log, dropped[0].Log)
	}
	// Two neighbours of different logs change places: each log is as it was.
	var held []Line
	swapped := build(func(n int, l Line) []Line {
		switch n {
		case 4:
			held = []Line{l}
			return nil
		case 5:
			return append([]Line{l}, held...)
		default:
			return []Line{l}
		}
	})
	require.Len(t, swapped, 1)
	assert.Empty(t, swapped[0].Log)
}

func TestKeys(t *testing.T) {
	for range 50 {
		k, err := NewKey()
		require.NoError(t, err)
		again, err := ParseKey(k.Secret)
		require.NoError(t, err)
		require.Equal(t, k.Public, again.Public)
		v, err := ParsePublic(k.Public + "\n")
		require.NoError(t, err)
		signed, err := Sign(rollOf(t, 3, &Roll{}).Checkpoint(""), again)
		require.NoError(t, err)
		c, err := Open(signed, v)
		require.NoError(t, err)
		require.Equal(t, k.Name(), c.Origin)
	}
	for _, bad := range []string{"", "PRIVATE+KEY+", "PRIVATE+KEY+a+00000000+AAAA", "x"} {
		_, err := ParseKey(bad)
		require.Error(t, err)
		_, err = ParsePublic(bad)
		require.Error(t, err)
	}
}
