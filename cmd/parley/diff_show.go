package main

import (
	"fmt"
	"slices"
	"strings"

	"parley/cmd/parley/internal/reply"
	"parley/projections"
)

// delta is a change as people read it: one value, or what is new or gone under one
// name.
type delta struct {
	entity, name string
	from, to     string
	sorts        []projections.Sort
	events       []string
	more         int // beside the events
}

// deltas words changes for people, entity by entity, what contests a value after the
// value.
func deltas(changes []projections.Change) []delta {
	var out []delta
	for _, c := range reply.Telling(changes) {
		d := delta{sorts: c.Sorts, events: c.Events, more: c.More, from: sideText(c.From, c.To), to: sideText(c.To, c.From)}
		d.entity, d.name = entityOf(c.Path)
		at := len(out)
		if under, field, ok := strings.Cut("/"+d.name, "/contested/"); ok {
			value := strings.TrimPrefix(under+"/", "/") + field
			d.name = value + " contested"
			if i := slices.IndexFunc(out, func(x delta) bool { return x.entity == d.entity && x.name == value }); i >= 0 {
				at = i + 1
			}
		}
		out = slices.Insert(out, at, d)
	}
	return collapse(out)
}

// entityOf splits a path into the entity that it is about and the rest: a round, a
// version of a draft, a party's position on an issue.
func entityOf(path string) (entity, rest string) {
	elements := strings.Split(path, "/")
	depth := 2
	switch {
	case elements[0] == "process":
		depth = 1
	case elements[0] == "positions", elements[0] == "assurances", elements[0] == "drafts" && len(elements) > 2 && elements[2] == "unversioned":
		depth = 3
	case elements[0] == "drafts" && len(elements) > 2 && elements[2] == "versions":
		depth = 4
	}
	depth = min(depth, len(elements)-1)
	return strings.Join(elements[:depth], "/"), strings.Join(elements[depth:], "/")
}

// nothingThere is the side of a change that does not have the value.
const nothingThere = "-"

// collapse joins what is new, or gone, under one name of an entity: a session with
// its length and state is one line.
func collapse(all []delta) []delta {
	var out []delta
	for i := 0; i < len(all); {
		d := all[i]
		under, field := reply.Parent(d.name)
		n := 1
		for under != "" && i+n < len(all) && d.besides(all[i+n], under) {
			n++
		}
		if n > 1 {
			texts := []string{field + ": " + d.either()}
			for _, x := range all[i+1 : i+n] {
				_, field := reply.Parent(x.name)
				texts = append(texts, field+": "+x.either())
				d.sorts, d.events = append(slices.Clone(d.sorts), x.sorts...), append(slices.Clone(d.events), x.events...)
				d.more = max(d.more, x.more)
			}
			d.name = under
			if d.from == nothingThere {
				d.to = strings.Join(texts, "; ")
			} else {
				d.from = strings.Join(texts, "; ")
			}
			slices.Sort(d.sorts)
			slices.Sort(d.events)
			d.sorts, d.events = slices.Compact(d.sorts), slices.Compact(d.events)
		}
		out = append(out, d)
		i += n
	}
	return out
}

// besides tells whether x is new, or gone, as d is, and under the same name.
func (d delta) besides(x delta, under string) bool {
	name, _ := reply.Parent(x.name)
	oneSided := d.from == nothingThere && x.from == nothingThere || d.to == nothingThere && x.to == nothingThere
	return x.entity == d.entity && name == under && oneSided
}

// either is the side that is there.
func (d delta) either() string {
	if d.from == nothingThere {
		return d.to
	}
	return d.from
}

// sideText is one side of a change for people. Of lists of quotes it has those that
// the other side does not have.
func sideText(n, other *projections.Node) string {
	if n == nil {
		return nothingThere
	}
	quotes := reply.QuotesOf(n)
	if len(quotes) == 0 {
		return reply.NodeText(n)
	}
	others := reply.QuotesOf(other)
	own := slices.DeleteFunc(slices.Clone(quotes), func(q string) bool { return slices.Contains(others, q) })
	text := strings.Join(own, "; ")
	if alike := len(quotes) - len(own); alike > 0 {
		text = strings.TrimPrefix(fmt.Sprintf("%s; and %d alike", text, alike), "; and ")
	}
	return text
}

