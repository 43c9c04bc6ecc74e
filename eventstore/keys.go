package eventstore

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"parley/eventstore/seal"

	"golang.org/x/mod/sumdb/note"
)

// KeyFile is where a data folder has the key that signs its checkpoints.
const KeyFile = "checkpoint.key"

// ReadKey reads the key of a file.
func ReadKey(file string) (seal.Key, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return seal.Key{}, fmt.Errorf("key of checkpoints: %w", err)
	}
	k, err := seal.ParseKey(strings.TrimSpace(string(text)))
	if err != nil {
		return seal.Key{}, fmt.Errorf("key of checkpoints: %s: %w", file, err)
	}
	return k, nil
}

// KeyError says that there is no key, and that none could be made.
type KeyError struct {
	File string // where it was looked for
	Err  error
}

func (e *KeyError) Error() string {
	reason := e.Err
	if path, ok := errors.AsType[*fs.PathError](reason); ok {
		reason = path.Err // its path is that of a file that comes before the key
	}
	return fmt.Sprintf("there is no key in %s to sign with, and none can be made there: %v", e.File, reason)
}

// Unwrap is why none could be made.
func (e *KeyError) Unwrap() error { return e.Err }

// EnsureKey reads the key of a file, and makes one first where there is none, for
// its owner only. Of two processes that make one, both get the same. Where none can be
// made, that is a *KeyError.
func EnsureKey(file string) (key seal.Key, isNew bool, err error) {
	key, err = ReadKey(file)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, false, err
	}
	if isNew, err = makeKey(file); err != nil {
		return key, false, &KeyError{file, err}
	}
	key, err = ReadKey(file)
	return key, isNew, err
}

// makeKey makes a key, unless somebody was faster.
func makeKey(file string) (isNew bool, err error) {
	made, err := seal.NewKey()
	if err != nil {
		return false, err
	}
	dir := filepath.Dir(file)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return false, err
	}
	f := folder{dir}
	name := filepath.Base(file) + ".new-" + made.Name()[len("parley/"):]
	if err := f.write(name, []byte(made.Secret)); err != nil {
		return false, err
	}
	defer func() { _ = os.Remove(f.path(name)) }()
	err = os.Link(f.path(name), file) // unlike a rename, it does not replace another's
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return false, err
	}
	isNew = err == nil
	return isNew, f.sync()
}

// Signer says which key must have signed a checkpoint of an origin. Where it gives
// none, or is nil itself, the signature is not checked.
type Signer func(origin string) note.Verifier

// open reads the checkpoint of a backup, and checks its signature if a key is known.
func (s Signer) open(where string, signed []byte) (c *seal.Checkpoint, checked bool, err error) {
	if c, err = seal.Open(signed, nil); err != nil {
		return nil, false, &SignatureError{Where: where, Err: err}
	}
	if s == nil {
		return c, false, nil
	}
	key := s(c.Origin)
	if key == nil {
		return c, false, nil
	}
	if _, err := seal.Open(signed, key); err != nil {
		return nil, false, &SignatureError{Where: where, Err: err}
	}
	return c, true, nil
}

// openText reads another signed text of an origin, and checks its signature if a key
// is known.
func (s Signer) openText(origin string, signed []byte) (string, error) {
	var key note.Verifier
	if s != nil {
		key = s(origin)
	}
	return seal.OpenText(signed, key)
}

// SignatureError says that a signed text in a backup does not read, or is not
// signed with the key that it must be signed with.
type SignatureError struct {
	Where string
	Of    string // checkpoint, or manifest
	Older bool   // it has no manifest, being of an older format, and is otherwise well
	Err   error
}

func (e *SignatureError) Error() string {
	return "the " + cmp.Or(e.Of, "checkpoint") + " in " + e.Where + " does not hold: " + strings.TrimPrefix(e.Err.Error(), "checkpoint: ")
}

// Unwrap is what was wrong with it.
func (e *SignatureError) Unwrap() error { return e.Err }
