package blocks

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/minio/highwayhash"
)

// place is where a record stands.
type place struct {
	position uint64
	at, size int32 // in bytes, from the beginning of the file
	stands   int32 // number of the block
	home     int32 // number of the block that it was written to: its check sum has that one's key
}

// stray is a record that stands in another block than it was written to.
type stray struct {
	place
	subject string
}

// reader goes through the blocks, for the faults and what was deleted, or for the
// messages.
type reader struct {
	report   *Report
	inspects bool
	yield    func(place, Message) bool
	stopped  bool   // yield said no
	last     uint64 // position before
	buf      []byte
	open     []int // faults after which nothing has been read yet

	numbers    []int                         // of all blocks
	digests    map[int]*highwayhash.Digest64 // of those that were needed
	tries      int                           // of keys of other blocks
	strays     []stray                       // an inspection finds them, others put them in their place
	disordered bool                          // records of a block do not stand in order
}

// prepare looks which blocks there are.
func (x *reader) prepare() (err error) {
	x.digests = map[int]*highwayhash.Digest64{}
	x.numbers, err = blockFiles(x.report.dir)
	return err
}

// all goes through the blocks in order.
func (x *reader) all() error {
	r := x.report
	if err := x.prepare(); err != nil {
		return err
	}
	for _, number := range x.numbers {
		r.Exists = true
		buf, err := x.read(filepath.Join(r.dir, blockName(number)))
		if err != nil {
			return err
		}
		if err := x.block(number, buf); err != nil || x.stopped {
			return err
		}
	}
	return nil
}

