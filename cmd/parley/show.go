package main

import (
	"fmt"
	"strings"

	"parley/cmd/parley/internal/reply"
	"parley/projections"
)

// showers show the projections that have tables of their own.
var showers = map[string]func(*screen, *projections.Node){
	"rounds":     showRounds,
	"process":    showProcess,
	"drafts":     showDrafts,
	"positions":  showPositions,
	"mandates":   showMandates,
	"ceasefires": showCeasefires,
	"timeline":   showTimeline,
	"anomalies":  showAnomalies,

	"questions":     showQuestions,
	"assurances":    showAssurances,
	"evidence":      showEvidence,
	"obligations":   showObligations,
	"disagreements": showDisagreements,
	"coverage":      showCoverage,
}

// showProjection shows one projection for people.
func showProjection(s *screen, name string, n *projections.Node) {
	if show, ok := showers[name]; ok {
		show(s, n)
		return
	}
	t := &sheet{title: name, head: []string{"path", "value", "contested"}, empty: "nothing in this view"}
	for l := range reply.Leaves(n) {
		t.row(l.Path, l.Value, l.Contested)
	}
	s.show(t)
}

func showRounds(s *screen, n *projections.Node) {
	t := &sheet{title: "Rounds", head: []string{"round", "status", "outcome", "days", "hours", "venue", "after", "sessions"}, empty: "no round in this view"}
	for _, id := range n.Members() {
		r, _ := n.Get(id)
		hours := t.claimed(r, id, "hours")
		if hours != "" && reply.TextOf(r, "hours", "approximate") == "true" {
			hours = "about " + hours
		}
		t.row(id, t.shown(r, id, "status"), t.shown(r, id, "outcome"), t.claimed(r, id, "days"), hours,
			t.shown(r, id, "venue"), t.shown(r, id, "previous"), sessionsText(t, r))
	}
	s.show(t)
}

func sessionsText(t *sheet, round *projections.Node) string {
	sessions, ok := round.Get("sessions")
	if !ok {
		return ""
	}
	var lines []string
	for id, x := range reply.Children(sessions) {
		words := []string{reply.TextOf(x, "occurred")}
		if d := t.shown(x, id, "duration"); d != "" {
			if reply.TextOf(x, "approximate") == "true" {
				d = "about " + d
			}
			words = append(words, d)
		}
		if state := reply.TextOf(x, "state"); state != "" {
			words = append(words, state)
		}
		lines = append(lines, strings.Join(words, " "))
	}
	return strings.Join(lines, "\n")
}

func showProcess(s *screen, n *projections.Node) {
	t := &sheet{}
	s.paragraph(fmt.Sprintf("The process is %s; further talks planned: %s.", t.shown(n, "process", "status"), t.shown(n, "process", "furtherTalksPlanned")), "  ")
	for _, note := range t.notes {
		s.paragraph(note, "  ")
	}
}

func showMandates(s *screen, n *projections.Node) {
	t := &sheet{title: "Mandates", head: []string{"party", "full powers", "principals", "head", "instructions"}, empty: "nothing is said of mandates in this view"}
	for id, m := range reply.Children(n) {
		var lines []string
		if list, ok := m.Get("instructions"); ok {
			for event, i := range reply.Children(list) {
				lines = append(lines, instructionText(t, event, i))
			}
		}
		head := t.shown(m, id, "head")
		if rank := reply.TextOf(m, "rank"); rank != "" {
			head = strings.TrimSpace(head + " (" + rank + ")")
		}
		t.row(id, t.shown(m, id, "fullPowers"), reply.Either(t.shown(m, id, "principals")), head, strings.Join(lines, "\n"))
	}
	s.show(t)
}

// instructionText tells an instruction with its place in the order: never a cause.
func instructionText(t *sheet, event string, i *projections.Node) string {
	words := []string{event + ":", reply.TextOf(i, "basis"), "from", reply.Either(t.shown(i, event, "from"))}
	if c := reply.TextOf(i, "channel"); c != "" {
		words = append(words, "by", c)
	}
	parts := []string{strings.Join(words, " ")}
	for _, order := range []struct{ member, word string }{{"precedes", "precedes"}, {"follows", "follows"}, {"unorderedWith", "unordered with"}} {
		if list := reply.TextOf(i, order.member); list != "" {
			parts = append(parts, order.word+" "+list)
		}
	}
	return strings.Join(parts, "; ")
}

func showCeasefires(s *screen, n *projections.Node) {
	t := &sheet{title: "Ceasefires", head: []string{"ceasefire", "status", "condition", "declared", "incidents"}, empty: "no ceasefire is registered"}
	for id, c := range reply.Children(n) {
		declared := ""
		if list, ok := c.Get("history"); ok && len(list.Items()) > 0 {
			last := list.Items()[len(list.Items())-1]
			declared = reply.TextOf(last, "occurred") + " by " + reply.TextOf(last, "by")
		}
		incidents := ""
		if list, ok := c.Get("incidents"); ok && len(list.Items()) > 0 {
			incidents = fmt.Sprint(len(list.Items()))
		}
		t.row(id, t.shown(c, id, "status"), t.shown(c, id, "condition"), declared, incidents)
	}
	s.show(t)
}

func showTimeline(s *screen, n *projections.Node) {
	t := &sheet{title: "Timeline", head: []string{"", "occurred", "act", "event", "+", "by"}, empty: "nothing happened in this view"}
	vague := false
	for event, h := range reply.Children(n) {
		mark := ""
		if reply.TextOf(h, "unorderedWithPrevious") == "true" {
			mark, vague = "~", true
		}
		act := reply.TextOf(h, "act")
		if m := reply.TextOf(h, "modality"); m != "" {
			act += " (" + m + ")"
		}
		by := reply.TextOf(h, "by")
		if to := reply.TextOf(h, "to"); to != "" {
			by = strings.TrimSpace(by + " → " + to)
		}
		t.row(mark, reply.TextOf(h, "occurred"), act, event, furtherText(h), by)
	}
	t.note("+ further accounts of the same act")
	if vague {
		t.note("~ not known whether before or after the line above it")
	}
	s.show(t)
}

// furtherText counts the accounts of a happening beside the leading one.
func furtherText(h *projections.Node) string {
	var parts []string
	if list, ok := h.Get("accounts"); ok && len(list.Items()) > 1 {
		parts = append(parts, fmt.Sprint(len(list.Items())-1))
	}
	if list, ok := h.Get("denials"); ok {
		parts = append(parts, fmt.Sprintf("%d denied", len(list.Items())))
	}
	return strings.Join(parts, ", ")
}

func showAnomalies(s *screen, n *projections.Node) {
	t := &sheet{title: "Anomalies", head: []string{"kind", "detail", "events"}, empty: "nothing odd in this view"}
	for _, a := range n.Items() {
		t.row(reply.TextOf(a, "kind"), reply.TextOf(a, "detail"), reply.TextOf(a, "events"))
	}
	s.show(t)
}
