package eventstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"parley/eventstore/seal"
)

// BackupReport says what a backup holds.
type BackupReport struct {
	Entries       int64
	BranchEntries int64
	Missing       []Range // positions of the record that could not be read
	Altered       []Range // those that hold something else than was recorded there
	BranchMissing []Range // positions of the branches that are lost, or that the server counts and does not show
	Checkpoint    *seal.Checkpoint
	Signed        []byte
}

// Backup writes the record and the branches as they are at the time of the call. Of
// a damaged store it writes what reads, and says what is missing.
func (s *Store) Backup(ctx context.Context, w io.Writer, key seal.Key, progress func(done, total int)) (*BackupReport, error) {
	r, err := s.backup(ctx, w, key, progress)
	if err != nil {
		return nil, fmt.Errorf("backup: %w", s.explain(ctx, err))
	}
	return r, nil
}

func (s *Store) backup(ctx context.Context, w io.Writer, key seal.Key, progress func(done, total int)) (*BackupReport, error) {
	var size int64 // of the hashes, before the ends of the streams
	if s.opts.Dir != "" {
		var err error
		if size, err = (folder{s.opts.Dir}).hashesSize(); err != nil {
			return nil, err
		}
	}
	head, last, err := s.recordEnds(ctx)
	if err != nil {
		return nil, err
	}
	tally, err := s.countBranches(ctx)
	if err != nil {
		return nil, err
	}
	x := &backupMaker{store: s, out: newBackupWriter(w), total: head, progress: progress, tally: tally}
	if s.opts.Dir != "" {
		x.recorded = recordedIn(folder{s.opts.Dir}.keptOf(head, size, nil))
		defer x.recorded.stop()
	}
	if err := x.out.line(backupHead{BackupFormat, s.opts.Now().UTC().Truncate(time.Second), s.where, x.total}); err != nil {
		return nil, err
	}
	if err := x.record(ctx, head); err != nil {
		return nil, err
	}
	if err := x.branchEntries(ctx); err != nil {
		return nil, err
	}
	ends := map[string]uint64{RecordStream: last, BranchStream: tally.last}
	if err := x.losses(ctx, ends); err != nil {
		return nil, err
	}
	return x.finish(ends, key)
}

// recordEnds are the position of the last message of the record, and the last that it has
// given.
func (s *Store) recordEnds(ctx context.Context) (head, last uint64, err error) {
	filter := recordPrefix + "*"
	has, err := s.state(ctx, RecordStream, "")
	if err != nil {
		return 0, 0, err
	}
	if head, err = s.head(ctx, RecordStream, filter); err != nil {
		return 0, 0, err
	}
	if head == 0 && has.Msgs > 0 {
		return 0, 0, s.unreadable(RecordStream, filter, has.FirstSeq, has.LastSeq)
	}
	return head, max(has.LastSeq, head), nil
}

// backupMaker is a backup under way.
type backupMaker struct {
	store    *Store
	out      *backupWriter
	total    uint64
	progress func(done, total int)

	recorded *recordedLines // nil where no hashes are kept
	roll     seal.Roll
	tally    *branchTally
	branches branchSum
	report   BackupReport
}

// record writes the record up to its head.
func (x *backupMaker) record(ctx context.Context, head uint64) error {
	if head == 0 {
		return nil
	}
	var failed error
	err := x.store.pull(ctx, pullRequest{stream: RecordStream, filter: recordPrefix + "*", from: 1, to: head}, func(m stored) bool {
		failed = x.message(RecordStream, m)
		return failed == nil
	}, func() {})
	return errors.Join(err, failed)
}

// branchEntries writes the branches up to their head. What is dropped meanwhile may be
// gone by then.
func (x *backupMaker) branchEntries(ctx context.Context) error {
	var failed error
	err := x.store.readBranches(ctx, x.tally, func(m stored) bool {
		failed = x.message(BranchStream, m)
		return failed == nil
	})
	return errors.Join(err, failed)
}

func (x *backupMaker) message(stream string, m stored) error {
	l := lineOf(m)
	if stream == RecordStream {
		if next := x.roll.Last() + 1; m.position > next {
			x.report.Missing = append(x.report.Missing, Range{next, m.position - 1})
		}
		if x.recorded != nil && !x.recorded.has(l) {
			x.report.Altered = extended(x.report.Altered, m.position)
		}
		if err := x.roll.Add(l); err != nil {
			return err
		}
		if x.progress != nil && m.position%1000 == 0 {
			x.progress(int(m.position), int(x.total))
		}
	} else {
		x.report.BranchEntries++
		x.branches.add(m)
	}
	return x.out.item(backupItem{Stream: stream, Position: m.position, Subject: m.subject, Hash: l.Leaf, Bytes: len(m.data)}, m.data)
}

// losses says what is missing; the end of the record may be gone, too.
func (x *backupMaker) losses(ctx context.Context, last map[string]uint64) (err error) {
	x.report.Missing = x.store.notGivenUp(ctx, x.report.Missing)
	if x.report.BranchMissing, err = x.store.unreadOf(ctx, x.tally); err != nil || x.store.damage == nil {
		return err
	}
	known := x.store.damage.LostOf(BranchStream)
	x.report.BranchMissing = inOrder(append(leftOf(x.report.BranchMissing, known), known...))
	for _, r := range x.store.damage.LostOf(RecordStream) {
		if r.To > x.roll.Last() {
			x.report.Missing = append(x.report.Missing, Range{max(r.From, x.roll.Last()+1), r.To})
			last[RecordStream] = max(last[RecordStream], r.To)
		}
	}
	return nil
}

// finish signs what the backup holds, and writes its end.
func (x *backupMaker) finish(last map[string]uint64, key seal.Key) (*BackupReport, error) {
	r := &x.report
	r.Checkpoint = x.roll.Checkpoint("")
	r.Entries = r.Checkpoint.Size
	var err error
	if r.Signed, err = seal.Sign(r.Checkpoint, key); err != nil {
		return nil, err
	}
	end := backupEnd{
		End: true, Entries: r.Entries, BranchEntries: r.BranchEntries,
		Last: last, Missing: r.Missing, Altered: r.Altered, BranchMissing: r.BranchMissing, Checkpoint: string(r.Signed),
	}
	manifest, err := seal.SignText(end.manifest(r.Checkpoint, &x.branches), key)
	if err != nil {
		return nil, err
	}
	end.Manifest = string(manifest)
	return r, x.out.end(end)
}
