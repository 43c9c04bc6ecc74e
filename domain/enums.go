package domain

import "slices"

// An Enum is a string type with a closed list of values.
type Enum interface{ Values() []string }

// Modality says in which way an act is reported.
type Modality string

// Only asserted and historical acts move state; planned ones are pending; a
// negated one contests what it denies and proves nothing alone.
const (
	Asserted   Modality = "asserted"
	Historical Modality = "historical"
	Planned    Modality = "planned"
	Negated    Modality = "negated"
)

// Values lists the modalities.
func (Modality) Values() []string { return []string{"asserted", "historical", "planned", "negated"} }

// Moves tells whether an act of this modality moves state.
func (m Modality) Moves() bool { return m == "" || m == Asserted || m == Historical }

// Reliability is the Admiralty grade of a source, A (completely reliable) to E
// (unreliable); F means that it cannot be judged and compares with nothing.
type Reliability string

// Values lists the grades.
func (Reliability) Values() []string { return []string{"A", "B", "C", "D", "E", "F"} }

// Judged tells whether the grade is A to E.
func (r Reliability) Judged() bool { return r >= "A" && r <= "E" }

// Credibility is the Admiralty grade of a statement, 1 (confirmed) to 5
// (improbable); 6 means that it cannot be judged and compares with nothing.
type Credibility string

// Values lists the grades.
func (Credibility) Values() []string { return []string{"1", "2", "3", "4", "5", "6"} }

// Judged tells whether the grade is 1 to 5.
func (c Credibility) Judged() bool { return c >= "1" && c <= "5" }

// Attribution says how a source names its speaker.
type Attribution string

// Values lists the attributions.
func (Attribution) Values() []string {
	return []string{"named", "anonymous", "institution", "outlet", "unknown"}
}

// Vantage says how a speaker comes to know.
type Vantage string

// Values lists the vantages, nearest to the act first.
func (Vantage) Values() []string {
	return []string{"eyewitness", "official", "briefed", "analyst", "unknown"}
}

// Rank orders vantages, nearest to the act first; absent counts as unknown.
func (v Vantage) Rank() int {
	if i := slices.Index(v.Values(), string(v)); i >= 0 {
		return i
	}
	return len(v.Values()) - 1
}

// Relation is how one event relates to another.
type Relation string

// The relations.
const (
	SameAct       Relation = "same-act"
	SameStatement Relation = "same-statement"
	Corroborates  Relation = "corroborates"
	Contradicts   Relation = "contradicts"
	RefinesScope  Relation = "refines-scope"
	DerivedFrom   Relation = "derived-from"
)

// Values lists the relations.
func (Relation) Values() []string {
	return []string{"same-act", "same-statement", "corroborates", "contradicts", "refines-scope", "derived-from"}
}

// YesNo answers a question that a source may leave open.
type YesNo string

// Values lists the answers.
func (YesNo) Values() []string { return []string{"yes", "no", "unknown"} }

// Polarity says whether a party is for or against a proposition.
type Polarity string

// The polarities.
const (
	For     Polarity = "for"
	Against Polarity = "against"
)

// Values lists the polarities.
func (Polarity) Values() []string { return []string{"for", "against"} }

// Stance is a party's position on an issue.
type Stance string

// The stances. StanceUnknown is what no event tells.
const (
	Demands       Stance = "demands"
	Accepts       Stance = "accepts"
	Conditional   Stance = "conditional"
	Acknowledges  Stance = "acknowledges"
	Evades        Stance = "evades"
	Rejects       Stance = "rejects"
	StanceUnknown Stance = "unknown"
)

// Values lists the stances.
func (Stance) Values() []string {
	return []string{"demands", "accepts", "conditional", "acknowledges", "evades", "rejects", "unknown"}
}

// Setting says before whom something was said.
type Setting string

// Values lists the settings.
func (Setting) Values() []string { return []string{"public", "private"} }

// AssuranceForm is the form of an assurance given.
type AssuranceForm string

// Values lists the forms.
func (AssuranceForm) Values() []string { return []string{"verbal", "written"} }

// RefusedForm is the form of an assurance refused; any means that none was given.
type RefusedForm string

// AnyForm says that no assurance of any form was given.
const AnyForm RefusedForm = "any"

// Values lists the forms.
func (RefusedForm) Values() []string { return []string{"any", "verbal", "written"} }
