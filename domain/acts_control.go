package domain

import "time"

// EventsLinked relates the events of one list to one event.
type EventsLinked struct {
	Relation Relation   `json:"relation" doc:"how they relate"`
	Event    EventRef   `json:"event" doc:"the event that the relation starts from"`
	Others   []EventRef `json:"others" doc:"the events it is related to"`
	Reason   string     `json:"reason,omitzero" doc:"why"`
}

// EventCorrected repairs the record: the target reads as the replacement from
// now on. It keeps its id and, unless the replacement says otherwise, its
// reported date. A party's change of mind is a retraction, never a correction.
type EventCorrected struct {
	Target      EventRef    `json:"target" doc:"the event that is repaired"`
	Replacement Replacement `json:"replacement" doc:"the whole event as it should have been"`
	Reason      string      `json:"reason" doc:"why"`
	Supersedes  EventRef    `json:"supersedes,omitzero" doc:"the correction that this one follows, if any"`
}

// EventWithdrawn takes an event out of the record's account of the world. The
// event itself stays in the log.
type EventWithdrawn struct {
	Target EventRef `json:"target" doc:"the event that is withdrawn"`
	Reason string   `json:"reason" doc:"why"`
}

// Replacement is a body together with the type of its act.
type Replacement struct {
	Type string `json:"type" doc:"type of the act: DraftFinalized"`
	Body
}

// BranchOpened opens a branch: hypothetical events on top of a parent as it
// stood at one position.
type BranchOpened struct {
	Branch       NewID      `json:"branch" doc:"id of the branch"`
	Parent       string     `json:"parent" doc:"record, or the id of a branch"`
	At           string     `json:"at" doc:"position of the parent at which it forks"`
	Author       string     `json:"author" doc:"who opened it"`
	Purpose      string     `json:"purpose" doc:"what it is for"`
	Without      []EventRef `json:"without,omitempty" doc:"happenings of the parent that it leaves out"`
	Replace      []EventRef `json:"replace,omitempty" doc:"happenings of the parent that its own events replace"`
	FollowParent bool       `json:"followParent,omitzero" doc:"true where later events of the parent count as well"`
}

// BranchDropped closes a branch. The events of the branch go with it, its opening
// among them, so this one repeats what the opening said: what was supposed stays
// known when it is gone. Version 1 had branch and reason alone.
type BranchDropped struct {
	Branch       BranchID   `json:"branch" doc:"id of the branch"`
	Reason       string     `json:"reason,omitzero" doc:"why"`
	Parent       string     `json:"parent,omitzero" doc:"what it stood on: record, or the id of a branch"`
	At           string     `json:"at,omitzero" doc:"position of the parent at which it forked"`
	Author       string     `json:"author,omitzero" doc:"who opened it"`
	Purpose      string     `json:"purpose,omitzero" doc:"what it was for"`
	Without      []EventRef `json:"without,omitempty" doc:"happenings of the parent that it left out"`
	Replace      []EventRef `json:"replace,omitempty" doc:"happenings of the parent that its own events replaced"`
	FollowParent bool       `json:"followParent,omitzero" doc:"true where later events of the parent counted as well"`
	Opener       string     `json:"opener,omitzero" doc:"the writer of the opening"`
	Opened       time.Time  `json:"opened,omitzero" doc:"when it was opened"`
}

// Opening is what opened the branch, as far as it is known: of a branch that was
// dropped under version 1 nothing but its id is.
func (d BranchDropped) Opening() BranchOpened {
	return BranchOpened{
		Branch: NewID(d.Branch), Parent: d.Parent, At: d.At, Author: d.Author, Purpose: d.Purpose,
		Without: d.Without, Replace: d.Replace, FollowParent: d.FollowParent,
	}
}
