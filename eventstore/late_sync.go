package eventstore

import (
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// lateSync makes what is written to a file durable a little later, once for all that
// was written meanwhile. What is written survives the end of the process at once; a
// loss of power it survives after the delay. Nobody who writes waits for the disk.
type lateSync struct {
	file  *os.File
	what  string // the file, in errors
	delay time.Duration
	warn  func(error) // told of a sync that did not work

	// begin is called before a sync, and what it returns after one that worked. May be nil.
	begin func() (synced func())

	mu      sync.Mutex
	due     bool // something is written that is not synced
	timer   *time.Timer
	syncing sync.WaitGroup
}

// written notes that something was written.
func (l *lateSync) written() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.due {
		l.due = true
		l.timer = time.AfterFunc(l.delay, l.run)
	}
}

// run syncs. What is written while it does is synced the next time.
func (l *lateSync) run() {
	l.mu.Lock()
	if !l.due { // ended meanwhile
		l.mu.Unlock()
		return
	}
	l.due = false
	l.syncing.Add(1)
	l.mu.Unlock()
	defer l.syncing.Done()
	if err := l.now(); err != nil {
		l.warn(err)
	}
}

// now syncs at once.
func (l *lateSync) now() error {
	synced := func() {}
	if l.begin != nil {
		synced = l.begin()
	}
	if err := unix.Fdatasync(int(l.file.Fd())); err != nil {
		return fmt.Errorf("%s: %w", l.what, err)
	}
	synced()
	return nil
}

// end syncs what is open. Nothing is synced after it, so the file can be closed.
func (l *lateSync) end() error {
	l.mu.Lock()
	if l.timer != nil {
		l.timer.Stop()
	}
	due := l.due
	l.due = false
	l.mu.Unlock()
	l.syncing.Wait()
	if !due {
		return nil
	}
	return l.now()
}
