package eventstore

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"parley/eventstore/seal"
)

// VerifyFiles verifies files instead of a store: one backup, or exports of stored
// events, one negotiation a file, in the order of the log. A backup is compared with
// the hashes and the checkpoint in it; an export says nothing of itself and needs a
// checkpoint. What is neither is an *ExportError.
func VerifyFiles(ctx context.Context, names []string, o VerifyOptions) (*Verification, error) {
	v := &Verification{Source: strings.Join(names, ", ")}
	for _, name := range names {
		if err := v.file(ctx, name, len(names), o); err != nil {
			return v, err
		}
	}
	if v.Checkpoint == nil {
		v.Checkpoint = &seal.Checkpoint{Size: v.Entries, Logs: v.Logs}
	}
	return v, nil
}

// file verifies one file of several.
func (v *Verification) file(ctx context.Context, name string, of int, o VerifyOptions) error {
	open := o.Open
	if open == nil {
		open = func(name string) (io.ReadCloser, error) { return os.Open(name) }
	}
	file, err := open(name)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	defer file.Close()
	r := bufio.NewReaderSize(file, 256<<10)
	magic, err := r.Peek(2)
	switch {
	case err != nil || magic[0] != 0x1f || magic[1] != 0x8b:
		return v.export(ctx, name, r, o)
	case of > 1:
		return &OptionError{name + " is a backup; verify one backup at a time, and no exports with it"}
	default:
		return v.backup(ctx, name, r, o)
	}
}

// backup verifies a backup.
func (v *Verification) backup(ctx context.Context, name string, r io.Reader, o VerifyOptions) error {
	b, err := openBackup(name, r)
	if err != nil {
		return err
	}
	var wrong []Finding
	var branches branchSum
	read := func(ctx context.Context, yield func(stored) bool) error {
		for ctx.Err() == nil {
			i, hash, err := b.next()
			if err != nil || i == nil {
				return err
			}
			if seal.Leaf(i.data) != hash {
				m := hashedMessage{lineOf(i.stored), i.data}
				wrong = append(wrong, Finding{
					Kind: Changed, Negotiation: m.Log, Position: i.position, Now: i.position, Event: m.event(),
					Detail: fmt.Sprintf("its bytes have the hash %s, and had %s", m.Leaf, hash),
				})
			}
			if i.stream != RecordStream {
				branches.add(i.stored)
			} else if !yield(i.stored) {
				return nil
			}
		}
		return ctx.Err()
	}
	err = v.run(ctx, read, nil, b.head.Entries, o)
	v.Findings = wrong
	if err != nil {
		return err
	}
	c, checked, err := o.Signer.open(name, []byte(b.end.Checkpoint))
	if err != nil {
		return err
	}
	v.Signed = checked
	remarks, err := b.checkManifest(o.Signer, o.Older, c, &branches)
	if err != nil && len(v.Findings) == 0 {
		return err
	}
	v.Remarks = append(v.Remarks, remarks...)
	if last, reached := b.end.Last[RecordStream], b.lost(); last > reached && b.head.Format == olderBackup {
		v.Remarks = append(v.Remarks, fmt.Sprintf("the backup says that %s hold nothing and are given to nothing; no signature speaks of that", Range{reached + 1, last}))
	}
	v.Checkpoint.Origin = c.Origin
	gone := v.Missing
	v.Missing = b.end.Missing // what the backup says itself, and other gaps were accepted before
	if v.Checkpoint.Format() == c.Format() || len(v.Findings) > 0 {
		v.Compared = max(0, int(c.Size)-len(v.Findings)-int(min(lengthOfAll(b.end.Altered), uint64(c.Size))))
		for _, r := range b.end.Altered {
			v.Findings = append(v.Findings, alteredFinding(r))
		}
		sortFindings(v.Findings)
		return nil
	}
	for _, g := range gone {
		if !within(b.end.Missing, g.From) {
			v.Findings = append(v.Findings, Finding{Kind: Dropped, Position: g.From, Detail: fmt.Sprintf("the backup has nothing at %s", g)})
		}
	}
	for _, l := range c.Logs {
		if have, _ := v.Checkpoint.Log(l.Name); have != l {
			v.Changes = append(v.Changes, seal.Change{Log: l.Name, Detail: fmt.Sprintf("it has %d entries with root %s, and the checkpoint of the backup says %d with %s", have.Size, have.Root, l.Size, l.Root)})
		}
	}
	if len(v.Changes) == 0 {
		v.Changes = append(v.Changes, seal.Change{Detail: "the entries do not stand where the checkpoint of the backup says"})
	}
	return nil
}
