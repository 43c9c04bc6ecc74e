package main

import (
	"bytes"
	"fmt"
	"iter"
	"os"
	"strconv"

	"parley/domain"
	"parley/eventstore/seal"
)

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
