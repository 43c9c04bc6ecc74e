package domain

// NegotiationRegistered names a negotiation and the time zone in which its
// dates are read.
type NegotiationRegistered struct {
	Title    string `json:"title" doc:"what people call the negotiation"`
	TimeZone string `json:"timeZone" doc:"IANA time zone in which bare dates are read: Asia/Karachi"`
}

// ActorRegistered names anyone who acts or speaks.
type ActorRegistered struct {
	Actor    NewID     `json:"actor" doc:"id of the actor"`
	Name     string    `json:"name" doc:"name as it is shown"`
	Kind     ActorKind `json:"kind" doc:"what the actor is"`
	Aliases  []string  `json:"aliases,omitempty" doc:"other spellings and labels found in sources"`
	MemberOf []ActorID `json:"memberOf,omitempty" doc:"actors it belongs to or acts for"`
}

// ActorKind says what an actor is.
type ActorKind string

// Values lists the kinds.
func (ActorKind) Values() []string {
	return []string{"party", "delegation", "principal", "mediator", "person", "armed-group", "institution", "outlet", "other"}
}

// IssueRegistered names a proposition that parties are for or against.
type IssueRegistered struct {
	Issue   NewID    `json:"issue" doc:"id of the issue"`
	Title   string   `json:"title" doc:"the proposition, as a sentence one can be for or against"`
	Aliases []string `json:"aliases,omitempty" doc:"other wordings found in sources"`
}

// CeasefireRegistered names a ceasefire.
type CeasefireRegistered struct {
	Ceasefire NewID     `json:"ceasefire" doc:"id of the ceasefire"`
	Title     string    `json:"title" doc:"what people call it"`
	Parties   []ActorID `json:"parties,omitempty" doc:"who is bound by it"`
}

// SourceGraded grades a source from a date on. The source is named as in
// source.document, source.outlet or source.speaker.
type SourceGraded struct {
	Source      string      `json:"source" doc:"document, outlet or speaker that is graded, as written in events"`
	Reliability Reliability `json:"reliability" doc:"Admiralty grade, A to F"`
	From        EDTF        `json:"from,omitzero" doc:"EDTF: the date from which the grade holds"`
	Reason      string      `json:"reason" doc:"why"`
}

// LensRegistered names an expression that says whom to believe.
type LensRegistered struct {
	Lens       NewID  `json:"lens" doc:"id of the lens"`
	Expression string `json:"expression" doc:"expression over an event"`
	Author     string `json:"author" doc:"who proposes it"`
	Reason     string `json:"reason" doc:"why one would look through it"`
}
