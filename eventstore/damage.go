package eventstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go/jetstream"
)

// checkMissing looks for a record that is gone as a whole, before a new and empty
// one is made in its place.
func (s *Store) checkMissing(ctx context.Context) error {
	if s.server == nil || s.damage != nil {
		return nil
	}
	_, err := s.js.Stream(ctx, RecordStream)
	if !errors.Is(err, jetstream.ErrStreamNotFound) {
		return s.explain(ctx, err)
	}
	mark, err := s.mark.read()
	if err != nil {
		return err
	}
	left, err := os.ReadDir(s.folder.path("jetstream/parley/streams/" + RecordStream))
	switch {
	case mark.Last > 0:
		return s.damaged(ctx, Range{1, mark.Last}, streamGone)
	case err == nil && len(left) > 0:
		return &DamageError{Stream: RecordStream, Where: s.where, Detail: "its files are there, but the server cannot read them"}
	default:
		return nil
	}
}

const streamGone = "the stream is gone, though events were acknowledged"

// damaged is a loss that may be accepted.
func (s *Store) damaged(ctx context.Context, lost Range, detail string) error {
	damage := &DamageError{Stream: RecordStream, Where: s.where, Lost: []Range{lost}, Detail: detail}
	if s.opts.OnDamage == AcceptLoss {
		return s.accept(ctx, damage, marks{})
	}
	return damage // there is nothing to read
}

// checkDamage compares what the record holds with what it must hold: all
// positions from 1 to the last one acknowledged. Nothing is ever deleted from it,
// so every gap is a loss.
func (s *Store) checkDamage(ctx context.Context) error {
	if s.damage != nil {
		return nil // it is known
	}
	mark := marks{}
	if s.mark != nil { // a folder, also one that another process serves
		var err error
		if mark, err = s.mark.read(); err != nil {
			return err
		}
	}
	stream, err := s.js.Stream(ctx, RecordStream)
	if err != nil {
		return s.explain(ctx, err)
	}
	info, err := stream.Info(ctx, jetstream.WithDeletedDetails(true))
	if err != nil {
		return s.explain(ctx, err)
	}
	if s.mark == nil {
		mark.Accepted = acceptedOf(info.Config)
	}
	lost, detail := findLoss(info.State, mark)
	if len(lost) == 0 {
		return s.checkBranches(ctx, marks{Last: info.State.LastSeq, Accepted: mark.Accepted, Branches: mark.Branches})
	}
	damage := &DamageError{Stream: RecordStream, Where: s.where, Lost: lost, Detail: detail}
	if s.folder != nil {
		damage.Detail += s.folder.whose(lost)
	}
	switch s.opts.OnDamage {
	case AcceptLoss:
		if s.through != nil {
			return &HeldError{Holder: folder{s.opts.Dir}.holder(), Damage: damage}
		}
		return s.accept(ctx, damage, marks{Last: info.State.LastSeq, Accepted: missing(info.State), Branches: mark.Branches})
	case ReadDamaged:
		s.damage = damage
		return nil
	default:
		return damage
	}
}

// checkBranches compares the end of the branches with the mark, and brings the mark
// up to the two streams.
func (s *Store) checkBranches(ctx context.Context, to marks) error {
	if s.server == nil {
		return nil
	}
	stream, err := s.js.Stream(ctx, BranchStream)
	if err != nil {
		return s.explain(ctx, err)
	}
	last := stream.CachedInfo().State.LastSeq
	if last >= to.Branches {
		to.Branches = last
		return s.liftMark(to)
	}
	damage := &DamageError{
		Stream: BranchStream, Where: s.where, Lost: []Range{{last + 1, to.Branches}},
		Detail: fmt.Sprintf("it ends at %s, though #%d was acknowledged", place(last), to.Branches),
	}
	switch to.Branches = last; s.opts.OnDamage {
	case AcceptLoss:
		return s.accept(ctx, damage, to)
	case ReadDamaged:
		s.damage = damage
		return nil
	default:
		return damage
	}
}

// findLoss lists the positions that are lost and not yet given up.
func findLoss(have jetstream.StreamState, mark marks) (lost []Range, detail string) {
	if gone := missing(have); gone > mark.Accepted {
		detail = fmt.Sprintf("%d of its %d positions are missing", gone, have.LastSeq)
		if have.Msgs == 0 {
			lost = append(lost, Range{1, have.LastSeq})
		} else {
			if have.FirstSeq > 1 {
				lost = append(lost, Range{1, have.FirstSeq - 1})
			}
			lost = append(lost, ranges(have.Deleted)...)
		}
	}
	if have.Lost != nil && len(lost) == 0 && mark.Accepted == 0 {
		// What was being written when the disk was full stands there in part. It is
		// behind the end, and nobody was told of it.
		gone := slices.DeleteFunc(slices.Clone(have.Lost.Msgs), func(p uint64) bool { return p > max(have.LastSeq, mark.Last) })
		if len(gone) > 0 {
			detail = fmt.Sprintf("the server says that it lost %d messages", len(gone))
			lost = append(lost, ranges(gone)...)
		}
	}
	if mark.Last > have.LastSeq {
		if detail != "" {
			detail += ", and "
		}
		detail += fmt.Sprintf("it ends at %s, though #%d was acknowledged", place(have.LastSeq), mark.Last)
		lost = append(lost, Range{have.LastSeq + 1, mark.Last})
	}
	return lost, detail
}

