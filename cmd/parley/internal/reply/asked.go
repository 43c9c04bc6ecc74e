package reply

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"parley/cmd/parley/internal/problem"
	"parley/domain"
	"parley/projections"
)

// Asked says how a view was asked for, so that errors name what the caller wrote:
// each part under its own name, or all of it in its string form under one name.
type Asked struct {
	Dashes string // before a name: -- on a command line, nothing in a URL
	In     string // the name that holds the string form, empty if each part has its own
}

// Lens names where the lens was written.
func (a Asked) Lens() string {
	if a.In == "" {
		return a.Dashes + projections.KeyLens
	}
	return a.Dashes + a.In + ": " + projections.KeyLens
}

// ViewKeys are the keys of a view's string form.
var ViewKeys = []string{
	projections.KeyAsOf, projections.KeyKnownBy, projections.KeyRecordedBy,
	projections.KeyPossibly, projections.KeyLens, projections.KeyBranch,
}

// viewHint is for those who write an expression as it stands into a view.
const viewHint = "& separates the parts of a view; in a lens write and, or %26%26"

// ViewFault words an error of a view.
func (a Asked) ViewFault(err error) error {
	e, ok := errors.AsType[*projections.ViewError](err)
	switch {
	case !ok:
		return err
	case a.In == "":
		return &problem.UsageError{Reason: fmt.Sprintf("%s%s %q %s", a.Dashes, e.Key, e.Read, e.Reason), Hint: e.Hint}
	case strings.ContainsFunc(e.Key, func(r rune) bool { return r != '-' && (r < 'a' || r > 'z') }):
		return &problem.UsageError{Reason: fmt.Sprintf("%s%s: %q is no part of a view", a.Dashes, a.In, strings.TrimSpace(e.Key)), Hint: viewHint}
	case !slices.Contains(ViewKeys, e.Key):
		return &problem.UsageError{Reason: fmt.Sprintf("%s%s: %q is no part of a view", a.Dashes, a.In, e.Key), Hint: domain.DidYouMean(e.Key, ViewKeys)}
	}
	read := strconv.Quote(e.Read)
	if e.Read == "" {
		read = "nothing"
	}
	return &problem.UsageError{Reason: fmt.Sprintf("%s%s: %s %s %s", a.Dashes, a.In, e.Key, read, e.Reason), Hint: e.Hint}
}

// LensFault words an error of an expression, with the place in it.
func LensFault(place string, e *projections.LensError) error {
	hint := e.Excerpt()
	if e.Hint != "" {
		hint += "\n" + e.Hint
	}
	return &problem.UsageError{Reason: LensReason(place, e), Hint: hint}
}

// LensReason says what is wrong with an expression, and where.
func LensReason(place string, e *projections.LensError) string {
	if e.Lens != "" {
		place += fmt.Sprintf(" (of the registered lens %s)", e.Lens)
	}
	return fmt.Sprintf("%s, column %d: %s", place, e.Column, e.Reason)
}

// Explain words the error of a view that could not be folded over a log. What the
// view does not find is explained: a key may be misspelt, or hidden by another cut.
func (a Asked) Explain(err error, negotiation string, l domain.Lineage, v projections.View) error {
	if e, ok := errors.AsType[*projections.LensError](err); ok {
		return LensFault(a.Lens(), e)
	}
	missing, ok := errors.AsType[*projections.NotFoundError](err)
	if !ok {
		return err
	}
	where, place := "in this view", ""
	if a.In != "" {
		where, place = "in the view of "+a.Dashes+a.In, " of "+a.Dashes+a.In
	}
	var keys []string
	if v.Branch == "" {
		l.Branches = nil
	}
	for _, e := range l.Compose(negotiation, nil) {
		if e.Parked() {
			continue
		}
		if e.Event.Name() == missing.Name || e.Event.ID.String() == missing.Name {
			narrowing := a.narrowing(v)
			hint := "leave out " + strings.Join(narrowing, " and ") + " to see it"
			if e.Event.Control() {
				hint = "it speaks of the record, not of the world; name an event that happened"
			} else if len(narrowing) == 0 {
				hint = "it was withdrawn from the record"
			}
			return &problem.NotFoundError{What: "event", Name: "@" + missing.Name, Where: where, Hint: hint}
		}
		if e.Event.Key != "" && !e.Event.Control() {
			keys = append(keys, e.Event.Key)
		}
	}
	return &problem.NotFoundError{
		What: "event", Name: "@" + missing.Name + place, Where: "in " + negotiation,
		Hint: cmp.Or(domain.DidYouMean(missing.Name, keys), "parley events "+negotiation+" lists the keys"),
	}
}

// narrowing lists the parts of a view that may hide an event, as they were written.
func (a Asked) narrowing(v projections.View) []string {
	dashes := a.Dashes
	if a.In != "" {
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

// WhyOf explains the value at a path.
func WhyOf(pic *projections.Picture, path string) (Why, error) {
	w, err := pic.Why(strings.Trim(path, "/"))
	if e, ok := errors.AsType[*projections.PathError](err); ok && len(e.Choices) == 0 {
		above, _ := Parent(e.Missing)
		return Why{}, &problem.NotFoundError{What: "path", Name: e.Missing, Where: "in this view", Hint: cmp.Or(above, "the state") + " holds nothing there"}
	}
	return Why{View: pic.Seen(), Why: w}, err
}
