// Package intake reads events from what people and programs write: tables (CSV)
// and lines of JSON (NDJSON), flat or as CloudEvents.
//
// It turns each row or line into a candidate with the place of every value, and
// lists what is wrong with the form of the input: bad quoting, bytes that are not
// UTF-8, unknown or repeated columns, members written twice. What a value means
// is checked by package domain.
//
// The column of a value, its path in JSON and the path in a fault are one and the
// same: act.issue, source.quote, links.same-act. In a table, lists are separated
// by | and empty cells are absent.
package intake
