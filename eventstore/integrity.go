package eventstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"parley/domain"
	"parley/eventstore/blocks"
	"parley/eventstore/seal"
)

const hashChunk = 256 // messages hashed together

// keepHashes brings the hashes of a folder up to its log. A server that listens
// has other writers, so there a follower goes on with it.
func (s *Store) keepHashes(ctx context.Context) error {
	if s.server == nil || s.damage != nil {
		return nil
	}
	if s.opts.OnDamage == AcceptLoss {
		if err := s.mendHashes(ctx); err != nil {
			return err
		}
	}
	keeper, err := openHashes(*s.folder, func(err error) {
		s.log.Error("the hashes of the log could not be kept", slog.Any("error", err))
	})
	if fault, ok := errors.AsType[*hashesFault](err); ok {
		return s.withoutHashes(ctx, fault)
	}
	if err != nil {
		return err
	}
	s.hashes = keeper
	keeper.tell(s.mark)
	if position, leaf := keeper.end(); position > 0 {
		if err := s.checkEnd(ctx, seal.Line{Position: position, Leaf: leaf}); err != nil || s.damage != nil {
			return err
		}
	}
	last, err := s.lastPosition(ctx)
	if err != nil {
		return err
	}
	from, _ := keeper.end()
	if from < last {
		s.justHashed = Range{from + 1, last}
		remark := fmt.Sprintf("%s computed from the log at %s", s.justHashed, s.opts.Now().UTC().Format(time.RFC3339))
		if err := s.hashFrom(ctx, from+1, last, remark); err != nil {
			return err
		}
	}
	if s.opts.Listen == "" { // nobody else appends
		mark, err := s.mark.read()
		if err != nil {
			return err
		}
		keeper.reach(mark.Last)
	} else {
		s.follower.Go(func() {
			if err := s.hashFrom(ctx, 0, 0, ""); err != nil && s.link.life.Err() == nil {
				keeper.warn(err)
			}
		})
	}
	return nil
}

// checkEnd compares the last hash that was kept with what stands at its position.
// All others are for verify.
func (s *Store) checkEnd(ctx context.Context, end seal.Line) error {
	last := end.Position
	m, err := s.ask(ctx, RecordStream, messageRequest{Seq: last})
	if err != nil {
		return s.explain(ctx, err)
	}
	if m != nil && seal.Leaf(m.data) == end.Leaf {
		return nil
	}
	damage := &DamageError{
		Stream: RecordStream, Where: s.where, Lost: []Range{{last, last}},
		Detail: fmt.Sprintf("the entry at #%d is not the one that was recorded there", last),
	}
	if m == nil {
		damage.Detail = fmt.Sprintf("nothing stands at #%d, though the hashes have an entry there", last)
	}
	switch s.opts.OnDamage {
	case ReadDamaged:
		s.damage = damage
		return nil
	case AcceptLoss:
		return s.acceptAltered(ctx, damage)
	default:
		return damage
	}
}

// acceptAltered goes on with a log that is not the one that was recorded. Its
// hashes are computed anew; those of the log that was are kept beside them.
func (s *Store) acceptAltered(ctx context.Context, d *DamageError) error {
	mark, err := s.mark.read()
	if err != nil {
		return err
	}
	if err := s.hashes.close(); err != nil { // first, for it says in the mark how far it went
		return err
	}
	if err := s.accept(ctx, d, mark); err != nil {
		return err
	}
	if err := s.folder.setAside(s.opts.Now()); err != nil {
		return err
	}
	s.hashes = nil
	return s.keepHashes(ctx)
}

// hashFrom keeps the hashes of a range of the log, or of everything that comes.
func (s *Store) hashFrom(ctx context.Context, from, to uint64, remark string) error {
	if to == 0 {
		ctx = s.link.life
		last, _ := s.hashes.end()
		from = last + 1
	}
	var lines []seal.Line
	flush := func() error {
		err := s.hashes.add(lines, remark)
		lines, remark = lines[:0], ""
		return err
	}
	var failed error
	err := s.pull(ctx, pullRequest{stream: RecordStream, filter: recordPrefix + "*", from: from, to: to}, func(m stored) bool {
		lines = append(lines, lineOf(m))
		if len(lines) == hashChunk {
			failed = flush()
		}
		return failed == nil
	}, func() {
		if failed == nil {
			failed = flush()
		}
	})
	if to == 0 && ctx.Err() != nil {
		err = nil // the store was closed
	}
	if failed == nil {
		failed = flush()
	}
	return errors.Join(s.explain(ctx, err), failed)
}

// lastPosition is the position of the last message of the record.
func (s *Store) lastPosition(ctx context.Context) (uint64, error) {
	last, err := s.head(ctx, RecordStream, recordPrefix+"*")
	return last, s.explain(ctx, err)
}

// endOfBoth is how far the hashes of the folder have come, in bytes, and then the
// position of the last message: both go on while they are read (see [folder.keptOf]).
func (s *Store) endOfBoth(ctx context.Context) (size int64, last uint64, err error) {
	if s.opts.Dir != "" {
		if size, err = (folder{s.opts.Dir}).hashesSize(); err != nil {
			return 0, 0, err
		}
	}
	last, err = s.lastPosition(ctx)
	return size, last, err
}

