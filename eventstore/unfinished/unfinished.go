// Package unfinished makes files and folders that appear when they are whole, or not at
// all. Until then they stand beside their place, under a name of their own:
//
//	f, err := unfinished.Create("record.backup") // .record.backup.unfinished-1234
//	defer f.Discard()                            // nothing, once it was put in place
//	…
//	err = f.Place()
//
// A process that is killed leaves what it was writing. The next one that writes to the
// same place removes it: each is locked by whoever writes it, and the kernel frees the
// lock when that one ends, however it ends. What a running process writes is not touched.
//
// # Limits
//
// Where a file system has no flock(2), nothing is removed that was left.
package unfinished

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"golang.org/x/sys/unix"
)

// mark is in every name. No other program makes such names.
const mark = ".unfinished-"

// ours is the end of a name, as [os.CreateTemp] makes it.
var ours = regexp.MustCompile(`^[0-9]+$`)

// pattern is what is written for a place, for [os.CreateTemp].
func pattern(place string) string { return "." + filepath.Base(place) + mark + "*" }

// File is a file that is being written.
type File struct {
	*os.File
	place string
	done  bool
}

// Create begins a file for a place, with the mode 0600, and removes what killed
// processes have left of others for the same place.
func Create(place string) (*File, error) {
	Sweep(filepath.Dir(place), filepath.Base(place))
	for {
		file, err := os.CreateTemp(filepath.Dir(place), pattern(place))
		if err != nil {
			return nil, err
		}
		if hold(file) {
			return &File{File: file, place: place}, nil
		}
		_ = file.Close() // somebody takes it for left, and removes it
	}
}

// Place makes the file durable and puts it in its place, whatever stood there.
func (f *File) Place() error {
	err := f.Sync()
	if err == nil {
		err = os.Rename(f.Name(), f.place)
	}
	if err != nil {
		return errors.Join(err, f.Discard())
	}
	f.done = true
	return f.Close()
}

// PlaceNew makes the file durable and puts it in its place, if nothing stands there;
// else it is discarded, and the error is [fs.ErrExist].
func (f *File) PlaceNew() error {
	err := f.Sync()
	if err == nil {
		err = renameNew(f.Name(), f.place)
	}
	if err != nil {
		return errors.Join(err, f.Discard())
	}
	f.done = true
	return f.Close()
}

// renameNew renames a file, and replaces nothing.
func renameNew(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	if !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOSYS) {
		if err != nil {
			return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
		}
		return nil
	}
	// This file system cannot. A link replaces nothing either.
	if err := os.Link(from, to); err != nil {
		return err
	}
	return os.Remove(from)
}

// Discard removes the file, if it was not put in its place.
func (f *File) Discard() error {
	if f.done {
		return nil
	}
	f.done = true
	return errors.Join(os.Remove(f.Name()), f.Close())
}

// Folder is a folder that is being filled.
type Folder struct {
	Path string
	lock *os.File
}

// CreateFolder begins a folder for a place, with the mode 0700, and removes what killed
// processes have left of others for the same place. To put it in its place is for the
// caller.
func CreateFolder(place string) (*Folder, error) {
	Sweep(filepath.Dir(place), filepath.Base(place))
	for {
		path, err := os.MkdirTemp(filepath.Dir(place), pattern(place))
		if err != nil {
			return nil, err
		}
		lock, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // somebody took it for left
		}
		if err != nil {
			return nil, errors.Join(err, os.Remove(path))
		}
		if hold(lock) {
			return &Folder{path, lock}, nil
		}
		_ = lock.Close() // as above
	}
}

// Release ends the hold on a folder, which was put in its place, or is empty.
func (f *Folder) Release() error { return f.lock.Close() }

// Discard removes the folder with all that is in it.
func (f *Folder) Discard() error {
	return errors.Join(os.RemoveAll(f.Path), f.lock.Close())
}

// hold locks what was just made, and tells whether it is still there: somebody may have
// taken it for left before it was locked.
func hold(file *os.File) bool {
	if err := flock(file); errors.Is(err, unix.EWOULDBLOCK) {
		return false
	}
	return isThere(file)
}

// isThere tells whether an open file still has its name.
func isThere(file *os.File) bool {
	mine, err := file.Stat()
	if err != nil {
		return false
	}
	theirs, err := os.Lstat(file.Name())
	return err == nil && os.SameFile(mine, theirs)
}

func flock(file *os.File) error {
	for {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// Sweep removes what killed processes have left in a folder: for the place of one name,
// or, if that is empty, for any. What cannot be removed stays; it stands in nobody's way.
func Sweep(dir, name string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if isFor(e.Name(), name) {
			remove(filepath.Join(dir, e.Name()))
		}
	}
}

// isFor tells whether a name is that of something unfinished, for a place.
func isFor(name, place string) bool {
	for i := len(name) - len(mark); i > 1; i-- {
		if name[i:i+len(mark)] == mark {
			return name[0] == '.' && (place == "" || name[1:i] == place) && ours.MatchString(name[i+len(mark):])
		}
	}
	return false
}

// remove removes what nobody holds.
func remove(path string) {
	// Not through a link, and without waiting for whoever writes to a pipe.
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	file := os.NewFile(uintptr(fd), path)
	defer func() { _ = file.Close() }() // it was only locked
	if flock(file) == nil && isThere(file) {
		_ = os.RemoveAll(path) // see Sweep
	}
}
