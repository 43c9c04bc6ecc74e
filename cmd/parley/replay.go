package main

import (
	"fmt"
	"iter"
	"strconv"
	"strings"

	"parley/projections"

	"github.com/spf13/cobra"
)

func (p *program) replayCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "replay NEGOTIATION",
		GroupID: groupAsk,
		Short:   "Go through what happened step by step, and what each step changed",
		Long: `Replay shows the happenings of a negotiation in their order, and the values that
each one changed: path, old value, new value. Several accounts of one act are one
happening. Where it is not known which of two came first, the second is marked
with ~; what such happenings come to is the same either way, or contested.

With -o ndjson or --json every step is one line.`,
		Example: `  parley replay pak-afg-2025
  parley replay pak-afg-2025 --known-by 2025-10-29 --possibly
  parley replay pak-afg-2025 -o ndjson | jq 'select(.act == "CommitmentRetracted")'`,
		Args:              takes("NEGOTIATION"),
		ValidArgsFunction: p.completeNegotiation(nil),
	}
	flags := addView(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		pic, _, err := p.picture(cmd, args[0], flags)
		if err != nil {
			return err
		}
		if p.format == formatJSON {
			p.format = formatNDJSON // steps come one by one; there is no document around them
		}
		if text := straddlingText(pic); text != "" && p.format != formatTable {
			p.tell("%s", text)
		}
		all, err := steps(pic)
		if err != nil {
			return err
		}
		return p.say(replayAnswer(pic, all))
	}
	return cmd
}

// step is one happening and what it changed.
type step struct {
	Step      int      `json:"step"`
	Of        int      `json:"of"`
	Event     string   `json:"event"`
	Act       string   `json:"act"`
	By        []string `json:"by,omitempty"`
	Occurred  string   `json:"occurred,omitzero"`
	Modality  string   `json:"modality,omitzero"`
	Unordered bool     `json:"unorderedWithPrevious,omitzero"`
	Accounts  []string `json:"accounts"`
	Changes   []change `json:"changes"`
}

// change is one value before and after a step.
type change struct {
	Path string `json:"path"`
	Old  string `json:"old,omitzero"`
	New  string `json:"new,omitzero"`
}

// steps replays a picture. The prefixes of its happenings are folded one after
// the other, each from the one before, and printed; what differs is the change.
func steps(pic *projections.Picture) ([]step, error) {
	so := *pic
	so.Happenings, so.State = nil, projections.State{}
	before, err := valuesOf(&so)
	if err != nil {
		return nil, err
	}
	out := make([]step, len(pic.Happenings))
	for i, h := range pic.Happenings {
		so.Happenings = pic.Happenings[:i+1]
		so.State = projections.Evolve(so.State, h)
		after, err := valuesOf(&so)
		if err != nil {
			return nil, err
		}
		out[i] = stepOf(pic, i)
		out[i].Changes = differences(before, after)
		before = after
	}
	return out, nil
}

func stepOf(pic *projections.Picture, i int) step {
	h := pic.Happenings[i]
	s := step{
		Step: i + 1, Of: len(pic.Happenings), Event: h.Name(), Act: h.Lead.Type(),
		Occurred: h.Lead.Event.Occurred.String(), Modality: string(h.Lead.Modality),
		Unordered: i > 0 && pic.Unordered(pic.Happenings[i-1], h),
	}
	for _, a := range h.Lead.Actors {
		s.By = append(s.By, string(a))
	}
	for _, accounts := range [][]*projections.Account{h.Accounts, h.Denials, h.Plans} {
		for _, a := range accounts {
			s.Accounts = append(s.Accounts, a.Name())
		}
	}
	return s
}

// values are the leaves of a state in order.
type values struct {
	paths []string
	at    map[string]string
}

// replayed are the projections whose changes a replay tells. The timeline is the
// replay itself, and anomalies belong to the whole view.
var replayed = []string{"rounds", "drafts", "positions", "mandates", "ceasefires"}

