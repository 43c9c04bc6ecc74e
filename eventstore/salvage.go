package eventstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"parley/eventstore/blocks"

	"golang.org/x/sys/unix"
)

// streamDir is where the server keeps a stream of a folder.
func (f folder) streamDir(stream string) string {
	return f.path(filepath.Join("jetstream", "parley", "streams", stream))
}

// examine looks at the files of the streams before a server does, which would cut
// off what it cannot read, with all that stands behind it. It returns the folder
// to serve: this one, or a copy of what could be saved.
func (s *Store) examine(ctx context.Context, f folder) (folder, error) {
	mark, fault, err := s.marked(f)
	if err != nil {
		return f, err
	}
	damage, last, err := s.inspect(f, mark)
	if err != nil || damage == nil && fault == nil {
		return f, err
	}
	switch {
	case fault != nil && s.opts.OnDamage == AcceptLoss:
		if err := s.acceptMark(f, mark, fault); err != nil || damage == nil {
			return f, err
		}
	case fault != nil:
		unmarked := s.unmarked(fault)
		if damage != nil {
			unmarked.Detail += "; " + damage.Detail
			unmarked.Lost, unmarked.Also = damage.LostOf(RecordStream), damage.Also
			if damage.Stream == BranchStream {
				unmarked.Also = damage
			}
		}
		damage = unmarked
	}
	switch s.opts.OnDamage {
	case ReadDamaged:
		s.damage = damage
		s.opts.Notify("the folder is damaged; reading from a copy of what is left of it")
		s.salvaged, err = s.salvage(ctx, f, last)
		return s.salvaged, err
	case AcceptLoss:
		s.inspected = nil // these files are put aside
		return f, s.replace(ctx, f, damage, last)
	default:
		return f, damage
	}
}

// marked is how far the log was acknowledged: the mark, or the last of the hashes if
// that is further, since an entry has a hash only when it was acknowledged. A mark
// that does not read is a fault, and the hashes stand in for it.
func (s *Store) marked(f folder) (m marks, fault *markFault, err error) {
	m, err = s.mark.read()
	if errors.As(err, &fault) {
		if m, err = f.markOfHashes(); err != nil {
			m = marks{} // they do not read either, which keepHashes tells
		}
		return m, fault, nil
	}
	if err != nil {
		return m, nil, err
	}
	if last, ok := f.lastHashed(); ok {
		m.Last = max(m.Last, last)
	}
	return m, nil, nil
}

// unmarked says that the mark does not read.
func (s *Store) unmarked(fault *markFault) *DamageError {
	return &DamageError{Stream: RecordStream, Where: s.where, Detail: fault.Error() + ", so it cannot be told how far the log went"}
}

// acceptMark writes a mark anew that did not read.
func (s *Store) acceptMark(f folder, m marks, fault *markFault) error {
	s.log.Warn("the high-water mark is written anew", slog.Any("fault", fault))
	if err := f.noteLoss(s.unmarked(fault), s.opts.Now()); err != nil {
		return err
	}
	return s.mark.reset(m)
}

// inspect finds damage in the files of the streams. last is how far each had gone.
func (s *Store) inspect(f folder, mark marks) (damage *DamageError, last map[string]uint64, err error) {
	last = map[string]uint64{}
	for _, stream := range []string{RecordStream, BranchStream} {
		report, err := blocks.Inspect(f.streamDir(stream), stream)
		if err != nil {
			return nil, nil, fmt.Errorf("stream %s: %w", stream, err)
		}
		acknowledged := *mark.of(stream)
		last[stream] = max(report.Last, acknowledged)
		var found *DamageError
		if stream == RecordStream {
			s.inspected = report
			found, err = f.recordDamage(report, mark)
		} else {
			found = f.branchDamage(report, acknowledged, s.inspected.Exists)
		}
		if err != nil {
			return nil, nil, err
		}
		if damage == nil {
			damage = found
		} else {
			damage.Also = found
		}
	}
	return damage, last, nil
}

