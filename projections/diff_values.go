package projections

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// traces are members that show where a value comes from. They change with it and
// are no values of their own.
var traces = map[string]bool{
	"history": true, "steps": true, "timeline": true, "events": true, "accounts": true, "saidBy": true,
	"sides": true, "origins": true, "anomalies": true, "disagreements": true, "coverage": true, "questions": true,
}

// comparison is a diff under way.
type comparison struct {
	*Diff
	differing map[uuid.UUID]Differ
	kin       [2]map[int][]Differ // of either view: the differing events of each happening
	all       *behind             // of all differing events, once it is asked for
}

// kin sorts differing events by the happening that they are accounts of.
func (s *Selection) kin(differing map[uuid.UUID]Differ) map[int][]Differ {
	out := map[int][]Differ{}
	for id, x := range differing {
		if a, ok := s.links.index[id]; ok {
			out[a.group] = append(out[a.group], x)
		}
	}
	return out
}

// within is a place in both trees, and what it lies in.
type within struct {
	path  string
	a, b  *Node // nil where a tree does not have it
	depth int   // elements of the path
	above *within

	found  *behind // what makes the difference there, once it is asked for
	looked bool
}

// walk compares two trees and adds what differs.
func (c *comparison) walk(ctx context.Context, above *within, at within) error {
	a, b := at.a, at.b
	at.above = above
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case a == b:
		return nil
	case whole(a) || whole(b):
		if text(a) != text(b) {
			c.add(&at)
		}
		return nil
	}
	ours, theirs := children(a), children(b)
	for _, element := range elements(a, b) {
		if traces[element] {
			continue
		}
		below := element
		if at.path != "" {
			below = at.path + "/" + element
		}
		if err := c.walk(ctx, &at, within{path: below, a: ours(element), b: theirs(element), depth: at.depth + 1}); err != nil {
			return err
		}
	}
	return nil
}

// whole tells whether a node is compared in one piece: a leaf, a list of leaves, or
// what contests a value.
func whole(n *Node) bool {
	if n == nil {
		return false
	}
	if n.kind == listNode {
		return len(n.items) > 0 && !slices.ContainsFunc(n.items, func(i *Node) bool { return i.kind == objectNode && i.id != "" && !i.isClaim() })
	}
	return n.kind == leafNode
}

// isClaim tells whether a node is one of the values of a contested field.
func (n *Node) isClaim() bool {
	_, value := n.Get("value")
	_, events := n.Get("events")
	return value && events
}

// text is what a node says, for comparing.
func text(n *Node) string {
	if n == nil {
		return ""
	}
	if n.kind == listNode {
		var all strings.Builder
		for _, i := range n.items {
			if v, ok := i.Get("value"); ok {
				all.WriteString(v.Text() + " | ")
				continue
			}
			if i.kind == objectNode {
				for _, m := range i.members {
					if !traces[m.name] {
						all.WriteString(m.node.Text() + " ")
					}
				}
			}
			all.WriteString(i.Text() + " | ")
		}
		return all.String()
	}
	return n.Text()
}

// elements lists what paths into either of two nodes may go on with, each once.
func elements(a, b *Node) []string {
	var out []string
	seen := map[string]bool{}
	for _, n := range []*Node{a, b} {
		if n == nil {
			continue
		}
		for i, e := range n.Elements() {
			if n.kind == listNode && n.items[i].id == "" {
				e = strconv.Itoa(i)
			}
			if !seen[e] {
				seen[e] = true
				out = append(out, e)
			}
		}
	}
	return out
}

// few is how many children are looked through for each element.
const few = 16

// children finds the children of a node as [Node.Get] does, however many there are.
func children(n *Node) func(element string) *Node {
	if n == nil {
		return func(string) *Node { return nil }
	}
	if len(n.members)+len(n.items) <= few {
		return func(element string) *Node {
			found, _ := n.Get(element)
			return found
		}
	}
	named := make(map[string]*Node, len(n.members)+len(n.items))
	put := func(name string, child *Node) {
		if _, twice := named[name]; !twice {
			named[name] = child
		}
	}
	for name, child := range n.Children() {
		put(name, child)
	}
	for i, item := range n.items {
		put(strconv.Itoa(i), item)
	}
	return func(element string) *Node { return named[element] }
}
