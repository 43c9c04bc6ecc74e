// Command parley keeps what was said and done in a negotiation as events, and
// shows from them the state of every round, draft and party position: as it
// happened, as it was known, and as it was recorded.
//
// Every command is one file, named after its verb. What they share stands in
// view.go (which events count), output.go (tables, JSON, NDJSON, CSV), store.go
// (which log) and exit.go (what an error means to the caller).
//
// # Promises
//
//   - Answers go to standard output; messages, progress and errors go to standard
//     error. With --json errors are JSON as well.
//   - The same question has the same answer in every format.
//   - Exit codes are those of exit.go, in all commands.
//   - Input is refused whole, with all its faults, or taken.
package main
