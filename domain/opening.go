package domain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Fork settles where a branch leaves its parent: at is what the author wrote,
// empty for the end of the parent; end is how far the parent reaches, and parent what it
// stands on and is; of a record its end is enough. What at leaves open of a branch's
// position is taken from the end. It fails for a position that the parent never came to:
// one before a branch was opened, or before what an event was written on that it keeps.
func Fork(at string, end Position, parent Lineage) (Position, error) {
	if at == "" {
		return end, nil
	}
	p, err := ParsePosition(strings.TrimPrefix(at, "#"))
	if err != nil {
		return Position{}, err
	}
	if p.Record == 0 {
		p.Record = end.Record
	}
	if p.Record > end.Record {
		return Position{}, fmt.Errorf("position %q: the parent ends at %s", at, end)
	}
	for _, l := range p.Branches {
		if _, stands := end.Of(l.Branch); !stands {
			return Position{}, fmt.Errorf("position %q: the parent does not stand on branch %s, but is at %s", at, l.Branch, end)
		}
	}
	fork := Position{Record: p.Record}
	for i, l := range end.Branches {
		had, named := p.Of(l.Branch)
		switch {
		case !named && i == len(end.Branches)-1:
			return Position{}, fmt.Errorf("position %q lies before branch %s; open the branch on what that stands on", at, l.Branch)
		case !named:
			had = l.At
		case had > l.At:
			return Position{}, fmt.Errorf("position %q: the parent ends at %s", at, end)
		}
		fork.Branches = append(fork.Branches, BranchPosition{l.Branch, had})
	}
	err = hadBy(fork, end, parent.Branches)
	if err == nil && fork.String() != end.String() { // the end is what it is
		err = parent.neededBy(fork)
	}
	if err != nil {
		return Position{}, fmt.Errorf("position %q: %w", at, err)
	}
	return fork, nil
}

// hadBy tells whether the branches of a parent had ever come to a position: each had
// been opened by then, and what it stands on is as it was at its fork, or later where it
// follows. What its events were written on since, [Lineage.neededBy] looks after.
func hadBy(p, end Position, parent []BranchLog) error {
	for _, b := range parent {
		name := b.Name()
		if own := p.at(name); len(b.Entries) > 0 && own < b.Entries[0].Position && own != end.at(name) {
			return fmt.Errorf("branch %s was opened at %s:%d", name, name, b.Entries[0].Position)
		}
		fork, err := ParsePosition(b.Opened.At)
		if err != nil {
			return fmt.Errorf("branch %s: %w", name, err)
		}
		for _, under := range append(fork.Branches, BranchPosition{RecordName, fork.Record}) {
			at, last := p.at(under.Branch), end.at(under.Branch)
			switch {
			case at == last:
			case !b.Opened.FollowParent:
				return fmt.Errorf("branch %s does not follow what it stands on, and has it at %s:%d", name, under.Branch, last)
			case at < under.At:
				return fmt.Errorf("branch %s stands on it from %s:%d on", name, under.Branch, under.At)
			}
		}
	}
	return nil
}

// at is how far a log is read, 0 if the position does not name it.
func (p Position) at(log BranchID) uint64 {
	if log == RecordName {
		return p.Record
	}
	n, _ := p.Of(log)
	return n
}

// ForksAt tells whether a branch that forks at a position is one that at asks for: at
// could be asked of its parent, what it names it names rightly, and what it leaves open
// is as it was settled.
func ForksAt(at, fork string) bool {
	settled, err := ParsePosition(fork)
	if err != nil {
		return at == fork
	}
	asked, err := Fork(at, settled, Lineage{})
	return err == nil && asked.String() == fork
}

// CheckOpening lists what is wrong with the opening of a branch whose position has
// been settled by [Fork]. parent is the parent's log up to there; it is looked at
// only where the branch leaves out or replaces happenings. place tells where the
// author wrote a value.
func CheckOpening(negotiation string, o BranchOpened, parent []Entry, place func(path string) Place) Faults {
	var faults Faults
	bad := func(path string, problem Problem, read, reason, hint string) {
		faults = append(faults, Fault{Place: place(path), Problem: problem, Read: excerpt(read), Reason: reason, Hint: hint})
	}
	switch {
	case !ValidID(string(o.Branch)):
		bad("act.branch", BadValue, string(o.Branch), "is no id", "write small letters, digits and dashes, 64 at most")
	case o.Branch == RecordName:
		bad("act.branch", NotAllowed, string(o.Branch), "is the name of the record", "choose another one")
	}
	if o.Parent != RecordName && !ValidID(o.Parent) {
		bad("act.parent", BadValue, o.Parent, "is no id of a branch", "write record, or the name of a branch")
	}
	if strings.TrimSpace(o.Author) == "" {
		bad("act.author", Missing, o.Author, "who opens the branch is missing", "write a name")
	}
	if strings.TrimSpace(o.Purpose) == "" {
		bad("act.purpose", Missing, o.Purpose, "what the branch is for is missing", "write it in a sentence")
	}
	faults = append(faults, CheckText(place("act.author"), o.Author, MaxNameRunes)...)
	faults = append(faults, CheckText(place("act.purpose"), o.Purpose, MaxSentenceRunes)...)
	_, unknown := LeftOut(negotiation, parent, o)
	for _, r := range unknown {
		path := "act.without"
		for _, x := range o.Replace {
			if x == r {
				path = "act.replace"
			}
		}
		if isThere(parent, r.Resolve(negotiation)) {
			bad(path, UnknownEvent, string(r), "was withdrawn, and names no happening of the parent at "+o.At+" any more", "name an account of the happening that still stands")
			continue
		}
		bad(path, UnknownEvent, string(r), "names no happening of the parent at "+o.At, DidYouMean(string(r), accountKeys(parent)))
	}
	return faults
}

// isThere tells whether a log has an event that tells of the world, withdrawn or not.
func isThere(log []Entry, id uuid.UUID) bool {
	return slices.ContainsFunc(log, func(e Entry) bool { return !e.Parked() && !e.Event.Control() && e.Event.ID == id })
}

// accountKeys lists the keys of the events of a log that tell of the world.
func accountKeys(log []Entry) []string {
	var keys []string
	for _, e := range log {
		if !e.Parked() && !e.Event.Control() && e.Event.Key != "" {
			keys = append(keys, e.Event.Key)
		}
	}
	return keys
}
