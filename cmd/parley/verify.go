package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strconv"

	"parley/cmd/parley/internal/export"
	"parley/domain"
	"parley/eventstore"
	"parley/eventstore/seal"

	"github.com/spf13/cobra"
)

// verifyFlags are the flags of verify.
type verifyFlags struct{ checkpoint, proof, publicKey string }

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
code is 7 if something is not as it was.`,
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
		o.Open, o.Export = p.openFile, export.Messages
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

// verdict is what verify says.
type verdict struct {
	Well bool `json:"ok"`
	*eventstore.Verification
	Against string `json:"checkpoint,omitzero"`

	CheckpointSigned bool `json:"signatureChecked,omitzero"`

	against *seal.Checkpoint
}

func (x *verdict) answer() answer {
	head := []string{"kind", "negotiation", "position", "now", "event", "detail"}
	return answer{
		json: func() any { return x },
		ndjson: func() iter.Seq[any] {
			return func(yield func(any) bool) {
				for _, f := range x.Findings {
					if !yield(f) {
						return
					}
				}
				for _, c := range x.Changes {
					if !yield(c) {
						return
					}
				}
				yield(map[string]any{"ok": x.Well, "entries": x.Entries, "root": x.Root})
			}
		},
		csv: func() iter.Seq[[]string] {
			return withHead(head, each(x.Findings, func(f eventstore.Finding) []string {
				return []string{f.Kind, f.Negotiation, position(f.Position), position(f.Now), f.Event, f.Detail}
			}))
		},
		table: func(s *screen) { x.show(s) },
	}
}

func position(n uint64) string {
	if n == 0 {
		return ""
	}
	return "#" + strconv.FormatUint(n, 10)
}

const findingsShown = 20

func (x *verdict) show(s *screen) {
	title := "Verified: "
	switch {
	case x.Unproven:
		title = "Read, not verified: "
	case !x.Well:
		title = "Not as recorded: "
	}
	s.show(rootsSheet(title+x.Source, x.Logs))
	s.line("")
	if len(x.Findings) > 0 {
		n := &sheet{title: "What was found", head: []string{"", "negotiation", "position", "now", "event", "detail"}}
		for _, f := range x.Findings[:min(findingsShown, len(x.Findings))] {
			n.row(f.Kind, f.Negotiation, position(f.Position), position(f.Now), f.Event, f.Detail)
		}
		s.show(n)
		if more := len(x.Findings) + x.More - findingsShown; more > 0 {
			s.line(fmt.Sprintf("and %s more; --json lists them", thousands(more)))
		}
		s.line("")
	}
	for _, c := range x.Changes {
		s.paragraph(fmt.Sprintf("%s: %s.", orStore(c.Log), c.Detail), "  ")
	}
	if n := len(x.Remarks); n > 0 { // they add up over the years; the last one says since when
		s.paragraph("Note: "+x.Remarks[n-1]+".", "  ")
		if n > 1 {
			s.paragraph(fmt.Sprintf("%s before that; --json has them.", count(n-1, "note", "notes")), "  ")
		}
	}
	if x.Well {
		s.paragraph(x.wellText(), "  ")
	}
}

func orStore(log string) string {
	if log == "" {
		return "The order of the whole store"
	}
	return log
}

// wellText says what was compared with what, for that is all that is known.
func (x *verdict) wellText() string {
	text := fmt.Sprintf("%s read.", count(int(x.Entries), "entry", "entries"))
	switch {
	case x.Compared == 0 && x.against == nil:
		text = fmt.Sprintf("%s read. There was nothing to compare with: give a checkpoint.", count(int(x.Entries), "entry", "entries"))
	case x.Compared > 0:
		text = fmt.Sprintf("%s read; %s with the hash that was kept when it was recorded.", count(int(x.Entries), "entry", "entries"), count(x.Compared, "agrees", "agree"))
	}
	if x.against != nil {
		text += fmt.Sprintf(" It begins with all %s of the checkpoint of %s.", count(int(x.against.Size), "entry", "entries"), x.against.Origin)
		if !x.CheckpointSigned {
			text += " The signature of the checkpoint was not checked."
		}
	}
	switch origin := x.Checkpoint.Origin; {
	case origin != "" && x.Signed:
		text += fmt.Sprintf(" The backup is signed by %s.", origin)
	case origin != "":
		text += fmt.Sprintf(" The signature of the backup was not checked; --public-key gives the key of %s.", origin)
	}
	return text
}

// checkedProof is what verify says of a proof that holds.
type checkedProof struct {
	Well        bool      `json:"ok"`
	Negotiation string    `json:"negotiation"`
	Index       int64     `json:"index"` // from 0
	Size        int64     `json:"size"`
	Root        seal.Hash `json:"root"`
	Origin      string    `json:"origin"`
	Signed      bool      `json:"signatureChecked"`
	Event       string    `json:"event,omitzero"`
	Type        string    `json:"type,omitzero"`
	Stored      string    `json:"stored"`
}

// verifyProof checks a proof: under the checkpoint in it, or another one.
func (p *program) verifyProof(flags verifyFlags) error {
	text, err := os.ReadFile(flags.proof)
	if err != nil {
		return fmt.Errorf("proof: %w", err)
	}
	proof, err := seal.ParseProof(text)
	if err != nil {
		return &unprovenError{Reason: fmt.Sprintf("%s is no proof: %v", flags.proof, err)}
	}
	if flags.checkpoint != "" {
		_, signed, _, err := p.readCheckpoint(flags.checkpoint, flags.publicKey)
		if err != nil {
			return err
		}
		proof.Checkpoint = signed
	}
	key, err := p.verifyingKey(flags.publicKey)
	if err != nil {
		return err
	}
	if key != nil && flags.publicKey == "" {
		if c, err := seal.Open(proof.Checkpoint, nil); err == nil && c.Origin != key.Name() {
			key = nil // of another store
		}
	}
	c, err := proof.Check(key)
	if err != nil {
		return &unprovenError{Reason: fmt.Sprintf("%s does not hold: %v", flags.proof, err)}
	}
	log, _ := c.Log(proof.Log)
	x := checkedProof{true, proof.Log, proof.Index, log.Size, log.Root, c.Origin, key != nil, "", "", string(proof.Stored)}
	if e, err := domain.Decode(proof.Stored); err == nil {
		x.Event, x.Type = e.Name(), e.Type()
	}
	return p.say(x.answer(proof.Stored))
}

func (x checkedProof) answer(stored []byte) answer {
	return answer{
		json:   func() any { return x },
		ndjson: func() iter.Seq[any] { return each([]any{x}, func(v any) any { return v }) },
		csv: func() iter.Seq[[]string] {
			return withHead([]string{"negotiation", "index", "size", "root", "origin", "signatureChecked", "event"}, each([]checkedProof{x}, func(x checkedProof) []string {
				return []string{x.Negotiation, strconv.FormatInt(x.Index, 10), strconv.FormatInt(x.Size, 10), x.Root.String(), x.Origin, strconv.FormatBool(x.Signed), x.Event}
			}))
		},
		table: func(s *screen) {
			what := "An entry that is no event"
			if x.Event != "" {
				what = x.Type + " " + x.Event
			}
			s.paragraph(fmt.Sprintf("%s is entry %s of the %s that %s had when %s signed it.", what, thousands(int(x.Index)+1), thousands(int(x.Size)), x.Negotiation, x.Origin), "")
			if !x.Signed {
				s.paragraph("The signature was not checked: give the key with --public-key. Without it the proof holds only if its checkpoint is the one that you know from elsewhere.", "")
			}
			s.line("")
			s.line(string(bytes.ToValidUTF8(stored, []byte("?"))))
		},
	}
}
