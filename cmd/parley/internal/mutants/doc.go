// Package mutants holds deliberate faults, to be put into the source one at a time:
// for each, a law or a test must fail, or it protects nothing. Run it by
// `make mutants`; it takes some minutes, so it is no part of `make test`.
//
// A fault is a piece of source and what replaces it. The replacement is laid over
// the file for one run of the tests (go test -overlay); nothing in the tree
// changes. A piece that is no longer in the source is an error: the fault has to
// follow the code, and `make test` checks that it does.
package mutants
