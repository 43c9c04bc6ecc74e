package eventstore

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/go-json-experiment/json"
	"golang.org/x/sys/unix"
)

// Holder says who holds a folder.
type Holder struct {
	PID   int       `json:"pid"`
	Kind  string    `json:"kind"` // what the process is doing: "parley import"
	Since time.Time `json:"since"`
}

func (h Holder) String() string {
	switch {
	case h.PID == 0:
		return "another process"
	case h.Kind == "":
		return fmt.Sprintf("process %d", h.PID)
	default:
		return fmt.Sprintf("process %d (%s)", h.PID, h.Kind)
	}
}

const lockFile = "lock"

// folderLock is the lock on a folder. JetStream has none: two servers on one
// folder destroy it. The kernel frees the lock when its holder ends, however it
// ends, so it is never stale.
type folderLock struct {
	file   *os.File
	shared bool // with others that only read; the file cannot be written to
}

// errHeld says that another process has the lock.
var errHeld = errors.New("the lock is held")

// tryLock takes the lock, or returns errHeld.
func (f folder) tryLock(me Holder) (*folderLock, error) {
	file, err := os.OpenFile(f.path(lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if isDenied(err) {
		return nil, f.denied(err)
	}
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	err = flock(file, unix.LOCK_EX|unix.LOCK_NB)
	if err == nil && !f.isLockFile(file) {
		err = errHeld // somebody removed the file meanwhile: the next try opens the new one
	}
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = errHeld
	}
	if err == nil {
		if err = writeHolder(file, me); isFull(err) {
			err = nil // who has it is only for people, and to read takes no room
		}
	}
	if err != nil {
		_ = file.Close()
		if errors.Is(err, errHeld) {
			return nil, err
		}
		return nil, fmt.Errorf("lock %s: %w", f.path(lockFile), err)
	}
	return &folderLock{file: file}, nil
}

// isLockFile tells whether an open file is still the one that others will open.
func (f folder) isLockFile(file *os.File) bool {
	mine, err := file.Stat()
	if err != nil {
		return false
	}
	theirs, err := os.Stat(f.path(lockFile))
	return err == nil && os.SameFile(mine, theirs)
}

// holder reads who holds the lock. It is for people; the lock itself decides.
func (f folder) holder() Holder {
	var h Holder
	file, err := os.Open(f.path(lockFile))
	if err != nil {
		return h
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, 4<<10))
	if err != nil || json.Unmarshal(b, &h) != nil {
		return Holder{}
	}
	return h
}

func writeHolder(file *os.File, h Holder) error {
	b, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err = file.WriteAt(append(b, '\n'), 0)
	return err
}

// release gives the lock back. The file stays: removing it would let two
// processes lock two files of one name.
func (l *folderLock) release() error {
	if l.shared {
		return l.file.Close()
	}
	if err := l.file.Truncate(0); err != nil {
		_ = l.file.Close()
		return err
	}
	return l.file.Close()
}

// flock is flock(2), again when a signal interrupts it.
func flock(file *os.File, how int) error {
	for {
		err := unix.Flock(int(file.Fd()), how)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