// missing counts the positions up to the last that hold nothing.
func missing(s jetstream.StreamState) uint64 {
	if s.Msgs >= s.LastSeq {
		return 0
	}
	return s.LastSeq - s.Msgs
}

// ranges joins sorted positions.
func ranges(positions []uint64) []Range {
	var out []Range
	for _, p := range positions {
		if n := len(out); n > 0 && out[n-1].To+1 == p {
			out[n-1].To = p
		} else {
			out = append(out, Range{p, p})
		}
	}
	return out
}

// liftMark brings the mark up to streams that have gone further: after a loss of
// power, or where the mark is new.
func (s *Store) liftMark(to marks) error {
	return s.mark.change(func(m *marks) bool {
		lift := m.Last < to.Last || m.Branches < to.Branches
		m.Last, m.Branches = max(m.Last, to.Last), max(m.Branches, to.Branches)
		return lift
	})
}

const lossesFile = "losses.ndjson"

// accept goes on without what is lost, and keeps what it was: its positions may
// be given to other events from now on.
func (s *Store) accept(ctx context.Context, d *DamageError, to marks) error {
	s.log.Warn("loss accepted", slog.String("damage", d.Error()))
	if s.folder == nil {
		return s.noteOnStream(ctx, to.Accepted)
	}
	if err := s.folder.noteLoss(d, s.opts.Now()); err != nil {
		return err
	}
	err := s.folder.forget(func(position uint64) bool {
		return within(d.LostOf(RecordStream), position)
	}, s.opts.Now())
	if err != nil {
		return err
	}
	to.Hashed = 0 // lines were taken out; keepHashes goes on from there
	return s.mark.change(func(m *marks) bool {
		*m = to
		return true
	})
}

// Loss is a line of the losses of a folder: what was lost of a stream, and accepted.
type Loss struct {
	Time   time.Time `json:"time"`
	Stream string    `json:"stream"`
	Lost   []Range   `json:"lost"`
	Detail string    `json:"detail"`
}

// Losses lists what was lost of a data folder and accepted, in the order of time.
func Losses(dir string) ([]Loss, error) {
	b, err := os.ReadFile(folder{dir}.path(lossesFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("losses: %w", err)
	}
	var list []Loss
	for line := range bytes.Lines(b) {
		var l Loss
		if err := json.Unmarshal(line, &l); err != nil {
			return list, fmt.Errorf("losses: line %d of %s does not read: %w", len(list)+1, lossesFile, err)
		}
		list = append(list, l)
	}
	return list, nil
}

// noteLoss writes down what is lost.
func (f folder) noteLoss(d *DamageError, now time.Time) error {
	var lines []byte
	for ; d != nil; d = d.Also {
		line, err := json.Marshal(Loss{now.UTC(), d.Stream, d.Lost, d.Detail})
		if err != nil {
			return err
		}
		lines = append(append(lines, line...), '\n')
	}
	file, err := os.OpenFile(f.path(lossesFile), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("note the loss: %w", err)
	}
	_, err = file.Write(lines)
	err = errors.Join(err, file.Sync(), file.Close())
	if err != nil {
		return fmt.Errorf("note the loss: %w", err)
	}
	return nil
}

// acceptedMetadata is where a stream of others notes how many of its positions were
// given up.
const acceptedMetadata = "parley-accepted"

func acceptedOf(c jetstream.StreamConfig) uint64 {
	n, err := strconv.ParseUint(c.Metadata[acceptedMetadata], 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// noteOnStream notes on the stream itself that a loss was accepted: other servers
// have no folder of ours.
func (s *Store) noteOnStream(ctx context.Context, gone uint64) error {
	stream, err := s.js.Stream(ctx, RecordStream)
	if err != nil {
		return s.explain(ctx, err)
	}
	c := stream.CachedInfo().Config
	c.Metadata = maps.Clone(c.Metadata)
	if c.Metadata == nil {
		c.Metadata = map[string]string{}
	}
	c.Metadata[acceptedMetadata] = strconv.FormatUint(gone, 10)
	_, err = s.js.UpdateStream(ctx, c)
	return s.explain(ctx, err)
}
