package main

import (
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"parley/domain"
	"parley/eventstore"

	"github.com/spf13/cobra"
)

func (p *program) proofCommand() *cobra.Command {
	var keyFile, negotiation string
	cmd := &cobra.Command{
		Use:     "proof EVENT",
		GroupID: groupKeep,
		Short:   "Prove that an event is in the record",
		Long: `Proof prints a text that shows that one event is in the record: the event as it is
stored, the path from its hash to that of its negotiation, and a signed checkpoint.
Whoever has the public key can check it (parley verify --proof) without the record.

EVENT is a key, an id or a position. A key that several negotiations have needs
--negotiation. Events of branches are in no checkpoint, and cannot be proved.`,
		Example: `  parley proof s1-verbal-confirmation > confirmation.proof
  parley proof '#43'
  parley verify --proof confirmation.proof --public-key istanbul.pub`,
		Args: takes("EVENT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.proof(cmd, args[0], negotiation, keyFile)
		},
	}
	cmd.Flags().StringVarP(&negotiation, "negotiation", "n", "", "`id` of the negotiation that the event is in")
	cmd.Flags().StringVar(&keyFile, "key", "", "`file` with the key that signs; it is made if it is not there")
	return cmd
}

// proven is a proof as it is told.
type proven struct {
	Negotiation string `json:"negotiation"`
	Position    uint64 `json:"position"`
	Index       int64  `json:"index"` // from 0
	Proof       string `json:"proof"`
}

func (p *program) proof(cmd *cobra.Command, name, negotiation, keyFile string) (err error) {
	if negotiation != "" && !domain.ValidID(negotiation) {
		return &usageError{Reason: fmt.Sprintf("--negotiation %q is no id", negotiation)}
	}
	s, err := p.openToRead(cmd)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	position, err := p.locate(cmd, s, name, negotiation)
	if err != nil {
		return err
	}
	key, err := p.signingKey(keyFile)
	if err != nil {
		return err
	}
	w := p.progress("hash", 0)
	made, err := s.Prove(cmd.Context(), position, key, w.set)
	w.end()
	if err != nil {
		return err
	}
	x := proven{made.Log, position, made.Index, string(made.Format())}
	return p.say(answer{
		json:   func() any { return x },
		ndjson: func() iter.Seq[any] { return each([]any{x}, func(v any) any { return v }) },
		csv: func() iter.Seq[[]string] {
			return withHead([]string{"negotiation", "position", "index", "proof"}, each([]proven{x}, func(x proven) []string {
				return []string{x.Negotiation, strconv.FormatUint(x.Position, 10), strconv.FormatInt(x.Index, 10), x.Proof}
			}))
		},
		table: func(s *screen) { s.line(strings.TrimSuffix(x.Proof, "\n")) },
	})
}

// locate finds the position of an event that is named by key, id or position.
func (p *program) locate(cmd *cobra.Command, s *eventstore.Store, name, negotiation string) (uint64, error) {
	if digits, ok := strings.CutPrefix(name, "#"); ok {
		position, err := strconv.ParseUint(digits, 10, 64)
		if err != nil || position == 0 {
			return 0, &usageError{Reason: fmt.Sprintf("%q is no position", name), Hint: "write a position such as '#43'"}
		}
		known, err := s.Negotiations(cmd.Context())
		if err != nil {
			return 0, err
		}
		last := uint64(0)
		for _, n := range known {
			last = max(last, n.Head)
		}
		if position > last {
			return 0, &notFoundError{What: "entry", Name: name, Where: "in " + s.Where(), Hint: fmt.Sprintf("the record ends at #%d", last)}
		}
		return position, nil
	}
	found, err := s.Locate(cmd.Context(), negotiation, strings.TrimPrefix(name, "@"))
	switch {
	case err != nil:
		return 0, err
	case len(found) == 0:
		return 0, p.notRecorded(cmd, s, name, negotiation)
	}
	for _, f := range found[1:] {
		if f.Negotiation != found[0].Negotiation {
			return 0, &usageError{Reason: fmt.Sprintf("%s and %s both have an event %q", found[0].Negotiation, f.Negotiation, name), Hint: "say which with --negotiation"}
		}
	}
	return found[0].Position, nil
}

// notRecorded says that an event is not in the record, and whether a branch supposes it.
func (p *program) notRecorded(cmd *cobra.Command, s *eventstore.Store, name, negotiation string) error {
	missing := &notFoundError{What: "event", Name: fmt.Sprintf("%q", name), Where: "in " + s.Where(), Hint: "parley events NEGOTIATION lists them; a position is written '#43'"}
	supposed, err := s.LocateSupposed(cmd.Context(), negotiation, strings.TrimPrefix(name, "@"))
	if err != nil {
		return err
	}
	if len(supposed) > 0 {
		on := supposed[0].In
		missing.Where = fmt.Sprintf("in the record in %s; branch %s of %s supposes it", s.Where(), on.Branch, on.Negotiation)
		missing.Hint = "branches are in no checkpoint, so there is no proof of what stands on them; parley backup holds and signs them"
	}
	return missing
}