// recordDamage is what is wrong with the record, nil if nothing is. A record that
// is gone as a whole is for checkMissing.
func (f folder) recordDamage(r *blocks.Report, mark marks) (*DamageError, error) {
	if !r.Exists {
		return nil, nil
	}
	lost, err := f.lostOf(r, mark)
	if err != nil || len(lost) == 0 && reads(r, mark.Last) {
		return nil, err
	}
	return &DamageError{Stream: RecordStream, Where: f.dir, Lost: lost, Detail: damageText(r, lost, mark.Last) + f.whose(lost)}, nil
}

// reads tells whether everything reads that was acknowledged.
func reads(r *blocks.Report, acknowledged uint64) bool {
	return r.Meta == nil && len(r.Faults) == 0 || r.TornTail(acknowledged)
}

// branchDamage is what is wrong with the branches, nil if nothing is. Dropping a
// branch leaves positions without anything, so a gap alone is no damage there: only
// what does not read is, and an end that comes too early.
func (f folder) branchDamage(r *blocks.Report, acknowledged uint64, hasRecord bool) *DamageError {
	d := &DamageError{Stream: BranchStream, Where: f.dir}
	switch {
	case !r.Exists && (acknowledged == 0 || !hasRecord):
		return nil
	case !r.Exists:
		d.Lost, d.Detail = []Range{{1, acknowledged}}, "its files are gone, though events were acknowledged"
		return d
	case reads(r, acknowledged) && r.Last >= acknowledged:
		return nil
	}
	var names []string
	next := uint64(1)
	for _, fault := range r.Faults {
		if at, err := ParseSubject(fault.Subject); err == nil && !slices.Contains(names, at.name()) {
			names = append(names, at.name())
		}
		to := fault.Before - 1
		if fault.Before == 0 { // it is the end
			to = max(r.Last, acknowledged)
		}
		for _, g := range r.Undeleted(max(next, fault.After+1), to) {
			d.Lost = append(d.Lost, Range(g))
			next = g.To + 1
		}
	}
	if r.Last < acknowledged && !within(d.Lost, acknowledged) {
		d.Lost = append(d.Lost, Range{r.Last + 1, acknowledged})
	}
	d.Detail = damageText(r, nil, acknowledged)
	if len(names) > 0 {
		d.Detail += "; of the branches, entries of " + strings.Join(names, ", ")
	}
	return d
}

// damageText says what does not read, and how much is missing.
func damageText(r *blocks.Report, lost []Range, acknowledged uint64) string {
	var parts []string
	gone := uint64(0)
	for _, l := range lost {
		gone += min(l.To, r.Last) + 1 - min(l.From, r.Last+1)
	}
	if gone > 0 {
		parts = append(parts, fmt.Sprintf("%d of its %d positions are missing", gone, r.Last))
	}
	if r.Last < acknowledged {
		parts = append(parts, fmt.Sprintf("it ends at %s, though #%d was acknowledged", place(r.Last), acknowledged))
	}
	if r.Meta != nil {
		parts = append(parts, "its meta.inf does not read ("+r.Meta.Error()+")")
	}
	for i, fault := range r.Faults {
		if i == 3 {
			parts = append(parts, fmt.Sprintf("and %d places more", len(r.Faults)-i))
			break
		}
		parts = append(parts, fault.String())
	}
	return strings.Join(parts, "; ")
}

// lostOf lists the positions of the record that no longer read. Those that were
// given up before have no hash any more.
func (f folder) lostOf(r *blocks.Report, mark marks) ([]Range, error) {
	var lost []Range
	if r.First > 1 {
		lost = append(lost, Range{1, r.First - 1})
	}
	for _, g := range r.Gaps {
		lost = append(lost, Range{g.From, g.To})
	}
	if mark.Last > r.Last {
		lost = append(lost, Range{r.Last + 1, mark.Last})
	}
	if mark.Accepted == 0 {
		return lost, nil
	}
	var known []uint64
	for l, err := range f.kept(nil) {
		if err != nil {
			return nil, err
		}
		if within(lost, l.Position) {
			known = append(known, l.Position)
		}
	}
	return ranges(known), nil
}

func within(list []Range, position uint64) bool {
	return slices.ContainsFunc(list, func(r Range) bool { return r.From <= position && position <= r.To })
}