// lines shows the index of the record as it is now: the lines that the folder
// keeps, and behind them those of the log. On other servers the whole log is read.
func (s *Store) lines(ctx context.Context, progress func(done, total int), yield func(seal.Line) error) error {
	size, last, err := s.endOfBoth(ctx)
	if err != nil {
		return err
	}
	done := uint64(0)
	if s.opts.Dir != "" && s.damage == nil {
		for l, err := range (folder{s.opts.Dir}).keptOf(last, size, nil) {
			switch {
			case err != nil:
				return err
			case l.damaged:
				return &DamageError{Stream: RecordStream, Where: s.where, Detail: fmt.Sprintf("the line of the hashes after #%d is damaged; verify tells more", done)}
			case l.Position > last:
				return &DamageError{Stream: RecordStream, Where: s.where, Lost: []Range{{last + 1, l.Position}}, Detail: "the log ends before its hashes do"}
			}
			if err := yield(l.Line); err != nil {
				return err
			}
			done = l.Position
		}
	}
	if done >= last {
		return nil
	}
	var failed error
	err = hashAhead(ctx, s.serverSource(done+1, last), func(m hashedMessage) bool {
		failed = yield(m.Line)
		if progress != nil {
			progress(int(m.Position), int(last))
		}
		return failed == nil
	})
	return errors.Join(s.explain(ctx, err), failed)
}

// Checkpoint says what the record holds now, signed with the key.
func (s *Store) Checkpoint(ctx context.Context, key seal.Key, progress func(done, total int)) (*seal.Checkpoint, []byte, error) {
	var roll seal.Roll
	if err := s.lines(ctx, progress, roll.Add); err != nil {
		return nil, nil, fmt.Errorf("checkpoint: %w", err)
	}
	c := roll.Checkpoint("")
	signed, err := seal.Sign(c, key)
	if err != nil {
		return nil, nil, fmt.Errorf("checkpoint: %w", err)
	}
	return c, signed, nil
}

// Prove makes a proof that the entry at a position is in its negotiation, under a
// checkpoint of the record as it is now.
func (s *Store) Prove(ctx context.Context, position uint64, key seal.Key, progress func(done, total int)) (*seal.Proof, error) {
	m, err := s.ask(ctx, RecordStream, messageRequest{Seq: position})
	if err != nil {
		return nil, fmt.Errorf("proof: %w", s.explain(ctx, err))
	}
	if m == nil {
		return nil, fmt.Errorf("proof: %w", s.unreadable(RecordStream, recordPrefix+"*", position, position))
	}
	p := &seal.Proof{Log: logName(m.subject), Index: -1, Stored: m.data}
	var roll seal.Roll
	var leaves []seal.Hash
	err = s.lines(ctx, progress, func(l seal.Line) error {
		if l.Log == p.Log {
			if l.Position == position {
				p.Index = int64(len(leaves))
			}
			leaves = append(leaves, l.Leaf)
		}
		return roll.Add(l)
	})
	if err != nil {
		return nil, fmt.Errorf("proof: %w", err)
	}
	if p.Index < 0 || leaves[p.Index] != seal.Leaf(m.data) {
		return nil, fmt.Errorf("proof: %w", &DamageError{
			Stream: RecordStream, Where: s.where, Lost: []Range{{position, position}},
			Detail: fmt.Sprintf("the entry at #%d is not the one that was recorded there", position),
		})
	}
	if p.Path, err = seal.Prove(leaves, p.Index); err != nil {
		return nil, fmt.Errorf("proof: %w", err)
	}
	if p.Checkpoint, err = seal.Sign(roll.Checkpoint(""), key); err != nil {
		return nil, fmt.Errorf("proof: %w", err)
	}
	return p, nil
}

// source shows messages in the order of the stream.
type source func(ctx context.Context, yield func(stored) bool) error

// serverSource is what the server has in a range of positions, both of which exist.
func (s *Store) serverSource(from, to uint64) source {
	return func(ctx context.Context, yield func(stored) bool) error {
		if to < from {
			return nil
		}
		return s.pull(ctx, pullRequest{stream: RecordStream, filter: recordPrefix + "*", from: from, to: to}, yield, func() {})
	}
}

// wholeSource is the whole record. Where nobody else writes, the files themselves are
// read, without the server; it has synced all that it acknowledged.
func (s *Store) wholeSource(last uint64) source {
	if s.inspected == nil || s.opts.Listen != "" {
		return s.serverSource(1, last)
	}
	return func(ctx context.Context, yield func(stored) bool) error {
		err := s.inspected.Messages(func(m blocks.Message) bool {
			return ctx.Err() == nil && yield(stored{subject: m.Subject, position: m.Position, data: m.Data})
		})
		return errors.Join(err, ctx.Err())
	}
}

// hashedMessage is a message with its line of the index.
type hashedMessage struct {
	seal.Line
	data []byte
}

// event names the event of a message: its key, or else its id.
func (m hashedMessage) event() string {
	e, err := domain.Decode(m.data)
	if err != nil {
		return ""
	}
	return e.Name()
}

// hashAhead hashes what a source shows, while what came before is looked at.
func hashAhead(ctx context.Context, f source, yield func(hashedMessage) bool) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	chunks := make(chan []hashedMessage, 16)
	ended := make(chan error, 1)
	go func() {
		defer close(chunks)
		chunk := make([]hashedMessage, 0, hashChunk)
		send := func() bool {
			select {
			case chunks <- chunk:
				chunk = make([]hashedMessage, 0, hashChunk)
				return true
			case <-ctx.Done():
				return false
			}
		}
		err := f(ctx, func(m stored) bool {
			chunk = append(chunk, hashedMessage{lineOf(m), m.data})
			return len(chunk) < hashChunk || send()
		})
		if len(chunk) > 0 && !send() && err == nil {
			err = ctx.Err()
		}
		ended <- err
	}()
	cut := false
	for chunk := range chunks {
		for _, m := range chunk {
			if cut = cut || !yield(m); cut {
				stop()
				break
			}
		}
	}
	err := <-ended
	if cut {
		return nil
	}
	return err
}
