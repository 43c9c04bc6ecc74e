package projections

import (
	"fmt"

	"parley/domain"

	"github.com/google/uuid"
)

// Branch tells of a view what it supposes. Whatever is shown of it is
// hypothetical.
type Branch struct {
	Name         string            `json:"name"`
	Hypothetical bool              `json:"hypothetical"` // always true
	Parent       string            `json:"parent"`       // record, or a branch
	Fork         string            `json:"fork"`         // position of the parent: 43, or record:43;b1:7
	FollowParent bool              `json:"followParent,omitzero"`
	Author       string            `json:"author"`
	Purpose      string            `json:"purpose"`
	Without      []domain.EventRef `json:"without,omitempty"`
	Replace      []domain.EventRef `json:"replace,omitempty"`
	Position     string            `json:"position"` // that the view reflects: record:43;b1:7
}

// BranchOf tells of a branch log what it supposes, but for its position.
func BranchOf(b domain.BranchLog) *Branch {
	o := b.Opened
	return &Branch{
		Name: string(o.Branch), Hypothetical: true, Parent: o.Parent, Fork: o.At, FollowParent: o.FollowParent,
		Author: o.Author, Purpose: o.Purpose, Without: o.Without, Replace: o.Replace,
	}
}

// Hypothetical tells whether a branch supposes the account.
func (a *Account) Hypothetical() bool { return a.Branch != "" }

// suppose composes the log that the view's branch comes to, up to the recorded-by
// cut.
func (s *Selection) suppose(l domain.Lineage) ([]domain.Entry, error) {
	if s.View.Branch == "" {
		l.Branches = nil
	}
	s.lineage = l
	depth := len(l.Branches)
	if s.View.Branch != "" && (depth == 0 || l.Branches[depth-1].Name() != domain.BranchID(s.View.Branch)) {
		return nil, &NotFoundError{What: "branch", Name: s.View.Branch}
	}
	cut := s.recordedBy(l.Record)
	log := l.Compose(s.Negotiation, cut)
	s.log = log
	s.overruled = l.Overruled(s.Negotiation, cut)
	if depth == 0 {
		return log, nil
	}
	s.Branch = BranchOf(l.Branches[depth-1])
	s.Branch.Position = l.Position(cut).String()
	return log, nil
}

// recordedBy is the recorded-by cut. Recorded times never decrease within a log, so
// it keeps a prefix of each. A position that names no branch shows the record; one
// that names some shows no branch that stands on those.
func (s *Selection) recordedBy(record []domain.Entry) domain.Within {
	cut := s.View.RecordedBy
	switch {
	case cut.IsZero():
		return nil
	case cut.Position > 0:
		return func(e domain.Entry) bool { return e.Branch == "" && e.Position <= cut.Position }
	case cut.Vector != "":
		p, err := domain.ParsePosition(cut.Vector)
		return func(e domain.Entry) bool {
			if e.Branch == "" {
				return p.Record == 0 || e.Position <= p.Record
			}
			at, named := p.Of(e.Branch)
			return err == nil && named && e.Position <= at
		}
	}
	var at domain.Instant
	zone := zoneOf(record)
	read := false
	return func(e domain.Entry) bool {
		if e.Parked() {
			return true
		}
		if !read {
			at, read = cut.At(zone()), true
		}
		return domain.InstantOf(e.Event.Recorded) <= at
	}
}

// overrulings tells where what was observed since has other content than what the
// branch supposes under the same key, and so does not count on it.
func (s *Selection) overrulings() []Anomaly {
	var out []Anomaly
	for _, o := range s.overruled {
		log := "the record"
		if o.Observed.Branch != "" {
			log = "branch " + string(o.Observed.Branch)
		}
		a := Anomaly{Kind: SupposedOtherwise, Detail: fmt.Sprintf(
			"%s is #%d of branch %s and, with other content, #%d of %s since; on the branch stands what it supposes",
			o.Own.Event.Name(), o.Own.Position, o.Own.Branch, o.Observed.Position, log,
		)}
		for _, k := range s.known {
			if k.ID == o.Own.Event.ID {
				a.By = append(a.By, k)
			}
		}
		out = append(out, a)
	}
	return out
}

// free tells whether the cuts of the view do not hold for an entry: it is of a branch
// that is kept nowhere, which is the last of the lineage. Its name is no mark of it,
// for what it stands on may be called the same.
func (s *Selection) free(e domain.Entry) bool {
	n := len(s.lineage.Branches)
	layer, _ := domain.SplitOrdinal(e.Ordinal())
	return n > 0 && layer == n && s.lineage.Branches[n-1].Transient
}

// Log is the log that the view reads, before anything is corrected: the record, or
// what a branch comes to, up to the recorded-by cut. It must not be changed.
func (s *Selection) Log() []domain.Entry { return s.log }

// supposed lists the events of the view's log before its recorded-by cut, each with
// the branch that supposes it.
func (s *Selection) supposed() map[uuid.UUID]domain.BranchID {
	all := map[uuid.UUID]domain.BranchID{}
	for _, e := range s.lineage.Compose(s.Negotiation, nil) {
		if _, twice := all[eventID(e)]; !twice {
			all[eventID(e)] = e.Branch
		}
	}
	return all
}

func eventID(e domain.Entry) uuid.UUID {
	if e.Parked() {
		return uuid.Nil
	}
	return e.Event.ID
}
