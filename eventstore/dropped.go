package eventstore

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"parley/eventstore/blocks"

	"golang.org/x/sys/unix"
)

// droppedFile says which positions of the branches were freed when branches were
// dropped. A position that holds nothing and does not stand here is lost: the files
// alone do not tell, for the server removes a file that has nothing left in it.
//
//	parley dropped 1
//	supposed.talks 3-4,7 8f0c1d2e
//
// Each line has the name of a log of branches, ranges, and a check sum. The name - stands
// for what nobody noted: what was free when the file was made, or was lost and accepted.
const droppedFile = "dropped"

const (
	droppedHead   = "parley dropped 1\n"
	droppedOthers = "-"
	droppedRanges = 1000 // in a line
)

// dropped is what is noted of the branches.
type dropped struct {
	known   bool // there are notes
	ranges  []Range
	damaged int // lines that do not read

	headless bool // the first line is not what it must be
}

// readDropped reads what is noted.
func (f folder) readDropped() (d dropped, err error) {
	text, err := os.ReadFile(f.path(droppedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return d, nil
	}
	if err != nil {
		return d, fmt.Errorf("dropped branches: %w", err)
	}
	d.known = true
	d.headless = !bytes.HasPrefix(text, []byte(droppedHead)) && len(text) > 0
	for line := range bytes.Lines(text) {
		if string(line) == droppedHead || len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		list, ok := parseDropped(string(line))
		if !ok {
			d.damaged++
			continue
		}
		d.ranges = append(d.ranges, list...)
	}
	return d, nil
}

// CheckDropped reads the notes of a data folder on dropped branches, and returns a
// *DamageError if some do not read. Nothing is missing by that, but positions that they
// spoke of may count as lost later on.
func CheckDropped(dir string) error {
	d, err := folder{dir}.readDropped()
	switch {
	case err != nil:
		return err
	case d.headless:
		return &DamageError{Stream: BranchStream, Where: dir, Detail: fmt.Sprintf("the file %s does not begin with %q", droppedFile, strings.TrimSpace(droppedHead))}
	case d.damaged > 0:
		return &DamageError{Stream: BranchStream, Where: dir, Detail: fmt.Sprintf("%d lines of the file %s do not read, so positions that they speak of may count as lost", d.damaged, droppedFile)}
	default:
		return nil
	}
}

// parseDropped reads a line.
func parseDropped(line string) (list []Range, ok bool) {
	content, sum, found := cutLast(strings.TrimSuffix(line, "\n"), " ")
	_, text, named := strings.Cut(content, " ")
	if !found || !named || sum != droppedCheck(content) {
		return nil, false
	}
	for part := range strings.SplitSeq(text, ",") {
		from, to, wide := strings.Cut(part, "-")
		if !wide {
			to = from
		}
		first, err1 := strconv.ParseUint(from, 10, 64)
		last, err2 := strconv.ParseUint(to, 10, 64)
		if err1 != nil || err2 != nil || first > last {
			return nil, false
		}
		list = append(list, Range{first, last})
	}
	return list, true
}

func cutLast(s, separator string) (before, after string, found bool) {
	i := strings.LastIndex(s, separator)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(separator):], true
}

func droppedCheck(content string) string {
	return fmt.Sprintf("%08x", crc32.Checksum([]byte(content), castagnoli))
}

