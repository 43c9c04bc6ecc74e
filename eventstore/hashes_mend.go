package eventstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// hashesFault is a file of hashes of which nothing can be read at its end.
type hashesFault struct{ reason string }

func (e *hashesFault) Error() string { return e.reason }

// hashesDamage says that hashes do not read. The log itself lost nothing by that.
func hashesDamage(where, detail string) *DamageError {
	return &DamageError{Stream: RecordStream, Where: where, Detail: "the hashes of the log do not read: " + detail}
}

// CheckHashes reads the hashes that a data folder keeps, and returns a *DamageError if
// lines of them are damaged, or gone. Of damaged lines, such a store can be used, but their
// entries cannot be compared; opening it with [AcceptLoss] computes them anew.
func CheckHashes(dir string) error {
	f := folder{dir}
	mark, fault := f.readMark() // before the hashes, which may grow
	count, after, err := f.damagedHashes()
	if err != nil {
		return err
	}
	if count > 0 {
		return hashesDamage(dir, hashesDetail(count, after))
	}
	if fault != nil {
		return nil // that is told by itself
	}
	if d, err := f.shortHashes(mark); err != nil || d != nil {
		return cmp.Or(err, error(d))
	}
	return nil
}

// shortHashes says that lines are gone from the end of the hashes which were on the
// disk; nil if none are. What was not yet there can go with the power, and is computed
// again.
func (f folder) shortHashes(m marks) (*DamageError, error) {
	if m.Hashed == 0 {
		return nil, nil
	}
	end, ok := f.lastLine()
	if !ok {
		for l, err := range f.kept(nil) {
			if err != nil {
				return nil, err
			}
			end.Position = max(end.Position, l.Position)
		}
	}
	if end.Position >= m.Hashed {
		return nil, nil
	}
	return &DamageError{Stream: RecordStream, Where: f.dir, Detail: shortText(end.Position, m.Hashed) +
		", so what was recorded since cannot be compared; the log itself lost nothing by that"}, nil
}

func shortText(end, reached uint64) string {
	if end == 0 {
		return fmt.Sprintf("the hashes of the log are gone, which went up to #%d", reached)
	}
	return fmt.Sprintf("the hashes of the log end at #%d, and went up to #%d", end, reached)
}

// acceptShort goes on with hashes of which the end is gone: it is computed from the log.
// What is left of the file is kept beside it.
func (s *Store) acceptShort(f folder, d *DamageError) error {
	now := s.opts.Now()
	if err := f.noteLoss(d, now); err != nil {
		return err
	}
	err := os.Link(f.path(hashesFile), f.aside(now))
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("hashes of the log: %w", err)
	}
	return s.mark.unhashed()
}

func hashesDetail(count int, after uint64) string {
	return fmt.Sprintf("%d of their lines are damaged, the first after %s", count, place(after))
}

// mendsThrough refuses to mend hashes that another process keeps: it has the file open
// and goes on writing to it, so that what is put in its place would miss lines.
func (s *Store) mendsThrough(f folder) error {
	if s.opts.OnDamage != AcceptLoss {
		return nil
	}
	err := CheckHashes(f.dir)
	if damage, ok := errors.AsType[*DamageError](err); ok {
		return &HeldError{Holder: f.holder(), Damage: damage}
	}
	return err
}

// damagedHashes counts damaged lines, and says after which position the first is.
func (f folder) damagedHashes() (count int, after uint64, err error) {
	last := uint64(0)
	for l, err := range f.kept(nil) {
		switch {
		case err != nil:
			return 0, 0, err
		case !l.damaged:
			last = l.Position
		case count == 0:
			after = last
			fallthrough
		default:
			count++
		}
	}
	return count, after, nil
}

// withoutHashes goes on where the hashes do not read at all, as the caller wants.
func (s *Store) withoutHashes(ctx context.Context, fault *hashesFault) error {
	damage := hashesDamage(s.where, fault.reason)
	switch s.opts.OnDamage {
	case ReadDamaged:
		s.damage = damage
		return nil
	case AcceptLoss:
		if err := s.folder.noteLoss(damage, s.opts.Now()); err != nil {
			return err
		}
		if err := s.mark.unhashed(); err != nil {
			return err
		}
		if err := s.folder.setAside(s.opts.Now()); err != nil {
			return err
		}
		return s.keepHashes(ctx)
	default:
		return damage
	}
}

// mendHashes computes damaged lines anew from the log, and keeps the file that had
// them beside the new one. All other lines stay what they were.
func (s *Store) mendHashes(ctx context.Context) error {
	count, after, err := s.folder.damagedHashes()
	if err != nil || count == 0 {
		return err
	}
	now := s.opts.Now().UTC()
	text := []byte(hashesHead)
	next, open := uint64(1), false
	for l, err := range s.folder.kept(func(r string) { text = fmt.Appendf(text, "# %s\n", r) }) {
		switch {
		case err != nil:
			return err
		case l.damaged:
			open = true // what is after the last line is for keepHashes
			continue
		case open && l.Position > next:
			text = fmt.Appendf(text, "# %s computed from the log at %s, for the lines were damaged\n", Range{next, l.Position - 1}, now.Format(time.RFC3339))
			if text, err = s.appendFromLog(ctx, text, next, l.Position-1); err != nil {
				return err
			}
		}
		text, next, open = appendKept(text, l.Line), l.Position+1, false
	}
	if err := s.folder.noteLoss(hashesDamage(s.where, hashesDetail(count, after)), now); err != nil {
		return err
	}
	if err := s.mark.unhashed(); err != nil {
		return err
	}
	aside := s.folder.aside(now)
	text = fmt.Appendf(text, "# damaged lines were computed anew at %s; what was kept before is in %s", now.Format(time.RFC3339), filepath.Base(aside))
	if err := os.Link(s.folder.path(hashesFile), aside); err != nil {
		return fmt.Errorf("hashes of the log: %w", err)
	}
	return s.folder.write(hashesFile, text)
}

// appendFromLog writes the lines of a range of the log.
func (s *Store) appendFromLog(ctx context.Context, text []byte, from, to uint64) ([]byte, error) {
	for p := from; p <= to; p++ {
		m, err := s.ask(ctx, RecordStream, messageRequest{Seq: p})
		if err != nil {
			return nil, s.explain(ctx, err)
		}
		if m != nil {
			text = appendKept(text, lineOf(*m))
		}
	}
	return text, nil
}
