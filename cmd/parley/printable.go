package main

import (
	"fmt"
	"strings"

	"parley/domain"
)

// printable is a text as it can be shown to people: what a terminal would obey, or what
// would turn the rest of the line around, is spelt out. What is written today holds
// none of it; what was stored by former versions, or by other programs, may.
func printable(text string) string {
	if strings.IndexFunc(text, domain.Unprintable) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if domain.Unprintable(r) {
			fmt.Fprintf(&b, "\\u%04x", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// ours are the codes that a screen with colours writes itself.
var ours = []string{"\x1b[0m", "\x1b[1m", "\x1b[2m"}

// painted is printable, but for our own codes.
func painted(text string) string {
	if strings.IndexFunc(text, domain.Unprintable) < 0 {
		return text
	}
	var b strings.Builder
	for text != "" {
		at, code := len(text), ""
		for _, c := range ours {
			if i := strings.Index(text, c); i >= 0 && i < at {
				at, code = i, c
			}
		}
		b.WriteString(printable(text[:at]) + code)
		text = text[at+len(code):]
	}
	return b.String()
}
