package eventstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"parley/eventstore/seal"
	"parley/eventstore/unfinished"
)

// RestoreReport says what was restored.
type RestoreReport struct {
	Entries       int64
	BranchEntries int64
	Missing       []Range // positions that were missing in the backup
	Altered       []Range // those that held something else than was recorded, and still do
	BranchMissing []Range // positions of the branches that were missing
	Checkpoint    *seal.Checkpoint
	Signed        []byte   // the checkpoint of the backup
	Checked       bool     // whether its signature was checked
	Remarks       []string // of the backup
}

// RestoreOptions says how a backup is read.
type RestoreOptions struct {
	Signer   Signer // whose signature the checkpoint of the backup must have
	Older    bool   // accept one of the older format, of which only the record is signed
	Progress func(done, total int)
}

// Restore writes a backup into a folder that is not there yet, or is empty: the
// same bytes at the same positions. It checks every entry against its hash and all
// of them against the checkpoint; then it reads the new folder and compares again.
// The folder appears only when all of that is done.
func Restore(ctx context.Context, name string, from io.Reader, o Options, how RestoreOptions) (_ *RestoreReport, err error) {
	o, err = o.withDefaults()
	if err != nil {
		return nil, err
	}
	b, err := openBackup(name, from)
	if err != nil {
		return nil, err
	}
	to, err := emptyPlace(o.Dir)
	if err != nil {
		return nil, err
	}
	o.Dir = to
	parent := filepath.Dir(o.Dir)
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	filling, err := unfinished.CreateFolder(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	dir := filling.Path
	defer func() {
		if err != nil {
			err = errors.Join(err, filling.Discard())
		} else {
			err = filling.Release()
		}
	}()
	r := &restorer{backup: b, how: how}
	remark := fmt.Sprintf("restored at %s from %s", o.Now().UTC().Format(time.RFC3339), name)
	if err := rebuild(ctx, folder{dir}, o, r.supply, remark); err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	if err := r.noteLoss(folder{dir}, o); err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	if err := checkRestored(ctx, dir, o, r); err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	if err := replaceEmpty(dir, o.Dir); err != nil {
		return nil, err
	}
	return &r.report, folder{parent}.sync()
}

// emptyPlace is where a folder is to be made: links are followed, for it is not the
// link that gets replaced. It refuses a folder with something in it.
func emptyPlace(dir string) (string, error) {
	to, err := filepath.EvalSymlinks(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(dir); err == nil {
			return "", &OptionError{dir + " is a link to a folder that is not there; make the folder, or name another one"}
		}
		return dir, nil
	}
	if err != nil {
		return "", fmt.Errorf("restore: %w", err)
	}
	entries, err := os.ReadDir(to)
	switch {
	case err != nil:
		return "", fmt.Errorf("restore: %w", err)
	case len(entries) > 0:
		return "", notEmpty(dir)
	}
	return to, nil
}

// replaceEmpty puts a folder where an empty one is, or none. [os.Rename] replaces no
// folder, and [os.Remove] removes none that has something in it by now: somebody was
// faster.
func replaceEmpty(from, to string) error {
	err := os.Remove(to)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = os.Rename(from, to)
	}
	switch {
	case errors.Is(err, fs.ErrExist): // of a folder that is not empty as well
		return notEmpty(to)
	case err != nil:
		return fmt.Errorf("restore: %w", err)
	}
	return nil
}

// notEmpty refuses to restore over something.
func notEmpty(dir string) error {
	return &OptionError{dir + " is not empty; name a folder that is not there yet"}
}

// restorer reads a backup and checks it.
type restorer struct {
	backup *backupReader
	how    RestoreOptions
	report RestoreReport

	branches branchSum
}

func (r *restorer) supply(ctx context.Context, yield func(item) error) (map[string]uint64, error) {
	var roll seal.Roll
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		i, hash, err := r.backup.next()
		if err != nil {
			return nil, err
		}
		if i == nil {
			break
		}
		if seal.Leaf(i.data) != hash {
			return nil, &IntegrityError{Where: r.backup.where, Count: 1, First: Finding{
				Kind: Changed, Negotiation: logName(i.subject), Position: i.position, Detail: "its bytes have another hash than the backup says",
			}}
		}
		if i.stream == RecordStream {
			if err := roll.Add(lineOf(i.stored)); err != nil {
				return nil, r.backup.fault(err.Error())
			}
			if r.how.Progress != nil && roll.Size()%1000 == 0 {
				r.how.Progress(int(roll.Size()), int(r.backup.head.Entries))
			}
		} else {
			r.report.BranchEntries++
			r.branches.add(i.stored)
		}
		if err := yield(*i); err != nil {
			return nil, err
		}
	}
	end := r.backup.end
	c, checked, err := r.how.Signer.open(r.backup.where, []byte(end.Checkpoint))
	if err != nil {
		return nil, err
	}
	have := roll.Checkpoint(c.Origin)
	if have.Format() != c.Format() || end.BranchEntries != r.report.BranchEntries {
		return nil, &IntegrityError{Where: r.backup.where, Count: 1, First: Finding{
			Detail: "its entries are not those that its checkpoint speaks of",
		}}
	}
	if r.report.Remarks, err = r.backup.checkManifest(r.how.Signer, r.how.Older, c, &r.branches); err != nil {
		return nil, err
	}
	r.report.Entries, r.report.Missing, r.report.Checkpoint = c.Size, end.Missing, c
	r.report.BranchMissing, r.report.Altered = end.BranchMissing, end.Altered
	r.report.Signed, r.report.Checked = []byte(end.Checkpoint), checked
	return end.Last, nil
}

// noteLoss writes down what the backup did not have.
func (r *restorer) noteLoss(f folder, o Options) error {
	var lost *DamageError
	for _, x := range []struct {
		stream, what string
		lost         []Range
	}{
		{BranchStream, "missing in the backup ", r.report.BranchMissing},
		{RecordStream, "missing in the backup ", r.report.Missing},
		{RecordStream, "holds something else than was recorded, as in the backup ", r.report.Altered},
	} {
		if len(x.lost) > 0 {
			lost = &DamageError{Stream: x.stream, Lost: x.lost, Detail: x.what + r.backup.where, Also: lost}
		}
	}
	if lost == nil {
		return nil
	}
	return f.noteLoss(lost, o.Now())
}

// checkRestored reads a folder that was just written.
func checkRestored(ctx context.Context, dir string, o Options, r *restorer) (err error) {
	o.Dir, o.Listen, o.OnDamage = dir, "", RefuseDamage
	s, err := Open(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	v, err := s.Verify(ctx, VerifyOptions{})
	if err != nil {
		return err
	}
	if err := v.Err(); err != nil {
		return err
	}
	var branches branchSum
	if err := s.pullAll(ctx, BranchStream, branchPrefix+"*.*", branches.add); err != nil {
		return err
	}
	want := r.report.Checkpoint
	v.Checkpoint.Origin = want.Origin
	if v.Checkpoint.Format() != want.Format() || branches.lines.Root() != r.branches.lines.Root() {
		return &IntegrityError{Where: dir, Count: 1, First: Finding{Detail: "what was restored is not what the backup holds"}}
	}
	return nil
}

// pullAll shows every message of a stream.
func (s *Store) pullAll(ctx context.Context, stream, filter string, show func(stored)) error {
	head, err := s.head(ctx, stream, filter)
	if err != nil || head == 0 {
		return err
	}
	return s.pull(ctx, pullRequest{stream: stream, filter: filter, from: 1, to: head}, func(m stored) bool {
		show(m)
		return true
	}, func() {})
}
