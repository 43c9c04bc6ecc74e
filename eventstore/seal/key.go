package seal

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Key signs checkpoints. Its name is the origin that they state.
type Key struct {
	note.Signer
	Secret string // as package note writes it
	Public string // for whoever verifies
}

// NewKey makes a key with a name that no other has.
func NewKey() (Key, error) {
	id := make([]byte, 8)
	if _, err := rand.Read(id); err != nil {
		return Key{}, err
	}
	secret, _, err := note.GenerateKey(rand.Reader, "parley/"+hex.EncodeToString(id))
	if err != nil {
		return Key{}, err
	}
	return ParseKey(secret)
}

var errKey = errors.New("it does not read as a key that signs checkpoints")

// ParseKey reads a secret key. Errors do not repeat it.
func ParseKey(secret string) (Key, error) {
	signer, err := note.NewSigner(secret)
	if err != nil {
		return Key{}, errKey
	}
	// PRIVATE+KEY+name+hash+base64 of the kind of key and its seed; a name has no plus.
	fields := strings.SplitN(secret, "+", 5)
	encoded := fields[len(fields)-1]
	seed, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(seed) != 1+ed25519.SeedSize {
		return Key{}, errKey
	}
	private := ed25519.NewKeyFromSeed(seed[1:])
	public, err := note.NewEd25519VerifierKey(signer.Name(), private.Public().(ed25519.PublicKey))
	if err != nil {
		return Key{}, errKey
	}
	return Key{Signer: signer, Secret: secret, Public: public}, nil
}

// ParsePublic reads a public key.
func ParsePublic(text string) (note.Verifier, error) {
	v, err := note.NewVerifier(strings.TrimSpace(text))
	if err != nil {
		return nil, errors.New("it does not read as a public key, such as parley/3f9c2a71b05d44e2+0acd2363+AYnK…")
	}
	return v, nil
}
