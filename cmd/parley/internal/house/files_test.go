package house

import (
	"fmt"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
)

const (
	codeLinesMax         = 500
	architectureLinesMax = 199
)

// codeExts are the extensions of the code that we write by hand.
var codeExts = []string{".go", ".ts", ".tsx", ".mts"}

var topLevel = []string{
	"cmd", "domain", "projections", "eventstore", "docs",
	"go.mod", "go.sum", "Makefile", "README.md",
}

// topLevelFaults: a newcomer sees the four rooms, the documentation, and little else.
func topLevelFaults(t tree) []string {
	var faults []string
	for _, name := range t.names() {
		top, _, _ := strings.Cut(name, "/")
		if strings.HasPrefix(top, ".") || slices.Contains(topLevel, top) {
			continue
		}
		faults = append(faults, fmt.Sprintf("%s: the top level holds only %s and dot-files; move it into one of them, or have .gitignore name it",
			top, strings.Join(topLevel, ", ")))
	}
	return slices.Compact(faults)
}

// packageCommentFaults: a package has one comment, and it says what is promised.
func packageCommentFaults(t tree) []string {
	commented := map[string][]string{} // folder → files with a package comment
	for _, name := range t.names(".go") {
		if strings.HasSuffix(name, "_test.go") || slices.Contains(strings.Split(name, "/"), "testdata") {
			continue
		}
		dir := path.Dir(name)
		if _, ok := commented[dir]; !ok {
			commented[dir] = nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, t[name], parser.PackageClauseOnly|parser.ParseComments)
		if err == nil && file.Doc.Text() != "" {
			commented[dir] = append(commented[dir], name)
		}
	}
	var faults []string
	for dir, files := range sorted(commented) {
		switch len(files) {
		case 1:
		case 0:
			faults = append(faults, dir+": no package comment; add a doc.go that says what the package promises, its limits, and an example")
		default:
			faults = append(faults, fmt.Sprintf("%s: %d package comments (%s); keep the one in doc.go, the tools would join them",
				dir, len(files), strings.Join(files, ", ")))
		}
	}
	return faults
}

// fileSizeFaults: a file is one thing that can be read in one sitting.
func fileSizeFaults(t tree) []string {
	var faults []string
	for _, name := range t.names(codeExts...) {
		if n := lineCount(t[name]); n > codeLinesMax && !generated(t[name]) {
			faults = append(faults, fmt.Sprintf("%s: %d lines, at most %d; split it by what its parts are about", name, n, codeLinesMax))
		}
	}
	return faults
}

var generatedHeader = regexp.MustCompile(`^// Code generated .* DO NOT EDIT\.$`)

// generated looks for the standard header before the first line of code.
func generated(content string) bool {
	for line := range strings.Lines(content) {
		line = strings.TrimRight(line, "\r\n")
		if generatedHeader.MatchString(line) {
			return true
		}
		if line != "" && !strings.HasPrefix(line, "//") {
			return false
		}
	}
	return false
}

// architectureFaults: there is one page that gives the bird's-eye view, and it stays one page.
func architectureFaults(t tree) []string {
	const page = "docs/architecture.md"
	if !t.has("README.md") {
		return nil
	}
	if !t.has(page) {
		return []string{page + ": missing; write the bird's-eye view, the code map and the invariants"}
	}
	if n := lineCount(t[page]); n > architectureLinesMax {
		return []string{fmt.Sprintf("%s: %d lines, at most %d; move details to package comments and decision notes", page, n, architectureLinesMax)}
	}
	return nil
}

// The patterns are put together from parts, so that this file does not break its own rules.
var (
	machinePath = regexp.MustCompile("(?m)(?:^|file://|[\\s\"'`(\\[{=:,;<>|])((?:/(?:wo" + "rk|ro" + "ot|ho" + "me|Us" + "ers)|[A-Z]:\\\\Us" + "ers)[/\\\\][^\\s\"'`)]*)")

	registryHost = regexp.MustCompile(`\b(?:(?:proxy|sum)\.` + `golang\.org|registry\.` + `(?:npmjs\.org|yarnpkg\.com)|(?:deb|security)\.` + `debian\.org)\b`)

	mark = regexp.MustCompile(`(?:(?://|/\*).*|^\s*\*.*)\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`)
)

// strangerFaults: the tree knows nothing of the machine that it was written on.
func strangerFaults(t tree) []string {
	var faults []string
	for _, name := range t.names() {
		if strings.Contains(t[name], "\x00") {
			continue // not text
		}
		for n, line := range numbered(t[name]) {
			if m := machinePath.FindStringSubmatch(line); m != nil {
				faults = append(faults, fmt.Sprintf("%s:%d: %s is a path of one machine; write it relative to the repository", name, n, m[1]))
			}
			if host := registryHost.FindString(line); host != "" {
				faults = append(faults, fmt.Sprintf("%s:%d: %s is the host of a package registry; let each client use the one it is set up for (npm: omit-lockfile-registry-resolved=true)", name, n, host))
			}
		}
	}
	return faults
}

// markFaults: what is left to do is an issue, not a comment.
func markFaults(t tree) []string {
	var faults []string
	for _, name := range t.names(codeExts...) {
		for n, line := range numbered(t[name]) {
			if m := mark.FindStringSubmatch(line); m != nil {
				faults = append(faults, fmt.Sprintf("%s:%d: a %s mark; do it now, or file an issue and remove the mark", name, n, m[1]))
			}
		}
	}
	return faults
}

var (
	skipCall   = regexp.MustCompile(`\.Ski` + `p(?:f|Now)?\(`)
	skipScript = regexp.MustCompile(`^\s*(?:\[.*\]\s*)?skip\b`)
)

// skipFaults: a test that is skipped in silence is a test that does not exist.
// allowed maps a file to the reason why it may skip.
func skipFaults(t tree, allowed map[string]string) []string {
	skips := map[string]int{} // file → first line that skips
	for _, name := range t.names(".go", ".txtar") {
		pattern := skipCall
		switch {
		case path.Ext(name) == ".txtar":
			pattern = skipScript
		case !strings.HasSuffix(name, "_test.go"):
			continue
		}
		for n, line := range numbered(t[name]) {
			if pattern.MatchString(line) && skips[name] == 0 {
				skips[name] = n
			}
		}
	}
	var faults []string
	for name, line := range sorted(skips) {
		if allowed[name] == "" {
			faults = append(faults, fmt.Sprintf("%s:%d: skips a test; make it run, or give the reason in allowedSkips (house_test.go)", name, line))
		}
	}
	for name := range sorted(allowed) {
		if skips[name] == 0 {
			faults = append(faults, name+": skips nothing any more; remove it from allowedSkips (house_test.go)")
		}
	}
	return faults
}
