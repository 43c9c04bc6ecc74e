package eventstore

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"slices"
	"strings"

	"parley/domain"
	"parley/eventstore/seal"
)

// ExportError says that a file is no export of stored events, and as it is no
// backup either, that nothing can be said of it.
type ExportError struct {
	Where, Reason string
}

func (e *ExportError) Error() string {
	return fmt.Sprintf("%s is neither a backup nor an export of stored events: %s", e.Where, e.Reason)
}

// storedLines reads an export that has the stored bytes of an entry on each line.
func storedLines(r io.Reader) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		in := bufio.NewReaderSize(r, 256<<10)
		for {
			line, err := in.ReadBytes('\n')
			if errors.Is(err, io.EOF) && len(line) == 0 {
				return
			}
			if err != nil && !errors.Is(err, io.EOF) {
				yield(nil, err)
				return
			}
			if !yield(bytes.TrimSuffix(line, []byte("\n")), nil) {
				return
			}
		}
	}
}

// export verifies an export. It holds no positions, so the order between
// negotiations is not compared, nor negotiations that no file is of.
func (v *Verification) export(ctx context.Context, name string, r io.Reader, o VerifyOptions) error {
	log := seal.LogRoot{Name: strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))}
	named := false
	if o.Checkpoint != nil {
		_, named = o.Checkpoint.Log(log.Name)
	}
	read := o.Export
	if read == nil {
		read = storedLines
	}
	var tree seal.Range
	var want seal.LogRoot
	holds, events := false, false
	alien, of := int64(0), "" // last entry that names another negotiation
	for data, err := range read(r) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return &ExportError{name, err.Error()}
		}
		if e, err := domain.Decode(data); err == nil {
			if !events {
				log.Name, events = e.Negotiation, true
			}
			if e.Negotiation != log.Name {
				alien, of = tree.Size()+1, e.Negotiation
			}
		}
		tree.Add(seal.Leaf(data))
		if o.Checkpoint != nil {
			want, _ = o.Checkpoint.Log(log.Name)
			holds = holds || tree.Size() == want.Size && tree.Root() == want.Root
		}
		if n := int(v.Entries + tree.Size()); o.Progress != nil && n%1000 == 0 {
			o.Progress(n, n)
		}
	}
	if tree.Size() == 0 || !events && !named {
		return &ExportError{name, "it holds no event"}
	}
	if slices.ContainsFunc(v.Logs, func(l seal.LogRoot) bool { return l.Name == log.Name }) {
		return &OptionError{fmt.Sprintf("%s is another export of %s; give one file for each negotiation", name, log.Name)}
	}
	log.Size, log.Root = tree.Size(), tree.Root()
	if o.Checkpoint == nil {
		v.Unproven, v.ofExport, v.unproven = true, true, "an export holds no hashes of its own"
	} else if !holds {
		v.Changes = append(v.Changes, seal.Change{Log: log.Name, Detail: name + ": " + against(o.Checkpoint, log, want)})
	}
	if holds && alien > want.Size { // one that the checkpoint was made of is parked there
		return &ExportError{name, fmt.Sprintf("its entry %d is an event of %s, and the others are of %s; one file is of one negotiation", alien, of, log.Name)}
	}
	if holds {
		v.Covered += want.Size
		v.Beyond += log.Size - want.Size
	}
	v.Logs = append(v.Logs, log)
	v.Entries += log.Size
	return nil
}

// against words how an export is not what a checkpoint says.
func against(c *seal.Checkpoint, log, want seal.LogRoot) string {
	switch {
	case want.Size > log.Size:
		return fmt.Sprintf("it has %d entries, and had %d", log.Size, want.Size)
	case want.Size > 0:
		return fmt.Sprintf("its first %d entries are not those that the checkpoint was made of", want.Size)
	default:
		return fmt.Sprintf("the checkpoint does not speak of it, but of %d others", len(c.Logs))
	}
}
