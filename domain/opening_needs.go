package domain

import (
	"fmt"
	"slices"

	"github.com/google/uuid"
)

// need is a name or an event that an event cannot stand without.
type need struct {
	kind  Kind // Actor, Issue, Ceasefire or Reference
	name  string
	event uuid.UUID // of a reference
}

func (n need) String() string {
	switch n.kind {
	case Actor:
		return "actor " + n.name
	case Issue:
		return "issue " + n.name
	case Ceasefire:
		return "ceasefire " + n.name
	default:
		return "event " + n.name
	}
}

// known is what it is known by: an event goes by its key and by its id.
func (n need) known() need {
	if n.kind == Reference {
		n.name = ""
	}
	return n
}

// needsOf lists what an event cannot stand without.
func needsOf(e *Event) (needs []need) {
	eachName(&e.Body, "", e.Type(), func(f *Field, _, id string) {
		n := need{kind: f.Kind, name: id}
		switch f.Kind {
		case Reference:
			n.event = EventRef(id).Resolve(e.Negotiation)
		case Actor, Issue, Ceasefire:
		default:
			return
		}
		if id != "" {
			needs = append(needs, n)
		}
	})
	return needs
}

// gives lists what others can stand on once an event does.
func gives(e *Event) []need {
	all := []need{{kind: Reference, event: e.ID}}
	for act := e.Act; act != nil; {
		switch a := act.(type) {
		case EventCorrected: // a registration may be corrected to another
			act = a.Replacement.Act
			continue
		case ActorRegistered:
			all = append(all, need{kind: Actor, name: string(a.Actor)})
		case IssueRegistered:
			all = append(all, need{kind: Issue, name: string(a.Issue)})
		case CeasefireRegistered:
			all = append(all, need{kind: Ceasefire, name: string(a.Ceasefire)})
		default:
		}
		break
	}
	return all
}

// neededBy fails if a fork keeps an event of a branch, and lies before what that was
// written on. When each event of a branch was taken, all that it names was there: so a
// position that the branch has come to is never refused, whatever the clocks said.
func (l Lineage) neededBy(fork Position) error {
	had := map[need]bool{}
	take := func(log []Entry) {
		for _, e := range log {
			if !e.Parked() {
				for _, n := range gives(e.Event) {
					had[n] = true
				}
			}
		}
	}
	take(UpTo(l.Record, fork.Record))
	for i, b := range l.Branches {
		own := UpTo(b.Entries, fork.at(b.Name()))
		take(own)
		for _, e := range own {
			if e.Parked() {
				continue
			}
			for _, n := range needsOf(e.Event) {
				if had[n.known()] {
					continue
				}
				if log, at, later := (Lineage{l.Record, l.Branches[:i+1]}).after(fork, n.known()); later {
					return fmt.Errorf("%s:%d speaks of %s, which came with %s:%d; give that or a later one, or a place before %[1]s:%[2]d",
						b.Name(), e.Position, n, log, at)
				}
			}
		}
	}
	return nil
}

// after finds the first entry beyond a fork that gives what is needed.
func (l Lineage) after(fork Position, n need) (log BranchID, at uint64, found bool) {
	first := func(log []Entry, from uint64) (uint64, bool) {
		for _, e := range log[len(UpTo(log, from)):] {
			if e.Parked() {
				continue
			}
			if slices.Contains(gives(e.Event), n) {
				return e.Position, true
			}
		}
		return 0, false
	}
	if at, found = first(l.Record, fork.Record); found {
		return RecordName, at, true
	}
	for _, b := range l.Branches {
		if at, found = first(b.Entries, fork.at(b.Name())); found {
			return b.Name(), at, true
		}
	}
	return "", 0, false
}
