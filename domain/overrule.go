package domain

import (
	"bytes"

	"github.com/google/uuid"
)

// Overruled is an event that a followed parent got after the branch had forked, under
// the id of one of the branch's own, and with other content. On the branch the latter
// stands.
type Overruled struct{ Observed, Own Entry }

// Overruled lists what the branches of a lineage overrule of what they follow, within a
// cut, which may be nil.
func (l Lineage) Overruled(negotiation string, cut Within) []Overruled {
	follows := false
	for _, b := range l.Branches {
		follows = follows || b.Opened.FollowParent
	}
	if !follows {
		return nil
	}
	var all []Overruled
	l.compose(negotiation, cut, func(o Overruled) bool {
		if cut == nil || cut(o.Observed) {
			all = append(all, o)
		}
		return true
	})
	return all
}

// over is the log of the parent without what the branch's own events overrule: those
// within the cut, for others are not there yet.
func (b BranchLog) over(parent []Entry, layer int, cut Within, settle func(Overruled) bool) []Entry {
	fork, err := ParsePosition(b.Opened.At)
	if !b.Opened.FollowParent || err != nil { // a continuation forks nowhere: its parent is settled
		return parent
	}
	own := make(map[uuid.UUID]Entry, len(b.Entries))
	for _, e := range b.Entries {
		if e = e.Of(b.Name(), layer); !e.Parked() && cut(e) {
			own[e.Event.ID] = e
		}
	}
	for i, e := range parent {
		if b.overrules(fork, e, own, settle) {
			kept := append(make([]Entry, 0, len(parent)), parent[:i]...) // others hold the parent
			for _, e := range parent[i+1:] {
				if !b.overrules(fork, e, own, settle) {
					kept = append(kept, e)
				}
			}
			return kept
		}
	}
	return parent
}

// overrules tells whether an entry of the parent gives way to one of the branch's own.
// The same event in both is no conflict: what was supposed has been observed since.
func (b BranchLog) overrules(fork Position, e Entry, own map[uuid.UUID]Entry, settle func(Overruled) bool) bool {
	if e.Parked() || fork.reaches(e) {
		return false
	}
	by, taken := own[e.Event.ID]
	if !taken {
		return false
	}
	observed, err := Content(e.Event)
	supposed, ownErr := Content(by.Event)
	same := err == nil && ownErr == nil && bytes.Equal(observed, supposed)
	return !same && settle(Overruled{Observed: e, Own: by})
}
