package blocks

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/minio/highwayhash"
)

// Message is a message of a stream.
type Message struct {
	Position uint64
	Subject  string
	Data     []byte
}

// Fault is a place that does not read.
type Fault struct {
	File   string // within the stream's folder
	Offset int    // in bytes
	Reason string
	After  uint64 // last position that reads before it, 0 if there is none
	Before uint64 // first position that reads after it, 0 if there is none

	// Subject is what stands where the subject of the record would be, if that can be
	// told. Nothing vouches for it.
	Subject string
}

func (f Fault) String() string {
	text := fmt.Sprintf("%s, byte %d: %s", f.File, f.Offset, f.Reason)
	if f.Before > 0 {
		return text + fmt.Sprintf("; what reads after it begins at #%d", f.Before)
	}
	return text
}

// Report is what was found in the files of a stream.
type Report struct {
	Exists      bool   // there are blocks
	First, Last uint64 // positions, Last also of what was deleted
	Count       uint64 // messages that read
	Gaps        []Gap
	Faults      []Fault
	Misplaced   []Misplaced // records that read, but do not stand where they were written
	Meta        error       // the stream's own file does not read

	dir, stream string
	deleted     map[uint64]bool
	gone        []uint64 // the same, sorted
	strays      []stray  // records that stand in the block of others, by position
}

// Undeleted lists the positions in a range that were not deleted, joined. The range may
// be wider than anybody can count.
func (r *Report) Undeleted(from, to uint64) []Gap {
	first, _ := slices.BinarySearch(r.gone, from)
	var out []Gap
	for _, p := range r.gone[first:] {
		if p > to {
			break
		}
		if p > from {
			out = append(out, Gap{from, p - 1})
		}
		if p == to {
			return out
		}
		from = p + 1
	}
	if from <= to {
		out = append(out, Gap{from, to})
	}
	return out
}

// End is the position of the last message that reads, or was erased; 0 if there is none.
func (r *Report) End() uint64 {
	if r.Count == 0 {
		return 0
	}
	end := r.First + r.Count - 1
	for _, g := range r.Gaps {
		end += g.To - g.From + 1
	}
	return end
}

// Gap is a range of positions between First and Last that hold nothing.
type Gap struct{ From, To uint64 }

// TornTail tells whether the only fault is at the very end, after a position: a
// record that was being written when the machine stopped. The server cuts it off.
func (r *Report) TornTail(acknowledged uint64) bool {
	return r.Meta == nil && len(r.Misplaced) == 0 && len(r.Faults) == 1 && r.Faults[0].Before == 0 && r.Last >= acknowledged
}

// Inspect reads all files of a stream and says what is in them. An error says that
// a file could not be read at all.
func Inspect(dir, stream string) (*Report, error) {
	r := &Report{Meta: checkMeta(dir, stream), dir: dir, stream: stream, deleted: map[uint64]bool{}}
	x := &reader{report: r, inspects: true}
	if err := x.all(); err != nil {
		return r, err
	}
	r.gone = slices.Sorted(maps.Keys(r.deleted))
	r.adopt(x.strays)
	if !x.disordered && len(r.strays) == 0 {
		return r, nil
	}
	return r, r.arrange()
}

// Messages shows the messages of an inspected stream in the order of their positions,
// until yield says no. Deleted ones and what does not read are passed over.
func (r *Report) Messages(yield func(Message) bool) error {
	return r.places(func(_ place, m Message) bool { return yield(m) })
}

// places shows the messages, and where they stand.
func (r *Report) places(yield func(place, Message) bool) error {
	x := &reader{report: r, yield: yield, strays: r.strays}
	if err := x.all(); err != nil {
		return err
	}
	return x.before(0)
}

// blockName is the path of a block within the stream's folder.
func blockName(number int) string {
	return filepath.Join("msgs", strconv.Itoa(number)+".blk")
}

// Used tells whether there are blocks of a stream with something in them.
func Used(dir string) (bool, error) {
	files, err := blockFiles(dir)
	for _, number := range files {
		info, statErr := os.Stat(filepath.Join(dir, blockName(number)))
		if statErr == nil && info.Size() > 0 {
			return true, nil
		}
	}
	return false, err
}

// blockFiles lists the numbers of the blocks.
func blockFiles(dir string) ([]int, error) {
	entries, err := os.ReadDir(filepath.Join(dir, "msgs"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var numbers []int
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".blk")
		if n, err := strconv.Atoi(name); ok && err == nil {
			numbers = append(numbers, n)
		}
	}
	slices.SortFunc(numbers, cmp.Compare[int])
	return numbers, err
}

// checkMeta checks the file that says what stream it is.
func checkMeta(dir, stream string) error {
	meta, err := os.ReadFile(filepath.Join(dir, "meta.inf"))
	if err != nil {
		return err
	}
	sum, err := os.ReadFile(filepath.Join(dir, "meta.sum"))
	if err != nil {
		return err
	}
	key := sha256.Sum256([]byte(stream))
	h, err := highwayhash.NewDigest64(key[:])
	if err != nil {
		return err
	}
	_, _ = h.Write(meta)
	if hex.EncodeToString(h.Sum(nil)) != string(sum) {
		return errors.New("the check sum of meta.inf is wrong")
	}
	return nil
}
