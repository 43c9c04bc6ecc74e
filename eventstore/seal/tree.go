package seal

import (
	"crypto/sha256"
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// Hash is a SHA-256 hash. It prints as standard base64.
type Hash = tlog.Hash

// Leaf is the leaf hash of an entry, by its stored bytes.
func Leaf(stored []byte) Hash { return tlog.RecordHash(stored) }

// Range is a tree of which only the right edge is kept: enough to grow it and to
// tell its root, in a few hundred bytes whatever its size. The zero value is empty.
type Range struct {
	size  int64
	peaks []Hash // of the full subtrees, from left to right
}

// Add appends a leaf.
func (r *Range) Add(leaf Hash) {
	r.peaks = append(r.peaks, leaf)
	r.size++
	for range bits.TrailingZeros64(uint64(r.size)) {
		n := len(r.peaks)
		r.peaks = append(r.peaks[:n-2], tlog.NodeHash(r.peaks[n-2], r.peaks[n-1]))
	}
}

// Size is the number of leaves.
func (r *Range) Size() int64 { return r.size }

// Root is the root of the tree. That of an empty one is SHA-256 of nothing.
func (r *Range) Root() Hash {
	if len(r.peaks) == 0 {
		return sha256.Sum256(nil)
	}
	root := r.peaks[len(r.peaks)-1]
	for i := len(r.peaks) - 2; i >= 0; i-- {
		root = tlog.NodeHash(r.peaks[i], root)
	}
	return root
}

// Prove makes the path of one leaf, counted from 0, in the tree of all of them.
func Prove(leaves []Hash, index int64) ([]Hash, error) {
	size := int64(len(leaves))
	if index < 0 || index >= size {
		return nil, fmt.Errorf("there is no entry %d in a log of %d", index, size)
	}
	stored := make(hashes, 0, tlog.StoredHashCount(size))
	for n, leaf := range leaves {
		more, err := tlog.StoredHashesForRecordHash(int64(n), leaf, stored)
		if err != nil {
			return nil, err
		}
		stored = append(stored, more...)
	}
	return tlog.ProveRecord(size, index, stored)
}

// hashes are stored hashes, as package tlog numbers them.
type hashes []Hash

// ReadHashes is what package tlog asks for.
func (h hashes) ReadHashes(indexes []int64) ([]Hash, error) {
	out := make([]Hash, len(indexes))
	for i, x := range indexes {
		out[i] = h[x]
	}
	return out, nil
}