func valuesOf(pic *projections.Picture) (values, error) {
	v := values{at: map[string]string{}}
	for _, name := range replayed {
		tree, err := pic.Print(name)
		if err != nil {
			return v, err
		}
		for l := range leaves(tree) {
			if isHistory(l.path) {
				continue
			}
			value := l.value
			if l.contested != "" {
				value += " (contested: " + l.contested + ")"
			}
			if _, twice := v.at[l.path]; !twice {
				v.paths = append(v.paths, l.path)
			}
			v.at[l.path] = value
		}
	}
	return v, nil
}

// isHistory tells whether a path leads into a list of events, which every step
// makes longer, or to something that only names or dates what it stands in.
func isHistory(path string) bool {
	elements := strings.Split(path, "/")
	last := elements[len(elements)-1]
	for i, e := range elements {
		switch e {
		case "history", "steps", "events", "accounts", "saidBy", "event":
			return true
		case "retracted", "declined":
			return last == "act" || last == "occurred"
		case "id", "version", "actor":
			if i == len(elements)-1 {
				return true
			}
		}
	}
	return false
}

func differences(before, after values) []change {
	changes := []change{}
	for _, path := range after.paths {
		old, was := before.at[path]
		now := after.at[path]
		if was && old != now || !was && now != "unknown" { // where nothing was, unknown is nothing new
			changes = append(changes, change{path, old, now})
		}
	}
	for _, path := range before.paths {
		if _, is := after.at[path]; !is {
			changes = append(changes, change{path, before.at[path], ""})
		}
	}
	return changes
}

func replayAnswer(pic *projections.Picture, all []step) answer {
	return answer{
		ndjson: func() iter.Seq[any] { return each(all, func(x step) any { return x }) },
		csv: func() iter.Seq[[]string] {
			head := []string{"step", "event", "act", "by", "occurred", "path", "old", "new"}
			return withHead(head, func(yield func([]string) bool) {
				for _, x := range all {
					for _, c := range x.Changes {
						if !yield([]string{strconv.Itoa(x.Step), x.Event, x.Act, strings.Join(x.By, "|"), x.Occurred, c.Path, c.Old, c.New}) {
							return
						}
					}
				}
			})
		},
		table: func(s *screen) { showReplay(s, pic, all) },
	}
}

func showReplay(s *screen, pic *projections.Picture, all []step) {
	s.line(fmt.Sprintf("%s: %s; %s; log at #%d", s.bold(pic.Negotiation), count(len(all), "happening", "happenings"), viewText(pic.View), pic.Head))
	vague := false
	for _, x := range all {
		s.line("")
		s.line(stepTitle(s, x))
		vague = vague || x.Unordered
		if len(x.Accounts) > 1 {
			s.paragraph("    accounts: "+strings.Join(x.Accounts, ", "), "      ")
		}
		for _, c := range x.Changes {
			text := fmt.Sprintf("    %s: %s → %s", c.Path, c.Old, c.New)
			switch {
			case c.Old == "":
				text = fmt.Sprintf("    %s: %s", c.Path, c.New)
			case c.New == "":
				text = fmt.Sprintf("    %s: %s → nothing", c.Path, c.Old)
			}
			s.paragraph(text, "      ")
		}
	}
	if vague {
		s.line("")
		s.line("~ not known whether before or after the step above it")
	}
	if text := straddlingText(pic); text != "" {
		s.line("")
		s.paragraph(text, "  ")
	}
}

func stepTitle(s *screen, x step) string {
	order := " "
	if x.Unordered {
		order = "~"
	}
	title := fmt.Sprintf("%s %d/%d  %s  %s  %s", order, x.Step, x.Of, x.Occurred, s.bold(x.Act), strings.Join(x.By, ", "))
	if x.Modality != "" && x.Modality != "asserted" {
		title += " (" + x.Modality + ")"
	}
	return strings.TrimRight(title, " ") + "  " + s.faint(x.Event)
}
