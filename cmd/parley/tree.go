package main

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"parley/projections"
)

// children yields the members of an object or the items of a list, each with the
// element by which a path names it.
func children(n *projections.Node) iter.Seq2[string, *projections.Node] {
	return func(yield func(string, *projections.Node) bool) {
		if n == nil {
			return
		}
		items := n.Items()
		for i, element := range n.Elements() {
			child := (*projections.Node)(nil)
			if len(items) > 0 {
				child = items[i]
			} else {
				child, _ = n.Get(element)
			}
			if !yield(element, child) {
				return
			}
		}
	}
}

// isLeaf tells a value from an object or a list.
func isLeaf(n *projections.Node) bool { return n.Value() != nil }

// isWords tells whether a node is a list of plain values.
func isWords(n *projections.Node) bool {
	return len(n.Members()) == 0 && !slices.ContainsFunc(n.Items(), func(i *projections.Node) bool { return !isLeaf(i) })
}

// leafLine is one value of a state with its path.
type leafLine struct{ path, value, contested string }

// leaves flattens a state. A list of words is one value. What contests a value
// stands beside it, not among the paths.
func leaves(tree *projections.Node) iter.Seq[leafLine] {
	return func(yield func(leafLine) bool) { walk(tree, "", yield) }
}

func walk(n *projections.Node, path string, yield func(leafLine) bool) bool {
	join := func(element string) string {
		if path == "" {
			return element
		}
		return path + "/" + element
	}
	beside, _ := n.Get("contested")
	for element, child := range children(n) {
		if element == "contested" && child == beside {
			continue
		}
		if !isLeaf(child) && len(child.Elements()) == 0 {
			continue // an empty list says nothing
		}
		l := leafLine{path: join(element)}
		if beside != nil {
			if claims, ok := beside.Get(element); ok {
				l.contested = claimsText(claims)
			}
		}
		switch {
		case isClaimed(child):
			l.value, l.contested = textOf(child, "value"), ""
			if textOf(child, "contested") == "true" {
				values, _ := child.Get("values")
				l.contested = claimsText(values)
			}
		case isLeaf(child):
			l.value = child.Text()
		case isWords(child):
			var words []string
			for _, item := range child.Items() {
				words = append(words, item.Text())
			}
			l.value = strings.Join(words, "|")
		default:
			if !walk(child, l.path, yield) {
				return false
			}
			continue
		}
		if !yield(l) {
			return false
		}
	}
	return true
}

// isClaimed tells whether a node is a value with all values that are claimed for
// it, as the reported length of a round is.
func isClaimed(n *projections.Node) bool {
	c, ok := n.Get("contested")
	_, values := n.Get("values")
	return ok && values && isLeaf(c)
}

// text is the value of a member as text, empty if there is none.
func textOf(n *projections.Node, path ...string) string {
	at := n
	for _, element := range path {
		next, ok := at.Get(element)
		if !ok {
			return ""
		}
		at = next
	}
	return at.Text()
}

// claimsText lists contesting values shortly: 4 or 3.
func claimsText(claims *projections.Node) string {
	var values []string
	for _, c := range claims.Items() {
		values = append(values, either(textOf(c, "value")))
	}
	return strings.Join(values, " or ")
}

// claimsNote explains contesting values: each with its events, sides and origins.
func claimsNote(claims *projections.Node) string {
	var parts []string
	for _, c := range claims.Items() {
		var events []string
		if list, ok := c.Get("events"); ok {
			for _, e := range list.Items() {
				events = append(events, e.Text())
			}
		}
		about := []string{few(events, 4)}
		if sides := textOf(c, "sides"); sides != "" {
			about = append(about, "side "+sides)
		}
		if origins := textOf(c, "origins"); origins != "" {
			about = append(about, origins+" "+plural(origins, "origin", "origins"))
		}
		if reason := textOf(c, "reason"); reason != "" {
			about = append(about, reasonText(reason))
		}
		parts = append(parts, fmt.Sprintf("%s (%s)", either(textOf(c, "value")), strings.Join(about, "; ")))
	}
	return strings.Join(parts, " or ")
}

func plural(n, one, many string) string {
	if n == "1" {
		return one
	}
	return many
}

// reasonText says in words why a value is contested.
func reasonText(reason string) string {
	switch projections.Reason(reason) {
	case projections.Accounts:
		return "accounts differ"
	case projections.Denied:
		return "denied"
	case projections.Contradicts:
		return "contradicted"
	case projections.Unordered:
		return "order unknown"
	case projections.Unversioned:
		return "which version is not said"
	default:
		return reason
	}
}

// shown is the value of a field for a table, marked if it is contested; what
// contests it becomes a footnote of the sheet under the given name.
func (t *sheet) shown(n *projections.Node, name, field string) string {
	value := textOf(n, field)
	beside, ok := n.Get("contested")
	if !ok || isLeaf(beside) {
		return value
	}
	claims, ok := beside.Get(field)
	if !ok {
		return value
	}
	t.note(fmt.Sprintf("* %s %s: %s", name, field, claimsNote(claims)))
	return value + "*"
}

// claimed is shown for a value that comes with all its claims: 4 or 3*.
func (t *sheet) claimed(n *projections.Node, name, field string) string {
	node, ok := n.Get(field)
	if !ok {
		return ""
	}
	values, _ := node.Get("values")
	if textOf(node, "contested") != "true" {
		return textOf(node, "value")
	}
	t.note(fmt.Sprintf("* %s %s: %s", name, field, claimsNote(values)))
	return claimsText(values) + "*"
}
