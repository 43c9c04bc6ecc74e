package main

import (
	"cmp"
	"fmt"
	"iter"
	"strings"

	"parley/cmd/parley/internal/reply"
	"parley/projections"

	"github.com/spf13/cobra"
)

func (p *program) whyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "why NEGOTIATION PATH",
		GroupID: groupAsk,
		Short:   "Show the events behind one value",
		Long: `Why shows a value of a projection, the rule by which it follows, and the events
it rests on: who says so, in which words, in which document. The events that
contest the value are among them.

A path goes by id, from the projection down: drafts/istanbul-draft/versions/3/stands.
A path that leads to no value says what it could go on with.`,
		Example: `  parley why pak-afg-2025 rounds/istanbul-oct/days
  parley why pak-afg-2025 drafts/istanbul-draft/versions/3/stands
  parley why pak-afg-2025 positions/afghan-taliban/written-form --known-by 2025-10-29`,
		Args: takes("NEGOTIATION", "PATH"),
		ValidArgsFunction: p.completeNegotiation(func(position int) []string {
			var starts []string
			for _, name := range projections.Projections() {
				if position == 1 {
					starts = append(starts, name+"/")
				}
			}
			return starts
		}),
	}
	flags := addView(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		pic, _, err := p.picture(cmd, args[0], flags)
		if err != nil {
			return err
		}
		w, err := reply.WhyOf(pic, args[1])
		if err != nil {
			return err
		}
		return p.say(whyAnswer(pic, w))
	}
	return cmd
}

func whyAnswer(pic *projections.Picture, w reply.Why) answer {
	head := []string{"event", "position", "type", "side", "speaker", "occurred", "reported", "reliability", "credibility", "document", "locator", "quote", "note"}
	return answer{
		supposed: pic.Branch,
		json:     func() any { return w },
		ndjson: func() iter.Seq[any] {
			return each(w.Events, func(b projections.Because) any { return b })
		},
		csv: func() iter.Seq[[]string] {
			return withHead(head, each(w.Events, func(b projections.Because) []string {
				return []string{
					b.Event, placeOf(b.Branch, b.Position), b.Type, b.Side, b.Speaker, b.Occurred, b.Reported,
					b.Reliability, b.Credibility, b.Document, b.Locator, b.Quote, b.Note,
				}
			}))
		},
		table: func(s *screen) { showWhy(s, pic, w) },
	}
}

func showWhy(s *screen, pic *projections.Picture, w reply.Why) {
	s.paragraph(s.bold(w.Path)+" = "+reply.ValueText(w.Value), "  ")
	s.paragraph("view: "+viewText(pic.View), "  ")
	showSupposed(s, pic.Branch)
	if w.Rule != "" {
		s.paragraph("rule: "+w.Rule, "  ")
	}
	switch {
	case w.Contested != nil:
		s.paragraph("contested: "+claimsNote(w.Contested), "  ")
	case reply.IsClaimed(w.Value) && reply.TextOf(w.Value, "contested") == "true":
		values, _ := w.Value.Get("values")
		s.paragraph("contested: "+claimsNote(values), "  ")
	}
	if len(w.Events) == 0 {
		s.line("It rests on no event of the view.")
	}
	for _, b := range w.Events {
		s.line("")
		s.line(fmt.Sprintf("%s  %s", s.bold("#"+placeOf(b.Branch, b.Position)+" "+b.Event), b.Type))
		detail := func(name, value string) {
			if value != "" {
				s.paragraph("  "+name+" "+value, "    ")
			}
		}
		detail("said by", voiceText(b))
		detail("in", strings.TrimSpace(b.Document+" "+b.Locator))
		if b.Quote != "" {
			detail("quote", "“"+b.Quote+"”")
		}
		detail("occurred", b.Occurred)
		detail("reported", b.Reported)
		detail("corrected by", b.CorrectedBy)
		detail("note", b.Note)
	}
	if text := straddlingText(pic); text != "" {
		s.line("")
		s.paragraph(text, "  ")
	}
}

// voiceText says whose account it is, and how it is graded.
func voiceText(b projections.Because) string {
	voice := cmp.Or(b.Speaker, "unknown speaker") + ", side " + b.Side
	if b.Reliability != "" || b.Credibility != "" {
		voice += fmt.Sprintf(" (reliability %s, credibility %s)", cmp.Or(b.Reliability, "none given"), cmp.Or(b.Credibility, "none given"))
	}
	return voice
}
