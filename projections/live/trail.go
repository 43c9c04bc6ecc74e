package live

import (
	"crypto/sha256"
	"encoding/binary"
	"sort"
	"strconv"

	"parley/domain"
)

// trail tells logs apart: for each entry a sum of the log up to it. Two records, or one
// before and after an older backup of it was restored, have the same positions and other
// sums. It takes 16 bytes for an entry.
type trail struct{ at, sums []uint64 }

// add takes in the next entry.
func (t *trail) add(negotiation string, e domain.Entry) {
	h := sha256.New()
	if n := len(t.sums); n > 0 {
		h.Write(binary.BigEndian.AppendUint64(nil, t.sums[n-1]))
	}
	h.Write([]byte(negotiation))
	h.Write(sign(e))
	t.at, t.sums = append(t.at, e.Position), append(t.sums, sumOf(h.Sum(nil)))
}

// sign tells an entry from others that may stand at its position. An event is named by
// its id and by when it was recorded, for that id may have been recorded elsewhere.
func sign(e domain.Entry) []byte {
	b := binary.BigEndian.AppendUint64([]byte{0}, e.Position)
	if e.Event == nil {
		sum := sha256.Sum256(e.Raw)
		return append(b, sum[:]...)
	}
	return binary.BigEndian.AppendUint64(append(b, e.Event.ID[:]...), uint64(e.Event.Recorded.UnixNano()))
}

// sumOf is never 0, which stands for a sum that is not known.
func sumOf(hash []byte) uint64 { return binary.BigEndian.Uint64(hash) | 1 }

// sum is that of the log up to an entry; 0 if there is no entry at the position.
func (t *trail) sum(position uint64) uint64 {
	i := sort.Search(len(t.at), func(i int) bool { return t.at[i] >= position })
	if i == len(t.at) || t.at[i] != position {
		return 0
	}
	return t.sums[i]
}

// pass takes in the entries of the log that the next step reflects.
func (h *Hub) pass(entries []Located) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range entries {
		h.trail.add(e.Negotiation, e.Entry)
		h.negotiation(e.Negotiation).head = e.Position
	}
}

// Sum is the sum of the log up to an entry, 0 if there is none at the position.
func (h *Hub) Sum(position uint64) uint64 {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.trail.sum(position)
}

// FormatSum writes a sum for ids and marks; that of nothing is empty.
func FormatSum(sum uint64) string {
	if sum == 0 {
		return ""
	}
	return strconv.FormatUint(sum, 16)
}

// ParseSum reads what FormatSum wrote; it is 0 for anything else.
func ParseSum(s string) uint64 {
	sum, err := strconv.ParseUint(s, 16, 64)
	if err != nil || FormatSum(sum) != s {
		return 0
	}
	return sum
}

// sum tells a branch at a position from others of its name: by the last entry of each
// log that it stands on.
func (f *footing) sum(p domain.Position) uint64 {
	line := f.line.UpTo(p)
	logs := [][]domain.Entry{line.Record}
	for _, b := range line.Branches {
		logs = append(logs, b.Entries)
	}
	h := sha256.New()
	for _, log := range logs {
		h.Write([]byte{'/'})
		if n := len(log); n > 0 {
			h.Write(sign(log[n-1]))
		}
	}
	return sumOf(h.Sum(nil))
}
