package eventstore

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ErrClosed is returned by a store that has been closed.
var ErrClosed = errors.New("the store is closed")

// ConflictError says that the log is not where the caller's decision was made.
type ConflictError struct {
	Negotiation string
	Want        uint64 // head that the decision was made at, 0 for an empty log
	Have        uint64 // head that the log has
	Tries       int    // how often an unconditional append was tried; 0 for a conditional one
}

func (e *ConflictError) Error() string {
	if e.Tries > 0 {
		return fmt.Sprintf("append to %s: gave up after %d tries, for others kept appending; it stands at %s now",
			e.Negotiation, e.Tries, place(e.Have))
	}
	return fmt.Sprintf("append to %s: expected the log at %s, but it stands at %s; read what came in between and decide again",
		e.Negotiation, place(e.Want), place(e.Have))
}

func place(position uint64) string {
	if position == 0 {
		return "its beginning"
	}
	return "#" + strconv.FormatUint(position, 10)
}

// UncertainError says that a call ended before it was known whether its last
// events are recorded. The same call again settles it: nothing is recorded twice.
type UncertainError struct{ Err error }

func (e *UncertainError) Error() string {
	return "it is not known whether the last events were recorded (" + e.Err.Error() +
		"); do the same again, what is recorded already is passed over"
}

// Unwrap is why the call ended.
func (e *UncertainError) Unwrap() error { return e.Err }

// LockedError says that another process has the folder.
type LockedError struct {
	Dir    string
	Holder Holder
	Waited time.Duration
	Err    error // why the holder's server could not be used, if it has one
}

func (e *LockedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "folder %s is in use by %s", e.Dir, e.Holder)
	if e.Waited > 0 {
		fmt.Fprintf(&b, ", and was for all of %s", e.Waited.Round(time.Millisecond))
	}
	if e.Err != nil {
		fmt.Fprintf(&b, "; its server does not let us in: %v", e.Err)
	}
	b.WriteString("; wait for it to end, wait longer for it, or use another folder")
	return b.String()
}

// Unwrap is why the holder's server could not be used.
func (e *LockedError) Unwrap() error { return e.Err }

// HeldError says that damage to a folder cannot be repaired, because another process
// serves the folder, and goes on writing to its files. Nothing was changed.
type HeldError struct {
	Holder Holder
	Damage *DamageError
}

func (e *HeldError) Error() string {
	return fmt.Sprintf("%s in %s, and only a process that has the folder to itself can repair that; now %s has it",
		e.Damage.Detail, e.Damage.Where, e.Holder)
}

// Range is a range of positions, both ends included.
type Range struct {
	From uint64 `json:"from"`
	To   uint64 `json:"to"`
}

func (r Range) String() string {
	if r.From == r.To {
		return place(r.From)
	}
	return fmt.Sprintf("#%d to #%d", r.From, r.To)
}

// DamageError says that positions which a stream once had are gone or cannot be
// read. Nothing is appended to a damaged log until somebody decides to go on
// without them.
type DamageError struct {
	Stream string
	Where  string       // folder or server
	Lost   []Range      // what is missing of the stream, in order
	Detail string       // what was noticed
	Also   *DamageError // the branches, where the record is damaged and they are as well
}

// LostOf lists what is missing of one stream.
func (e *DamageError) LostOf(stream string) []Range {
	for ; e != nil; e = e.Also {
		if e.Stream == stream {
			return e.Lost
		}
	}
	return nil
}

func (e *DamageError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "stream %s in %s is damaged: %s", e.Stream, e.Where, e.Detail)
	e.writeLost(&b)
	if e.Also != nil {
		fmt.Fprintf(&b, "; stream %s is damaged as well: %s", e.Also.Stream, e.Also.Detail)
		e.Also.writeLost(&b)
	}
	b.WriteString("; copy the folder before anything else, then restore a backup, read what is left, or accept the loss")
	return b.String()
}

func (e *DamageError) writeLost(b *strings.Builder) {
	for i, r := range e.Lost {
		switch {
		case i == 0:
			b.WriteString("; lost: " + r.String())
		case i < rangesShown:
			b.WriteString(", " + r.String())
		case i == rangesShown:
			fmt.Fprintf(b, " and %d more ranges", len(e.Lost)-i)
		}
	}
}

const rangesShown = 20

// Setting is one setting of a stream that is not as it must be.
type Setting struct{ Name, Want, Have string }

// StreamMismatchError says that a stream exists with settings under which the
// promises of this package do not hold. It is not used and not changed.
type StreamMismatchError struct {
	Stream   string
	Settings []Setting
}

func (e *StreamMismatchError) Error() string {
	parts := make([]string, len(e.Settings))
	for i, s := range e.Settings {
		parts[i] = fmt.Sprintf("%s is %s, must be %s", s.Name, s.Have, s.Want)
	}
	return fmt.Sprintf("stream %s has other settings: %s; correct them, or use another server or account",
		e.Stream, strings.Join(parts, "; "))
}

// UnreachableError says that the server did not answer.
type UnreachableError struct {
	Where string // address without credentials, or folder
	Err   error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("cannot reach the server %s: %v", e.Where, e.Err)
}

// Unwrap is what the connection said.
func (e *UnreachableError) Unwrap() error { return e.Err }

// PermissionError says that the server does not let this connection write.
// Nothing was recorded.
type PermissionError struct {
	Where string // address without credentials, or folder
	User  string // who the connection is of, as far as it is known; empty without credentials
	Err   error
}

func (e *PermissionError) Error() string {
	if e.User != "" {
		return e.User + " is not permitted to write to the server " + e.Where
	}
	return "not permitted to write to the server " + e.Where
}

// Unwrap is what the server said.
func (e *PermissionError) Unwrap() error { return e.Err }

// StorageError says that the server cannot store more, or cannot start: the disk or a
// limit is full, or writing failed.
type StorageError struct{ Err error }

func (e *StorageError) Error() string {
	return fmt.Sprintf("the server could not store it: %v; make room or repair the disk, then do the same again", e.Err)
}

// Unwrap is what the server said.
func (e *StorageError) Unwrap() error { return e.Err }

// ExpectError says that an expectation cannot be used with this input.
type ExpectError struct{ Reason string }

func (e *ExpectError) Error() string { return "append: " + e.Reason }

// OptionError says that options contradict each other or miss something.
type OptionError struct{ Reason string }

func (e *OptionError) Error() string { return e.Reason }