// whose says which negotiations lost what, as far as the hashes tell.
func (f folder) whose(lost []Range) string {
	of := map[string][]uint64{}
	for l, err := range f.kept(nil) {
		if err != nil {
			return ""
		}
		if !l.damaged && within(lost, l.Position) {
			of[l.Log] = append(of[l.Log], l.Position)
		}
	}
	var parts []string
	for _, log := range slices.Sorted(maps.Keys(of)) {
		text := fmt.Sprintf("%d of %s", len(of[log]), log)
		if list := ranges(of[log]); len(list) <= 3 {
			var at []string
			for _, r := range list {
				at = append(at, r.String())
			}
			text += " (" + strings.Join(at, ", ") + ")"
		}
		parts = append(parts, text)
	}
	if len(parts) == 0 {
		return ""
	}
	return "; of the entries, " + strings.Join(parts, ", ")
}

// salvage writes what still reads into a folder within this one.
func (s *Store) salvage(ctx context.Context, f folder, last map[string]uint64) (folder, error) {
	dir, err := os.MkdirTemp(f.dir, ".salvaged-*")
	if err != nil {
		return folder{}, fmt.Errorf("salvage: %w", err)
	}
	to := folder{dir}
	o := s.opts
	o.Listen, o.OnDamage = "", RefuseDamage
	remark := "what could be saved of a damaged folder at " + o.Now().UTC().Format(time.RFC3339)
	err = rebuild(ctx, to, o, func(ctx context.Context, yield func(item) error) (map[string]uint64, error) {
		for _, stream := range []string{RecordStream, BranchStream} {
			var failed error
			report, err := blocks.Inspect(f.streamDir(stream), stream)
			if err != nil {
				return nil, err
			}
			err = report.Messages(func(m blocks.Message) bool {
				failed = yield(item{stream, stored{subject: m.Subject, position: m.Position, data: m.Data}})
				return failed == nil && ctx.Err() == nil
			})
			if err := errors.Join(err, failed, ctx.Err()); err != nil {
				return nil, err
			}
		}
		return last, nil
	}, remark)
	if err != nil {
		return folder{}, errors.Join(fmt.Errorf("salvage: %w", err), os.RemoveAll(dir))
	}
	return to, nil
}

// replace puts what could be saved in the place of damaged streams, which stay
// beside it. Positions that are lost are not given again.
func (s *Store) replace(ctx context.Context, f folder, d *DamageError, last map[string]uint64) error {
	to, err := s.salvage(ctx, f, last)
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(to.dir) }() // its streams have moved
	saved, err := to.readMark()
	if err != nil {
		return err
	}
	now := s.opts.Now()
	aside := "jetstream-damaged-" + now.UTC().Format(asideTime)
	if err := f.exchange(to.path("jetstream"), f.path(aside)); err != nil {
		return fmt.Errorf("put the damaged streams aside: %w", err)
	}
	s.log.Warn("damaged streams were put aside", slog.String("in", aside))
	return errors.Join(f.sync(), s.accept(ctx, d, saved))
}

// exchange puts streams in the place of the folder's, and those aside. They change
// places in one step, so that there is no moment at which the folder has none. Until
// the loss is noted the folder counts as damaged, and can be repaired again.
func (f folder) exchange(streams, aside string) error {
	if err := os.Rename(streams, aside); err != nil {
		return err
	}
	if err := f.sync(); err != nil {
		return err
	}
	here := f.path("jetstream")
	err := unix.Renameat2(unix.AT_FDCWD, aside, unix.AT_FDCWD, here, unix.RENAME_EXCHANGE)
	if !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOSYS) {
		return err
	}
	// This file system cannot. An end between the next two leaves the streams aside.
	if err := os.Rename(aside, streams); err != nil {
		return err
	}
	if err := os.Rename(here, aside); err != nil {
		return err
	}
	if err := os.Rename(streams, here); err != nil {
		return errors.Join(err, os.Rename(aside, here))
	}
	return nil
}

// readMark reads the mark of a folder that nobody uses.
func (f folder) readMark() (marks, error) {
	b, err := os.ReadFile(f.path(markFile))
	if errors.Is(err, fs.ErrNotExist) {
		return marks{}, nil
	}
	if err != nil {
		return marks{}, fmt.Errorf("high-water mark: %w", err)
	}
	m, err := decodeMarks(b)
	if err != nil {
		return m, fmt.Errorf("high-water mark %s: %w", f.path(markFile), err)
	}
	return m, nil
}
