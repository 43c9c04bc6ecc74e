package eventstore

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"parley/eventstore/blocks"

	"golang.org/x/sys/unix"
)

// marks is how far the streams of a folder have been acknowledged. JetStream can
// lose the tail of a damaged block without a word, and then use its positions
// again; what stands here says how far the log once went.
type marks struct {
	Last     uint64 // last acknowledged position
	Accepted uint64 // positions before it whose loss was accepted
	Branches uint64 // last acknowledged position of the branches
	Hashed   uint64 // position up to which the hashes are on the disk, 0 if it is not known
}

const markFile = "head"

// The first format knew nothing of branches, the second nothing of hashes. They are
// read, and not written.
const (
	markFormat  = "parley head 3\nlast     %020d\naccepted %020d\nbranches %020d\nhashes   %020d\n"
	markFormat2 = "parley head 2\nlast     %020d\naccepted %020d\nbranches %020d\n"
	markFormat1 = "parley head 1\nlast     %020d\naccepted %020d\n"
)

// markFormats are the formats and how many numbers each has, in the order of [marks].
var markFormats = []struct {
	text    string
	numbers int
}{{markFormat, 4}, {markFormat2, 3}, {markFormat1, 2}}

func (m marks) encode() []byte {
	return markCheck(fmt.Appendf(nil, markFormat, m.Last, m.Accepted, m.Branches, m.Hashed))
}

// markCheck puts the check sum behind the text of a mark.
func markCheck(text []byte) []byte {
	return fmt.Appendf(text, "check    %08x\n", crc32.ChecksumIEEE(text))
}

func decodeMarks(b []byte) (marks, error) {
	var err error
	for _, f := range markFormats {
		var m marks
		to := []any{&m.Last, &m.Accepted, &m.Branches, &m.Hashed}[:f.numbers]
		if _, scan := fmt.Sscanf(string(b), f.text, to...); scan != nil {
			if err == nil {
				err = scan
			}
			continue
		}
		have := []any{m.Last, m.Accepted, m.Branches, m.Hashed}[:f.numbers]
		if want := markCheck(fmt.Appendf(nil, f.text, have...)); strings.TrimSpace(string(want)) != strings.TrimSpace(string(b)) {
			return m, errors.New("its check sum is wrong")
		}
		return m, nil
	}
	// Not wrapped: the end of a file is not that of a connection.
	return marks{}, fmt.Errorf("does not read as a mark: %v", err) //nolint:errorlint // see above
}

// markSyncDelay is by how much the mark on the disk may lag.
const markSyncDelay = 100 * time.Millisecond

// markKeeper keeps the mark. raise writes at once, which survives the end of the
// process, and syncs a little later, which survives a loss of power: a mark
// that is too low only detects less, so an append does not wait for it. The file
// has one length, smaller than a sector, and is overwritten in place, so that a
// full disk does not stop it.
type markKeeper struct {
	mu     sync.Mutex
	file   *os.File
	shared bool   // other processes raise it too
	known  *marks // what the file holds, where it is not shared
	warn   func(error)
	late   lateSync
}

