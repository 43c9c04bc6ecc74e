package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

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
	flags.StringVar(&v.recordedBy, projections.KeyRecordedBy, "", "what had been recorded by this `time`, or by #POSITION")
	flags.BoolVar(&v.possibly, projections.KeyPossibly, false, "admit events that may lie within the cuts, not only those that certainly do")
	flags.StringVar(&v.lens, projections.KeyLens, "", "whom to believe: an `expression` over events, or the name of a registered lens")
	flags.StringVar(&v.branch, projections.KeyBranch, "", "what is supposed")
	_ = flags.MarkHidden(projections.KeyBranch) // until there are branches
	return v
}

// view is the view that the flags ask for.
func (f *viewFlags) view() (projections.View, error) {
	var v projections.View
	for _, part := range []struct{ key, value string }{
		{projections.KeyAsOf, f.asOf},
		{projections.KeyKnownBy, f.knownBy},
		{projections.KeyRecordedBy, f.recordedBy},
		{projections.KeyLens, f.lens},
		{projections.KeyBranch, f.branch},
	} {
		if err := v.Set(part.key, part.value); err != nil {
			return v, viewFault(err)
		}
	}
	v.Possibly = f.possibly
	return v, nil
}

// viewFault words an error of a view as one of a flag.
func viewFault(err error) error {
	if e, ok := errors.AsType[*projections.ViewError](err); ok {
		return &usageError{Reason: fmt.Sprintf("--%s %q %s", e.Key, e.Read, e.Reason), Hint: e.Hint}
	}
	return err
}

// lensFault words an error of an expression as one of its flag, with the place in
// it.
func lensFault(flag string, e *projections.LensError) error {
	hint := e.Excerpt()
	if e.Hint != "" {
		hint += "\n" + e.Hint
	}
	name := ""
	if e.Lens != "" {
		name = fmt.Sprintf(" (of the registered lens %s)", e.Lens)
	}
	return &usageError{Reason: fmt.Sprintf("--%s%s, column %d: %s", flag, name, e.Column, e.Reason), Hint: hint}
}

// project folds a log under a view. What the view does not find it explains: a
// key may be misspelt, or hidden by another cut of the view.
func project(negotiation string, log []domain.Entry, v projections.View) (*projections.Picture, error) {
	p, err := projections.Project(negotiation, log, v)
	if e, ok := errors.AsType[*projections.LensError](err); ok {
		return nil, lensFault(projections.KeyLens, e)
	}
	missing, ok := errors.AsType[*projections.NotFoundError](err)
	if !ok {
		return p, err
	}
	var keys []string
	for _, e := range log {
		if e.Parked() {
			continue
		}
		if e.Event.Name() == missing.Name || e.Event.ID.String() == missing.Name {
			hint := "leave out " + strings.Join(narrowing(v), " and ") + " to see it"
			if e.Event.Control() {
				hint = "it speaks of the record, not of the world; name an event that happened"
			} else if len(narrowing(v)) == 0 {
				hint = "it was withdrawn from the record"
			}
			return nil, &notFoundError{What: "event", Name: "@" + missing.Name, Where: "in this view", Hint: hint}
		}
		if e.Event.Key != "" && !e.Event.Control() {
			keys = append(keys, e.Event.Key)
		}
	}
	return nil, &notFoundError{
		What: "event", Name: "@" + missing.Name, Where: "in " + negotiation,
		Hint: guess(missing.Name, keys, "parley events "+negotiation+" lists the keys"),
	}
}

// narrowing lists the flags of a view that may hide an event.
func narrowing(v projections.View) []string {
	var flags []string
	if !v.KnownBy.IsZero() {
		flags = append(flags, "--"+projections.KeyKnownBy)
	}
	if !v.RecordedBy.IsZero() {
		flags = append(flags, "--"+projections.KeyRecordedBy)
	}
	if v.Lens != "" {
		flags = append(flags, "--"+projections.KeyLens)
	}
	return flags
}

// viewText is the view for people.
func viewText(v projections.View) string {
	return cmp.Or(v.String(), "the whole record")
}

// straddlingText says which events may or may not lie within the cuts, empty if
// none does.
func straddlingText(p *projections.Picture) string {
	if len(p.Straddling) == 0 {
		return ""
	}
	byCut := map[string][]string{}
	var cuts []string
	for _, s := range p.Straddling {
		if _, ok := byCut[s.Cut]; !ok {
			cuts = append(cuts, s.Cut)
		}
		if !slices.Contains(byCut[s.Cut], s.Event) {
			byCut[s.Cut] = append(byCut[s.Cut], s.Event)
		}
	}
	end := "; --possibly admits them"
	if p.View.Possibly {
		end = "; admitted by --possibly"
	}
	var parts []string
	for _, c := range cuts {
		parts = append(parts, fmt.Sprintf("%s the cut %s %s: %s%s",
			count(len(byCut[c]), "event straddles", "events straddle"), c, cutOf(p.View, c), few(byCut[c], 12), end))
	}
	return strings.Join(parts, "\n")
}

func cutOf(v projections.View, key string) string {
	switch key {
	case projections.KeyAsOf:
		return v.AsOf.String()
	case projections.KeyKnownBy:
		return v.KnownBy.String()
	default:
		return v.RecordedBy.String()
	}
}

// few joins the first words of a list and counts the rest.
func few(words []string, most int) string {
	if len(words) <= most {
		return strings.Join(words, ", ")
	}
	return strings.Join(words[:most], ", ") + fmt.Sprintf(" and %d more", len(words)-most)
}
