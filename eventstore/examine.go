package eventstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"parley/eventstore/blocks"
)

// streamDir is where the server keeps a stream of a folder.
func (f folder) streamDir(stream string) string {
	return f.path(filepath.Join("jetstream", "parley", "streams", stream))
}

// examined is what the files of the streams hold.
type examined struct {
	reports map[string]*blocks.Report
	mark    marks             // how far they were acknowledged
	last    map[string]uint64 // how far each had gone
	unmade  []string          // streams that a first start had only begun to make
	damage  *DamageError
}

// examine looks at the files of the streams before a server does, which would cut
// off what it cannot read, with all that stands behind it. Where they are damaged and
// are to be read all the same, they are read as they are, and no server starts.
func (s *Store) examine(ctx context.Context, f folder) (*examined, error) {
	mark, fault, err := s.marked(f)
	if err != nil {
		return nil, err
	}
	x, fault, err := s.inspect(f, mark, fault)
	if err != nil {
		return nil, err
	}
	mark = x.mark
	short, err := f.shortHashes(mark)
	if err != nil || x.damage == nil && fault == nil && short == nil {
		return x, err
	}
	damage := x.damage
	if s.opts.OnDamage != AcceptLoss {
		damage = s.alsoMarks(damage, fault, short)
	} else if err := s.acceptMarks(f, mark, fault, short); err != nil || damage == nil {
		return x, err
	}
	switch s.opts.OnDamage {
	case ReadDamaged:
		s.damage = damage
		s.opts.Notify("the folder is damaged; what is left of it is read from its files")
		return x, nil
	case AcceptLoss:
		s.inspected, x.unmade = nil, nil // these files are put aside
		return x, s.replace(ctx, f, damage, x.last)
	default:
		return x, damage
	}
}

// marked is how far the log was acknowledged: the mark, or the last of the hashes if
// that is further, since an entry has a hash only when it was acknowledged. A mark
// that does not read is a fault, and the hashes stand in for it.
func (s *Store) marked(f folder) (m marks, fault *markFault, err error) {
	m, err = f.readMark()
	if errors.As(err, &fault) {
		if m, err = f.markOfHashes(); err != nil {
			m = marks{} // they do not read either, which keepHashes tells
		}
		return m, fault, nil
	}
	if err != nil {
		return m, nil, err
	}
	if end, ok := f.lastLine(); ok {
		m.Last = max(m.Last, end.Position)
	}
	return m, nil, nil
}

// unmarked says that the mark does not read.
func (s *Store) unmarked(fault *markFault) *DamageError {
	return &DamageError{Stream: RecordStream, Where: s.where, Detail: fault.Error() + ", so it cannot be told how far the log went"}
}

// alsoMarks adds to the damage of the streams that the mark does not read, or else that
// hashes are gone.
func (s *Store) alsoMarks(damage *DamageError, fault *markFault, short *DamageError) *DamageError {
	switch {
	case fault != nil:
		unmarked := s.unmarked(fault)
		if damage != nil {
			unmarked.Detail += "; " + damage.Detail
			unmarked.Lost, unmarked.Also = damage.LostOf(RecordStream), damage.Also
			if damage.Stream == BranchStream {
				unmarked.Also = damage
			}
		}
		return unmarked
	case short != nil && damage == nil:
		return short
	case short != nil:
		damage.Detail += "; " + short.Detail
	}
	return damage
}

// acceptMarks goes on where the mark does not read, or hashes are gone. Before anything
// is changed it looks at the secrets, for without them the folder cannot be opened.
func (s *Store) acceptMarks(f folder, mark marks, fault *markFault, short *DamageError) error {
	if _, err := f.ensureSecrets(); err != nil {
		return err
	}
	switch {
	case fault != nil:
		return s.acceptMark(f, mark, fault)
	case short != nil:
		return s.acceptShort(f, short)
	default:
		return nil
	}
}

// acceptMark writes a mark anew that did not read.
func (s *Store) acceptMark(f folder, m marks, fault *markFault) error {
	s.log.Warn("the high-water mark is written anew", slog.Any("fault", fault))
	if err := f.noteLoss(s.unmarked(fault), s.opts.Now()); err != nil {
		return err
	}
	return s.mark.reset(m)
}

// inspect finds damage in the files of the streams. A mark that cannot be is a fault.
func (s *Store) inspect(f folder, mark marks, fault *markFault) (*examined, *markFault, error) {
	x := &examined{reports: map[string]*blocks.Report{}, last: map[string]uint64{}}
	for _, stream := range []string{RecordStream, BranchStream} {
		report, err := blocks.Inspect(f.streamDir(stream), stream)
		if err != nil {
			return nil, nil, fmt.Errorf("stream %s: %w", stream, err)
		}
		x.reports[stream] = report
	}
	if reason := f.implausible(x.reports, mark); reason != "" && fault == nil {
		fault = &markFault{fmt.Errorf("high-water mark %s: %s", f.path(markFile), reason)}
		var err error
		if mark, err = f.markOfHashes(); err != nil {
			return nil, nil, err
		}
	}
	x.mark = mark
	if fault == nil {
		if err := x.passUnmade(f); err != nil {
			return nil, nil, err
		}
	}
	for stream, report := range x.reports {
		x.last[stream] = max(report.Last, *mark.of(stream))
	}
	s.inspected = x.reports[RecordStream]
	var err error
	if x.damage, err = f.recordDamage(s.inspected, mark); err != nil {
		return nil, nil, err
	}
	branches, err := f.branchDamage(x.reports[BranchStream], mark.Branches, s.inspected.Exists)
	if x.damage == nil {
		x.damage = branches
	} else {
		x.damage.Also = branches
	}
	return x, fault, err
}

