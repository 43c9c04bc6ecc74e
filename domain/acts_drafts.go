package domain

// DraftRevised says that a version of a text was put on the table.
type DraftRevised struct {
	Draft   DraftID   `json:"draft" doc:"the text"`
	Version int       `json:"version,omitzero" min:"1" doc:"its version, where the source tells"`
	Issues  []IssueID `json:"issues,omitempty" doc:"issues the text is said to settle"`
}

// DraftFinalized says that the actors of the event closed the wording.
type DraftFinalized struct {
	Draft        DraftID      `json:"draft" doc:"the text"`
	Version      int          `json:"version,omitzero" min:"1" doc:"its version, where the source tells"`
	Completeness Completeness `json:"completeness" doc:"near-final is not final"`
	Issues       []IssueID    `json:"issues,omitempty" doc:"issues the text is said to settle"`
}

// Completeness tells a final text from a nearly final one.
type Completeness string

// The grades of completeness.
const (
	Final     Completeness = "final"
	NearFinal Completeness = "near-final"
)

// Values lists the grades.
func (Completeness) Values() []string { return []string{"final", "near-final"} }

// ConfirmationSought says that the actors of the event asked the recipients
// whether they stand by a text.
type ConfirmationSought struct {
	Draft      DraftID `json:"draft" doc:"the text"`
	Version    int     `json:"version,omitzero" min:"1" doc:"its version, where the source tells"`
	AskedBy    ActorID `json:"askedBy,omitzero" doc:"who asked"`
	AskedOf    ActorID `json:"askedOf,omitzero" doc:"who was asked"`
	ExactWords string  `json:"exactWords,omitzero" doc:"the words that were used"`
}

// VerbalConfirmationGiven says that the actors of the event said yes.
type VerbalConfirmationGiven struct {
	Draft        DraftID  `json:"draft" doc:"the text"`
	Version      int      `json:"version,omitzero" min:"1" doc:"its version, where the source tells"`
	Answers      EventRef `json:"answers,omitzero" doc:"the question it answers"`
	ExactWords   string   `json:"exactWords,omitzero" doc:"the words that were used"`
	AdReferendum YesNo    `json:"adReferendum,omitzero" doc:"whether subject to approval at home"`
}

// CommitmentRetracted says that the actors of the event took back what they had
// agreed to. It is an act and stays history; repairing the record is a
// correction.
type CommitmentRetracted struct {
	Draft      DraftID         `json:"draft,omitzero" doc:"the text"`
	Version    int             `json:"version,omitzero" min:"1" doc:"its version, where the source tells"`
	What       RetractedMatter `json:"what" doc:"what was taken back"`
	Retracts   []EventRef      `json:"retracts,omitempty" doc:"the acts that were taken back, where the source names them"`
	Issue      IssueID         `json:"issue,omitzero" doc:"issue of an assurance that was taken back"`
	Latency    string          `json:"latency,omitzero" doc:"how long it had held, as quoted: minutes"`
	PrecededBy []EventRef      `json:"precededBy,omitempty" doc:"what came just before; order, never cause"`
	Reason     string          `json:"reason,omitzero" doc:"reason that the actors gave themselves"`
}

// RetractedMatter is what was taken back.
type RetractedMatter string

// The matters. A draft that is taken back falls back to tabled.
const (
	RetractedConfirmation RetractedMatter = "confirmation"
	RetractedDraft        RetractedMatter = "draft"
	RetractedSignature    RetractedMatter = "signature"
	RetractedAssurance    RetractedMatter = "assurance"
)

// Values lists the matters.
func (RetractedMatter) Values() []string {
	return []string{"confirmation", "draft", "signature", "assurance"}
}

// AgreementSigned says that the actors of the event signed
// (Vienna Convention on the Law of Treaties 1969, articles 10 and 12).
type AgreementSigned struct {
	Draft   DraftID        `json:"draft" doc:"the text"`
	Version int            `json:"version,omitzero" min:"1" doc:"its version, where the source tells"`
	Form    SignatureForm  `json:"form" doc:"form of signature"`
	Stage   AgreementStage `json:"stage,omitzero" doc:"PA-X stage of the agreement"`
}

// SignatureForm is the form of a signature.
type SignatureForm string

// Values lists the forms.
func (SignatureForm) Values() []string {
	return []string{"signature", "ad-referendum", "initialling"}
}

// AgreementStage is the PA-X stage of an agreement.
type AgreementStage string

// Values lists the stages by their PA-X codes.
func (AgreementStage) Values() []string {
	return []string{"Cea", "Pre", "SubPar", "SubComp", "Imp", "Ren", "Other"}
}

// SignatureDeclined says that the actors of the event did not sign.
type SignatureDeclined struct {
	Draft   DraftID `json:"draft" doc:"the text"`
	Version int     `json:"version,omitzero" min:"1" doc:"its version, where the source tells"`
	Reason  string  `json:"reason,omitzero" doc:"reason that the actors gave themselves"`
}

// RatificationDecided says what a body at home decided.
type RatificationDecided struct {
	Draft   DraftID             `json:"draft" doc:"the text"`
	Version int                 `json:"version,omitzero" min:"1" doc:"its version, where the source tells"`
	Body    string              `json:"body" doc:"who decided"`
	Outcome RatificationOutcome `json:"outcome" doc:"the decision"`
}

// RatificationOutcome is a decision on ratification.
type RatificationOutcome string

// Values lists the outcomes.
func (RatificationOutcome) Values() []string { return []string{"ratified", "rejected", "deferred"} }
