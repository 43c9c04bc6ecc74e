// Package domaintest draws random events and histories for tests, with
// pgregory.net/rapid. All of them are valid: what a generator draws, [domain.Bind]
// and [domain.Decide] accept.
//
//	rapid.Check(t, func(t *rapid.T) {
//		e := domaintest.Talks.Event().Draw(t, "event")
//		log := domaintest.Record(domaintest.Talks.History(20).Draw(t, "history"))
//		…
//	})
//
// Outside of rapid.Check, Example(seed) of a generator gives the same value for
// the same seed. Events are drawn from the codebook ([domain.Spec.Fields]), so a
// new type or field is drawn without a change here.
package domaintest
