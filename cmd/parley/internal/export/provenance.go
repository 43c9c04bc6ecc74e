package export

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"parley/projections"
)

// Provenance says what an export shows: of which negotiation, through which view,
// at which position of the log, and by which program it was written.
type Provenance struct {
	Negotiation  string `json:"negotiation"`
	Title        string `json:"-"`                     // as registered, may be empty
	View         string `json:"view"`                  // string form of the view, empty for the whole record
	Position     string `json:"position"`              // #185, or #record:43;b1:7 on a branch
	Hypothetical string `json:"hypothetical,omitzero"` // the branch, empty for the record
	Fork         string `json:"fork,omitzero"`         // where the branch leaves its parent
	Author       string `json:"author,omitzero"`       // who opened the branch
	Purpose      string `json:"purpose,omitzero"`      // what the branch is for, and what it leaves out
	Program      string `json:"-"`                     // parley and its version, empty if it is not to be told
}

// Of is the provenance of a picture. It is the one place that reads it off a view.
func Of(pic *projections.Picture, program string) Provenance {
	p := Provenance{
		Negotiation: pic.Negotiation, Title: pic.Registry.Title,
		View: pic.View.String(), Position: "#" + strconv.FormatUint(pic.Head, 10), Program: program,
	}
	if b := pic.Branch; b != nil {
		p.Hypothetical, p.Author = b.Name, b.Author
		p.Fork, p.Position, p.Purpose = b.Parent+" at #"+b.Fork, "#"+b.Position, b.Purpose
		if gone := texts(slices.Concat(b.Without, b.Replace)); len(gone) > 0 {
			p.Purpose += "; without " + strings.Join(gone, ", ")
		}
	}
	return p
}

// Name is the title of the negotiation, or its id.
func (p Provenance) Name() string { return cmp.Or(p.Title, p.Negotiation) }

// ViewText is the view for people.
func (p Provenance) ViewText() string { return cmp.Or(p.View, "the whole record") }

// Banner says of a branch that it is one; it is empty for the record.
func (p Provenance) Banner() string {
	if p.Hypothetical == "" {
		return ""
	}
	return "HYPOTHETICAL: branch " + p.Hypothetical + " of " + p.Author + ", from " + p.Fork + ": " + p.Purpose
}

// Lines says it for captions, a statement a line.
func (p Provenance) Lines() []string {
	var lines []string
	if banner := p.Banner(); banner != "" {
		lines = append(lines, banner)
	}
	lines = append(lines,
		"Negotiation "+p.Negotiation+", log at "+p.Position,
		"View: "+p.ViewText())
	if p.Program != "" {
		lines = append(lines, "Drawn by "+p.Program)
	}
	return lines
}

// String is all of it in one sentence.
func (p Provenance) String() string { return strings.Join(p.Lines(), "; ") }
