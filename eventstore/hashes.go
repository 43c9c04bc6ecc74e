package eventstore

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"

	"parley/domain"
	"parley/eventstore/seal"
)

const (
	hashesSyncDelay = time.Second
	hashesTail      = 64 << 10 // looked at when it is opened
)

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
	late lateSync
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
	k := &hashKeeper{
		file: file, warn: warn,
		late: lateSync{file: file, what: "hashes of the log", delay: hashesSyncDelay, warn: warn},
	}
	if err := k.findEnd(); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("hashes of the log: %s: %w", f.path(hashesFile), err)
	}
	return k, nil
}

// tell makes a mark follow what is on the disk.
func (k *hashKeeper) tell(mark *markKeeper) {
	k.late.begin = func() func() {
		last, _ := k.end()
		return func() { mark.hashed(last) }
	}
	k.late.written() // also of what was there
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
	if n, err := k.file.Write(k.buf); err != nil {
		return errors.Join(fmt.Errorf("hashes of the log: %w", err), k.takeBack(n))
	}
	k.last, k.leaf = last, leaf
	k.late.written()
	return nil
}

// takeBack cuts off what was written of lines that found no room, so that the next ones
// do not stand behind a part of a line. The next start cuts off what it leaves.
func (k *hashKeeper) takeBack(n int) error {
	if n == 0 {
		return nil
	}
	info, err := k.file.Stat()
	if err == nil {
		err = k.file.Truncate(info.Size() - int64(n))
	}
	if err != nil {
		return fmt.Errorf("hashes of the log: %w", err)
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

// close syncs what is open and closes the file.
func (k *hashKeeper) close() error { return errors.Join(k.late.end(), k.file.Close()) }
