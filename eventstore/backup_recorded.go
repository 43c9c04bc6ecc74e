package eventstore

import (
	"context"
	"iter"

	"parley/eventstore/seal"
)

// recordedLines are the lines that a folder keeps, asked position by position.
type recordedLines struct {
	next func() (keptLine, error, bool)
	stop func()

	line    keptLine
	open    bool // line is one that was not passed
	damaged bool // lines before it are damaged, so nobody knows what they spoke of
	ended   bool
}

func recordedIn(kept iter.Seq2[keptLine, error]) *recordedLines {
	next, stop := iter.Pull2(kept)
	return &recordedLines{next: next, stop: stop}
}

// has tells whether an entry is what was recorded at its position, as far as the lines
// tell: those that do not read, and entries behind the last one, are not held against it.
// Positions rise from call to call.
func (r *recordedLines) has(l seal.Line) bool {
	for !r.ended && (!r.open || r.line.Position < l.Position) {
		if r.open {
			r.damaged = false
		}
		line, err, ok := r.next()
		r.ended, r.open = !ok || err != nil, ok && err == nil && !line.damaged
		if r.open {
			r.line = line
		}
		r.damaged = r.damaged || line.damaged
	}
	switch {
	case r.ended:
		return true
	case r.line.Position == l.Position:
		return r.line.Leaf == l.Leaf && r.line.Log == l.Log
	default:
		return r.damaged
	}
}

// extended adds a position behind all others to ranges.
func extended(list []Range, position uint64) []Range {
	if n := len(list); n > 0 && list[n-1].To+1 == position {
		list[n-1].To = position
		return list
	}
	return append(list, Range{position, position})
}

// Err is nil if a backup holds all that was recorded, and nothing else. Else it is an
// *IntegrityError or a *DamageError that says what of a store is not in it; what is, can
// be restored.
func (r *BackupReport) Err(where string) error {
	var damage *DamageError
	for _, x := range []struct {
		stream  string
		missing []Range
	}{{BranchStream, r.BranchMissing}, {RecordStream, r.Missing}} {
		if len(x.missing) > 0 {
			damage = &DamageError{Stream: x.stream, Where: where, Lost: x.missing, Detail: "the backup holds what is left", Also: damage}
		}
	}
	switch {
	case len(r.Altered) > 0:
		return &IntegrityError{Where: where, First: alteredFinding(r.Altered[0]), Count: int(lengthOfAll(r.Altered))}
	case damage != nil:
		return damage
	default:
		return nil
	}
}

// alteredFinding says that a backup was made of something else than was recorded.
func alteredFinding(r Range) Finding {
	return Finding{
		Kind: Changed, Position: r.From, Now: r.From,
		Detail: "what stood at " + r.String() + " when the backup was made was not what was recorded there, and its checkpoint is of what stood there",
	}
}

// notGivenUp leaves out the gaps whose loss was accepted: nothing is kept of them.
func (s *Store) notGivenUp(ctx context.Context, missing []Range) []Range {
	if len(missing) == 0 {
		return nil
	}
	if s.opts.Dir == "" { // only their number is known
		stream, err := s.js.Stream(ctx, RecordStream)
		if err == nil && lengthOfAll(missing) <= acceptedOf(stream.CachedInfo().Config) {
			return nil
		}
		return missing
	}
	var lost []uint64
	for l, err := range (folder{s.opts.Dir}).kept(nil) {
		if err != nil {
			return missing
		}
		if within(missing, l.Position) {
			lost = append(lost, l.Position)
		}
	}
	return ranges(lost)
}
