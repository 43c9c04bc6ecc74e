package projections

import (
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Node is a value of a projection as it is shown, with the accounts it rests on.
// It prints as JSON, always in the same way, and can be asked why.
type Node struct {
	members []member // of an object
	items   []*Node  // of a list
	id      string   // by which a path names the item of a list
	value   any      // of a leaf: string, bool, int, float64
	kind    nodeKind
	because []*Account // what the value rests on
	rule    string     // how it follows
}

type nodeKind byte

const (
	leafNode nodeKind = iota
	objectNode
	listNode
)

type member struct {
	name string
	node *Node
}

func object() *Node { return &Node{kind: objectNode} }
func list() *Node   { return &Node{kind: listNode} }

// leaf is a value that rests on accounts by a rule.
func leaf(value any, rule string, because ...*Account) *Node {
	return &Node{value: value, rule: rule, because: because}
}

// put adds a member; a nil node is left out.
func (n *Node) put(name string, v *Node) *Node {
	if v != nil {
		n.members = append(n.members, member{name, v})
	}
	return n
}

// text adds a member unless it is empty.
func (n *Node) text(name, value, rule string, because ...*Account) *Node {
	if value == "" {
		return n
	}
	return n.put(name, leaf(value, rule, because...))
}

// flag adds a member only where it is true.
func (n *Node) flag(name string, value bool, rule string, because ...*Account) *Node {
	if !value {
		return n
	}
	return n.put(name, leaf(true, rule, because...))
}

// append adds an item that paths name by id.
func (n *Node) append(id string, item *Node) {
	item.id = id
	n.items = append(n.items, item)
}

// words is a list of leaves that rest on the same accounts; nil for none.
func words[T ~string](values []T, rule string, because ...*Account) *Node {
	if len(values) == 0 {
		return nil
	}
	n := list()
	n.because, n.rule = because, rule
	for _, v := range values {
		n.append(string(v), leaf(string(v), rule, because...))
	}
	return n
}

// names is a list of the names of events.
func names(accounts []*Account) *Node {
	n := list()
	for _, a := range accounts {
		n.append(a.Name(), leaf(a.Name(), "", a))
	}
	return n
}

// Get finds the member of an object, or the item of a list, that a path element
// names. Items are named by their id, else by their index.
func (n *Node) Get(element string) (*Node, bool) {
	switch n.kind {
	case objectNode:
		for _, m := range n.members {
			if m.name == element {
				return m.node, true
			}
		}
	case listNode:
		for _, item := range n.items {
			if item.id == element {
				return item, true
			}
		}
		if i, err := strconv.Atoi(element); err == nil && i >= 0 && i < len(n.items) {
			return n.items[i], true
		}
	case leafNode:
	}
	return nil, false
}

// Elements lists what a path may go on with.
func (n *Node) Elements() []string {
	var out []string
	for _, m := range n.members {
		out = append(out, m.name)
	}
	for i, item := range n.items {
		if item.id == "" {
			out = append(out, strconv.Itoa(i))
			continue
		}
		out = append(out, item.id)
	}
	return out
}

// Walk follows a path of elements separated by slashes. It fails with a
// [NotFoundError] that names the first element which is not there.
func (n *Node) Walk(path string) (*Node, error) {
	at := n
	for i, element := range strings.Split(strings.Trim(path, "/"), "/") {
		next, ok := at.Get(element)
		if !ok {
			parts := strings.Split(strings.Trim(path, "/"), "/")
			return nil, &PathError{Path: path, Missing: strings.Join(parts[:i+1], "/"), Choices: at.Elements()}
		}
		at = next
	}
	return at, nil
}

// PathError says where a path into a projection leaves what is there.
type PathError struct {
	Path, Missing string
	Choices       []string // what the path could go on with
}

func (e *PathError) Error() string {
	return "there is no " + e.Missing + " in this view; it goes on with " + strings.Join(e.Choices, ", ")
}

// Because lists the accounts that a value, or any value below it, rests on, each
// once.
func (n *Node) Because() []*Account {
	var out []*Account
	seen := map[*Account]bool{}
	n.gather(func(a *Account) {
		if !seen[a] {
			seen[a] = true
			out = append(out, a)
		}
	})
	return out
}

func (n *Node) gather(add func(*Account)) {
	for _, a := range n.because {
		add(a)
	}
	for _, m := range n.members {
		m.node.gather(add)
	}
	for _, item := range n.items {
		item.gather(add)
	}
}

// Rule says how the value follows from its accounts.
func (n *Node) Rule() string { return n.rule }

// Value is the value of a leaf, nil for anything else.
func (n *Node) Value() any { return n.value }

// Members lists the members of an object in order.
func (n *Node) Members() []string {
	var out []string
	for _, m := range n.members {
		out = append(out, m.name)
	}
	return out
}

// Items lists the items of a list in order.
func (n *Node) Items() []*Node { return n.items }

// Text is the value of a leaf as text, or the items of a list joined by commas.
func (n *Node) Text() string {
	switch n.kind {
	case listNode:
		var parts []string
		for _, i := range n.items {
			parts = append(parts, i.Text())
		}
		return strings.Join(parts, ", ")
	case objectNode:
		return ""
	case leafNode:
	}
	switch v := n.value.(type) {
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// MarshalJSONTo prints the value canonically: members in the order of the
// projection, lists in theirs.
func (n *Node) MarshalJSONTo(enc *jsontext.Encoder) error {
	switch n.kind {
	case objectNode:
		if err := enc.WriteToken(jsontext.BeginObject); err != nil {
			return err
		}
		for _, m := range n.members {
			if err := enc.WriteToken(jsontext.String(m.name)); err != nil {
				return err
			}
			if err := m.node.MarshalJSONTo(enc); err != nil {
				return err
			}
		}
		return enc.WriteToken(jsontext.EndObject)
	case listNode:
		if err := enc.WriteToken(jsontext.BeginArray); err != nil {
			return err
		}
		for _, item := range n.items {
			if err := item.MarshalJSONTo(enc); err != nil {
				return err
			}
		}
		return enc.WriteToken(jsontext.EndArray)
	case leafNode:
	}
	return json.MarshalEncode(enc, n.value)
}
