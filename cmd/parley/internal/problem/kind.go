package problem

import (
	"cmp"
	"maps"
	"slices"
)

// The exit codes of the program.
const (
	ExitOK          = 0
	ExitFailure     = 1
	ExitUsage       = 2   // the question is wrong
	ExitInvalid     = 3   // the input is wrong; nothing was written
	ExitNotFound    = 4   // no such negotiation, event, projection, path, file
	ExitConflict    = 5   // the log is not where the caller expected it
	ExitUnreachable = 6   // the store cannot be reached, or another process has it
	ExitIntegrity   = 7   // the log is damaged, or not set up as it must be
	ExitInUse       = 8   // others need what was to go
	ExitInterrupted = 130 // by Ctrl-C
)

// Kind names a type of problem. The names are for ever.
type Kind string

// The kinds of problem.
const (
	Failure     Kind = "failure"
	Usage       Kind = "usage"
	Invalid     Kind = "invalid-input"
	NotFound    Kind = "not-found"
	Conflict    Kind = "conflict"
	Unreachable Kind = "unreachable"
	Integrity   Kind = "integrity"
	Interrupted Kind = "interrupted"
	NoRoom      Kind = "no-room"     // the disk, or a limit, is full
	InUse       Kind = "in-use"      // others need what was to go
	OutOfTurn   Kind = "out-of-turn" // a step that does not follow on the last one

	// What only a server says.
	Unauthorized Kind = "unauthorized" // nobody knows who asks
	Forbidden    Kind = "forbidden"    // who asks may not
	NoMethod     Kind = "method-not-allowed"
	WrongHost    Kind = "wrong-host"
	LongURL      Kind = "long-address"
	TooLarge     Kind = "too-large"
	MediaType    Kind = "media-type" // a body in a form that is not read
	Busy         Kind = "busy"       // over a limit of the server
	Slow         Kind = "too-slow"   // a body that does not come, or work that does not end in time
	Behind       Kind = "behind"     // the record has not come as far as the caller waits for
)

// meanings tells of every kind how it is called, answered and ended with.
var meanings = map[Kind]struct {
	title        string
	status, exit int
}{
	Failure:      {"It did not work", 500, ExitFailure},
	Usage:        {"The question is wrong", 400, ExitUsage},
	Invalid:      {"The input is refused", 422, ExitInvalid},
	NotFound:     {"Not found", 404, ExitNotFound},
	Conflict:     {"The log is not where it was expected", 409, ExitConflict},
	Unreachable:  {"The store cannot be reached", 503, ExitUnreachable},
	Integrity:    {"The log is not as it must be", 500, ExitIntegrity},
	Interrupted:  {"Interrupted", 503, ExitInterrupted},
	InUse:        {"Others stand on it", 409, ExitInUse},
	OutOfTurn:    {"Not what comes next", 409, ExitFailure},
	NoRoom:       {"There is no room to store it", 507, ExitFailure},
	Unauthorized: {"Nobody knows who asks", 401, ExitFailure},
	Forbidden:    {"Not allowed", 403, ExitFailure},
	NoMethod:     {"Not done here", 405, ExitUsage},
	WrongHost:    {"Not a name of this server", 421, ExitUsage},
	LongURL:      {"The address is too long", 414, ExitUsage},
	Slow:         {"It took too long", 408, ExitUnreachable},
	TooLarge:     {"Too large", 413, ExitInvalid},
	MediaType:    {"Not a form that is read here", 415, ExitUsage},
	Busy:         {"Too much at once", 503, ExitUnreachable},
	Behind:       {"The record has not come that far", 503, ExitUnreachable},
}

// Exit is the exit code of a kind.
func (k Kind) Exit() int { return meanings[k].exit }

// Status is the HTTP status of a kind.
func (k Kind) Status() int { return meanings[k].status }

// Title is a kind in words.
func (k Kind) Title() string { return meanings[k].title }

// Kinds lists the kinds, by their status.
func Kinds() []Kind {
	return slices.SortedFunc(maps.Keys(meanings), func(a, b Kind) int {
		return cmp.Or(cmp.Compare(a.Status(), b.Status()), cmp.Compare(a, b))
	})
}
