package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"parley/eventstore"
	"parley/eventstore/seal"

	"github.com/spf13/cobra"
)

func (p *program) restoreCommand() *cobra.Command {
	var publicKey string
	var older bool
	cmd := &cobra.Command{
		Use:     "restore FILE",
		GroupID: groupKeep,
		Short:   "Make a data folder from a backup",
		Long: `Restore writes a backup into a new data folder: the same bytes at the same
positions, record and branches. Every entry is checked against its hash and all of
them against the checkpoint of the backup; then the new folder is read and compared
again. --data names the folder, which must not be there yet, or be empty; it appears
when all of that is done. FILE - is standard input.

--public-key checks the signature of the backup as well: without it, a backup is
only known to agree with itself.`,
		Example: `  parley restore record.backup --data new
  parley restore record.backup --data new --public-key istanbul.pub
  parley checkpoint --data new`,
		Args: takes("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.restore(cmd, args[0], publicKey, older)
		},
	}
	cmd.Flags().StringVar(&publicKey, "public-key", "", "public `key` that signed the backup, or a file that holds it")
	cmd.Flags().BoolVar(&older, "accept-older", false, acceptOlderUse)
	return cmd
}

func (p *program) restore(cmd *cobra.Command, file, publicKey string, older bool) error {
	if p.data == "" {
		return &usageError{Reason: "a backup is restored to a folder", Hint: "name a new one with --data"}
	}
	if err := p.noFile(); err != nil {
		return err
	}
	signer, err := p.signer(publicKey)
	if err != nil {
		return err
	}
	from := p.in
	if file != "-" {
		f, err := os.Open(file)
		if errors.Is(err, fs.ErrNotExist) {
			return &notFoundError{What: "backup", Name: file}
		}
		if err != nil {
			return fmt.Errorf("restore: %w", err)
		}
		defer f.Close()
		from = f
	}
	o := p.options(cmd)
	w := p.progress("restore", 0)
	r, err := eventstore.Restore(cmd.Context(), file, io.Reader(from), o, eventstore.RestoreOptions{Signer: signer, Older: older, Progress: w.set})
	w.end()
	if err != nil {
		return err
	}
	if !r.Checked {
		p.tell("parley: the signature of %s was not checked; --public-key gives the key of %s", file, r.Checkpoint.Origin)
	}
	for _, remark := range r.Remarks {
		p.tell("parley: %s: %s", file, remark)
	}
	k := kept{file, p.data, r.Entries, r.BranchEntries, r.Checkpoint.Root, append([]seal.LogRoot{}, r.Checkpoint.Logs...), r.Missing, r.Altered, r.BranchMissing, string(r.Signed)}
	return p.say(k.answer("Restored to "+p.data, "was restored, with the roots of the backup", "were restored, with the roots of the backup"))
}
