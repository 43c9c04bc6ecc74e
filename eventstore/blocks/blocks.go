package blocks

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
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
	Meta        error // the stream's own file does not read

	dir, stream string
	deleted     map[uint64]bool
}

// Undeleted lists the positions in a range that were not deleted, joined.
func (r *Report) Undeleted(from, to uint64) []Gap {
	var out []Gap
	for p := from; p <= to; p++ {
		if r.deleted[p] {
			continue
		}
		if n := len(out); n > 0 && out[n-1].To+1 == p {
			out[n-1].To = p
		} else {
			out = append(out, Gap{p, p})
		}
	}
	return out
}

// Gap is a range of positions between First and Last that hold nothing.
type Gap struct{ From, To uint64 }

// TornTail tells whether the only fault is at the very end, after a position: a
// record that was being written when the machine stopped. The server cuts it off.
func (r *Report) TornTail(acknowledged uint64) bool {
	return r.Meta == nil && len(r.Faults) == 1 && r.Faults[0].Before == 0 && r.Last >= acknowledged
}

// The layout of a record.
const (
	headerSize   = 22
	checkSize    = 8
	recordMax    = 32 << 20
	headersBit   = 1 << 31
	erasedBit    = 1 << 63
	tombstoneBit = 1 << 62
)

// Inspect reads all files of a stream and says what is in them. An error says that
// a file could not be read at all.
func Inspect(dir, stream string) (*Report, error) {
	r := &Report{Meta: checkMeta(dir, stream), dir: dir, stream: stream, deleted: map[uint64]bool{}}
	x := &reader{report: r, inspects: true}
	return r, x.all()
}

// Messages shows the messages of an inspected stream in order, until yield says no.
// Deleted ones and what does not read are passed over.
func (r *Report) Messages(yield func(Message) bool) error {
	x := &reader{report: r, yield: yield}
	return x.all()
}

// all goes through the blocks in order.
func (x *reader) all() error {
	r := x.report
	files, err := blockFiles(r.dir)
	if err != nil {
		return err
	}
	for _, number := range files {
		r.Exists = true
		name := filepath.Join("msgs", strconv.Itoa(number)+".blk")
		buf, err := x.read(filepath.Join(r.dir, name))
		if err != nil {
			return err
		}
		if !x.block(name, r.stream+"-"+strconv.Itoa(number), buf) {
			return nil
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

// Used tells whether there are blocks of a stream with something in them.
func Used(dir string) (bool, error) {
	files, err := blockFiles(dir)
	for _, number := range files {
		info, statErr := os.Stat(filepath.Join(dir, "msgs", strconv.Itoa(number)+".blk"))
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

// reader goes through the blocks, for the faults and what was deleted, or for the
// messages.
type reader struct {
	report   *Report
	inspects bool
	yield    func(Message) bool
	last     uint64 // position before
	buf      []byte
	open     []int // faults after which nothing has been read yet
}

// record is a record as it stands in a block.
type record struct {
	size    int
	seq     uint64 // with its bits
	subject []byte
	data    []byte
}

func (x *reader) block(name, key string, buf []byte) bool {
	sum := sha256.Sum256([]byte(key))
	h, err := highwayhash.NewDigest64(sum[:])
	if err != nil {
		panic("blocks: " + err.Error()) // the key has the right length
	}
	for at := 0; at < len(buf); {
		r, reason := parse(buf[at:], h)
		if reason == "" {
			if !x.take(r) {
				return false
			}
			at += r.size
			continue
		}
		if x.inspects {
			x.report.Faults = append(x.report.Faults, Fault{File: name, Offset: at, Reason: reason, After: x.last, Subject: subjectAt(buf[at:])})
			x.open = append(x.open, len(x.report.Faults)-1)
		}
		at = x.resume(buf, at+1, h)
	}
	return true
}

// resume finds the next record that is whole and goes on in the order.
func (x *reader) resume(buf []byte, at int, h *highwayhash.Digest64) int {
	const jumpMax = 1 << 32
	for ; at+headerSize+checkSize <= len(buf); at++ {
		seq := binary.LittleEndian.Uint64(buf[at+4:]) &^ (erasedBit | tombstoneBit)
		if seq <= x.last || seq-x.last > jumpMax {
			continue
		}
		if _, reason := parse(buf[at:], h); reason == "" {
			return at
		}
	}
	return len(buf)
}

// subjectAt is the subject of a record that does not read, as far as it is there.
func subjectAt(buf []byte) string {
	if len(buf) < headerSize {
		return ""
	}
	end := headerSize + int(binary.LittleEndian.Uint16(buf[20:]))
	if end > len(buf) {
		return ""
	}
	return string(buf[headerSize:end])
}

// parse reads the record at the beginning of what is left of a block.
func parse(buf []byte, h *highwayhash.Digest64) (record, string) {
	if len(buf) < headerSize+checkSize {
		return record{}, "the file ends within a record"
	}
	length := binary.LittleEndian.Uint32(buf)
	size, slen := int(length&^headersBit), int(binary.LittleEndian.Uint16(buf[20:]))
	r := record{size: size, seq: binary.LittleEndian.Uint64(buf[4:])}
	if size < headerSize+checkSize || size > recordMax || slen > size-headerSize-checkSize {
		return record{}, "the length of a record is damaged"
	}
	if size > len(buf) {
		return record{}, "the file ends within a record"
	}
	r.subject = buf[headerSize : headerSize+slen]
	r.data = buf[headerSize+slen : size-checkSize]
	h.Reset()
	_, _ = h.Write(buf[4:20])
	_, _ = h.Write(r.subject)
	if length&headersBit != 0 {
		if len(r.data) < 4 {
			return record{}, "the length of a record is damaged"
		}
		// The length of the headers is not covered by the check sum.
		headers := int(binary.LittleEndian.Uint32(r.data))
		r.data = r.data[4:]
		if headers > len(r.data) || headers > 0 && !bytes.HasSuffix(r.data[:headers], []byte("\r\n\r\n")) {
			return record{}, "the length of a record's headers is damaged"
		}
		_, _ = h.Write(r.data)
		r.data = r.data[headers:]
	} else {
		_, _ = h.Write(r.data)
	}
	if !bytes.Equal(h.Sum(nil), buf[size-checkSize:size]) {
		return record{}, "the check sum of a record is wrong"
	}
	return r, ""
}

// take takes in a record.
func (x *reader) take(r record) bool {
	seq := r.seq &^ (erasedBit | tombstoneBit)
	if r.seq&tombstoneBit != 0 {
		if x.inspects {
			x.report.deleted[seq] = true
			x.report.Last = max(x.report.Last, seq)
		}
		return true
	}
	if seq <= x.last { // written again, or an old one that was erased
		return true
	}
	if x.inspects {
		for _, i := range x.open {
			x.report.Faults[i].Before = seq
		}
		x.open = x.open[:0]
	}
	first := x.last == 0
	if x.inspects && !first && seq > x.last+1 {
		x.report.Gaps = append(x.report.Gaps, Gap{x.last + 1, seq - 1})
	}
	if x.inspects && first {
		x.report.First = seq
	}
	x.last = seq
	if x.inspects {
		x.report.Last = max(x.report.Last, seq)
		x.report.Count++
		return true
	}
	if r.seq&erasedBit != 0 || x.report.deleted[seq] {
		return true
	}
	return x.yield(Message{seq, string(r.subject), r.data})
}
