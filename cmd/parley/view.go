package main

import (
	"cmp"
	"fmt"
	"strings"

	"parley/cmd/parley/internal/reply"
	"parley/domain"
	"parley/projections"

	"github.com/spf13/cobra"
)

// viewFlags are the flags that say which events count. They have the names of
// the keys of a view's string form.
type viewFlags struct {
	asOf, knownBy, recordedBy, lens, branch string
	possibly                                bool
}

// addView gives a command the flags of a view.
func addView(cmd *cobra.Command) *viewFlags {
	v := &viewFlags{}
	flags := cmd.Flags()
	flags.StringVar(&v.asOf, projections.KeyAsOf, "", "what had happened by this `time`: a date, a time, or @KEY for an event and what certainly precedes it")
	flags.StringVar(&v.knownBy, projections.KeyKnownBy, "", "what had been reported by this `time`")
	flags.StringVar(&v.recordedBy, projections.KeyRecordedBy, "", "what had been recorded by this `time`, or by #POSITION, on a branch #record:43;b1:7")
	flags.BoolVar(&v.possibly, projections.KeyPossibly, false, "admit events that may lie within the cuts, not only those that certainly do")
	flags.StringVar(&v.lens, projections.KeyLens, "", "whom to believe: an `expression` over events, or the name of a registered lens")
	flags.StringVar(&v.branch, projections.KeyBranch, "", "what is supposed: the `name` of a branch")
	return v
}

// view is the view that the flags ask for.
func (f *viewFlags) view() (projections.View, error) {
	var v projections.View
	for _, part := range f.parts() {
		if err := v.Set(part.key, part.value); err != nil {
			return v, asked("").ViewFault(err)
		}
	}
	v.Possibly = f.possibly
	return v, nil
}

// viewPart is a flag of a view that has a value.
type viewPart struct{ key, value string }

func (f *viewFlags) parts() []viewPart {
	return []viewPart{
		{projections.KeyAsOf, f.asOf},
		{projections.KeyKnownBy, f.knownBy},
		{projections.KeyRecordedBy, f.recordedBy},
		{projections.KeyLens, f.lens},
		{projections.KeyBranch, f.branch},
	}
}

// words are the flags as they were given.
func (f *viewFlags) words() (words []string) {
	for _, part := range f.parts() {
		if part.value != "" {
			words = append(words, "--"+part.key, part.value)
		}
	}
	if f.possibly {
		words = append(words, "--"+projections.KeyPossibly)
	}
	return words
}

// asked says by which flag a view was given, or, empty, by the flags of its parts.
func asked(flag string) reply.Asked { return reply.Asked{Dashes: "--", In: flag} }

// project folds a log under a view that the command line gives.
func project(negotiation string, l domain.Lineage, v projections.View, flag string) (*projections.Picture, error) {
	pic, err := projections.Suppose(negotiation, l, v)
	if err != nil {
		return nil, asked(flag).Explain(err, negotiation, l, v)
	}
	return pic, nil
}

// viewText is the view for people: its string form, but the lens as it was written.
func viewText(v projections.View) string {
	cuts := v
	cuts.Lens = ""
	text := cuts.String()
	if v.Lens != "" {
		if text != "" {
			text += "; "
		}
		text += "lens: " + strings.NewReplacer("\n", " ", "\t", " ").Replace(v.Lens)
	}
	return cmp.Or(text, "the whole record")
}

// pictureText is the view of a picture for people, with how much it shows.
func pictureText(pic *projections.Picture) string {
	seen := pic.Seen()
	return fmt.Sprintf("%s; %s; %s", viewText(pic.View), logText(pic), count(seen.Events, "event", "events")) + hiddenText(seen)
}

// logText says how far the log of a picture reaches.
func logText(pic *projections.Picture) string {
	if pic.Branch != nil {
		return "log at #" + pic.Branch.Position
	}
	return fmt.Sprintf("log at #%d", pic.Head)
}

// showSupposed says of what is shown that it is hypothetical, where it is.
func showSupposed(s *screen, b *projections.Branch) {
	if b != nil {
		s.paragraph(supposedText(b), "  ")
	}
}

// supposedText marks what a branch supposes; of the record it is empty.
func supposedText(b *projections.Branch) string {
	if b == nil {
		return ""
	}
	parent := "the record"
	if b.Parent != domain.RecordName {
		parent = "branch " + b.Parent
	}
	how := "forked from"
	if b.FollowParent {
		how = "following"
	}
	parts := []string{fmt.Sprintf("hypothetical: branch %s, %s %s at #%s by %s: %s", b.Name, how, parent, b.Fork, b.Author, b.Purpose)}
	for _, part := range []struct {
		how  string
		refs []domain.EventRef
	}{{"without", b.Without}, {"replacing", b.Replace}} {
		if len(part.refs) > 0 {
			parts = append(parts, part.how+" "+joinedBy(part.refs, ", "))
		}
	}
	return strings.Join(parts, "; ")
}

// titleText names a negotiation.
func titleText(s *screen, pic *projections.Picture) string {
	if title := pic.Registry.Title; title != "" {
		return s.bold(pic.Negotiation) + ", " + title
	}
	return s.bold(pic.Negotiation)
}
