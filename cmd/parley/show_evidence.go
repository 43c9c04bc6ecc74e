package main

import (
	"fmt"
	"strings"

	"parley/cmd/parley/internal/reply"
	"parley/projections"
)

func showAssurances(s *screen, n *projections.Node) {
	t := &sheet{title: "Assurances", head: []string{"party", "issue", "form", "refused", "given"}, empty: "no assurance in this view"}
	for party, row := range reply.Children(n) {
		for issue, cell := range reply.Children(row) {
			var given []string
			list, _ := cell.Get("given")
			for event, g := range reply.Children(list) {
				line := event + ": " + reply.TextOf(g, "form")
				if to := reply.TextOf(g, "to"); to != "" {
					line += " to " + to
				}
				if v := reply.TextOf(g, "verifiable"); v != "" {
					line += ", verifiable: " + v
				}
				given = append(given, line)
			}
			t.row(party, issue, t.shown(cell, party+" × "+issue, "form"), reply.TextOf(cell, "refused"), strings.Join(given, "\n"))
		}
	}
	s.show(t)
}

func showEvidence(s *screen, n *projections.Node) {
	presented := &sheet{title: "Evidence presented", head: []string{"party", "evidence", "occurred", "event"}, empty: "none in this view"}
	acknowledged := &sheet{title: "Acknowledged", head: []string{"party", "what", "acknowledged", "setting", "events"}, empty: "nothing is said of it in this view"}
	for party, row := range reply.Children(n) {
		for member, m := range reply.Children(row) {
			if member == "presented" {
				for event, e := range reply.Children(m) {
					presented.row(party, reply.TextOf(e, "description"), reply.TextOf(e, "occurred"), event)
				}
				continue
			}
			var events []string
			history, _ := m.Get("history")
			for event := range reply.Children(history) {
				events = append(events, event)
			}
			acknowledged.row(party, member, acknowledged.shown(m, party+" "+member, "acknowledged"), reply.TextOf(m, "settings"), strings.Join(events, ", "))
		}
	}
	s.show(presented)
	s.line("")
	s.show(acknowledged)
}

func showObligations(s *screen, n *projections.Node) {
	t := &sheet{title: "Obligations invoked", head: []string{"instrument", "bound", "form", "breach alleged", "invoked by", "content"}, empty: "none in this view"}
	for name, o := range reply.Children(n) {
		var content []string
		list, _ := o.Get("content")
		for _, c := range reply.Children(list) {
			content = append(content, reply.TextOf(c, "text"))
		}
		t.row(reply.TextOf(o, "instrument"), t.shown(o, name, "obligor"), t.shown(o, name, "form"), t.shown(o, name, "breachAlleged"),
			reply.TextOf(o, "invokedBy"), strings.Join(content, "\n"))
	}
	s.show(t)
}

func showDisagreements(s *screen, n *projections.Node) {
	t := &sheet{title: "Disagreements", head: []string{"of", "field", "values", "origins"}, empty: "accounts agree in this view"}
	for _, d := range n.Items() {
		var lines []string
		values, _ := d.Get("values")
		for _, v := range reply.Children(values) {
			lines = append(lines, fmt.Sprintf("%s: %s (%s)", reply.Either(reply.TextOf(v, "value")), reply.TextOf(v, "events"), reply.TextOf(v, "sides")))
		}
		field := strings.TrimPrefix(reply.TextOf(d, "field"), "act.")
		if reason := reply.TextOf(d, "reason"); reason != "" && reason != string(projections.Accounts) {
			field += " (" + reasonText(reason) + ")"
		}
		t.row(reply.TextOf(d, "subject"), field, strings.Join(lines, "\n"), reply.TextOf(d, "origins"))
	}
	s.show(t)
}

func showCoverage(s *screen, n *projections.Node) {
	t := &sheet{title: "Voices", head: []string{"party", "kind", "accounts", "named speakers", "origins"}, empty: "no party is registered"}
	voices, _ := n.Get("voices")
	for party, v := range reply.Children(voices) {
		t.row(party, reply.TextOf(v, "kind"), reply.TextOf(v, "accounts"), reply.TextOf(v, "named"), reply.TextOf(v, "origins"))
	}
	if unknown, ok := n.Get("unknownSide"); ok {
		t.row("unknown side", "", reply.TextOf(unknown, "accounts"), reply.TextOf(unknown, "named"), reply.TextOf(unknown, "origins"))
	}
	if silent := reply.TextOf(n, "silent"); silent != "" {
		t.note("No voice of " + silent + ".")
	}
	s.show(t)
	days, ok := n.Get("days")
	if !ok || reply.TextOf(days, "first") == "" {
		return
	}
	s.line("")
	d := &sheet{title: fmt.Sprintf("Days from %s to %s", reply.TextOf(days, "first"), reply.TextOf(days, "last")), head: []string{"day", "accounts"}, empty: "no day is covered"}
	covered, _ := days.Get("covered")
	for day, c := range reply.Children(covered) {
		d.row(day, reply.TextOf(c, "accounts"))
	}
	if uncovered := reply.TextOf(days, "uncovered"); uncovered != "" {
		d.note("Nothing is told of " + uncovered + ".")
	}
	s.show(d)
}
