// Package export writes a negotiation, or a view of it, in the formats of others.
//
// Three formats are the log itself, entry by entry, and are written without
// holding it in memory:
//
//   - cloudevents: the stored bytes, one message a line ([CloudEvents]);
//   - ndjson and csv: what parley import reads ([Lines], [Table]). Importing the
//     export of a whole log into an empty folder and exporting that gives the
//     same bytes, and every view the same state.
//
// The others show a picture, that is, a view with its accounts merged into
// happenings: plover ([Plover]), ocel ([OCEL]), mermaid ([Mermaid]) and svg
// ([Figure]).
//
// All writers are pure: the same entries or the same picture give the same bytes.
// What cannot be said in a format is counted in what the writer returns, never
// dropped in silence. No writer makes up a date: where a format demands a time, it
// is the latest bound, and stands beside what is really known.
package export
