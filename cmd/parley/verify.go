package main

import (
	"errors"
	"io"
	"os"

	"parley/cmd/parley/internal/export"
	"parley/eventstore"

	"github.com/spf13/cobra"
)

// acceptOlderUse is the help of a flag of verify and restore.
const acceptOlderUse = "accept a backup of the older format, of which only the record is signed, and not its branches"

// verifyFlags are the flags of verify.
type verifyFlags struct {
	checkpoint, proof, publicKey string
	older                        bool
}

func (p *program) verifyCommand() *cobra.Command {
	var flags verifyFlags
	cmd := &cobra.Command{
		Use:     "verify [FILE...]",
		GroupID: groupKeep,
		Short:   "Show that the record is what was recorded",
		Long: `Verify reads every stored byte of the record again and compares its hashes with
those that the data folder has kept since each event was recorded. It names the
first event that was changed, dropped, inserted or moved, and lists the others.

--checkpoint compares with an older checkpoint as well: the record must begin with
exactly what the checkpoint was made of. Only this shows changes by somebody who
could also change the hashes.

With FILE it verifies a backup (parley backup), or exports of stored events (parley
export --as cloudevents) with --checkpoint, and needs no record; - is standard
input. With --proof it checks the proof of one event (parley
proof), and nothing else is read.

Signatures are checked with --public-key, else with the store's own key. The exit
code is 7 if something is not as it was, 1 if the folder keeps no hashes from before
and there is nothing else to compare with.`,
		Example: `  parley verify
  parley verify --checkpoint istanbul.checkpoint --json
  parley verify record.backup
  parley verify --proof confirmation.proof --public-key istanbul.pub`,
		Args: takes("[FILE...]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if flags.proof != "" {
				if len(args) > 0 {
					return &usageError{Reason: "--proof is checked by itself", Hint: "leave out the files"}
				}
				return p.verifyProof(flags)
			}
			return p.verify(cmd, args, flags)
		},
	}
	cmd.Flags().StringVar(&flags.checkpoint, "checkpoint", "", "`file` with an older checkpoint to compare with")
	cmd.Flags().StringVar(&flags.proof, "proof", "", "`file` with a proof to check")
	cmd.Flags().StringVar(&flags.publicKey, "public-key", "", "public `key` that signed, or a file that holds it")
	cmd.Flags().BoolVar(&flags.older, "accept-older", false, acceptOlderUse)
	return cmd
}

func (p *program) verify(cmd *cobra.Command, files []string, flags verifyFlags) error {
	o := eventstore.VerifyOptions{}
	signed := false
	if flags.publicKey != "" && flags.checkpoint == "" && len(files) == 0 {
		return &usageError{Reason: "--public-key is for what is signed, and a record is not", Hint: "give a checkpoint with --checkpoint, a proof with --proof, or a backup"}
	}
	var err error
	if len(files) > 0 {
		o.Open, o.Export, o.Older = p.openFile, export.Messages, flags.older
		if o.Signer, err = p.signer(flags.publicKey); err != nil {
			return err
		}
	}
	if flags.checkpoint != "" {
		if o.Checkpoint, _, signed, err = p.readCheckpoint(flags.checkpoint, flags.publicKey); err != nil {
			return err
		}
	}
	w := p.progress("verify", 0)
	defer w.end()
	o.Progress = w.set
	v, damage, err := p.verification(cmd, files, o)
	if err != nil {
		return err
	}
	w.end()
	x := verdict{Verification: v, Well: v.Err() == nil && damage == nil, against: o.Checkpoint, Against: flags.checkpoint, CheckpointSigned: signed}
	if err := p.say(x.answer()); err != nil {
		return err
	}
	if err := v.Err(); err != nil {
		return err
	}
	if damage != nil {
		return damage
	}
	return nil
}

// verification verifies files or the store.
func (p *program) verification(cmd *cobra.Command, files []string, o eventstore.VerifyOptions) (v *eventstore.Verification, damage *eventstore.DamageError, err error) {
	if len(files) > 0 {
		v, err = eventstore.VerifyFiles(cmd.Context(), files, o)
		return v, nil, err
	}
	if err := p.mustExist(); err != nil {
		return nil, nil, err
	}
	options := p.options(cmd)
	options.OnDamage, options.Reads = eventstore.ReadDamaged, true
	s, err := eventstore.Open(cmd.Context(), options)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	v, err = s.Verify(cmd.Context(), o)
	return v, s.Damage(), err
}

// openFile opens a file that is to be read, or standard input for -.
func (p *program) openFile(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(p.in), nil
	}
	return os.Open(name)
}
