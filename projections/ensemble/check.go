package ensemble

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"parley/domain"
)

// Check lists what is wrong with what the options say of where runs come from; it is
// shown with whatever they come to. place tells where a member of the summary was
// written: model, modelVersion, modelDigest, seed, author, purpose.
//
// A digest is 64 hexadecimal digits, as sha256sum prints them, with or without
// "sha256:" before; a summary has it with, in small letters.
func (o Options) Check(place func(member string) domain.Place) domain.Faults {
	var faults domain.Faults
	for _, said := range []struct {
		member, text string
		most         int
	}{
		{"model", o.Model, domain.MaxNameRunes},
		{"modelVersion", o.Version, domain.MaxNameRunes},
		{"seed", o.Seed, domain.MaxNameRunes},
		{"author", o.Author, domain.MaxNameRunes},
		{"purpose", o.Purpose, domain.MaxSentenceRunes},
	} {
		faults = append(faults, domain.CheckText(place(said.member), said.text, said.most)...)
	}
	if _, ok := digestRead(o.ModelDigest); !ok {
		faults = append(faults, domain.Fault{
			Place: place("modelDigest"), Problem: domain.BadValue, Read: excerpt(o.ModelDigest), Reason: "not a SHA-256",
			Hint: "write sha256: and the 64 digits that sha256sum prints of the file",
		})
	}
	return faults
}

// digestRead is a digest as reports print it. An absent one is none.
func digestRead(text string) (string, bool) {
	if text == "" {
		return "", true
	}
	sum, err := hex.DecodeString(strings.TrimPrefix(text, digestPrefix))
	if err != nil || len(sum) != sha256.Size {
		return "", false
	}
	return digestText(sum), true
}

// readMax is how much of a bad value a fault repeats.
const readMax = 60

func excerpt(text string) string {
	if runes := []rune(text); len(runes) > readMax {
		return string(runes[:readMax]) + "…"
	}
	return text
}