// openMark opens the mark of a folder. It is shared where the server listens, for
// several processes may then append, and each raises the mark for itself.
func openMark(f folder, shared bool, warn func(error)) (*markKeeper, error) {
	file, err := os.OpenFile(f.path(markFile), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		if err = f.write(markFile, f.firstMark()); err == nil {
			file, err = os.OpenFile(f.path(markFile), os.O_RDWR, 0)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("high-water mark: %w", err)
	}
	return &markKeeper{
		file: file, shared: shared, warn: warn,
		late: lateSync{file: file, what: "high-water mark", delay: markSyncDelay, warn: warn},
	}, nil
}

// markGone stands in a mark that was gone, and of which nothing can be told. It does
// not read, so that somebody decides.
const markGone = "it was gone, though there is a record\n"

// firstMark is the mark of a folder that has none. One that has hashes had one that
// went as far.
func (f folder) firstMark() []byte {
	m, err := f.markOfHashes()
	if used, _ := blocks.Used(f.streamDir(RecordStream)); err != nil || m.Last == 0 && used {
		return []byte(markGone)
	}
	return m.encode()
}

// readMark reads the mark of a folder without opening it to write. Where it is gone, it
// is the one that would be made anew. One that does not read is a *markFault.
func (f folder) readMark() (marks, error) {
	b, err := os.ReadFile(f.path(markFile))
	if errors.Is(err, fs.ErrNotExist) {
		b, err = f.firstMark(), nil
	}
	if err != nil {
		return marks{}, fmt.Errorf("high-water mark: %w", err)
	}
	m, err := decodeMarks(b)
	if err != nil {
		return m, &markFault{fmt.Errorf("high-water mark %s: %w", f.path(markFile), err)}
	}
	return m, nil
}

// markOfHashes is the mark as the hashes tell it: the log had every entry that has
// a line, and positions between them without one were given up. Of the branches it
// tells nothing.
func (f folder) markOfHashes() (marks, error) {
	var m marks
	lines := uint64(0)
	for l, err := range f.kept(nil) {
		if err != nil {
			return m, err
		}
		lines++ // a damaged one, too
		m.Last = max(m.Last, l.Position)
	}
	if lines < m.Last {
		m.Accepted = m.Last - lines
	}
	return m, nil
}

// markFault is a mark that does not read.
type markFault struct{ err error }

func (e *markFault) Error() string { return e.err.Error() }

// read reads the mark as it is now; other processes may have raised it.
func (k *markKeeper) read() (marks, error) {
	b := make([]byte, len(marks{}.encode())+64)
	n, err := k.file.ReadAt(b, 0)
	if n == 0 && err != nil && !errors.Is(err, io.EOF) { // an empty file does not read as a mark
		return marks{}, fmt.Errorf("high-water mark: %w", err)
	}
	m, err := decodeMarks(b[:n])
	if err != nil {
		return m, &markFault{fmt.Errorf("high-water mark %s: %w", k.file.Name(), err)}
	}
	return m, nil
}

// reset puts another mark in the place of one that does not read.
func (k *markKeeper) reset(m marks) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	text := m.encode()
	_, err := k.file.WriteAt(text, 0)
	if err = errors.Join(err, k.file.Truncate(int64(len(text))), k.late.now()); err != nil {
		return fmt.Errorf("high-water mark: %w", err)
	}
	k.known = &m
	return nil
}

// of is how far a stream was acknowledged.
func (m *marks) of(stream string) *uint64 {
	if stream == BranchStream {
		return &m.Branches
	}
	return &m.Last
}

// raise lifts the mark of a stream to a position that was acknowledged.
func (k *markKeeper) raise(stream string, position uint64) {
	err := k.change(func(m *marks) bool {
		last := m.of(stream)
		if *last >= position {
			return false
		}
		*last = position
		return true
	})
	if err != nil {
		k.warn(err) // the events are safe; only a later loss may go unnoticed
	}
}

// hashed lifts how far the hashes are on the disk.
func (k *markKeeper) hashed(position uint64) {
	err := k.change(func(m *marks) bool {
		lift := m.Hashed < position
		m.Hashed = max(m.Hashed, position)
		return lift
	})
	if err != nil {
		k.warn(err) // only a later loss of hashes may go unnoticed
	}
}

// unhashed forgets how far the hashes went, before they are written anew.
func (k *markKeeper) unhashed() error {
	return k.change(func(m *marks) bool {
		known := m.Hashed > 0
		m.Hashed = 0
		return known
	})
}

// change rewrites the mark if edit says so, and syncs it soon.
func (k *markKeeper) change(edit func(*marks) bool) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.shared {
		if err := flock(k.file, unix.LOCK_EX); err != nil {
			return fmt.Errorf("high-water mark: %w", err)
		}
		defer func() { _ = flock(k.file, unix.LOCK_UN) }()
	}
	if k.shared || k.known == nil {
		m, err := k.read()
		if err != nil {
			return err
		}
		k.known = &m
	}
	if !edit(k.known) {
		return nil
	}
	if _, err := k.file.WriteAt(k.known.encode(), 0); err != nil {
		return fmt.Errorf("high-water mark: %w", err)
	}
	k.late.written()
	return nil
}

// close syncs what is open and closes the file.
func (k *markKeeper) close() error { return errors.Join(k.late.end(), k.file.Close()) }
