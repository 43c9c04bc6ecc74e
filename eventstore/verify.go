package eventstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"parley/domain"
	"parley/eventstore/seal"
)

// VerifyOptions says what to compare a log with.
type VerifyOptions struct {
	Checkpoint *seal.Checkpoint // an older one, if there is one
	Signer     Signer           // whose signature the checkpoint in a backup must have
	Older      bool             // accept a backup of the older format, of which only the record is signed
	Progress   func(done, total int)

	// Of files only. Open opens one of a name; nil is os.Open. Export reads an export:
	// the stored bytes of each entry, in order; nil takes each line for the bytes of
	// an entry.
	Open   func(name string) (io.ReadCloser, error)
	Export func(io.Reader) iter.Seq2[[]byte, error]
}

// Verification is what verifying a log found.
type Verification struct {
	Source     string           `json:"source"`
	Checkpoint *seal.Checkpoint `json:"-"` // of the log as it is, not signed
	Entries    int64            `json:"entries"`
	Root       seal.Hash        `json:"root"`
	Logs       []seal.LogRoot   `json:"negotiations"`
	Compared   int              `json:"compared"`       // entries that agree with a hash kept when they were recorded
	Later      int              `json:"later,omitzero"` // entries that agree with a hash that was computed later
	Findings   []Finding        `json:"findings"`       // in the order of the log
	More       int              `json:"more,omitzero"`
	Changes    []seal.Change    `json:"changes,omitempty"` // against the older checkpoint
	Covered    int64            `json:"covered,omitzero"`  // of exports: entries that the older checkpoint was made of
	Beyond     int64            `json:"beyond,omitzero"`   // and entries behind them, compared with nothing
	Missing    []Range          `json:"missing,omitempty"` // positions that hold nothing and were not given up
	Remarks    []string         `json:"remarks,omitempty"` // of the hashes
	Signed     bool             `json:"backupSignatureChecked,omitzero"`
	Unproven   bool             `json:"unproven,omitzero"` // there was nothing to compare with
	unproven   string           // why
	ofExport   bool             // it is of an export, which needs a checkpoint
	agreed     []Range          // positions of the hashes that agree
}

// Err is nil if everything is as it was recorded, else an *IntegrityError. Where nothing
// was verified it is an *OptionError for exports, which need a checkpoint, and an
// *UnverifiedError for a folder without hashes.
func (v *Verification) Err() error {
	switch {
	case len(v.Findings) > 0:
		f := v.Findings[0]
		return &IntegrityError{Where: v.Source, First: f, Count: len(v.Findings) + v.More}
	case len(v.Changes) > 0:
		c := v.Changes[0]
		detail := "against the checkpoint: " + c.Detail
		if c.Log != "" {
			detail = "against the checkpoint, " + c.Log + ": " + c.Detail
		}
		return &IntegrityError{Where: v.Source, First: Finding{Negotiation: c.Log, Detail: detail}, Count: len(v.Changes)}
	case len(v.Missing) > 0:
		return &DamageError{Stream: RecordStream, Where: v.Source, Lost: v.Missing, Detail: "the rest is as it was recorded, but positions hold nothing"}
	case v.Unproven && v.ofExport:
		return &OptionError{v.unprovenText()}
	case v.Unproven:
		return &UnverifiedError{v.unprovenText()}
	default:
		return nil
	}
}

func (v *Verification) unprovenText() string {
	return "nothing was verified: " + v.unproven + ", only a checkpoint can tell whether it is what was recorded"
}

// UnverifiedError says that there was nothing to compare a log with. Nothing is known to be
// wrong with it.
type UnverifiedError struct{ Reason string }

func (e *UnverifiedError) Error() string { return e.Reason }

// IntegrityError says that a log is not what was recorded.
type IntegrityError struct {
	Where string
	First Finding
	Count int // findings in all
}

func (e *IntegrityError) Error() string {
	f := e.First
	text := "the log in " + e.Where + " is not what was recorded: "
	if f.Kind != "" {
		text += place(f.Position)
		if f.Negotiation != "" {
			text += " of " + f.Negotiation
		}
		text += " was " + f.Kind
		if f.Kind == Hashes {
			text = "the hashes of the log in " + e.Where + " are damaged: " + place(f.Position)
		}
		text += ": "
	}
	text += f.Detail
	if e.Count > 1 {
		text += fmt.Sprintf("; and %d findings more", e.Count-1)
	}
	return text
}

