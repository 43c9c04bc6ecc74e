package main

import (
	"strings"

	"parley/cmd/parley/internal/reply"
	"parley/projections"
)

// showDrafts shows for every draft the ladder of each version, and its steps.
func showDrafts(s *screen, n *projections.Node) {
	if len(n.Members()) == 0 {
		s.line(s.bold("Drafts"))
		s.line("  no draft in this view")
		return
	}
	for i, id := range n.Members() {
		if i > 0 {
			s.line("")
		}
		draft, _ := n.Get(id)
		showDraft(s, id, draft)
	}
}

func showDraft(s *screen, id string, draft *projections.Node) {
	title := "Draft " + id
	if issues := reply.TextOf(draft, "issues"); issues != "" {
		title += " on " + issues
	}
	ladder := &sheet{title: title, head: []string{"version", "reached", "stands", "taken back or declined"}, empty: "no version in this view"}
	steps := &sheet{head: []string{"v", "occurred", "act", "event", "by"}}
	add := func(version string, v *projections.Node) {
		name, short := "version "+version, version
		if version == unversioned {
			name, short = version, "-"
			steps.note("- names no version")
		}
		ladder.row(version, ladder.shown(v, name, "reached"), ladder.shown(v, name, "stands"), withdrawals(ladder, v))
		list, _ := v.Get("steps")
		for event, step := range reply.Children(list) {
			steps.row(short, reply.TextOf(step, "occurred"), reply.TextOf(step, "act"), event+alsoText(event, step), reply.TextOf(step, "by"))
		}
	}
	versions, _ := draft.Get("versions")
	for version, v := range reply.Children(versions) {
		add(version, v)
	}
	if un, ok := draft.Get(unversioned); ok {
		add(unversioned, un)
	}
	s.show(ladder)
	if len(steps.rows) > 0 {
		s.line("")
		s.show(steps)
	}
}

// alsoText names the other accounts of a step, each on a line of its own.
func alsoText(lead string, step *projections.Node) string {
	var also strings.Builder
	if all, ok := step.Get("accounts"); ok {
		for _, a := range all.Items() {
			if a.Text() != lead {
				also.WriteString("\nalso " + a.Text())
			}
		}
	}
	return also.String()
}

const unversioned = "unversioned"

// withdrawals tells who took back or declined what.
func withdrawals(t *sheet, version *projections.Node) string {
	var lines []string
	retracted, _ := version.Get("retracted")
	for event, r := range reply.Children(retracted) {
		line := reply.TextOf(r, "by") + " took back " + t.shown(r, event, "what")
		if held := reply.TextOf(r, "held"); held != "" {
			line += " (" + held + ")"
		}
		lines = append(lines, line+": "+event)
	}
	declined, _ := version.Get("declined")
	for event, d := range reply.Children(declined) {
		verb := " did not sign: "
		if reply.TextOf(d, "act") == "RatificationDecided" {
			verb = " did not ratify: "
		}
		lines = append(lines, reply.TextOf(d, "by")+verb+event)
	}
	return strings.Join(lines, "\n")
}
