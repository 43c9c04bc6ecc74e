package main

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"parley/cmd/parley/internal/reply"
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

With --order knowledge the steps are the days on which accounts became certainly
known: what could be told of the talks on each of them. Accounts of which nobody
knows when they were reported come in a last step together, marked with ?.

With -o ndjson or --json every step is one line.`,
		Example: `  parley replay pak-afg-2025
  parley replay pak-afg-2025 --order knowledge
  parley replay pak-afg-2025 --known-by 2025-10-29 --possibly --speed 2
  parley replay pak-afg-2025 -o ndjson | jq 'select(.act == "CommitmentRetracted")'`,
		Args:              takes("NEGOTIATION"),
		ValidArgsFunction: p.completeNegotiation(nil),
	}
	flags := addView(cmd)
	var order string
	var step bool
	var speed float64
	cmd.Flags().StringVar(&order, "order", reply.OrderHappening, "the `order` of the steps: happening or knowledge")
	cmd.Flags().BoolVar(&step, "step", false, "on a terminal, wait for Enter before each next step; q ends")
	cmd.Flags().Float64Var(&speed, "speed", 0, "show this `number` of steps in a second, from 0.5 to 50; without it, all at once")
	_ = cmd.RegisterFlagCompletionFunc("order", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return reply.Orders, cobra.ShellCompDirectiveNoFileComp
	}) // it fails on unknown flags only
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !slices.Contains(reply.Orders, order) {
			return &usageError{Reason: fmt.Sprintf("--order %q is no order of a replay", order), Hint: guess(order, reply.Orders, "write happening or knowledge")}
		}
		w, err := p.pace(step, speed, cmd.Flags().Changed("speed"))
		if err != nil {
			return err
		}
		if order == reply.OrderKnowledge && flags.possibly {
			return &usageError{Reason: "--possibly and --order knowledge exclude each other", Hint: "a step of knowledge is what was certainly known by then"}
		}
		return p.replay(cmd, args[0], order, flags, w)
	}
	return cmd
}

func (p *program) replay(cmd *cobra.Command, negotiation, order string, flags *viewFlags, w *pace) error {
	pic, line, err := p.picture(cmd, negotiation, flags)
	if err != nil {
		return err
	}
	if p.format == formatJSON {
		p.format = formatNDJSON // steps come one by one; there is no document around them
	}
	if text := straddlingText(pic); text != "" && p.format != formatTable {
		p.tell("%s", text)
	}
	r := &replay{pic: pic, order: order}
	if order == reply.OrderKnowledge {
		r.all, err = reply.Learning(negotiation, line, pic.View)
	} else {
		r.all = reply.Steps(pic)
	}
	if err != nil {
		return err
	}
	r.steps = w.through(cmd.Context(), r.all)
	a := r.answer()
	a.live = w.live()
	return errors.Join(p.say(a), w.err)
}

// replay is a view, gone through step by step.
type replay struct {
	pic   *projections.Picture
	order string
	all   []reply.Step
	steps iter.Seq[reply.Step] // all of them, each in its time
}

func (r *replay) answer() answer {
	return answer{
		supposed: r.pic.Branch,
		ndjson: func() iter.Seq[any] {
			return func(yield func(any) bool) {
				for x := range r.steps {
					if !yield(x) {
						return
					}
				}
			}
		},
		csv: func() iter.Seq[[]string] {
			if r.order == reply.OrderKnowledge {
				return withHead([]string{"step", "known", "path", "old", "new", "events", "more"}, r.rows(func(x reply.Step, c reply.Change) []string {
					return []string{strconv.Itoa(x.Step), x.Known, c.Path, c.Old, c.New, strings.Join(c.Events, "|"), moreText(c.More)}
				}))
			}
			return withHead([]string{"step", "event", "act", "by", "occurred", "path", "old", "new"}, r.rows(func(x reply.Step, c reply.Change) []string {
				return []string{strconv.Itoa(x.Step), x.Event, x.Act, strings.Join(x.By, "|"), x.Occurred, c.Path, c.Old, c.New}
			}))
		},
		table: r.show,
	}
}

// rows yields a row for each change of each step.
func (r *replay) rows(row func(reply.Step, reply.Change) []string) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		for x := range r.steps {
			for _, c := range x.Changes {
				if !yield(row(x, c)) {
					return
				}
			}
		}
	}
}

func (r *replay) show(s *screen) {
	what := count(len(r.all), "happening", "happenings")
	if r.order == reply.OrderKnowledge {
		what = count(len(r.all), "step", "steps") + " of knowledge"
	}
	s.paragraph(fmt.Sprintf("%s: %s; %s; %s", s.bold(r.pic.Negotiation), what, viewText(r.pic.View), logText(r.pic)), "  ")
	showSupposed(s, r.pic.Branch)
	vague, undated, shown := false, false, 0
	for x := range r.steps {
		shown++
		vague, undated = vague || x.Unordered, undated || x.Undated
		showStep(s, x)
	}
	if shown < len(r.all) {
		return // the reader has seen enough
	}
	if vague {
		s.line("")
		s.line("~ not known whether before or after the step above it")
	}
	if undated {
		s.line("")
		s.paragraph("? nobody tells by when these accounts were reported, so that they have no place among the steps above", "  ")
	}
	if text := straddlingText(r.pic); text != "" {
		s.line("")
		s.paragraph(text, "  ")
	}
}

func showStep(s *screen, x reply.Step) {
	s.line("")
	if x.Event != "" {
		s.line(stepTitle(s, x))
	} else {
		s.line(learningTitle(s, x))
		s.paragraph("    accounts: "+reply.Few(x.Events, 12), "      ")
	}
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
	if len(x.Changes) == 0 && x.Event == "" {
		s.line("    no value changed")
	}
}

// learningTitle heads a step of knowledge.
func learningTitle(s *screen, x reply.Step) string {
	mark, known := " ", "known "+x.Known
	if x.Undated {
		mark, known = "?", "report not dated"
	}
	return fmt.Sprintf("%s %d/%d  %s  %s", mark, x.Step, x.Of, s.bold(known), count(len(x.Events), "account", "accounts"))
}

func stepTitle(s *screen, x reply.Step) string {
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
