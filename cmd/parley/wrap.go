package main

import (
	"strings"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/text"
)

// wrap breaks text into lines of a width: between words, else inside a word where
// it has a joint, else anywhere. Lines that are there stay.
func wrap(s string, width int) string {
	var out []string
	for line := range strings.SplitSeq(s, "\n") {
		out = append(out, wrapLine(line, max(width, 1))...)
	}
	return strings.Join(out, "\n")
}

func wrapLine(line string, width int) []string {
	var out []string
	now := ""
	for word := range strings.FieldsSeq(line) {
		if now != "" && text.StringWidthWithoutEscSequences(now)+1+text.StringWidthWithoutEscSequences(word) <= width {
			now += " " + word
			continue
		}
		if now != "" {
			out = append(out, now)
		}
		pieces := split(word, width)
		out = append(out, pieces[:len(pieces)-1]...)
		now = pieces[len(pieces)-1]
	}
	return append(out, now)
}

// split breaks one word that is wider than a line, at its last joint that fits if
// there is one, else where the line ends.
func split(word string, width int) []string {
	var out []string
	for text.StringWidthWithoutEscSequences(word) > width && !strings.Contains(word, "\x1b") {
		runes := []rune(word)
		at := width
		for i := min(width, len(runes)-1); i > 0; i-- {
			if joint(runes[i-1], runes[i]) {
				at = i
				break
			}
		}
		out = append(out, string(runes[:at]))
		word = string(runes[at:])
	}
	return append(out, word)
}

// joint tells whether a word can be broken between two letters: after a hyphen,
// slash or bar, and between the words of a type (RoundOpened).
func joint(before, after rune) bool {
	return strings.ContainsRune("-/|,.", before) || unicode.IsLower(before) && unicode.IsUpper(after)
}

// longestPiece is the width below which a text cannot be wrapped at joints.
func longestPiece(s string) int {
	longest, begin := 0, 0
	runes := []rune(s)
	for i, r := range runes {
		if i == len(runes)-1 || unicode.IsSpace(r) || joint(r, runes[i+1]) {
			longest = max(longest, text.StringWidthWithoutEscSequences(strings.TrimSpace(string(runes[begin:i+1]))))
			begin = i + 1
		}
	}
	return longest
}

// longestWord is the width below which a text cannot be wrapped between words.
func longestWord(s string) int {
	longest := 0
	for word := range strings.FieldsSeq(s) {
		longest = max(longest, text.StringWidthWithoutEscSequences(word))
	}
	return longest
}
