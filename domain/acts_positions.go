package domain

// AgendaSet says what the talks are about.
type AgendaSet struct {
	Items     []IssueID `json:"items" doc:"issues on the agenda"`
	Exclusive bool      `json:"exclusive,omitzero" doc:"true where nothing else is on it: one-point agenda"`
}

// DemandMade says that the actors of the event demand something.
type DemandMade struct {
	Issue        IssueID       `json:"issue" doc:"issue it bears on"`
	Polarity     Polarity      `json:"polarity" doc:"for or against the proposition"`
	Content      string        `json:"content,omitzero" doc:"what is demanded, in the source's words"`
	Condition    string        `json:"condition,omitzero" doc:"premise under which it is demanded"`
	FormRequired AssuranceForm `json:"formRequired,omitzero" doc:"form of commitment that is demanded"`
	Only         bool          `json:"only,omitzero" doc:"true where it is called the only demand"`
}

// PositionStated says where the actors of the event stand on an issue.
type PositionStated struct {
	Issue     IssueID `json:"issue" doc:"issue it bears on"`
	Stance    Stance  `json:"stance" doc:"where they stand"`
	RedLine   bool    `json:"redLine,omitzero" doc:"true where no compromise is possible"`
	Setting   Setting `json:"setting,omitzero" doc:"said in public or in private"`
	Condition string  `json:"condition,omitzero" doc:"what the stance depends on"`
}

// PositionShifted says that the actors of the event changed where they stand.
type PositionShifted struct {
	Issue        IssueID `json:"issue,omitzero" doc:"issue it bears on, where the source names one"`
	From         Stance  `json:"from,omitzero" doc:"stance before"`
	To           Stance  `json:"to,omitzero" doc:"stance after"`
	Count        int     `json:"count,omitzero" min:"1" doc:"how often; several times counts as at least 2"`
	CauseAlleged string  `json:"causeAlleged,omitzero" doc:"cause as the source alleges it"`
}

// ProposalTabled says that the actors of the event made a proposal.
type ProposalTabled struct {
	Proposal ProposalID `json:"proposal" doc:"id of the proposal"`
	Issue    IssueID    `json:"issue" doc:"issue it bears on"`
	Polarity Polarity   `json:"polarity" doc:"for or against the proposition"`
	Kind     string     `json:"kind,omitzero" doc:"what sort of proposal, in the source's words"`
}

// ProposalAnswered says how the actors of the event answered.
type ProposalAnswered struct {
	Proposal ProposalID `json:"proposal,omitzero" doc:"proposal that is answered, where it is known"`
	Issue    IssueID    `json:"issue" doc:"issue it bears on"`
	Answer   Answer     `json:"answer" doc:"the answer"`
}

// Answer is how a proposal was answered.
type Answer string

// Values lists the answers.
func (Answer) Values() []string { return []string{"accepted", "partly", "rejected", "evaded"} }

// AssuranceGiven says that the actors of the event gave an assurance.
type AssuranceGiven struct {
	Issue      IssueID       `json:"issue" doc:"issue it bears on"`
	Form       AssuranceForm `json:"form" doc:"verbal and written are never one thing"`
	Verifiable YesNo         `json:"verifiable,omitzero" doc:"whether it can be verified"`
}

// AssuranceRefused says that the actors of the event refused an assurance.
type AssuranceRefused struct {
	Issue IssueID     `json:"issue" doc:"issue it bears on"`
	Form  RefusedForm `json:"form" doc:"form that was refused; any where none was given at all"`
}

// EvidencePresented says that the actors of the event showed evidence.
type EvidencePresented struct {
	Description string  `json:"description" doc:"the evidence as the source calls it"`
	Issue       IssueID `json:"issue,omitzero" doc:"issue it bears on"`
}

// EvidenceAcknowledged says what exactly the actors of the event acknowledged,
// or declined to.
type EvidenceAcknowledged struct {
	What         AcknowledgedMatter `json:"what" doc:"evidence, concern and demand are three things"`
	Acknowledged YesNo              `json:"acknowledged" doc:"yes, or no where acknowledgement was refused"`
	Issue        IssueID            `json:"issue,omitzero" doc:"issue it bears on"`
	Setting      Setting            `json:"setting,omitzero" doc:"in public or in private"`
}

// AcknowledgedMatter is what was acknowledged.
type AcknowledgedMatter string

// Values lists the matters.
func (AcknowledgedMatter) Values() []string { return []string{"evidence", "concern", "demand"} }
