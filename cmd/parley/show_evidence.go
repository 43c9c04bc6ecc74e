package main

import (
	"fmt"
	"strings"

	"parley/projections"
)

func showAssurances(s *screen, n *projections.Node) {
	t := &sheet{title: "Assurances", head: []string{"party", "issue", "form", "refused", "given"}, empty: "no assurance in this view"}
	for party, row := range children(n) {
		for issue, cell := range children(row) {
			var given []string
			list, _ := cell.Get("given")
			for event, g := range children(list) {
				line := event + ": " + textOf(g, "form")
				if to := textOf(g, "to"); to != "" {
					line += " to " + to
				}
				if v := textOf(g, "verifiable"); v != "" {
					line += ", verifiable: " + v
				}
				given = append(given, line)
			}
			t.row(party, issue, t.shown(cell, party+" × "+issue, "form"), textOf(cell, "refused"), strings.Join(given, "\n"))
		}
	}
	s.show(t)
}

func showEvidence(s *screen, n *projections.Node) {
	presented := &sheet{title: "Evidence presented", head: []string{"party", "evidence", "occurred", "event"}, empty: "none in this view"}
	acknowledged := &sheet{title: "Acknowledged", head: []string{"party", "what", "acknowledged", "setting", "events"}, empty: "nothing is said of it in this view"}
	for party, row := range children(n) {
		for member, m := range children(row) {
			if member == "presented" {
				for event, e := range children(m) {
					presented.row(party, textOf(e, "description"), textOf(e, "occurred"), event)
				}
				continue
			}
			var events []string
			history, _ := m.Get("history")
			for event := range children(history) {
				events = append(events, event)
			}
			acknowledged.row(party, member, acknowledged.shown(m, party+" "+member, "acknowledged"), textOf(m, "settings"), strings.Join(events, ", "))
		}
	}
	s.show(presented)
	s.line("")
	s.show(acknowledged)
}

func showObligations(s *screen, n *projections.Node) {
	t := &sheet{title: "Obligations invoked", head: []string{"instrument", "bound", "form", "breach alleged", "invoked by", "content"}, empty: "none in this view"}
	for name, o := range children(n) {
		var content []string
		list, _ := o.Get("content")
		for _, c := range children(list) {
			content = append(content, textOf(c, "text"))
		}
		t.row(textOf(o, "instrument"), t.shown(o, name, "obligor"), t.shown(o, name, "form"), t.shown(o, name, "breachAlleged"),
			textOf(o, "invokedBy"), strings.Join(content, "\n"))
	}
	s.show(t)
}

func showDisagreements(s *screen, n *projections.Node) {
	t := &sheet{title: "Disagreements", head: []string{"of", "field", "values", "origins"}, empty: "accounts agree in this view"}
	for _, d := range n.Items() {
		var lines []string
		values, _ := d.Get("values")
		for _, v := range children(values) {
			lines = append(lines, fmt.Sprintf("%s: %s (%s)", either(textOf(v, "value")), textOf(v, "events"), textOf(v, "sides")))
		}
		field := strings.TrimPrefix(textOf(d, "field"), "act.")
		if reason := textOf(d, "reason"); reason != "" && reason != string(projections.Accounts) {
			field += " (" + reasonText(reason) + ")"
		}
		t.row(textOf(d, "subject"), field, strings.Join(lines, "\n"), textOf(d, "origins"))
	}
	s.show(t)
}

func showCoverage(s *screen, n *projections.Node) {
	t := &sheet{title: "Voices", head: []string{"party", "kind", "accounts", "named speakers", "origins"}, empty: "no party is registered"}
	voices, _ := n.Get("voices")
	for party, v := range children(voices) {
		t.row(party, textOf(v, "kind"), textOf(v, "accounts"), textOf(v, "named"), textOf(v, "origins"))
	}
	if unknown, ok := n.Get("unknownSide"); ok {
		t.row("unknown side", "", textOf(unknown, "accounts"), textOf(unknown, "named"), textOf(unknown, "origins"))
	}
	if silent := textOf(n, "silent"); silent != "" {
		t.note("No voice of " + silent + ".")
	}
	s.show(t)
	days, ok := n.Get("days")
	if !ok || textOf(days, "first") == "" {
		return
	}
	s.line("")
	d := &sheet{title: fmt.Sprintf("Days from %s to %s", textOf(days, "first"), textOf(days, "last")), head: []string{"day", "accounts"}, empty: "no day is covered"}
	covered, _ := days.Get("covered")
	for day, c := range children(covered) {
		d.row(day, textOf(c, "accounts"))
	}
	if uncovered := textOf(days, "uncovered"); uncovered != "" {
		d.note("Nothing is told of " + uncovered + ".")
	}
	s.show(d)
}
