package intake

import (
	"cmp"
	"slices"
	"strings"

	"parley/domain"
)

// markMembers say of a line that it was read from a branch: its own events have the
// first in their stored bytes, and all that is read there has the second. Either may be
// a name or an object that has one.
var markMembers = []string{"hypothetical", "supposition"}

// marks are what says of a line that it was read from a branch.
type marks struct{ path, branch string }

// takeMarks takes the marks of a branch out of the values of a line. However many they
// are, they are one thing wrong with it.
func takeMarks(values []domain.Value) (rest []domain.Value, of *marks) {
	for _, v := range values {
		outer, inner, _ := strings.Cut(v.Path, ".")
		if !isMark(v.Path) {
			continue
		}
		if of == nil {
			of = &marks{path: outer}
		}
		if named := inner == "" && v.Form == domain.Quoted || inner == "name"; named && len(v.Items) == 1 {
			of.branch = cmp.Or(of.branch, v.Items[0])
		}
	}
	if of == nil {
		return values, nil
	}
	return slices.DeleteFunc(values, func(v domain.Value) bool { return isMark(v.Path) }), of
}

func isMark(path string) bool {
	member, _, _ := strings.Cut(strings.TrimPrefix(path, attributePrefix), ".")
	return slices.Contains(markMembers, member)
}

// fault refuses the line that stands at a place.
func (m *marks) fault(place func(path string) domain.Place) domain.Fault {
	return domain.Fault{
		Place: place(m.path), Problem: domain.NotAllowed, Read: excerpt([]byte(m.branch)), Reason: "the line was read from a branch, so what it says is hypothetical and not observed",
		Hint: "record what was observed as an event with its own source; to suppose this on another branch, take out " + strings.Join(markMembers, " and "),
	}
}
