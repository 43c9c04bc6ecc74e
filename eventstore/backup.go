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
	BranchMissing []Range // positions of the branches that are known to be lost
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
	heads, last, err := s.ends(ctx)
	if err != nil {
		return nil, err
	}
	x := &backupMaker{store: s, out: newBackupWriter(w), total: heads[RecordStream], progress: progress}
	if s.opts.Dir != "" {
		x.recorded = recordedIn(folder{s.opts.Dir}.keptOf(heads[RecordStream], size, nil))
		defer x.recorded.stop()
	}
	if err := x.out.line(backupHead{BackupFormat, s.opts.Now().UTC().Truncate(time.Second), s.where, x.total}); err != nil {
		return nil, err
	}
	for _, b := range backedUp {
		if err := x.stream(ctx, b.stream, b.filter, heads[b.stream]); err != nil {
			return nil, err
		}
	}
	x.losses(ctx, last)
	return x.finish(last, key)
}

// ends are the position of the last message of each stream, and the last that each
// has given.
func (s *Store) ends(ctx context.Context) (heads, last map[string]uint64, err error) {
	heads, last = map[string]uint64{}, map[string]uint64{}
	for _, x := range backedUp {
		has, err := s.state(ctx, x.stream, "")
		if err != nil {
			return nil, nil, err
		}
		if heads[x.stream], err = s.head(ctx, x.stream, x.filter); err != nil {
			return nil, nil, err
		}
		if heads[x.stream] == 0 && has.Msgs > 0 {
			return nil, nil, s.unreadable(x.stream, x.filter, has.FirstSeq, has.LastSeq)
		}
		last[x.stream] = max(has.LastSeq, heads[x.stream]) // also of what was dropped since
	}
	return heads, last, nil
}

// backupMaker is a backup under way.
type backupMaker struct {
	store    *Store
	out      *backupWriter
	total    uint64
	progress func(done, total int)

	recorded *recordedLines // nil where no hashes are kept
	roll     seal.Roll
	branches branchSum
	report   BackupReport
}

// stream writes the messages of a stream up to its head.
func (x *backupMaker) stream(ctx context.Context, stream, filter string, head uint64) error {
	if head == 0 {
		return nil
	}
	var failed error
	err := x.store.pull(ctx, pullRequest{stream: stream, filter: filter, from: 1, to: head}, func(m stored) bool {
		failed = x.message(stream, m)
		return failed == nil
	}, func() {})
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
func (x *backupMaker) losses(ctx context.Context, last map[string]uint64) {
	x.report.Missing = x.store.notGivenUp(ctx, x.report.Missing)
	if x.store.damage == nil {
		return
	}
	x.report.BranchMissing = x.store.damage.LostOf(BranchStream)
	for _, r := range x.store.damage.LostOf(RecordStream) {
		if r.To > x.roll.Last() {
			x.report.Missing = append(x.report.Missing, Range{max(r.From, x.roll.Last()+1), r.To})
			last[RecordStream] = max(last[RecordStream], r.To)
		}
	}
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
