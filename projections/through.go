package projections

import "slices"

// Through is the picture as it stands when its happenings have been gone through in
// order up to one of them, named by any of its accounts: a step of a replay. Where
// nobody knows which of two came first it is one of several orders that are possible.
// It fails with a [NotFoundError] if the picture does not show the happening.
func (p *Picture) Through(name string) (*Picture, error) {
	last := slices.IndexFunc(p.Happenings, func(h *Happening) bool {
		return slices.ContainsFunc(h.everyone(), func(a *Account) bool { return a.Name() == name || a.ID.String() == name })
	})
	if last < 0 {
		return nil, &NotFoundError{What: "step", Name: name}
	}
	begun, so := *p.Selection, *p
	so.Selection, so.descent = &begun, nil
	so.Happenings, so.State = p.Happenings[:last+1], State{}
	told := map[*Account]bool{}
	for _, h := range so.Happenings {
		so.State = Evolve(so.State, h)
		for _, a := range h.everyone() {
			told[a] = true
		}
	}
	begun.Accounts = slices.DeleteFunc(slices.Clone(p.Accounts), func(a *Account) bool { return !told[a] })
	return &so, nil
}
