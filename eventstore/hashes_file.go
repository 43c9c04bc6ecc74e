package eventstore

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"time"

	"parley/eventstore/seal"
)

// hashesFile holds the line of the index of every entry (see package seal), each
// with a check sum of its own, and remarks. It is what the log is compared with.
const hashesFile = "hashes"

const asideTime = "20060102T150405.000Z"

// lastLine is the last line that a folder keeps.
func (f folder) lastLine() (l seal.Line, ok bool) {
	file, err := os.Open(f.path(hashesFile))
	if err != nil {
		return l, false
	}
	defer file.Close()
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return l, false
	}
	from := max(0, size-hashesTail)
	tail := make([]byte, size-from)
	if _, err := file.ReadAt(tail, from); err != nil {
		return l, false
	}
	return lastKept(tail)
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
		at, next := int64(0), int64(0)
		for first := true; ; first = false {
			text, err := r.ReadSlice('\n')
			at, next = next, next+int64(len(text))
			if errors.Is(err, io.EOF) {
				return
			}
			if errors.Is(err, bufio.ErrBufferFull) { // the rest of it is damaged as well
				if !yield(keptLine{damaged: true, at: at}, nil) {
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
				if !yield(keptLine{Line: l, at: at}, nil) {
					return
				}
			case first && string(text) == hashesHead:
			case isRemark(text):
				if remark != nil {
					remark(string(text[2 : len(text)-1]))
				}
			default:
				if !yield(keptLine{damaged: true, at: at}, nil) {
					return
				}
			}
		}
	}
}

// hashesSize is how far the hashes have been written by now, in bytes; 0 if there are
// none.
func (f folder) hashesSize() (int64, error) {
	info, err := os.Stat(f.path(hashesFile))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("hashes of the log: %w", err)
	}
	return info.Size(), nil
}

// keptOf is [folder.kept] of a log that ended at a position when it was asked, while
// others append to it. The hashes had a size before that. A line that was there then is of an
// entry that was in the log, wherever it stands; one that came since ends what is shown
// if it lies behind.
func (f folder) keptOf(last uint64, size int64, remark func(string)) iter.Seq2[keptLine, error] {
	return func(yield func(keptLine, error) bool) {
		for l, err := range f.kept(remark) {
			grown := err == nil && !l.damaged && l.at >= size && l.Position > last
			if grown || !yield(l, err) {
				return
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
