package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
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
			return v, viewFault("", err)
		}
	}
	v.Possibly = f.possibly
	return v, nil
}

// viewFault words an error of a view: of the flag that holds its string form, else
// of the part's own flag.
func viewFault(flag string, err error) error {
	e, ok := errors.AsType[*projections.ViewError](err)
	switch {
	case !ok:
		return err
	case flag == "":
		return &usageError{Reason: fmt.Sprintf("--%s %q %s", e.Key, e.Read, e.Reason), Hint: e.Hint}
	case strings.ContainsFunc(e.Key, func(r rune) bool { return r != '-' && (r < 'a' || r > 'z') }):
		return &usageError{Reason: fmt.Sprintf("--%s: %q is no part of a view", flag, strings.TrimSpace(e.Key)), Hint: viewHint}
	case !slices.Contains(viewKeys, e.Key):
		return &usageError{Reason: fmt.Sprintf("--%s: %q is no part of a view", flag, e.Key), Hint: guess(e.Key, viewKeys, "")}
	}
	read := strconv.Quote(e.Read)
	if e.Read == "" {
		read = "nothing"
	}
	return &usageError{Reason: fmt.Sprintf("--%s: %s %s %s", flag, e.Key, read, e.Reason), Hint: e.Hint}
}

// viewKeys are the keys of a view's string form.
var viewKeys = []string{
	projections.KeyAsOf, projections.KeyKnownBy, projections.KeyRecordedBy,
	projections.KeyPossibly, projections.KeyLens, projections.KeyBranch,
}

// viewHint is for those who write an expression as it stands into a view.
const viewHint = "& separates the parts of a view; in a lens write and, or %26%26"

// project folds a log under a view, which the flag holds, or flags of its parts. What
// the view does not find is explained: a key may be misspelt, or hidden by another
// cut of the view.
func project(negotiation string, log []domain.Entry, v projections.View, flag string) (*projections.Picture, error) {
	p, err := projections.Project(negotiation, log, v)
	if e, ok := errors.AsType[*projections.LensError](err); ok {
		return nil, lensFault(lensPlace(flag), e)
	}
	missing, ok := errors.AsType[*projections.NotFoundError](err)
	if !ok {
		return p, err
	}
	where, place := "in this view", ""
	if flag != "" {
		where, place = "in the view of --"+flag, " of --"+flag
	}
	var keys []string
	for _, e := range log {
		if e.Parked() {
			continue
		}
		if e.Event.Name() == missing.Name || e.Event.ID.String() == missing.Name {
			hint := "leave out " + strings.Join(narrowing(v, flag), " and ") + " to see it"
			if e.Event.Control() {
				hint = "it speaks of the record, not of the world; name an event that happened"
			} else if len(narrowing(v, flag)) == 0 {
				hint = "it was withdrawn from the record"
			}
			return nil, &notFoundError{What: "event", Name: "@" + missing.Name, Where: where, Hint: hint}
		}
		if e.Event.Key != "" && !e.Event.Control() {
			keys = append(keys, e.Event.Key)
		}
	}
	return nil, &notFoundError{
		What: "event", Name: "@" + missing.Name + place, Where: "in " + negotiation,
		Hint: guess(missing.Name, keys, "parley events "+negotiation+" lists the keys"),
	}
}

// narrowing lists the parts of a view that may hide an event: as flags, or as they
// stand in the flag that holds the view.
func narrowing(v projections.View, flag string) []string {
	dashes := "--"
	if flag != "" {
		dashes = ""
	}
	var parts []string
	if !v.KnownBy.IsZero() {
		parts = append(parts, dashes+projections.KeyKnownBy)
	}
	if !v.RecordedBy.IsZero() {
		parts = append(parts, dashes+projections.KeyRecordedBy)
	}
	if v.Lens != "" {
		parts = append(parts, dashes+projections.KeyLens)
	}
	return parts
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
	return fmt.Sprintf("%s; log at #%d; %s", viewText(pic.View), seen.Position, count(seen.Events, "event", "events")) + hiddenText(seen)
}

// titleText names a negotiation.
func titleText(s *screen, pic *projections.Picture) string {
	if title := pic.Registry.Title; title != "" {
		return s.bold(pic.Negotiation) + ", " + title
	}
	return s.bold(pic.Negotiation)
}
