package domain

// MediatorActed says what the actors of the event did as mediators, or how they
// are said to feel about the talks.
type MediatorActed struct {
	Role   MediatorRole `json:"role" doc:"what they did"`
	Lead   ActorID      `json:"lead,omitzero" doc:"who led the mediation, where the source ranks them"`
	Stance string       `json:"stance,omitzero" doc:"what they are said to think, in the source's words"`
	ToldBy ActorID      `json:"toldBy,omitzero" doc:"through whom it is told, where it is not their own voice"`
}

// MediatorRole is what a mediator did.
type MediatorRole string

// Values lists the roles.
func (MediatorRole) Values() []string {
	return []string{"hosted", "facilitated", "conveyed", "persuaded", "mediated", "reacted"}
}

// StatementIssued says that the actors of the event spoke, and how.
type StatementIssued struct {
	Content    string   `json:"content,omitzero" doc:"what was said, in the source's words"`
	Official   bool     `json:"official,omitzero" doc:"true for a formal announcement"`
	First      bool     `json:"first,omitzero" doc:"true where the source calls it the first"`
	Renderings []string `json:"renderings,omitempty" doc:"other wordings of the same statement"`
}

// AccusationMade says that the actors of the event accuse the recipients.
type AccusationMade struct {
	Content string    `json:"content" doc:"what they are accused of, in the source's words"`
	Accused []ActorID `json:"accused,omitempty" doc:"who is accused"`
	Label   string    `json:"label,omitzero" doc:"label put on the accused, as quoted"`
	Issue   IssueID   `json:"issue,omitzero" doc:"issue it bears on"`
}

// ThreatIssued says that the actors of the event announce harm.
type ThreatIssued struct {
	Content   string `json:"content" doc:"what is threatened, in the source's words"`
	Condition string `json:"condition,omitzero" doc:"what it depends on"`
}

// ThanksExpressed says that the actors of the event thanked the recipients.
type ThanksExpressed struct {
	For string `json:"for,omitzero" doc:"what for"`
}

// AssessmentMade says that somebody judges what is or will be.
type AssessmentMade struct {
	Hypothesis string     `json:"hypothesis" doc:"what is judged, as a sentence"`
	Likelihood Likelihood `json:"likelihood,omitzero" doc:"how likely, in the words of ICD 203"`
	Condition  string     `json:"condition,omitzero" doc:"what it depends on"`
}

// Likelihood is an expression of likelihood (US Intelligence Community
// Directive 203, 2015, section D.6.e.2.a).
type Likelihood string

// Values lists the expressions, least likely first.
func (Likelihood) Values() []string {
	return []string{"almost-no-chance", "very-unlikely", "unlikely", "roughly-even-chance", "likely", "very-likely", "almost-certain"}
}
