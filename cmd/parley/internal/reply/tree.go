package reply

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"

	"parley/projections"
)

// Children yields the members of an object or the items of a list, each with the
// element by which a path names it.
func Children(n *projections.Node) iter.Seq2[string, *projections.Node] {
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

// IsLeaf tells a value from an object or a list.
func IsLeaf(n *projections.Node) bool { return n.Value() != nil }

// IsWords tells whether a node is a list of plain values.
func IsWords(n *projections.Node) bool {
	return len(n.Members()) == 0 && !slices.ContainsFunc(n.Items(), func(i *projections.Node) bool { return !IsLeaf(i) })
}

// Leaf is one value of a state with its path.
type Leaf struct{ Path, Value, Contested string }

// Leaves flattens a state. A list of words is one value. What contests a value
// stands beside it, not among the paths.
func Leaves(tree *projections.Node) iter.Seq[Leaf] {
	return func(yield func(Leaf) bool) { walk(tree, "", yield) }
}

func walk(n *projections.Node, path string, yield func(Leaf) bool) bool {
	join := func(element string) string {
		if path == "" {
			return element
		}
		return path + "/" + element
	}
	beside, _ := n.Get("contested")
	for element, child := range Children(n) {
		if element == "contested" && child == beside {
			continue
		}
		if !IsLeaf(child) && len(child.Elements()) == 0 {
			continue // an empty list says nothing
		}
		l := Leaf{Path: join(element)}
		if beside != nil {
			if claims, ok := beside.Get(element); ok {
				l.Contested = ClaimsText(claims)
			}
		}
		switch {
		case IsClaimed(child):
			l.Value, l.Contested = TextOf(child, "value"), ""
			if TextOf(child, "contested") == "true" {
				values, _ := child.Get("values")
				l.Contested = ClaimsText(values)
			}
		case IsLeaf(child):
			l.Value = child.Text()
		case IsWords(child):
			var words []string
			for _, item := range child.Items() {
				words = append(words, item.Text())
			}
			l.Value = strings.Join(words, "|")
		default:
			if !walk(child, l.Path, yield) {
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

// IsClaimed tells whether a node is a value with all values that are claimed for
// it, as the reported length of a round is.
func IsClaimed(n *projections.Node) bool {
	c, ok := n.Get("contested")
	_, values := n.Get("values")
	return ok && values && IsLeaf(c)
}

// TextOf is the value of a member as text, empty if there is none.
func TextOf(n *projections.Node, path ...string) string {
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

// ClaimsText lists contesting values shortly: 4 or 3.
func ClaimsText(claims *projections.Node) string {
	var values []string
	for _, c := range claims.Items() {
		values = append(values, Either(TextOf(c, "value")))
	}
	return strings.Join(values, " or ")
}

// Either reads a joined list of ids as words.
func Either(ids string) string { return strings.ReplaceAll(ids, "|", ", ") }

// ValueText is a value for people, whatever its shape.
func ValueText(n *projections.Node) string {
	switch {
	case IsClaimed(n):
		values, _ := n.Get("values")
		return ClaimsText(values)
	case IsLeaf(n), IsWords(n):
		return cmp.Or(n.Text(), "nothing")
	}
	var parts []string
	for l := range Leaves(n) {
		if !strings.Contains(l.Path, "history/") && !strings.Contains(l.Path, "steps/") {
			parts = append(parts, l.Path+": "+l.Value)
		}
	}
	return Few(parts, 12)
}

// QuotesOf lists the texts of a list of quotes.
func QuotesOf(n *projections.Node) []string {
	if n == nil {
		return nil
	}
	var quotes []string
	for _, item := range n.Items() {
		if q := TextOf(item, "text"); q != "" {
			quotes = append(quotes, "“"+strings.Trim(q, "“”")+"”")
		}
	}
	return quotes
}

// NodeText is a value of any shape on one line: of contesting values the values,
// of quotes the quotes.
func NodeText(n *projections.Node) string {
	items := n.Items()
	if len(items) > 0 {
		if _, claims := items[0].Get("value"); claims {
			return ClaimsText(n)
		}
	}
	if quotes := QuotesOf(n); len(quotes) > 0 {
		return strings.Join(quotes, "; ")
	}
	return ValueText(n)
}

// SideCell is one side of a change in CSV; what is not there is empty.
func SideCell(n *projections.Node) string {
	if n == nil {
		return ""
	}
	return NodeText(n)
}

// Few joins the first words of a list and counts the rest.
func Few(words []string, most int) string { return FewOf(words, 0, most) }

// FewOf is Few where there are more words than the list has.
func FewOf(words []string, more, most int) string {
	most = min(most, len(words))
	if more += len(words) - most; more == 0 {
		return strings.Join(words, ", ")
	}
	return strings.Join(words[:most], ", ") + fmt.Sprintf(" and %d more", more)
}
