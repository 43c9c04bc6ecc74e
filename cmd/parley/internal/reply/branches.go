package reply

import (
	"context"
	"time"

	"parley/domain"
	"parley/eventstore"
	"parley/projections"
)

// Branch is a branch as it is listed. What it holds is hypothetical.
type Branch struct {
	Branch       string            `json:"branch"`
	Negotiation  string            `json:"negotiation"`
	Hypothetical bool              `json:"hypothetical"`
	Parent       string            `json:"parent" doc:"what it stands on: record, or a branch"`
	Fork         string            `json:"fork" doc:"position of the parent at which it forks"`
	FollowParent bool              `json:"followParent,omitzero" doc:"later events of the parent count as well"`
	Author       string            `json:"author"`
	Purpose      string            `json:"purpose"`
	Without      []domain.EventRef `json:"without,omitempty" nullable:"false" doc:"happenings that it leaves out"`
	Replace      []domain.EventRef `json:"replace,omitempty" nullable:"false" doc:"happenings that its own events replace"`
	Opened       string            `json:"opened,omitzero"`
	Opener       string            `json:"opener,omitzero" doc:"the writer of its opening: parley:grant/NAME/ID of whoever showed a secret, with the id of his grant"`
	Head         uint64            `json:"head" doc:"position of its last entry"`
	Events       uint64            `json:"events" doc:"of its own"` // the opening not counted
	Dropped      bool              `json:"dropped,omitzero"`
	DroppedAt    string            `json:"droppedAt,omitzero"`
	DroppedBy    string            `json:"droppedBy,omitzero" doc:"the writer of the drop"`
	Reason       string            `json:"reason,omitzero" doc:"of the drop"`
}

// BranchOf is a branch of the store as it is listed.
func BranchOf(b eventstore.Branch) Branch {
	return Branch{
		Branch: string(b.Branch), Negotiation: b.Negotiation, Hypothetical: true, Parent: b.Parent, Fork: b.At,
		FollowParent: b.FollowParent, Author: b.Author, Purpose: b.Purpose, Without: b.Without, Replace: b.Replace,
		Opened: moment(b.Opened), Opener: b.Opener,
		Head: b.Head, Events: max(b.Count, 1) - 1, Dropped: b.Dropped, DroppedAt: moment(b.DroppedAt), DroppedBy: b.DroppedBy, Reason: b.Reason,
	}
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// BranchesOf lists branches, without the dropped ones unless they are asked for.
func BranchesOf(all []eventstore.Branch, dropped bool) []Branch {
	lines := []Branch{}
	for _, b := range all {
		if dropped || !b.Dropped {
			lines = append(lines, BranchOf(b))
		}
	}
	return lines
}

// ShownBranch is one branch with its own events and what it leaves out.
type ShownBranch struct {
	Branch
	LeftOut []string `json:"leftOut" doc:"events of the parent that it leaves out"`
	Own     []Listed `json:"own" doc:"its own events"`
}

// ShowBranch reads a branch and what it stands on.
func ShowBranch(ctx context.Context, s *eventstore.Store, b eventstore.Branch) (ShownBranch, *projections.Picture, error) {
	name := string(b.Branch)
	l, err := s.Lineage(ctx, b.Negotiation, name)
	if err != nil {
		return ShownBranch{}, nil, err
	}
	pic, err := projections.Suppose(b.Negotiation, l, projections.View{Branch: name})
	if err != nil {
		return ShownBranch{}, nil, err
	}
	shown := ShownBranch{Branch: BranchOf(b), LeftOut: []string{}, Own: []Listed{}}
	for _, e := range l.LeftOut(b.Negotiation) {
		shown.LeftOut = append(shown.LeftOut, e.Name())
	}
	for _, x := range List(pic) {
		if x.Branch == name {
			shown.Own = append(shown.Own, x)
		}
	}
	return shown, pic, nil
}
