package main

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"parley/cmd/parley/internal/problem"
	"parley/cmd/parley/internal/server"

	"github.com/go-json-experiment/json"
)

// apiSections writes the parts of the API's page that follow from the program; the
// rest of it is written by hand.
func apiSections(have []byte) ([]byte, error) {
	operations, err := apiOperations()
	if err != nil {
		return nil, fmt.Errorf("the document of the API: %w", err)
	}
	for _, section := range []struct {
		name string
		text []byte
	}{{"problems", apiProblems()}, {"operations", operations}} {
		marks := regexp.MustCompile("(?s)(<!-- " + section.name + ": [^\n]*-->\n).*?(<!-- end -->\n)")
		have = marks.ReplaceAllFunc(have, func(found []byte) []byte {
			part := marks.FindSubmatch(found)
			return slices.Concat(part[1], bytes.TrimRight(section.text, "\n"), []byte("\n"), part[2])
		})
	}
	return have, nil
}

// apiProblems lists the kinds of problem.
func apiProblems() []byte {
	var w page
	var rows [][]string
	for _, k := range problem.Kinds() {
		rows = append(rows, []string{"`" + problem.Space + string(k) + "`", strconv.Itoa(k.Status()), k.Title()})
	}
	w.table([]string{"type", "status", "title"}, rows)
	return w.Bytes()
}

// apiOperations lists the operations with what each takes.
func apiOperations() ([]byte, error) {
	text, err := server.Document("")
	if err != nil {
		return nil, err
	}
	var document struct {
		Paths map[string]map[string]struct {
			Summary    string `json:"summary"`
			Parameters []struct {
				Name string `json:"name"`
				In   string `json:"in"`
			} `json:"parameters"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	var w page
	var rows [][]string
	for _, path := range slices.Sorted(maps.Keys(document.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(document.Paths[path])) {
			op := document.Paths[path][method]
			var takes []string
			for _, p := range op.Parameters {
				if p.In == "query" {
					takes = append(takes, p.Name)
				}
			}
			rows = append(rows, []string{"`" + strings.ToUpper(method) + " " + path + "`", op.Summary, shortly(takes)})
		}
	}
	w.table([]string{"operation", "what it answers", "parameters"}, rows)
	w.paragraph("*VIEW* stands for " + wordsOf(viewParameters) + ", *WAIT* for " + wordsOf(waitParameters) + ".")
	return w.Bytes(), nil
}

// The parameters that many operations share.
var (
	viewParameters = []string{"as-of", "known-by", "recorded-by", "possibly", "lens", "branch"}
	waitParameters = []string{"min-position", "max-wait"}
)

// shortly names parameters, those that many operations share by one word.
func shortly(names []string) string {
	for _, group := range []struct {
		word  string
		names []string
	}{{"*VIEW*", viewParameters}, {"*WAIT*", waitParameters}} {
		i := slices.Index(names, group.names[0])
		if i >= 0 && i+len(group.names) <= len(names) && slices.Equal(names[i:i+len(group.names)], group.names) {
			names = slices.Replace(names, i, i+len(group.names), group.word)
		}
	}
	for i, name := range names {
		if !strings.HasPrefix(name, "*") {
			names[i] = "`" + name + "`"
		}
	}
	return strings.Join(names, ", ")
}

func wordsOf(names []string) string { return "`" + strings.Join(names, "`, `") + "`" }
