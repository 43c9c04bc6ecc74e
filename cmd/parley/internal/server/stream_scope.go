package server

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"parley/projections/live"
)

// scope is what is watched of the record, or of one branch, as ids have it: a digest of
// each watch, in order. A reader who asks for more than what he watched has to get that
// from its beginning, for he was never told of it.
type scope []string

// scopeDigits is how long a digest is, in hexadecimal digits: so many that no two of the
// watches that one reader thinks of have the same.
const scopeDigits = 10

// scopeOf is the scope of filters. What another one admits as well adds nothing to it.
func scopeOf(filters []live.Filter) scope {
	if len(filters) == 0 {
		filters = []live.Filter{{}}
	}
	var s scope
	for i, f := range filters {
		if !slices.ContainsFunc(slices.Concat(filters[:i], filters[i+1:]), func(other live.Filter) bool { return other != f && slices.Contains(widened(f), other) }) {
			s = append(s, digestOf(f))
		}
	}
	slices.Sort(s)
	return slices.Compact(s)
}

// lacks is a watch of which nothing was told to a reader of the scope; false if there is
// none.
func (s scope) lacks(filters []live.Filter) (string, bool) {
	if len(filters) == 0 {
		filters = []live.Filter{{}}
	}
	for _, f := range filters {
		if !slices.ContainsFunc(widened(f), func(w live.Filter) bool { return slices.Contains(s, digestOf(w)) }) {
			return textOf(f), true
		}
	}
	return "", false
}

func (s scope) String() string { return strings.Join(s, "") }

var scopeText = regexp.MustCompile(fmt.Sprintf("^([0-9a-f]{%d})+$", scopeDigits))

// parseScope reads what String wrote; it is nil for anything else.
func parseScope(text string) scope {
	if !scopeText.MatchString(text) {
		return nil
	}
	var s scope
	for digest := range slices.Chunk([]byte(text), scopeDigits) {
		s = append(s, string(digest))
	}
	return s
}

// widened are the filters that admit all that one admits, that one first.
func widened(f live.Filter) []live.Filter {
	all := []live.Filter{f}
	for _, forget := range []func(*live.Filter){
		func(f *live.Filter) { f.Negotiation = "" }, func(f *live.Filter) { f.Projection = "" }, func(f *live.Filter) { f.ID = "" },
	} {
		for _, g := range all {
			forget(&g)
			if !slices.Contains(all, g) {
				all = append(all, g)
			}
		}
	}
	return all
}

func digestOf(f live.Filter) string {
	sum := sha256.Sum256([]byte(textOf(f)))
	return hex.EncodeToString(sum[:])[:scopeDigits]
}

// textOf is a filter as one watches it.
func textOf(f live.Filter) string {
	return cmp.Or(f.Negotiation, "*") + "/" + cmp.Or(f.Projection, "*") + "/" + cmp.Or(f.ID, "*")
}