// Verify computes the hashes of the whole record again and compares them with those
// that the folder keeps, and with an older checkpoint. What is found wrong is no
// error of this call: see [Verification.Err].
func (s *Store) Verify(ctx context.Context, o VerifyOptions) (*Verification, error) {
	size, last, err := s.endOfBoth(ctx)
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	var kept iter.Seq2[keptLine, error]
	v := &Verification{Source: s.where}
	var mark marks
	if s.opts.Dir != "" {
		if mark, err = (folder{s.opts.Dir}).readMark(); err != nil {
			mark = marks{} // told where damage is
		}
		kept = folder{s.opts.Dir}.keptOf(last, size, func(r string) { v.Remarks = append(v.Remarks, r) })
	}
	if err := v.run(ctx, s.wholeSource(last), kept, last, o); err != nil {
		return nil, fmt.Errorf("verify: %w", s.explain(ctx, err))
	}
	if kept == nil {
		return v, nil
	}
	if err := s.tellHashes(v, mark, o); err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	if err := s.addMisplaced(ctx, v); err != nil {
		return nil, fmt.Errorf("verify: %w", s.explain(ctx, err))
	}
	return v, nil
}

// addMisplaced adds the entries whose records were moved within the files. Their bytes
// and their positions are what they were, so the hashes do not tell.
func (s *Store) addMisplaced(ctx context.Context, v *Verification) error {
	if s.inspected == nil || len(s.inspected.Misplaced) == 0 {
		return nil
	}
	room := max(0, findingsMax-len(v.Findings))
	for i, m := range s.inspected.Misplaced {
		if i == room {
			v.More += len(s.inspected.Misplaced) - room
			break
		}
		f := Finding{Kind: Moved, Negotiation: logName(m.Subject), Position: m.Position, Now: m.Swapped, Detail: m.String()}
		found, err := s.ask(ctx, RecordStream, messageRequest{Seq: m.Position})
		if err != nil {
			return err
		}
		if found != nil {
			f.Event = hashedMessage{data: found.data}.event()
		}
		v.Findings = append(v.Findings, f)
	}
	sortFindings(v.Findings)
	return nil
}

// run goes through the log and the kept hashes side by side.
func (v *Verification) run(ctx context.Context, f source, kept iter.Seq2[keptLine, error], total uint64, o VerifyOptions) error {
	roll := &seal.Roll{}
	if o.Checkpoint != nil {
		roll = seal.Against(o.Checkpoint)
	}
	next, stop := func() (keptLine, error, bool) { return keptLine{}, nil, false }, func() {}
	if kept != nil {
		next, stop = iter.Pull2(kept)
	}
	defer stop()
	var failed error
	c := &comparer{more: func() (keptLine, bool) {
		l, err, ok := next()
		if err != nil && failed == nil {
			failed = err
		}
		return l, ok && err == nil
	}}
	done := 0
	err := hashAhead(ctx, f, func(m hashedMessage) bool {
		if gap := roll.Last() + 1; kept == nil && m.Position > gap {
			v.Missing = append(v.Missing, Range{gap, m.Position - 1})
		}
		if failed == nil {
			failed = roll.Add(m.Line)
		}
		if kept != nil {
			c.take(m)
		}
		if done++; o.Progress != nil && done%1000 == 0 {
			o.Progress(done, int(total))
		}
		return failed == nil
	})
	if err == nil && failed == nil {
		c.finish()
	}
	if o.Progress != nil {
		o.Progress(int(total), int(total))
	}
	v.Findings, v.More, v.agreed = c.findings(), c.over, c.same
	v.Changes = roll.Changes()
	v.Checkpoint = roll.Checkpoint("")
	v.Entries, v.Root, v.Logs = v.Checkpoint.Size, v.Checkpoint.Root, v.Checkpoint.Logs
	for _, l := range v.Logs {
		if name := seal.Token(l.Name); !domain.ValidID(name) {
			v.Remarks = append(v.Remarks, fmt.Sprintf("%q is no id of a negotiation, so nothing shows what stands there (%d entries), which is no event", name, l.Size))
		}
	}
	return errors.Join(err, failed)
}
