// Package house holds the house rules that a test can check: what stands where,
// who may import whom, that every package explains itself, that files stay small,
// and that the commands and links of the documentation exist.
//
// It has no code of its own, only tests. The rules look at what a commit would
// hold: the files that git tracks, and the new ones that it does not ignore. A
// rule is a function from such a tree to its faults; each fault says where it is
// and what to do. Every rule is also tried on a small tree that breaks it, since
// a rule that cannot fail protects nothing.
//
// Rules about single lines of Go (errors, names, length of functions) belong to
// the linters, see .golangci.yml.
package house
