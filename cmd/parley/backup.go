package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"strconv"

	"parley/eventstore"
	"parley/eventstore/seal"
	"parley/eventstore/unfinished"

	"github.com/spf13/cobra"
)

func (p *program) backupCommand() *cobra.Command {
	var keyFile string
	cmd := &cobra.Command{
		Use:     "backup FILE",
		GroupID: groupKeep,
		Short:   "Write the record and its branches to one file",
		Long: `Backup writes every stored byte of the record and of the branches, with their
positions, and a signed checkpoint to one file (compressed lines; docs/integrity.md
describes them). The record can be in use meanwhile. FILE must not be there yet; -
is standard output.

Of a damaged folder it writes what still reads and says what is missing, or is not
what was recorded, which the backup then says as well; the exit code is 7 then. Keys and passwords are not in a backup.`,
		Example: `  parley backup record.backup
  parley verify record.backup
  parley restore record.backup --data new`,
		Args: takes("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.backup(cmd, args[0], keyFile)
		},
	}
	cmd.Flags().StringVar(&keyFile, "key", "", "`file` with the key that signs; it is made if it is not there")
	return cmd
}

// kept says what a backup holds, or what was restored from it.
type kept struct {
	File          string             `json:"file"`
	Folder        string             `json:"folder,omitzero"`
	Entries       int64              `json:"entries"`
	BranchEntries int64              `json:"branchEntries"`
	Root          seal.Hash          `json:"root"`
	Logs          []seal.LogRoot     `json:"negotiations"`
	Missing       []eventstore.Range `json:"missing,omitempty"`
	Altered       []eventstore.Range `json:"altered,omitempty"`
	BranchMissing []eventstore.Range `json:"branchMissing,omitempty"`
	Checkpoint    string             `json:"checkpoint"`
}

func (p *program) backup(cmd *cobra.Command, file, keyFile string) (err error) {
	if err := p.mustExist(); err != nil {
		return err
	}
	if _, err := os.Lstat(file); file != "-" && err == nil {
		return isThere(file)
	}
	o := p.options(cmd)
	o.OnDamage, o.Reads = eventstore.ReadDamaged, true
	s, err := eventstore.Open(cmd.Context(), o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	key, err := p.signingKey(keyFile)
	if err != nil {
		return err
	}
	r, err := p.writeBackup(cmd.Context(), s, file, key)
	if err != nil {
		return err
	}
	if file != "-" {
		k := kept{file, "", r.Entries, r.BranchEntries, r.Checkpoint.Root, append([]seal.LogRoot{}, r.Checkpoint.Logs...), r.Missing, r.Altered, r.BranchMissing, string(r.Signed)}
		if err := p.say(k.answer("Backed up to "+file, "is in the backup", "are in the backup")); err != nil {
			return err
		}
	}
	if d := s.Damage(); d != nil && len(r.Altered) == 0 {
		return d
	}
	return r.Err(s.Where())
}

// writeBackup puts the file in place only when it is whole.
func (p *program) writeBackup(ctx context.Context, s *eventstore.Store, file string, key seal.Key) (r *eventstore.BackupReport, err error) {
	w := p.progress("back up", 0)
	defer w.end()
	if file == "-" {
		return s.Backup(ctx, p.out, key, w.set)
	}
	part, err := unfinished.Create(file) // mode 0600
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	if r, err = s.Backup(ctx, part, key, w.set); err != nil {
		return nil, errors.Join(err, part.Discard())
	}
	err = part.PlaceNew()
	if errors.Is(err, fs.ErrExist) { // somebody was faster
		return nil, isThere(file)
	}
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	return r, nil
}

// isThere refuses to replace a file by a backup.
func isThere(file string) error {
	return &usageError{Reason: file + " is there already", Hint: "a backup replaces nothing; give another name"}
}

func (k kept) answer(title, one, many string) answer {
	return answer{
		json:   func() any { return k },
		ndjson: func() iter.Seq[any] { return each([]any{k}, func(v any) any { return v }) },
		csv: func() iter.Seq[[]string] {
			return withHead([]string{"negotiation", "entries", "root"}, each(k.Logs, func(l seal.LogRoot) []string {
				return []string{l.Name, strconv.FormatInt(l.Size, 10), l.Root.String()}
			}))
		},
		table: func(s *screen) {
			s.show(rootsSheet(title, k.Logs))
			s.line("")
			text := fmt.Sprintf("%s of the record %s", count(int(k.Entries), "entry", "entries"), oneOrMany(k.Entries, one, many))
			if k.BranchEntries > 0 {
				text += fmt.Sprintf(", and %s of branches", count(int(k.BranchEntries), "entry", "entries"))
			}
			s.paragraph(text+".", "  ")
			for _, r := range k.Missing {
				s.paragraph(fmt.Sprintf("Missing: %s.", r), "  ")
			}
			for _, r := range k.Altered {
				s.paragraph(fmt.Sprintf("Altered, so it is not what was recorded: %s.", r), "  ")
			}
			for _, r := range k.BranchMissing {
				s.paragraph(fmt.Sprintf("Missing of branches: %s.", r), "  ")
			}
		},
	}
}

func oneOrMany(n int64, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// rootsSheet lists negotiations with their roots.
func rootsSheet(title string, logs []seal.LogRoot) *sheet {
	t := &sheet{title: title, head: []string{"negotiation", "entries", "root"}, empty: "there is nothing in it"}
	for _, l := range logs {
		t.row(l.Name, strconv.FormatInt(l.Size, 10), l.Root.String())
	}
	return t
}
