package eventstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"parley/eventstore/blocks"
	"parley/eventstore/unfinished"

	"golang.org/x/sys/unix"
)

// salvage writes what still reads into a folder within this one.
func (s *Store) salvage(ctx context.Context, f folder, last map[string]uint64) (*unfinished.Folder, error) {
	dir, err := unfinished.CreateFolder(f.path(salvagedDir))
	if err != nil {
		return nil, fmt.Errorf("salvage: %w", err)
	}
	to := folder{dir.Path}
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
		return nil, errors.Join(fmt.Errorf("salvage: %w", err), dir.Discard())
	}
	return dir, nil
}

// replace puts what could be saved in the place of damaged streams, which stay
// beside it. Positions that are lost are not given again.
func (s *Store) replace(ctx context.Context, f folder, d *DamageError, last map[string]uint64) error {
	dir, err := s.salvage(ctx, f, last)
	if err != nil {
		return err
	}
	defer func() { _ = dir.Discard() }() // its streams have moved
	to := folder{dir.Path}
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
	branches, err := blocks.Inspect(f.streamDir(BranchStream), BranchStream)
	if err == nil {
		err = f.noteGaps(branches, saved.Branches) // what is lost of them is not lost again
	}
	if err != nil {
		return err
	}
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
