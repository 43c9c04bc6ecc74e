package ensemble

import "parley/domain"

// Check lists what is wrong with what the options say of where runs come from; it is
// shown with whatever they come to. place tells where a member of the summary was
// written: model, modelVersion, seed, author, purpose.
func (o Options) Check(place func(member string) domain.Place) domain.Faults {
	var faults domain.Faults
	for _, said := range []struct {
		member, text string
		most         int
	}{
		{"model", o.Model, domain.MaxNameRunes},
		{"modelVersion", o.Version, domain.MaxNameRunes},
		{"seed", o.Seed, domain.MaxNameRunes},
		{"author", o.Author, domain.MaxNameRunes},
		{"purpose", o.Purpose, domain.MaxSentenceRunes},
	} {
		faults = append(faults, domain.CheckText(place(said.member), said.text, said.most)...)
	}
	return faults
}
