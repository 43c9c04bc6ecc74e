package main

import (
	"fmt"
	"strings"

	"parley/cmd/parley/internal/reply"
	"parley/projections"
)

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
		about := []string{reply.Few(events, 4)}
		if sides := reply.TextOf(c, "sides"); sides != "" {
			about = append(about, "side "+sides)
		}
		if origins := reply.TextOf(c, "origins"); origins != "" {
			about = append(about, origins+" "+plural(origins, "origin", "origins"))
		}
		if reason := reply.TextOf(c, "reason"); reason != "" {
			about = append(about, reasonText(reason))
		}
		parts = append(parts, fmt.Sprintf("%s (%s)", reply.Either(reply.TextOf(c, "value")), strings.Join(about, "; ")))
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
	value := reply.TextOf(n, field)
	beside, ok := n.Get("contested")
	if !ok || reply.IsLeaf(beside) {
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
	if reply.TextOf(node, "contested") != "true" {
		return reply.TextOf(node, "value")
	}
	t.note(fmt.Sprintf("* %s %s: %s", name, field, claimsNote(values)))
	return reply.ClaimsText(values) + "*"
}