// read reads a file. Messages keep what they were read from; an inspection keeps
// nothing, and uses its buffer again.
func (x *reader) read(name string) ([]byte, error) {
	if !x.inspects {
		return os.ReadFile(name)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if need := int(info.Size()); cap(x.buf) < need {
		x.buf = make([]byte, need)
	}
	x.buf = x.buf[:info.Size()]
	_, err = io.ReadFull(file, x.buf)
	return x.buf, err
}

func placeOf(r record, at, stands, home int) place {
	return place{r.position(), int32(at), int32(r.size), int32(stands), int32(home)}
}

// found is a record that reads, and where.
type found struct {
	record
	at int
}

// block takes in the records of a block in the order of their positions, which is
// the order in which they stand unless somebody moved them.
func (x *reader) block(number int, buf []byte) error {
	list := x.scan(number, buf)
	byPosition := func(a, b found) int { return cmp.Compare(a.position(), b.position()) }
	if !slices.IsSortedFunc(list, byPosition) {
		x.disordered = true
		slices.SortStableFunc(list, byPosition)
	}
	for _, f := range list {
		if err := x.take(number, f); err != nil || x.stopped {
			return err
		}
	}
	return nil
}

// scan finds the records of a block that read, as they stand, and notes what does not.
// Tombstones are taken in at once: they speak of records elsewhere.
func (x *reader) scan(number int, buf []byte) (list []found) {
	h := x.digest(number)
	last := x.last
	for at := 0; at < len(buf); {
		r, reason := parse(buf[at:], h)
		switch home := 0; {
		case reason == "" && r.tombstone():
			if x.inspects {
				x.report.deleted[r.position()] = true
				x.report.Last = max(x.report.Last, r.position())
			}
		case reason == "":
			x.close(r.position())
			last = max(last, r.position())
			list = append(list, found{r, at})
		case reason == wrongSum && x.isStray(buf[at:], number, &home):
			if x.inspects {
				x.strays = append(x.strays, stray{placeOf(r, at, number, home), string(r.subject)})
			}
		default:
			x.fault(Fault{File: blockName(number), Offset: at, Reason: reason, After: last, Subject: subjectAt(buf[at:])})
			at = resume(buf, at+1, last, h)
			continue
		}
		at += r.size
	}
	return list
}

func (x *reader) digest(block int) *highwayhash.Digest64 {
	if x.digests[block] == nil {
		x.digests[block] = digest(x.report.stream, block)
	}
	return x.digests[block]
}

// triesMax is how often the keys of other blocks are tried in all: so much is not
// moved by hand, and every record of a damaged file could ask for it.
const triesMax = 1 << 16

// isStray tells whether a record was written to another block than it stands in.
func (x *reader) isStray(buf []byte, stands int, home *int) bool {
	for _, number := range x.numbers {
		if number == stands {
			continue
		}
		if x.tries++; x.tries > triesMax {
			return false
		}
		if r, reason := parse(buf, x.digest(number)); reason == "" && r.seq == r.position() {
			*home = number
			return true
		}
	}
	return false
}

func (x *reader) fault(f Fault) {
	if x.inspects {
		x.report.Faults = append(x.report.Faults, f)
		x.open = append(x.open, len(x.report.Faults)-1)
	}
}

// close says of what does not read which position reads after it.
func (x *reader) close(position uint64) {
	if len(x.open) == 0 || position <= x.last {
		return
	}
	for _, i := range x.open {
		x.report.Faults[i].Before = position
	}
	x.open = x.open[:0]
}

// resume finds the next record that is whole and goes on in the order.
func resume(buf []byte, at int, last uint64, h *highwayhash.Digest64) int {
	const jumpMax = 1 << 32
	for ; at+headerSize+checkSize <= len(buf); at++ {
		seq := binary.LittleEndian.Uint64(buf[at+4:]) &^ (erasedBit | tombstoneBit)
		if seq <= last || seq-last > jumpMax {
			continue
		}
		if _, reason := parse(buf[at:], h); reason == "" {
			return at
		}
	}
	return len(buf)
}

// take takes in a record.
func (x *reader) take(block int, f found) error {
	seq := f.position()
	if seq <= x.last { // written again, or an old one that was erased
		return nil
	}
	if !x.inspects {
		if err := x.before(seq); err != nil || x.stopped {
			return err
		}
		x.last = seq
		if !f.erased() && !x.report.deleted[seq] {
			x.stopped = !x.yield(placeOf(f.record, f.at, block, block), Message{seq, string(f.subject), f.data})
		}
		return nil
	}
	switch {
	case x.last == 0:
		x.report.First = seq
	case seq > x.last+1:
		x.report.Gaps = append(x.report.Gaps, Gap{x.last + 1, seq - 1})
	}
	x.last = seq
	x.report.Last = max(x.report.Last, seq)
	x.report.Count++
	return nil
}

// before shows the strays whose place is before a position, 0 for all that are left.
func (x *reader) before(position uint64) error {
	for !x.stopped && len(x.strays) > 0 && (position == 0 || x.strays[0].position < position) {
		p := x.strays[0]
		x.strays = x.strays[1:]
		m, err := x.report.readAt(p.place)
		if err != nil {
			return err
		}
		x.last = max(x.last, p.position)
		x.stopped = !x.yield(p.place, m)
	}
	return nil
}

// readAt reads one message.
func (r *Report) readAt(p place) (Message, error) {
	file, err := os.Open(filepath.Join(r.dir, blockName(int(p.stands))))
	if err != nil {
		return Message{}, err
	}
	defer file.Close()
	return r.readFrom(file, p, digest(r.stream, int(p.home)))
}

// readFrom reads one message from the file that it stands in.
func (r *Report) readFrom(file io.ReaderAt, p place, h *highwayhash.Digest64) (Message, error) {
	buf := make([]byte, p.size)
	if _, err := file.ReadAt(buf, int64(p.at)); err != nil {
		return Message{}, fmt.Errorf("%s, byte %d: %w", blockName(int(p.stands)), p.at, err)
	}
	found, reason := parse(buf, h)
	if reason != "" || found.position() != p.position {
		return Message{}, fmt.Errorf("%s, byte %d: #%d stood here a moment ago, and no longer reads", blockName(int(p.stands)), p.at, p.position)
	}
	return Message{p.position, string(found.subject), found.data}, nil
}
