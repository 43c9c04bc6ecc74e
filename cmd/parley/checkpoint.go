package main

import (
	"errors"
	"iter"
	"strconv"
	"strings"

	"parley/eventstore/seal"

	"github.com/spf13/cobra"
)

func (p *program) checkpointCommand() *cobra.Command {
	var keyFile string
	var onlyKey bool
	cmd := &cobra.Command{
		Use:     "checkpoint",
		GroupID: groupKeep,
		Short:   "Say what the record holds, signed",
		Long: `Checkpoint prints a short signed text: for every negotiation the number of its
entries and one hash over all their bytes and their order. Whoever keeps it, or
finds it cited in a paper, can tell later whether the record still is what it was,
and can be shown that an event was in it (parley proof) without having the rest.

The key that signs is made when it is first used: checkpoint.key in the data folder,
readable by its owner only; for --nats and --context it is kept in the user's own
configuration. --public-key prints the other half, for those who verify.

The format is described in docs/integrity.md.`,
		Example: `  parley checkpoint > istanbul.checkpoint
  parley checkpoint --public-key
  parley verify --checkpoint istanbul.checkpoint`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.checkpoint(cmd, keyFile, onlyKey)
		},
	}
	cmd.Flags().StringVar(&keyFile, "key", "", "`file` with the key that signs; it is made if it is not there")
	cmd.Flags().BoolVar(&onlyKey, "public-key", false, "print only the public key")
	return cmd
}

// publicKey is the answer to --public-key.
type publicKey struct {
	Origin string `json:"origin"`
	Key    string `json:"publicKey"`
}

// signedCheckpoint is a checkpoint as it is told.
type signedCheckpoint struct {
	Origin string         `json:"origin"`
	Size   int64          `json:"size"`
	Root   seal.Hash      `json:"root"`
	Logs   []seal.LogRoot `json:"negotiations"`
	Key    string         `json:"publicKey"`
	Signed string         `json:"signed"`
}

func (p *program) checkpoint(cmd *cobra.Command, keyFile string, onlyKey bool) (err error) {
	if err := p.mustExist(); err != nil {
		return err
	}
	if onlyKey {
		key, err := p.signingKey(keyFile)
		if err != nil {
			return err
		}
		k := publicKey{key.Name(), key.Public}
		return p.say(answer{
			json:   func() any { return k },
			ndjson: func() iter.Seq[any] { return each([]any{k}, func(v any) any { return v }) },
			csv: func() iter.Seq[[]string] {
				return withHead([]string{"origin", "publicKey"}, each([]publicKey{k}, func(k publicKey) []string { return []string{k.Origin, k.Key} }))
			},
			table: func(s *screen) { s.line(k.Key) },
		})
	}
	s, err := p.openToRead(cmd)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	key, err := p.signingKey(keyFile)
	if err != nil {
		return err
	}
	w := p.progress("hash", 0)
	c, signed, err := s.Checkpoint(cmd.Context(), key, w.set)
	w.end()
	if err != nil {
		return err
	}
	return p.say(checkpointAnswer(signedCheckpoint{c.Origin, c.Size, c.Root, append([]seal.LogRoot{}, c.Logs...), key.Public, string(signed)}))
}

func checkpointAnswer(c signedCheckpoint) answer {
	return answer{
		json:   func() any { return c },
		ndjson: func() iter.Seq[any] { return each([]any{c}, func(v any) any { return v }) },
		csv: func() iter.Seq[[]string] {
			return withHead([]string{"negotiation", "size", "root"}, each(c.Logs, func(l seal.LogRoot) []string {
				return []string{l.Name, strconv.FormatInt(l.Size, 10), l.Root.String()}
			}))
		},
		table: func(s *screen) { s.line(strings.TrimSuffix(c.Signed, "\n")) },
	}
}
