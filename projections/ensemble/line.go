package ensemble

import (
	"crypto/sha256"
	"encoding/hex"

	"parley/domain/intake"

	"github.com/go-json-experiment/json/jsontext"
)

// Line is a run in its canonical form: a line of NDJSON with its line break, as
// [Reader.Lines] reads it. Equal runs have equal lines, however they were written.
func (r Run) Line() []byte {
	line, _ := jsontext.AppendQuote([]byte(`{"run":`), r.Name) // bytes that are no text are replaced
	if r.Cut {
		line = append(line, `,"cut":true`...)
	}
	line = append(line, `,"events":[`...)
	for i, e := range r.Events {
		if i > 0 {
			line = append(line, ',')
		}
		line = append(line, intake.JSON(e)...)
	}
	return append(line, "]}\n"...)
}

// Digest is the SHA-256 of a text, as reports print it.
func Digest(text []byte) string {
	sum := sha256.Sum256(text)
	return digestText(sum[:])
}

// digestPrefix tells of what kind a digest is.
const digestPrefix = "sha256:"

func digestText(sum []byte) string { return digestPrefix + hex.EncodeToString(sum) }
