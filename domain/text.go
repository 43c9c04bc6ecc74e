package domain

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits on what people say of what they suppose, in characters. It is shown at the
// head of every answer.
const (
	MaxNameRunes     = 200   // of who they are, and of a model
	MaxSentenceRunes = 1_000 // what something is for, or why it ended
)

// CheckText lists what is wrong with one line of text of a person, of so many
// characters at most. Nothing at all is no fault.
func CheckText(at Place, text string, most int) Faults {
	bad := func(p Problem, reason, hint string) Faults {
		return Faults{{Place: at, Problem: p, Read: excerpt(text), Reason: reason, Hint: hint}}
	}
	if j := judgeSigns(text); j != nil {
		return bad(j.problem, j.reason, j.hint)
	}
	if strings.ContainsAny(text, "\n\t\u2028\u2029") {
		return bad(BadValue, "is more than one line", "write it in one line, without tabs")
	}
	if len(text) > most && utf8.RuneCountInString(text) > most {
		return bad(TooLarge, "is longer than "+strconv.Itoa(most)+" characters", "say it in fewer words")
	}
	return nil
}

// judgeSigns tells what no text may hold, whoever wrote it and wherever it stands.
func judgeSigns(text string) *judgement {
	if !utf8.ValidString(text) {
		return &judgement{Malformed, "not UTF-8", "save the text as UTF-8"}
	}
	i := strings.IndexFunc(text, Unprintable)
	if i < 0 {
		return nil
	}
	r, _ := utf8.DecodeRuneInString(text[i:])
	what := "a control character"
	if !unicode.IsControl(r) {
		what = "a character that changes the direction of what follows"
	}
	return &judgement{BadValue, fmt.Sprintf("holds %s, %U", what, r), "take it out"}
}

// Unprintable tells of characters that a text never needs, and that make a terminal
// show something else than what is written: control characters other than line breaks
// and tabs, and those that embed, override or isolate a direction of writing. The
// marks of direction that Arabic and Urdu are typed with (U+200E, U+200F, U+061C)
// reorder nothing else, and are none of them.
func Unprintable(r rune) bool {
	switch {
	case r == '\n', r == '\t':
		return false
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
		return true
	}
	return unicode.IsControl(r)
}
