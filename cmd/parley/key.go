package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"parley/eventstore"
	"parley/eventstore/seal"

	"golang.org/x/mod/sumdb/note"
)

// keyFile is where the key that signs checkpoints of the store is kept: in its
// folder, or, for a store elsewhere, in the user's own configuration, one for each
// address.
func (p *program) keyFile(given string) (string, error) {
	if given != "" {
		return given, nil
	}
	if p.data != "" {
		return filepath.Join(p.data, eventstore.KeyFile), nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", &usageError{Reason: "there is no place for a key: " + err.Error(), Hint: "name one with --key"}
	}
	sum := sha256.Sum256([]byte(cmp.Or(p.natsContext, p.natsURL)))
	return filepath.Join(dir, "parley", "checkpoint-"+hex.EncodeToString(sum[:6])+".key"), nil
}

// signingKey is the key of the store. It is made when it is first asked for.
func (p *program) signingKey(given string) (seal.Key, error) {
	file, err := p.keyFile(given)
	if err != nil {
		return seal.Key{}, err
	}
	if _, err := os.Stat(filepath.Dir(file)); given != "" && errors.Is(err, fs.ErrNotExist) {
		return seal.Key{}, &notFoundError{What: "folder", Name: filepath.Dir(file), Hint: "a key is made in a folder that is there"}
	}
	key, isNew, err := eventstore.EnsureKey(file)
	if err == nil && isNew {
		p.tell("parley: made a key to sign checkpoints, in %s; give others its public key: %s", file, key.Public)
	}
	return key, err
}

// verifyingKey is the public key that was given, or else the store's own. It is nil
// where there is neither.
func (p *program) verifyingKey(given string) (note.Verifier, error) {
	if given != "" {
		text := given
		if b, err := os.ReadFile(given); err == nil {
			text = string(b)
		}
		v, err := seal.ParsePublic(text)
		if err != nil {
			return nil, &usageError{Reason: "--public-key: " + err.Error(), Hint: "write the key, or the name of a file that holds it"}
		}
		return v, nil
	}
	file, err := p.keyFile("")
	if err != nil {
		return nil, nil //nolint:nilerr // no key of our own
	}
	key, err := eventstore.ReadKey(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return seal.ParsePublic(key.Public)
}

// signer says whose signature a backup must have: that of the public key that was
// given, else of the store's own key, where the backup was made with it.
func (p *program) signer(publicKey string) (eventstore.Signer, error) {
	key, err := p.verifyingKey(publicKey)
	if err != nil || key == nil {
		return nil, err
	}
	return func(origin string) note.Verifier {
		if publicKey == "" && origin != key.Name() {
			return nil
		}
		return key
	}, nil
}

// readCheckpoint reads a checkpoint from a file. signed says whether its signature
// was checked: without a public key there is nothing to check it with.
func (p *program) readCheckpoint(file, publicKey string) (c *seal.Checkpoint, text []byte, signed bool, err error) {
	if text, err = os.ReadFile(file); err != nil {
		return nil, nil, false, fmt.Errorf("checkpoint: %w", err)
	}
	key, err := p.verifyingKey(publicKey)
	if err != nil {
		return nil, nil, false, err
	}
	if c, err = seal.Open(text, nil); err != nil {
		return nil, nil, false, &unprovenError{Reason: file + ": " + err.Error()}
	}
	if key == nil || publicKey == "" && key.Name() != c.Origin {
		p.tell("parley: the signature of %s was not checked; --public-key gives the key of %s", file, c.Origin)
		return c, text, false, nil
	}
	if c, err = seal.Open(text, key); err != nil {
		return nil, nil, false, &unprovenError{Reason: file + ": " + err.Error()}
	}
	return c, text, true, nil
}
