package domain

// CeasefireStatusDeclared says how a ceasefire stands.
type CeasefireStatusDeclared struct {
	Ceasefire CeasefireID     `json:"ceasefire" doc:"which ceasefire"`
	Status    CeasefireStatus `json:"status" doc:"how it stands"`
	Condition string          `json:"condition,omitzero" doc:"what it depends on"`
	Class     CeasefireClass  `json:"class,omitzero" doc:"class of the ETH/PRIO ceasefire data"`
	Written   YesNo           `json:"written,omitzero" doc:"whether it is in writing"`
	Mediated  YesNo           `json:"mediated,omitzero" doc:"whether a third party mediated it"`
	Effective EDTF            `json:"effective,omitzero" doc:"EDTF: when it takes effect, which may differ from when it was declared"`
}

// CeasefireStatus is how a ceasefire stands.
type CeasefireStatus string

// CeasefireUnknown is what no event tells; it is never read as holding.
const CeasefireUnknown CeasefireStatus = "unknown"

// Values lists the statuses that can be declared.
func (CeasefireStatus) Values() []string {
	return []string{"declared", "holding", "conditional", "violated", "suspended", "ended"}
}

// CeasefireClass is the class of a ceasefire.
type CeasefireClass string

// Values lists the classes.
func (CeasefireClass) Values() []string {
	return []string{"cessation", "cessation-with-compliance", "definitive"}
}

// IncidentReported says that violence, or a rise of tension, took place.
type IncidentReported struct {
	Kind               string      `json:"kind" doc:"what happened, in the source's words"`
	CountLow           int         `json:"countLow,omitzero" min:"0" doc:"lowest count that is claimed"`
	CountBest          int         `json:"countBest,omitzero" min:"0" doc:"count that is claimed"`
	CountHigh          int         `json:"countHigh,omitzero" min:"0" doc:"highest count that is claimed"`
	Place              string      `json:"place,omitzero" doc:"where, in the source's words"`
	PerpetratorAlleged []ActorID   `json:"perpetratorAlleged,omitempty" doc:"who is said to have done it"`
	Ceasefire          CeasefireID `json:"ceasefire,omitzero" doc:"ceasefire it is said to bear on"`
}

// ObligationInvoked says that the actors of the event hold someone to a promise.
type ObligationInvoked struct {
	Instrument    string         `json:"instrument" doc:"the agreement or promise that is invoked"`
	Obligor       ActorID        `json:"obligor" doc:"who is bound"`
	Form          ObligationForm `json:"form,omitzero" doc:"form in which it was promised, as this source has it"`
	Content       string         `json:"content,omitzero" doc:"what was promised, in the source's words"`
	BreachAlleged YesNo          `json:"breachAlleged,omitzero" doc:"whether a breach is alleged"`
}

// ObligationForm is the form in which something was promised.
type ObligationForm string

// Values lists the forms.
func (ObligationForm) Values() []string { return []string{"written", "verbal", "assurance", "unknown"} }
