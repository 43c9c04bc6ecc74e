// Package scenario is the reference simulator: a stochastic model of how a negotiation
// may go on, written as a YAML file, and the runs that it makes. It is a client of
// package ensemble and knows nothing that another simulator could not know.
//
//	s, err := scenario.Read("full-powers.yaml", text)
//	s, err = s.On(base)
//	summary, err := ensemble.Evaluate(ctx, base, s.Runs(zone, seed, n), s.Options(seed))
//
// # The model
//
// A semi-Markov chain. A run begins in one state at the end of the start date. In each
// state one of the transitions whose guards hold is drawn, in proportion to their
// probabilities; then its waiting time passes; then its events are appended, at that
// moment of the simulated clock, and its counters are raised. A run ends in a state
// without a transition that may be taken, before the transition that would lie beyond
// the horizon, or after the greatest number of steps.
//
// Guards compare counters with numbers and nothing else; a file holds no code, and
// every run ends.
//
// # Promises
//
// Run i of a seed is drawn from a generator of its own, PCG seeded with the seed and i:
// it is the same whichever core makes it, and whatever runs are made beside it.
//
// Files with faults are refused with all of them, each by line and column ([Read] what
// the file says by itself, [Scenario.On] the names of the record).
//
// # Limits
//
// Files of [MaxBytes]; anchors and aliases are not read, so a file is as large as it
// looks. Runs of [ensemble.MaxEvents] events.
package scenario
