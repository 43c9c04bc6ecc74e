package eventstore

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"parley/domain"
	"parley/eventstore/seal"
)

// VerifyFiles verifies files instead of a store: one backup, or exports of stored
// events, one negotiation a file and one entry a line, in the order of the log. A
// backup is compared with the hashes and the checkpoint in it; an export says
// nothing of itself and needs a checkpoint.
func VerifyFiles(ctx context.Context, names []string, o VerifyOptions) (*Verification, error) {
	v := &Verification{Source: strings.Join(names, ", ")}
	if len(names) == 1 {
		file, err := os.Open(names[0])
		if err != nil {
			return nil, fmt.Errorf("verify: %w", err)
		}
		defer file.Close()
		r := bufio.NewReader(file)
		if magic, err := r.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
			return v, v.backup(ctx, names[0], r, o)
		}
	}
	return v, v.exports(ctx, names, o)
}

// backup verifies a backup.
func (v *Verification) backup(ctx context.Context, name string, r io.Reader, o VerifyOptions) error {
	b, err := openBackup(name, r)
	if err != nil {
		return err
	}
	var wrong []Finding
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
			if i.stream == RecordStream && !yield(i.stored) {
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
	v.Checkpoint.Origin = c.Origin
	gone := v.Missing
	v.Missing = b.end.Missing // what the backup says itself, and other gaps were accepted before
	if v.Checkpoint.Format() == c.Format() || len(v.Findings) > 0 {
		v.Compared = int(c.Size) - len(v.Findings)
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

// exports verifies exports. They hold no positions, so the order between
// negotiations is not compared, nor negotiations that no file is of.
func (v *Verification) exports(ctx context.Context, names []string, o VerifyOptions) error {
	if o.Checkpoint == nil {
		v.Remarks = append(v.Remarks, "an export holds no hashes; only a checkpoint can tell whether it is what was recorded")
	}
	done := 0
	for _, name := range names {
		log, err := v.export(ctx, name, o, &done)
		if err != nil {
			return err
		}
		v.Logs = append(v.Logs, log)
		v.Entries += log.Size
	}
	v.Checkpoint = &seal.Checkpoint{Size: v.Entries, Logs: v.Logs}
	return nil
}

func (v *Verification) export(ctx context.Context, name string, o VerifyOptions, done *int) (seal.LogRoot, error) {
	file, err := os.Open(name)
	if err != nil {
		return seal.LogRoot{}, fmt.Errorf("verify: %w", err)
	}
	defer file.Close()
	log := seal.LogRoot{Name: strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))}
	named := false
	var tree seal.Range
	var want seal.LogRoot
	var holds bool
	r := bufio.NewReaderSize(file, 256<<10)
	for ctx.Err() == nil {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			break
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return log, fmt.Errorf("verify %s: %w", name, err)
		}
		data := bytes.TrimSuffix(line, []byte("\n"))
		if !named {
			if e, err := domain.Decode(data); err == nil {
				log.Name, named = e.Negotiation, true
			}
		}
		tree.Add(seal.Leaf(data))
		if o.Checkpoint != nil {
			want, _ = o.Checkpoint.Log(log.Name)
			holds = holds || tree.Size() == want.Size && tree.Root() == want.Root
		}
		if *done++; o.Progress != nil && *done%1000 == 0 {
			o.Progress(*done, *done)
		}
	}
	log.Size, log.Root = tree.Size(), tree.Root()
	if o.Checkpoint != nil && !holds {
		detail := fmt.Sprintf("the checkpoint does not speak of it, but of %d others", len(o.Checkpoint.Logs))
		switch {
		case want.Size > log.Size:
			detail = fmt.Sprintf("it has %d entries, and had %d", log.Size, want.Size)
		case want.Size > 0:
			detail = fmt.Sprintf("its first %d entries are not those that the checkpoint was made of", want.Size)
		}
		v.Changes = append(v.Changes, seal.Change{Log: log.Name, Detail: name + ": " + detail})
	}
	return log, ctx.Err()
}