func showDiff(s *screen, d *projections.Diff, from, to *projections.Picture) {
	s.paragraph(titleText(s, from), "  ")
	s.paragraph("from: "+pictureText(from), "  ")
	showSupposed(s, from.Branch)
	s.paragraph("to: "+pictureText(to), "  ")
	showSupposed(s, to.Branch)
	if d.First != nil {
		s.paragraph("first divergence: "+divergenceText(*d.First), "  ")
	}
	all := deltas(d.Changes)
	s.line("")
	switch {
	case len(all) > 0:
		showDeltas(s, all)
	case len(d.Events) > 0:
		s.line("No value differs.")
	default:
		s.line("Nothing differs.")
	}
	showDiffering(s, d)
	var straddling []string
	for _, side := range []struct {
		name string
		pic  *projections.Picture
	}{{"from: ", from}, {"to: ", to}} {
		if text := straddlingNames(side.pic, 4); text != "" {
			for line := range strings.SplitSeq(undashed(text), "\n") {
				straddling = append(straddling, side.name+line)
			}
		}
	}
	if len(straddling) > 0 {
		s.line("")
	}
	for _, line := range straddling {
		s.paragraph(line, "  ")
	}
}

// nameWidth is how wide the name of a value may be before it is broken.
const nameWidth = 22

func showDeltas(s *screen, all []delta) {
	t := &sheet{head: []string{"value", "from", "to", "why", "events"}}
	for _, d := range all {
		t.under(d.entity)
		name := d.name
		if parent, last := reply.Parent(name); len(name) > nameWidth && parent != "" {
			name = parent + "/\n" + last
		}
		t.row(name, d.from, d.to, joinedBy(d.sorts, ", "), reply.FewOf(d.events, d.more, 3))
	}
	s.show(t)
}

// showDiffering lists the events that differ by the steps that had excluded them.
// divergenceText says where two lines of happenings part.
func divergenceText(d projections.Divergence) string {
	text := "at the beginning"
	if d.After != "" {
		text = "after " + d.After
	}
	switch {
	case d.To == "":
		return text + ", with " + d.From + " in from"
	case d.From == "":
		return text + ", with " + d.To + " in to"
	case d.To == d.From: // replaced under its key, or corrected
		return text + ", with " + d.From + " in both, which reads otherwise in to"
	}
	return fmt.Sprintf("%s, with %s in from, %s in to", text, d.From, d.To)
}

func showDiffering(s *screen, d *projections.Diff) {
	if len(d.Events) == 0 {
		return
	}
	var order []string
	groups := map[string][]projections.Differ{}
	for _, e := range d.Events {
		key := e.In + " " + joined(e.Steps)
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], e)
	}
	s.line("")
	s.line(s.bold(count(len(d.Events), "event differs", "events differ")))
	for _, key := range order {
		group := groups[key]
		var names []string
		for _, e := range group {
			names = append(names, e.Event)
		}
		s.paragraph(fmt.Sprintf("%s: %s: %s", joinedBy(group[0].Sorts, ", "), differsText(group[0], len(group)), reply.Few(names, 12)), "  ")
	}
}

// differsText says in which view events stand, and what keeps them from the other.
func differsText(e projections.Differ, n int) string {
	them := "them"
	if n == 1 {
		them = "it"
	}
	other := flagFrom
	switch e.In {
	case "both":
		if slices.Equal(e.Steps, []string{projections.KeyBranch}) {
			return count(n, "event reads otherwise", "events read otherwise") + " on the branch"
		}
		return count(n, "event reads otherwise, for a correction", "events read otherwise, for corrections")
	case flagFrom:
		other = flagTo
	}
	by := strings.ReplaceAll(joinedBy(e.Steps, " and "), "repair", "a correction or withdrawal")
	return fmt.Sprintf("%s in %s, not in %s (%s excludes %s)", count(n, "event", "events"), e.In, other, by, them)
}
