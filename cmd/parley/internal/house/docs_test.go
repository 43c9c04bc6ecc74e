package house

import (
	"fmt"
	"iter"
	"path"
	"regexp"
	"slices"
	"strings"
)

// pages returns the README and the documents.
func pages(t tree) []string {
	return slices.DeleteFunc(t.names(".md"), func(name string) bool {
		return name != "README.md" && !strings.HasPrefix(name, "docs/")
	})
}

// commandFaults: every `make X` that a page names can be run, and the README
// begins with the two that matter.
func commandFaults(t tree) []string {
	targets := makeTargets(t["Makefile"])
	var faults []string
	named := map[string]bool{}
	for _, page := range pages(t) {
		for n, code := range codeLines(t[page]) {
			for _, target := range makeCalls(code) {
				if page == "README.md" {
					named[target] = true
				}
				if _, ok := targets[target]; !ok {
					faults = append(faults, fmt.Sprintf("%s:%d: `make %s` has no target in the Makefile; correct the name, or add the target", page, n, target))
				}
			}
		}
	}
	for _, target := range []string{"demo", "test"} {
		if t.has("README.md") && !named[target] {
			faults = append(faults, fmt.Sprintf("README.md: does not show `make %s`; a newcomer starts with it", target))
		}
	}
	return faults
}

// helpFaults: `make` lists all that the Makefile can do.
func helpFaults(t tree) []string {
	var faults []string
	for target, help := range sorted(makeTargets(t["Makefile"])) {
		if help == "" {
			faults = append(faults, fmt.Sprintf("Makefile: target %s has no help; write `%s: ## what it does`", target, target))
		}
	}
	return faults
}

var link = regexp.MustCompile(`\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)`)

var (
	codeSpan = regexp.MustCompile("`([^`]+)`")
	scheme   = regexp.MustCompile(`^[a-z][a-z0-9+.-]*:`)
)

// linkFaults: a link to another file of ours leads to a file that a clone has.
func linkFaults(t tree) []string {
	var faults []string
	for _, page := range pages(t) {
		for n, line := range proseLines(t[page]) {
			for _, m := range link.FindAllStringSubmatch(codeSpan.ReplaceAllString(line, ""), -1) {
				target, _, _ := strings.Cut(m[1], "#")
				if target == "" || scheme.MatchString(target) {
					continue
				}
				if file := path.Join(path.Dir(page), target); !t.has(file) {
					faults = append(faults, fmt.Sprintf("%s:%d: links to %s, which is not in the tree; correct the link, or add the file", page, n, file))
				}
			}
		}
	}
	return faults
}

var makeRule = regexp.MustCompile(`(?m)^([a-zA-Z][\w-]*)[ \t]*:(?:[^=\n].*)?$`)

// makeTargets maps each target to its help, which stands behind `##`.
func makeTargets(makefile string) map[string]string {
	targets := map[string]string{}
	for _, m := range makeRule.FindAllStringSubmatch(makefile, -1) {
		if strings.Contains(m[0], ":=") {
			continue // a variable
		}
		_, help, _ := strings.Cut(m[0], "## ")
		targets[m[1]] += strings.TrimSpace(help)
	}
	return targets
}

var makeCall = regexp.MustCompile(`(?:^|&&|;|\|\|)\s*(?:\$ )?make\s+([^&;|#]+)`)

// makeCalls returns the targets that a line of shell asks for.
func makeCalls(shell string) []string {
	var targets []string
	for _, m := range makeCall.FindAllStringSubmatch(strings.TrimSpace(shell), -1) {
		for word := range strings.FieldsSeq(m[1]) {
			if !strings.HasPrefix(word, "-") && !strings.Contains(word, "=") {
				targets = append(targets, word)
			}
		}
	}
	return targets
}

// codeLines yields the lines of fenced blocks and the code spans in prose, with
// their line numbers.
func codeLines(markdown string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for n, l := range markdownLines(markdown) {
			if l.fenced {
				if !yield(n, l.text) {
					return
				}
				continue
			}
			for _, m := range codeSpan.FindAllStringSubmatch(l.text, -1) {
				if !yield(n, m[1]) {
					return
				}
			}
		}
	}
}

// proseLines yields the lines outside fenced blocks.
func proseLines(markdown string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for n, l := range markdownLines(markdown) {
			if !l.fenced && !yield(n, l.text) {
				return
			}
		}
	}
}

type markdownLine struct {
	text   string
	fenced bool
}

// markdownLines yields every line but the fences themselves.
func markdownLines(markdown string) iter.Seq2[int, markdownLine] {
	return func(yield func(int, markdownLine) bool) {
		fenced := false
		for n, line := range numbered(markdown) {
			if strings.HasPrefix(strings.TrimSpace(line), "```") {
				fenced = !fenced
				continue
			}
			if !yield(n, markdownLine{line, fenced}) {
				return
			}
		}
	}
}
