package eventstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// AccessError says that a data folder cannot be written to: it is on a medium that is
// write-protected or full, or files in it are protected. Nothing was changed. What only
// reads can do without ([Options.Reads]).
type AccessError struct {
	Dir  string
	Path string // the first file or folder that cannot be written to
	More int    // how many there are besides
	Err  error  // what the system says: a *[fs.PathError], or its reason

	Absent bool // there is no such folder, or none that can be looked at, and none can be made
	hidden bool // it cannot be looked at
}

func (e *AccessError) Error() string {
	return e.what() + "; nothing was changed"
}

// what says it in a part of a sentence.
func (e *AccessError) what() string {
	switch {
	case e.hidden:
		return "the data folder " + e.Dir + " cannot be reached: " + e.Err.Error()
	case e.Absent:
		return "the data folder " + e.Dir + " is not there, and cannot be made: " + e.Err.Error()
	}
	text := "the data folder " + e.Dir + " cannot be written to: "
	if e.Path != e.Dir {
		text += e.Path + ": "
	}
	text += e.Err.Error()
	if e.More > 0 {
		text += fmt.Sprintf(" (and %d more in it)", e.More)
	}
	return text
}

// Unwrap is what the system says.
func (e *AccessError) Unwrap() error { return e.Err }

// isDenied tells whether the system refused because something may not be written to.
func isDenied(err error) bool {
	return errors.Is(err, unix.EROFS) || errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM)
}

// denied makes an *AccessError of a refusal, and leaves all other errors as they are.
func (f folder) denied(err error) error {
	if !isDenied(err) {
		return err
	}
	at := f.dir
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		at, err = e.Path, e.Err
	}
	return &AccessError{Dir: f.dir, Path: at, Err: err}
}

// unmade makes an *AccessError of a refusal to make the folder, which need not mean that
// it is not there: who may not look into the one above it cannot tell.
func (f folder) unmade(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	_, stat := os.Stat(f.dir)
	return &AccessError{Dir: f.dir, Path: f.dir, Err: err, Absent: true, hidden: !errors.Is(stat, fs.ErrNotExist)}
}

// writable looks for what the server or this process would write to and may not: it
// says nothing itself about a file that it may not open, and waits. It returns an
// *AccessError that names the first.
func (f folder) writable() error {
	var found *AccessError
	look := func(path string, mode uint32) {
		err := unix.Faccessat(unix.AT_FDCWD, path, mode, unix.AT_EACCESS)
		switch {
		case err == nil || errors.Is(err, fs.ErrNotExist):
		case found == nil:
			found = &AccessError{Dir: f.dir, Path: path, Err: err}
		default:
			found.More++
		}
	}
	look(f.dir, unix.R_OK|unix.W_OK|unix.X_OK)
	for _, name := range []string{markFile, hashesFile, droppedFile, secretsFile} {
		look(f.path(name), unix.R_OK|unix.W_OK)
	}
	err := filepath.WalkDir(f.path("jetstream"), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && (isDenied(err) || errors.Is(err, fs.ErrNotExist)):
			return nil // look has told, or it vanished
		case err != nil:
			return err
		case d.IsDir():
			look(path, unix.R_OK|unix.W_OK|unix.X_OK)
		case d.Type().IsRegular():
			look(path, unix.R_OK|unix.W_OK)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	if found == nil {
		return nil // not a nil of its type
	}
	return found
}

// readLock takes a share of the lock of a folder that cannot be written to. Without a
// lock file nobody has ever written to the folder from here, and there is nothing to
// take. It returns errHeld where another process writes.
func (f folder) readLock() (*folderLock, error) {
	file, err := os.Open(f.path(lockFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	if err := flock(file, unix.LOCK_SH|unix.LOCK_NB); err != nil {
		_ = file.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, errHeld
		}
		return nil, fmt.Errorf("lock %s: %w", f.path(lockFile), err)
	}
	return &folderLock{file: file, shared: true}, nil
}
