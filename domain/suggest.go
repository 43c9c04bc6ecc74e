package domain

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// suggest finds the word of a list that somebody may have meant, or "". It
// accepts up to a third of the letters wrong, and always one.
func suggest(read string, words []string) string {
	read = strings.ToLower(strings.TrimSpace(read))
	best, bestAt := "", max(utf8.RuneCountInString(read)/3, 1)+1
	for _, w := range words {
		d := distance(read, strings.ToLower(w), bestAt)
		if d < bestAt || (d == bestAt && best == "" && strings.HasPrefix(strings.ToLower(w), read) && read != "") {
			best, bestAt = w, d
		}
	}
	return best
}

// DidYouMean words a hint from a suggestion, or lists the choices if they are
// few. A path of which only one end was written is found too: draft is act.draft,
// source is one of source.document, source.locator, …
func DidYouMean(read string, words []string) string {
	if s := pathsLike(read, words); len(s) > 0 {
		return "did you mean " + strings.Join(s, ", ") + "?"
	}
	if s := suggest(read, words); s != "" {
		return "did you mean " + s + "?"
	}
	if len(words) > 0 && len(words) <= 12 {
		return "write one of " + strings.Join(words, ", ")
	}
	return ""
}

// pathsLike finds the paths that end in a word, else those that begin with it.
func pathsLike(read string, words []string) []string {
	var ends, begins []string
	read = strings.TrimSpace(read)
	for _, w := range words {
		switch {
		case read == "":
		case strings.HasSuffix(w, "."+read):
			ends = append(ends, w)
		case strings.HasPrefix(w, read+".") && len(begins) < 4:
			begins = append(begins, w)
		}
	}
	if len(ends) > 0 {
		return ends
	}
	return begins
}

// distance is the Levenshtein distance of two words in runes, given up at limit.
func distance(a, b string, limit int) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) > limit || len(y)-len(x) > limit {
		return limit + 1
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i, rx := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j, ry := range y {
			cost := diagonal
			if rx != ry {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
		if slices.Min(row) > limit {
			return limit + 1
		}
	}
	return row[len(y)]
}
