package projections

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// history lists happenings in order, shortly.
func (p *Picture) history(filed []*Happening) *Node {
	n := list()
	for _, h := range filed {
		n.append(h.Name(), p.step(h))
	}
	return n
}

// step shows one happening within a history.
func (p *Picture) step(h *Happening) *Node {
	a := h.Lead
	n := object().put("event", leaf(a.Name(), "", a)).put("act", leaf(a.Type(), "", a))
	by := words(a.Actors, "actors of the leading account", a)
	if by == nil {
		by = list() // the source names nobody
	}
	n.put("by", by)
	n.text("occurred", a.Event.Occurred.String(), "as the leading account dates it", a)
	if len(h.Accounts) > 1 {
		n.put("accounts", names(h.Accounts))
	}
	return n
}

func joinIDs[T ~string](ids []T) string {
	sorted := slices.Sorted(slices.Values(ids))
	parts := make([]string, len(sorted))
	for i, id := range sorted {
		parts[i] = string(id)
	}
	return strings.Join(parts, "|")
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// sayings lists texts that accounts give, each with the events behind it.
func sayings(filed []*Happening, get func(*Account) string) *Node {
	var order []string
	by := map[string][]*Account{}
	for _, h := range filed {
		for _, a := range h.Accounts {
			text := get(a)
			if text == "" {
				continue
			}
			if by[text] == nil {
				order = append(order, text)
			}
			by[text] = append(by[text], a)
		}
	}
	if len(order) == 0 {
		return nil
	}
	n := list()
	for _, text := range order {
		n.append("", object().put("text", leaf(text, "as quoted", by[text]...)).put("events", names(by[text])))
	}
	return n
}
