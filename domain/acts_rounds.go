package domain

// RoundOpened says that the round named by the event took place or began.
type RoundOpened struct {
	Ordinal       int       `json:"ordinal,omitzero" min:"1" doc:"first, second, third round: 1, 2, 3"`
	Level         string    `json:"level,omitzero" doc:"rank of the talks as quoted"`
	Purpose       string    `json:"purpose,omitzero" doc:"what the talks were for"`
	Venue         string    `json:"venue,omitzero" doc:"city or building"`
	Hosts         []ActorID `json:"hosts,omitempty" doc:"who hosted"`
	RequestedBy   []ActorID `json:"requestedBy,omitempty" doc:"at whose request a party attended"`
	PreviousRound RoundID   `json:"previousRound,omitzero" doc:"the round before this one"`
}

// SessionHeld says that a sitting of the round took place.
type SessionHeld struct {
	Ordinal int    `json:"ordinal,omitzero" min:"1" doc:"which sitting, or which day, of the round"`
	State   string `json:"state,omitzero" doc:"how it stood at its end, as quoted: deadlocked"`
}

// RoundConcluded says that the round ended. "Ended" is never terminal.
type RoundConcluded struct {
	Outcome            Outcome   `json:"outcome,omitzero" doc:"how it ended, where the source tells"`
	Days               int       `json:"days,omitzero" min:"1" doc:"reported length in days"`
	Hours              float64   `json:"hours,omitzero" min:"0" doc:"reported length in hours"`
	Approximate        bool      `json:"approximate,omitzero" doc:"true where the length is said to be about, nearly"`
	ResponsibleAlleged []ActorID `json:"responsibleAlleged,omitempty" doc:"who is blamed for the outcome by this source"`
}

// Outcome is how a round ended.
type Outcome string

// Values lists the outcomes.
func (Outcome) Values() []string { return []string{"agreed", "no-agreement", "deadlock", "adjourned"} }

// ProcessStatusDeclared says how the whole process stands.
type ProcessStatusDeclared struct {
	Status              ProcessStatus `json:"status,omitzero" doc:"how the process stands, where the source tells"`
	FurtherTalksPlanned YesNo         `json:"furtherTalksPlanned,omitzero" doc:"whether further talks are planned"`
}

// ProcessStatus is how a whole negotiation stands.
type ProcessStatus string

// Values lists the statuses.
func (ProcessStatus) Values() []string {
	return []string{"open", "suspended", "salvaging", "revived", "ended"}
}

// DelegationComposed says who sat for the actors of the event.
type DelegationComposed struct {
	Head    ActorID   `json:"head,omitzero" doc:"head of the delegation"`
	Rank    string    `json:"rank,omitzero" doc:"rank of the head as quoted"`
	Members []ActorID `json:"members,omitempty" doc:"further members"`
}

// MandateStated says what the actors of the event may bind themselves to
// (full powers: Vienna Convention on the Law of Treaties 1969, article 7).
type MandateStated struct {
	FullPowers YesNo     `json:"fullPowers,omitzero" doc:"whether they can bind their principals, where the source tells"`
	Principals []ActorID `json:"principals,omitempty" doc:"on whose authority they depend"`
	Scope      string    `json:"scope,omitzero" doc:"what the mandate covers or lacks, as quoted"`
}

// InstructionReceived says that the actors of the event got directions. It
// says nothing of what the directions caused.
type InstructionReceived struct {
	From    []ActorID        `json:"from,omitempty" doc:"who instructed"`
	Channel string           `json:"channel,omitzero" doc:"phone, letter, unknown"`
	Basis   InstructionBasis `json:"basis" doc:"whether the instruction was observed or is inferred"`
	Content string           `json:"content,omitzero" doc:"what was instructed, as quoted"`
}

// InstructionBasis tells an observed instruction from an inferred one.
type InstructionBasis string

// Values lists the bases.
func (InstructionBasis) Values() []string { return []string{"observed", "inferred"} }
