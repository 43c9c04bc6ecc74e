package eventstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/sys/unix"
)

const (
	diskMargin      = 256 << 20 // left free on the disk of a folder, in bytes
	diskMarginShare = 20        // or 1/20 of the disk, if that is less
	diskPerByte     = 3         // a batch is staged, then stored, then indexed
)

// disk is the disk that a folder is on, in bytes.
type disk struct{ size, free int64 }

func (f folder) disk() (disk, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(f.dir, &s); err != nil {
		return disk{}, fmt.Errorf("data folder %s: %w", f.dir, err)
	}
	return disk{size: int64(s.Blocks) * s.Bsize, free: int64(s.Bavail) * s.Bsize}, nil
}

// room refuses what the disk may not hold, before anything is sent. A server that
// runs out of room in the midst of a batch, by its own limit or the disk's, keeps
// a part of the batch and does not say so; so its limit is the whole disk, and the
// margin is kept here.
func (s *Store) room(bytes int) error {
	if s.opts.Dir == "" {
		return nil
	}
	have, err := s.diskOf()
	if err != nil {
		return err
	}
	margin := min(diskMargin, have.size/diskMarginShare)
	if need := margin + diskPerByte*int64(bytes); have.free < need {
		return &StorageError{fmt.Errorf("the disk of %s has %d MiB free, and %d MiB are needed, the margin included",
			s.opts.Dir, have.free>>20, need>>20+1)}
	}
	return nil
}

// isFull tells whether something failed for want of room, on the disk or of what a user
// may have of it.
func isFull(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT)
}

// openFull goes on where a folder could not be opened, for its disk is full. A server
// starts there as long as it has nothing to write, and else what only reads can do
// without one.
func (s *Store) openFull(ctx context.Context, full error) error {
	if !s.opts.Reads || s.opts.OnDamage == AcceptLoss || s.folder == nil {
		return &StorageError{full}
	}
	if err := s.stopServing(); err != nil {
		return errors.Join(full, err)
	}
	s.nc, s.js, s.server, s.hashes, s.mark = nil, nil, nil, nil, nil
	s.justHashed, s.inspected = Range{}, nil
	denied := &AccessError{Dir: s.folder.dir, Path: s.folder.dir, Err: full}
	if e, ok := errors.AsType[*fs.PathError](full); ok {
		denied.Path, denied.Err = e.Path, e.Err
	}
	return s.openFiles(ctx, *s.folder, denied)
}