// implausible says why a mark cannot be one that was ever written: what nothing in the
// folder comes near to was hardly acknowledged, and a repair would write as many
// positions.
func (f folder) implausible(reports map[string]*blocks.Report, m marks) string {
	if m.Accepted > m.Last {
		return fmt.Sprintf("it says that %d positions were given up of %d", m.Accepted, m.Last)
	}
	end, _ := f.lastLine()
	for stream, r := range reports {
		reached := r.Last
		if stream == RecordStream {
			reached = max(reached, end.Position)
		}
		if last := *m.of(stream); r.Exists && last > reached && last-reached > backupTailMax {
			return fmt.Sprintf("it says that #%d of %s was acknowledged, but nothing there goes beyond #%d", last, stream, reached)
		}
	}
	return ""
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
	return r.Meta == nil && len(r.Faults) == 0 && len(r.Misplaced) == 0 || r.TornTail(acknowledged)
}

// branchDamage is what is wrong with the branches, nil if nothing is. Dropping a
// branch leaves positions without anything, and a note of them: what holds nothing and
// is not noted is lost.
func (f folder) branchDamage(r *blocks.Report, acknowledged uint64, hasRecord bool) (*DamageError, error) {
	d := &DamageError{Stream: BranchStream, Where: f.dir}
	switch {
	case !r.Exists && (acknowledged == 0 || !hasRecord):
		return nil, nil
	case !r.Exists:
		d.Lost, d.Detail = []Range{{1, acknowledged}}, "its files are gone, though events were acknowledged"
		return d, nil
	}
	noted, err := f.readDropped()
	if err != nil {
		return nil, err
	}
	unnoted := noted.unnoted(r)
	if len(unnoted) == 0 && reads(r, acknowledged) && r.Last >= acknowledged {
		return nil, nil
	}
	if d.Lost = unnoted; !noted.known {
		d.Lost = besideFaults(r, acknowledged)
	}
	if r.Last < acknowledged && !within(d.Lost, acknowledged) {
		d.Lost = append(d.Lost, Range{r.Last + 1, acknowledged})
	}
	d.Detail = branchText(r, unnoted, noted.damaged, acknowledged)
	return d, nil
}

// besideFaults lists what may be lost of branches of which nobody noted what was
// dropped: the positions beside what does not read.
func besideFaults(r *blocks.Report, acknowledged uint64) (lost []Range) {
	next := uint64(1)
	for _, fault := range r.Faults {
		to := fault.Before - 1
		if fault.Before == 0 { // it is the end
			to = max(r.Last, acknowledged)
		}
		for _, g := range r.Undeleted(max(next, fault.After+1), to) {
			lost = append(lost, Range(g))
			next = g.To + 1
		}
	}
	return lost
}

// branchText says what is wrong with the branches, and which of them it is as far as
// that can be told.
func branchText(r *blocks.Report, unnoted []Range, damaged int, acknowledged uint64) string {
	var parts []string
	if gone := lengthOfAll(unnoted); gone > 0 {
		parts = append(parts, fmt.Sprintf("%d of its %d positions hold nothing, and no branch that was dropped had them", gone, r.Last))
		if damaged > 0 {
			parts = append(parts, fmt.Sprintf("%d lines of the file %s do not read, which may have spoken of them", damaged, droppedFile))
		}
	}
	if text := damageText(r, nil, acknowledged); text != "" {
		parts = append(parts, text)
	}
	var names []string
	for _, fault := range r.Faults {
		if at, err := ParseSubject(fault.Subject); err == nil {
			names = append(names, at.name())
		}
	}
	if len(unnoted) > 0 {
		names = append(names, headless(r)...)
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) > 0 {
		parts = append(parts, "of the branches, entries of "+strings.Join(names, ", "))
	}
	return strings.Join(parts, "; ")
}

// lengthOfAll counts positions.
func lengthOfAll(list []Range) (n uint64) {
	for _, r := range list {
		n += r.To + 1 - r.From
	}
	return n
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
	parts = append(parts, few(r.Faults, "places")...)
	parts = append(parts, few(r.Misplaced, "records")...)
	return strings.Join(parts, "; ")
}

// few words the first of a list, and counts the others.
func few[T fmt.Stringer](list []T, what string) (words []string) {
	const most = 3
	for _, x := range list[:min(most, len(list))] {
		words = append(words, x.String())
	}
	if more := len(list) - most; more > 0 {
		words = append(words, fmt.Sprintf("and %d %s more", more, what))
	}
	return words
}

// lostOf lists the positions of the record that no longer read. Those that were
// given up before have no hash any more.
func (f folder) lostOf(r *blocks.Report, mark marks) ([]Range, error) {
	var lost []Range
	if r.First > 1 {
		lost = append(lost, Range{1, r.First - 1})
	}
	for _, g := range r.Gaps {
		lost = append(lost, Range(g))
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
