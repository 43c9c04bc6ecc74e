package eventstore

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"iter"
	"os"
	"sync"
	"time"

	"parley/domain"
	"parley/eventstore/seal"

	"golang.org/x/sys/unix"
)

// hashesFile holds the line of the index of every entry (see package seal), each
// with a check sum of its own, and remarks. It is what the log is compared with.
const hashesFile = "hashes"

const (
	hashesHead      = "parley hashes 1\n"
	hashesSyncDelay = time.Second
	hashesTail      = 64 << 10 // looked at when it is opened
	checkLength     = 9        // a space and eight digits
	asideTime       = "20060102T150405.000Z"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// keptLine is a line of the hashes. One that is damaged says nothing.
type keptLine struct {
	seal.Line
	damaged bool
}

// hashKeeper appends to the hashes of a folder that this process serves. A line is
// written when its entry has been acknowledged, which survives the end of the
// process; it is synced a second later. What is lost with the power is computed
// again from the log, which was synced before. The opposite is never needed: what
// stands here was in the log.
type hashKeeper struct {
	mu   sync.Mutex
	file *os.File
	last uint64 // position of the last line
	seen uint64 // position up to which all that the log has has a line; not less than last
	leaf seal.Hash
	buf  []byte
	warn func(error)

	dirty   bool
	timer   *time.Timer
	syncing sync.WaitGroup
}

// openHashes opens the hashes of a folder, and cuts off what was not written whole.
func openHashes(f folder, warn func(error)) (*hashKeeper, error) {
	file, err := os.OpenFile(f.path(hashesFile), os.O_RDWR|os.O_APPEND, 0)
	if errors.Is(err, fs.ErrNotExist) {
		if err = f.write(hashesFile, []byte(hashesHead[:len(hashesHead)-1])); err == nil {
			file, err = os.OpenFile(f.path(hashesFile), os.O_RDWR|os.O_APPEND, 0)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("hashes of the log: %w", err)
	}
	k := &hashKeeper{file: file, warn: warn}
	if err := k.findEnd(); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("hashes of the log: %s: %w", f.path(hashesFile), err)
	}
	return k, nil
}

// findEnd finds the last line that was written whole.
func (k *hashKeeper) findEnd() error {
	size, err := k.file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	from := max(0, size-hashesTail)
	tail := make([]byte, size-from)
	if _, err := k.file.ReadAt(tail, from); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	end := len(tail)
	for end > 0 && !wholeLine(tail[:end]) {
		end = bytes.LastIndexByte(tail[:end-1], '\n') + 1
	}
	if end == 0 {
		return &hashesFault{"the end of the file is damaged"}
	}
	if l, ok := lastKept(tail[:end]); ok {
		k.last, k.leaf = l.Position, l.Leaf
	} else if from > 0 {
		return &hashesFault{"the file ends in remarks only"}
	}
	if end < len(tail) {
		return k.file.Truncate(from + int64(end))
	}
	return nil
}

// wholeLine tells whether a text ends in a line that was written whole.
func wholeLine(text []byte) bool {
	line := text[bytes.LastIndexByte(text[:len(text)-1], '\n')+1:]
	_, ok := parseKept(line)
	return ok || isRemark(line) || string(line) == hashesHead
}

// lastKept finds the last line of an index.
func lastKept(text []byte) (seal.Line, bool) {
	for end := len(text); end > 0; {
		begin := bytes.LastIndexByte(text[:end-1], '\n') + 1
		if l, ok := parseKept(text[begin:end]); ok {
			return l, true
		}
		end = begin
	}
	return seal.Line{}, false
}

func isRemark(text []byte) bool {
	return len(text) > 2 && text[0] == '#' && text[len(text)-1] == '\n'
}

// appendKept writes a line and its check sum.
func appendKept(b []byte, l seal.Line) []byte {
	begin := len(b)
	b = l.AppendTo(b)
	b = b[:len(b)-1]
	return append(appendCheck(b, b[begin:]), '\n')
}

// appendCheck writes a space and the check sum of a text in eight digits.
func appendCheck(b, text []byte) []byte {
	var sum [4]byte
	binary.BigEndian.PutUint32(sum[:], crc32.Checksum(text, castagnoli))
	return hex.AppendEncode(append(b, ' '), sum[:])
}

func parseKept(text []byte) (seal.Line, bool) {
	text, whole := bytes.CutSuffix(text, []byte("\n"))
	if !whole || len(text) < checkLength {
		return seal.Line{}, false
	}
	content, sum := text[:len(text)-checkLength], text[len(text)-checkLength:]
	if want := appendCheck(make([]byte, 0, checkLength), content); !bytes.Equal(want, sum) {
		return seal.Line{}, false
	}
	l, err := seal.ParseLine(content)
	return l, err == nil
}

// lineOf is the line of the index for a message.
func lineOf(m stored) seal.Line {
	return seal.Line{Position: m.position, Log: logName(m.subject), Leaf: seal.Leaf(m.data)}
}

// logName is the name of a subject of the record in the index.
func logName(subject string) string {
	if len(subject) > len(recordPrefix) && domain.ValidID(subject[len(recordPrefix):]) {
		return subject[len(recordPrefix):]
	}
	return seal.LogName(subject[min(len(recordPrefix), len(subject)):])
}

// lastHashed is the position of the last hash that a folder keeps.
func (f folder) lastHashed() (position uint64, ok bool) {
	file, err := os.Open(f.path(hashesFile))
	if err != nil {
		return 0, false
	}
	defer file.Close()
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, false
	}
	from := max(0, size-hashesTail)
	tail := make([]byte, size-from)
	if _, err := file.ReadAt(tail, from); err != nil {
		return 0, false
	}
	l, ok := lastKept(tail)
	return l.Position, ok
}

