package blocks

import (
	"os"
	"path/filepath"
	"sort"
	"sync"

	"github.com/minio/highwayhash"
)

// Index finds single messages of a stream, and those of some subjects. It may be used
// by several goroutines. It takes some 40 bytes of memory for each message.
type Index struct {
	report   *Report
	places   []entry  // in the order of positions
	subjects []string // in the order in which they first stand
	of       [][]int32

	mu      sync.Mutex
	file    *os.File // the block that was read last
	number  int
	digests map[int]*highwayhash.Digest64
}

// entry is a message of an index.
type entry struct {
	place
	name int32 // of its subject
}

// Index reads an inspected stream once more. What it holds are the messages that
// [Report.Messages] shows. It must be closed.
func (r *Report) Index() (*Index, error) {
	x := &Index{report: r, digests: map[int]*highwayhash.Digest64{}}
	names := map[string]int32{}
	err := r.places(func(p place, m Message) bool {
		n, known := names[m.Subject]
		if !known {
			n = int32(len(x.subjects))
			names[m.Subject] = n
			x.subjects, x.of = append(x.subjects, m.Subject), append(x.of, nil)
		}
		x.of[n] = append(x.of[n], int32(len(x.places)))
		x.places = append(x.places, entry{p, n})
		return true
	})
	return x, err
}

// Counts says how many messages the subjects have that match.
func (x *Index) Counts(match func(subject string) bool) map[string]uint64 {
	counts := map[string]uint64{}
	for n, subject := range x.subjects {
		if match(subject) {
			counts[subject] = uint64(len(x.of[n]))
		}
	}
	return counts
}

// Messages shows the messages from one position to another, both included, whose
// subjects match, in order, until yield says no.
func (x *Index) Messages(from, to uint64, match func(subject string) bool, yield func(Message) bool) error {
	wanted, only := x.matching(match)
	position := func(i int) uint64 { return x.places[i].position }
	n := len(x.places)
	if only != nil {
		position = func(i int) uint64 { return x.places[only[i]].position }
		n = len(only)
	}
	for i := sort.Search(n, func(i int) bool { return position(i) >= from }); i < n && position(i) <= to; i++ {
		e := &x.places[i]
		if only != nil {
			e = &x.places[only[i]]
		}
		if !wanted[e.name] {
			continue
		}
		m, err := x.read(e.place)
		if err != nil || !yield(m) {
			return err
		}
	}
	return nil
}

// Last is the last message of the subjects that match; ok is false if there is none.
func (x *Index) Last(match func(subject string) bool) (m Message, ok bool, err error) {
	last := int32(-1)
	for n, subject := range x.subjects {
		if match(subject) {
			last = max(last, x.of[n][len(x.of[n])-1])
		}
	}
	if last < 0 {
		return Message{}, false, nil
	}
	m, err = x.read(x.places[last].place)
	return m, err == nil, err
}

// matching tells which subjects match, and, where it is only one, which messages it has.
func (x *Index) matching(match func(subject string) bool) (wanted []bool, only []int32) {
	wanted, only = make([]bool, len(x.subjects)), []int32{}
	count := 0
	for n, subject := range x.subjects {
		if wanted[n] = match(subject); wanted[n] {
			only = x.of[n]
			count++
		}
	}
	if count > 1 {
		only = nil
	}
	return wanted, only
}

// read reads one message; those that follow each other mostly stand in one file.
func (x *Index) read(p place) (Message, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.file == nil || x.number != int(p.stands) {
		if x.file != nil {
			_ = x.file.Close() // it was only read
			x.file = nil
		}
		file, err := os.Open(filepath.Join(x.report.dir, blockName(int(p.stands))))
		if err != nil {
			return Message{}, err
		}
		x.file, x.number = file, int(p.stands)
	}
	home := int(p.home)
	if x.digests[home] == nil {
		x.digests[home] = digest(x.report.stream, home)
	}
	return x.report.readFrom(x.file, p, x.digests[home])
}

// Close closes the file that is open.
func (x *Index) Close() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.file == nil {
		return nil
	}
	err := x.file.Close()
	x.file = nil
	return err
}
