package scenario

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"parley/domain"

	"go.yaml.in/yaml/v3"
)

// reader collects what is wrong with a file, by line and column.
type reader struct {
	file   string
	faults domain.Faults
}

func (r *reader) place(n *yaml.Node, path string) domain.Place {
	return domain.Place{File: r.file, Row: n.Line, Column: fmt.Sprintf("column %d", n.Column), Pointer: path}
}

func (r *reader) fault(n *yaml.Node, path string, problem domain.Problem, read, reason, hint string) {
	if unread(n) || problem == domain.Missing && merges(n) {
		return // its fault is told already
	}
	if what := strings.TrimPrefix(path, "/"); what != "" {
		reason = what + ": " + reason
	}
	r.faults = append(r.faults, domain.Fault{Place: r.place(n, path), Problem: problem, Read: read, Reason: reason, Hint: hint})
}

// yamlLine finds the line that the parser names in its errors.
var yamlLine = regexp.MustCompile(`^yaml: line (\d+): `)

// parse reads the one document of a file. It gives nil where there is none, or where it
// cannot be read at all.
func (r *reader) parse(text []byte) *yaml.Node {
	whole := func(line int, problem domain.Problem, reason, hint string) *yaml.Node {
		r.faults = append(r.faults, domain.Fault{Place: domain.Place{File: r.file, Row: line}, Problem: problem, Reason: reason, Hint: hint})
		return nil
	}
	if len(text) > MaxBytes {
		return whole(0, domain.TooLarge, fmt.Sprintf("the file is larger than %d bytes", MaxBytes), "")
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var document, more yaml.Node
	switch err := dec.Decode(&document); {
	case errors.Is(err, io.EOF):
		return whole(0, domain.Missing, "the file is empty", "parley schema --scenario prints the form of a scenario")
	case err != nil:
		line := 0
		reason := strings.TrimPrefix(err.Error(), "yaml: ")
		if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
			line, _ = strconv.Atoi(m[1])
			reason = strings.TrimPrefix(err.Error(), m[0])
		}
		return whole(line, domain.Malformed, "not YAML: "+reason, "look at the indentation, and at what stands on the line before")
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return whole(0, domain.NotAllowed, "there is more than one document", "write one scenario a file")
	}
	root := document.Content[0]
	r.plain(root)
	return root
}

// plain refuses anchors, aliases and merges: a file is as large as it looks.
func (r *reader) plain(n *yaml.Node) {
	if unread(n) || n.Anchor != "" {
		r.faults = append(r.faults, domain.Fault{Place: r.place(n, ""), Problem: domain.NotAllowed, Read: n.Value, Reason: "anchors and aliases are not read", Hint: "write it out"})
	}
	for _, c := range n.Content {
		r.plain(c)
	}
}

// unread tells of what stands for something that is written elsewhere. It is not
// followed, and no more is said of it.
func unread(n *yaml.Node) bool { return n.Kind == yaml.AliasNode || n.Tag == mergeTag }

const mergeTag = "!!merge"

// merges tells whether some members of a mapping are written elsewhere.
func merges(n *yaml.Node) bool {
	return n.Kind == yaml.MappingNode && slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return c.Tag == mergeTag })
}

// members gives the values of a mapping by their names. Others than the known ones are
// faults; nil where it is no mapping.
func (r *reader) members(n *yaml.Node, path string, known ...string) map[string]*yaml.Node {
	return r.each(n, path, func(key *yaml.Node) {
		if !slices.Contains(known, key.Value) {
			r.fault(key, path, domain.UnknownField, key.Value, "no such member", cmp.Or(domain.DidYouMean(key.Value, known), "it may have "+strings.Join(known, ", ")))
		}
	})
}

// each gives the values of a mapping with names of the author's own.
func (r *reader) each(n *yaml.Node, path string, check func(key *yaml.Node)) map[string]*yaml.Node {
	if n.Kind != yaml.MappingNode {
		if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
			return map[string]*yaml.Node{}
		}
		r.fault(n, path, domain.BadValue, n.Value, "not a mapping", "write its members below it, each as NAME: VALUE")
		return nil
	}
	out := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if _, twice := out[key.Value]; twice {
			r.fault(key, path, domain.BadValue, key.Value, "stands twice", "keep one")
			continue
		}
		check(key)
		out[key.Value] = n.Content[i+1]
	}
	return out
}

// names lists the names of a mapping in the order of the file.
func names(n *yaml.Node) (out []string) {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i < len(n.Content); i += 2 {
		if !slices.Contains(out, n.Content[i].Value) {
			out = append(out, n.Content[i].Value)
		}
	}
	return out
}

// items gives the items of a list.
func (r *reader) items(n *yaml.Node, path string) []*yaml.Node {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		r.fault(n, path, domain.BadValue, n.Value, "not a list", "write its items below it, each after a dash")
		return nil
	}
	return n.Content
}

// text reads a value that is one text, or a number taken as one.
func (r *reader) text(n *yaml.Node, path string) string {
	if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" || strings.TrimSpace(n.Value) == "" {
		r.fault(n, path, domain.BadValue, "", "not a text", "")
		return ""
	}
	return n.Value
}

// line reads one line of text that is shown with whatever the runs come to.
func (r *reader) line(n *yaml.Node, path string, most int) string {
	text := r.text(n, path)
	for _, f := range domain.CheckText(domain.Place{}, text, most) {
		r.fault(n, path, f.Problem, f.Read, f.Reason, f.Hint)
	}
	return text
}

// id reads an id.
func (r *reader) id(n *yaml.Node, path string) string {
	id := r.text(n, path)
	if id != "" && !domain.ValidID(id) {
		r.fault(n, path, domain.BadValue, id, "not an id", "use 1 to 64 of a-z, 0-9 and -")
		return ""
	}
	return id
}

// number reads a number between two, both included.
func (r *reader) number(n *yaml.Node, path string, least, most float64) float64 {
	x, err := strconv.ParseFloat(n.Value, 64)
	if n.Kind != yaml.ScalarNode || err != nil || !(x >= least && x <= most) {
		r.fault(n, path, domain.BadValue, n.Value, fmt.Sprintf("not a number from %g to %g", least, most), "")
		return least
	}
	return x
}

// whole reads a whole number between two, both included.
func (r *reader) whole(n *yaml.Node, path string, least, most int) int {
	x, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || x < least || x > most {
		r.fault(n, path, domain.BadValue, n.Value, fmt.Sprintf("not a whole number from %d to %d", least, most), "")
		return least
	}
	return x
}