// addEntries keeps the hashes of entries that this process has just recorded. If
// others came in between, the follower or the next start fills the gap.
func (k *hashKeeper) addEntries(entries []domain.Entry) {
	k.mu.Lock()
	behind := len(entries) == 0 || entries[0].Position != max(k.seen, k.last)+1
	k.mu.Unlock()
	if behind {
		return
	}
	lines := make([]seal.Line, len(entries))
	for i, e := range entries {
		lines[i] = seal.Line{Position: e.Position, Log: e.Event.Negotiation, Leaf: seal.Leaf(e.Raw)}
	}
	if err := k.add(lines, ""); err != nil {
		k.warn(err)
	}
}

// add appends lines behind the last one; a remark may go before them.
func (k *hashKeeper) add(lines []seal.Line, remark string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.buf = k.buf[:0]
	if remark != "" {
		k.buf = fmt.Appendf(k.buf, "# %s\n", remark)
	}
	last, leaf := k.last, k.leaf
	for _, l := range lines {
		if l.Position <= last {
			continue
		}
		k.buf = appendKept(k.buf, l)
		last, leaf = l.Position, l.Leaf
	}
	if len(k.buf) == 0 {
		return nil
	}
	if _, err := k.file.Write(k.buf); err != nil {
		return fmt.Errorf("hashes of the log: %w", err) // the next start cuts off a part of a line
	}
	k.last, k.leaf = last, leaf
	if !k.dirty {
		k.dirty = true
		k.timer = time.AfterFunc(hashesSyncDelay, k.syncLater)
	}
	return nil
}

// reach notes that the log has nothing without a line up to a position. Positions at
// its end whose loss was accepted have none.
func (k *hashKeeper) reach(position uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.seen = max(k.seen, position)
}

// end is the last line.
func (k *hashKeeper) end() (position uint64, leaf seal.Hash) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.last, k.leaf
}

func (k *hashKeeper) syncLater() {
	k.mu.Lock()
	if !k.dirty { // closed meanwhile
		k.mu.Unlock()
		return
	}
	k.dirty = false
	k.syncing.Add(1)
	k.mu.Unlock()
	defer k.syncing.Done()
	if err := unix.Fdatasync(int(k.file.Fd())); err != nil {
		k.warn(fmt.Errorf("hashes of the log: %w", err))
	}
}

func (k *hashKeeper) close() error {
	k.mu.Lock()
	if k.timer != nil {
		k.timer.Stop()
	}
	dirty := k.dirty
	k.dirty = false
	k.mu.Unlock()
	k.syncing.Wait()
	var err error
	if dirty {
		err = unix.Fdatasync(int(k.file.Fd()))
	}
	return errors.Join(err, k.file.Close())
}

// kept yields the lines that a folder keeps, up to one that is being written, and
// shows the remarks between them.
func (f folder) kept(remark func(string)) iter.Seq2[keptLine, error] {
	return func(yield func(keptLine, error) bool) {
		file, err := os.Open(f.path(hashesFile))
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err != nil {
			yield(keptLine{}, fmt.Errorf("hashes of the log: %w", err))
			return
		}
		defer file.Close()
		r := bufio.NewReaderSize(file, 256<<10)
		for first := true; ; first = false {
			text, err := r.ReadSlice('\n')
			if errors.Is(err, io.EOF) {
				return
			}
			if errors.Is(err, bufio.ErrBufferFull) { // the rest of it is damaged as well
				if !yield(keptLine{damaged: true}, nil) {
					return
				}
				continue
			}
			if err != nil {
				yield(keptLine{}, fmt.Errorf("hashes of the log: %w", err))
				return
			}
			switch l, ok := parseKept(text); {
			case ok:
				if !yield(keptLine{Line: l}, nil) {
					return
				}
			case first && string(text) == hashesHead:
			case isRemark(text):
				if remark != nil {
					remark(string(text[2 : len(text)-1]))
				}
			default:
				if !yield(keptLine{damaged: true}, nil) {
					return
				}
			}
		}
	}
}

// setAside puts all hashes away, so that they are computed anew.
func (f folder) setAside(now time.Time) error {
	if err := os.Rename(f.path(hashesFile), f.aside(now)); err != nil {
		return fmt.Errorf("hashes of the log: %w", err)
	}
	return f.sync()
}

// aside is where hashes go that no longer hold.
func (f folder) aside(now time.Time) string {
	return f.path(fmt.Sprintf("%s-before-%s", hashesFile, now.UTC().Format(asideTime)))
}

// forget takes lines of lost entries out of the hashes. The file that had them
// stays beside it: what was lost is in it.
func (f folder) forget(lost func(position uint64) bool, now time.Time) error {
	aside := f.aside(now)
	text := []byte(hashesHead)
	found := false
	for l, err := range f.kept(func(r string) { text = fmt.Appendf(text, "# %s\n", r) }) {
		switch {
		case err != nil:
			return err
		case l.damaged:
		case lost(l.Position):
			found = true
		default:
			text = appendKept(text, l.Line)
		}
	}
	if !found {
		return nil
	}
	text = fmt.Appendf(text, "# loss accepted at %s; what was kept before is in %s", now.UTC().Format(time.RFC3339), aside[len(f.dir)+1:])
	if err := os.Link(f.path(hashesFile), aside); err != nil {
		return fmt.Errorf("hashes of the log: %w", err)
	}
	return f.write(hashesFile, text)
}
