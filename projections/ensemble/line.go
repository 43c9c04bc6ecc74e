package ensemble

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"

	"parley/domain/intake"

	"github.com/go-json-experiment/json/jsontext"
)

// Line is a run in its canonical form: a line of NDJSON with its line break, as
// [Reader.Lines] reads it. Equal runs have equal lines, however they were written.
func (r Run) Line() []byte {
	var b bytes.Buffer
	enc := jsontext.NewEncoder(&b)
	// Writing to memory cannot fail, and the texts are valid.
	write := func(tokens ...jsontext.Token) {
		for _, t := range tokens {
			_ = enc.WriteToken(t)
		}
	}
	write(jsontext.BeginObject, jsontext.String("run"), jsontext.String(r.Name))
	if r.Cut {
		write(jsontext.String("cut"), jsontext.True)
	}
	write(jsontext.String("events"), jsontext.BeginArray)
	for _, e := range r.Events {
		_ = enc.WriteValue(intake.JSON(e))
	}
	write(jsontext.EndArray, jsontext.EndObject)
	return b.Bytes()
}

// Digest is the SHA-256 of a text, as reports print it.
func Digest(text []byte) string {
	sum := sha256.Sum256(text)
	return digestText(sum[:])
}

func digestText(sum []byte) string { return "sha256:" + hex.EncodeToString(sum) }