// noteDropped writes down, durably, which positions are about to be freed. Several
// processes may do so at once.
func (f folder) noteDropped(name string, list []Range) error {
	file, err := os.OpenFile(f.path(droppedFile), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err == nil {
		err = errors.Join(appendDropped(file, name, list), file.Close())
	}
	if err == nil {
		err = f.sync() // it may be new
	}
	if err != nil {
		return fmt.Errorf("dropped branches: %w", err)
	}
	return nil
}

func appendDropped(file *os.File, name string, list []Range) error {
	if err := flock(file, unix.LOCK_EX); err != nil {
		return err
	}
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	var text []byte
	if size == 0 {
		text = append(text, droppedHead...)
	} else {
		last := make([]byte, 1)
		if _, err := file.ReadAt(last, size-1); err != nil {
			return err
		}
		if last[0] != '\n' { // the power went while it was written
			text = append(text, '\n')
		}
	}
	for part := range slices.Chunk(list, droppedRanges) {
		words := make([]string, len(part))
		for i, r := range part {
			if words[i] = strconv.FormatUint(r.From, 10); r.To > r.From {
				words[i] += "-" + strconv.FormatUint(r.To, 10)
			}
		}
		content := name + " " + strings.Join(words, ",")
		text = fmt.Appendf(text, "%s %s\n", content, droppedCheck(content))
	}
	if _, err := file.Write(text); err != nil {
		return err
	}
	return file.Sync()
}

// noteGaps takes every position of the branches up to one that holds nothing for one
// that was freed.
func (f folder) noteGaps(r *blocks.Report, last uint64) error {
	list := gapsOf(r)
	if end := r.End(); last > end {
		list = append(list, Range{end + 1, last})
	}
	return f.noteDropped(droppedOthers, list)
}

// gapsOf lists the positions of a stream before its last message that hold nothing.
func gapsOf(r *blocks.Report) (list []Range) {
	if r.First > 1 {
		list = append(list, Range{1, r.First - 1})
	}
	for _, g := range r.Gaps {
		list = append(list, Range(g))
	}
	return list
}

// beginDropped makes the notes of a folder that has none. What is free in it by then
// was freed before anybody took notes, or nobody can tell.
func (f folder) beginDropped(r *blocks.Report) error {
	if d, err := f.readDropped(); err != nil || d.known {
		return err
	}
	return f.noteGaps(r, r.Last)
}

// unnoted lists the positions that hold nothing though nobody freed them: no note
// speaks of them, and no mark that the server left.
func (d dropped) unnoted(r *blocks.Report) (lost []Range) {
	if !d.known {
		return nil
	}
	noted := slices.Clone(d.ranges)
	slices.SortFunc(noted, func(a, b Range) int { return cmp.Compare(a.From, b.From) })
	for _, gap := range gapsOf(r) {
		for _, g := range r.Undeleted(gap.From, gap.To) {
			lost = append(lost, without(Range(g), noted)...)
		}
	}
	return lost
}

// without takes sorted ranges out of one.
func without(r Range, noted []Range) (rest []Range) {
	for _, n := range noted {
		if n.To < r.From {
			continue
		}
		if n.From > r.To {
			break
		}
		if n.From > r.From {
			rest = append(rest, Range{r.From, n.From - 1})
		}
		if n.To >= r.To {
			return rest
		}
		r.From = n.To + 1
	}
	return append(rest, r)
}

// noteBranch notes the positions of a branch that are about to be freed: all but the
// last, which says that it was dropped.
func (s *Store) noteBranch(ctx context.Context, at Subject, subject string) error {
	if s.opts.Dir == "" {
		return nil
	}
	last, err := s.head(ctx, BranchStream, subject)
	if err != nil || last == 0 {
		return err
	}
	var positions []uint64
	err = s.pull(ctx, pullRequest{stream: BranchStream, filter: subject, from: 1, to: last}, func(m stored) bool {
		if m.position < last {
			positions = append(positions, m.position)
		}
		return true
	}, func() {})
	if err != nil || len(positions) == 0 {
		return err
	}
	return folder{s.opts.Dir}.noteDropped(at.Branch+"."+at.Negotiation, ranges(positions))
}

// headless names the branches of which something is left, but not the beginning.
func headless(r *blocks.Report) (names []string) {
	seen := map[string]bool{}
	err := r.Messages(func(m blocks.Message) bool {
		if seen[m.Subject] {
			return true
		}
		seen[m.Subject] = true
		e := entryOf(storedIn(m))
		_, opens := openingOf(e)
		_, drops := isDropped(e)
		if at, err := ParseSubject(m.Subject); err == nil && !opens && !drops {
			names = append(names, at.name())
		}
		return true
	})
	if err != nil {
		return nil // they are named for people, as far as it goes
	}
	return names
}
