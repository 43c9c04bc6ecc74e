package main

import (
	"cmp"

	"parley/cmd/parley/internal/reply"
	"parley/projections"
)

// showQuestions answers what is agreed, who may speak, what may still be amended
// and what is pending.
func showQuestions(s *screen, n *projections.Node) {
	agreed := &sheet{title: "What is agreed?", head: []string{"what", "stands"}, empty: "nothing, as far as the events of this view tell"}
	list, _ := n.Get("agreed")
	for name, a := range reply.Children(list) {
		agreed.row(name, cmp.Or(agreed.shown(a, name, "stands"), reply.TextOf(a, "outcome")))
	}
	s.show(agreed)
	s.line("")
	speak := &sheet{title: "Who may speak?", head: []string{"party", "full powers", "principals"}, empty: "no party is registered"}
	parties, _ := n.Get("maySpeak")
	for party, m := range reply.Children(parties) {
		speak.row(party, speak.shown(m, party, "fullPowers"), reply.Either(speak.shown(m, party, "principals")))
	}
	s.show(speak)
	s.line("")
	open := &sheet{title: "What may still be amended?", head: []string{"draft", "version", "reached", "stands"}, empty: "nothing"}
	list, _ = n.Get("amendable")
	for name, a := range reply.Children(list) {
		open.row(reply.TextOf(a, "draft"), cmp.Or(reply.TextOf(a, "version"), "-"), open.shown(a, name, "reached"), open.shown(a, name, "stands"))
	}
	s.show(open)
	s.line("")
	pending := &sheet{title: "What is pending?", head: []string{"kind", "by", "event", "what"}, empty: "nothing"}
	list, _ = n.Get("pending")
	for event, p := range reply.Children(list) {
		pending.row(reply.TextOf(p, "kind"), reply.TextOf(p, "by"), event, reply.TextOf(p, "what"))
	}
	s.show(pending)
}
