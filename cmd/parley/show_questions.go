package main

import (
	"cmp"

	"parley/projections"
)

// showQuestions answers what is agreed, who may speak, what may still be amended
// and what is pending.
func showQuestions(s *screen, n *projections.Node) {
	agreed := &sheet{title: "What is agreed?", head: []string{"what", "stands"}, empty: "nothing, as far as the events of this view tell"}
	list, _ := n.Get("agreed")
	for name, a := range children(list) {
		agreed.row(name, cmp.Or(agreed.shown(a, name, "stands"), textOf(a, "outcome")))
	}
	s.show(agreed)
	s.line("")
	speak := &sheet{title: "Who may speak?", head: []string{"party", "full powers", "principals"}, empty: "no party is registered"}
	parties, _ := n.Get("maySpeak")
	for party, m := range children(parties) {
		speak.row(party, speak.shown(m, party, "fullPowers"), either(speak.shown(m, party, "principals")))
	}
	s.show(speak)
	s.line("")
	open := &sheet{title: "What may still be amended?", head: []string{"draft", "version", "reached", "stands"}, empty: "nothing"}
	list, _ = n.Get("amendable")
	for name, a := range children(list) {
		open.row(textOf(a, "draft"), cmp.Or(textOf(a, "version"), "-"), open.shown(a, name, "reached"), open.shown(a, name, "stands"))
	}
	s.show(open)
	s.line("")
	pending := &sheet{title: "What is pending?", head: []string{"kind", "by", "event", "what"}, empty: "nothing"}
	list, _ = n.Get("pending")
	for event, p := range children(list) {
		pending.row(textOf(p, "kind"), textOf(p, "by"), event, textOf(p, "what"))
	}
	s.show(pending)
}
