package domain

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

// BranchDropped closes a branch.
type BranchDropped struct {
	Branch BranchID `json:"branch" doc:"id of the branch"`
	Reason string   `json:"reason,omitzero" doc:"why"`
}
