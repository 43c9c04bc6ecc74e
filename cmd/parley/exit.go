package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"parley/domain"
	"parley/eventstore"
	"parley/projections"

	"github.com/go-json-experiment/json"
	"github.com/spf13/pflag"
)

// The exit codes.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2   // the command line is wrong
	exitInvalid     = 3   // the input is wrong; nothing was written
	exitNotFound    = 4   // no such negotiation, event, projection, path, file
	exitConflict    = 5   // the log is not where the caller expected it
	exitUnreachable = 6   // the store cannot be reached, or another process has it
	exitIntegrity   = 7   // the log is damaged, or not set up as it must be
	exitInterrupted = 130 // by Ctrl-C
)

// usageError says what is wrong with the command line.
type usageError struct{ Reason, Hint string }

func (e *usageError) Error() string { return e.Reason }

// notFoundError says what was asked for and is not there.
type notFoundError struct{ What, Name, Where, Hint string }

func (e *notFoundError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("%s %s not found %s", e.What, e.Name, e.Where))
}

// refusedError is input with faults.
type refusedError struct {
	files  []fileReport
	faults domain.Faults
}

func (e *refusedError) Error() string { return e.faults.Error() }

// Unwrap gives the faults.
func (e *refusedError) Unwrap() error { return e.faults }

// brokenError says that a check found the store damaged; the report told the rest.
type brokenError struct{ Reason string }

func (e *brokenError) Error() string { return e.Reason }

// unfinishedError is an import that ended in the middle.
type unfinishedError struct {
	Done, Total int
	Err         error
}

func (e *unfinishedError) Error() string { return e.how() + ", then: " + e.Err.Error() }

// how says how far it came. What was under way when it ended may be recorded too.
func (e *unfinishedError) how() string {
	least := ""
	if _, ok := errors.AsType[*eventstore.UncertainError](e.Err); ok {
		least = "at least "
	}
	return fmt.Sprintf("%s%s of %s events are recorded", least, thousands(e.Done), thousands(e.Total))
}

// Unwrap is why it ended.
func (e *unfinishedError) Unwrap() error { return e.Err }

// problem is an error as the caller sees it: the object of RFC 9457, with the
// exit code and what to do.
type problem struct {
	Type   string        `json:"type"`
	Title  string        `json:"title"`
	Status int           `json:"status"`
	Detail string        `json:"detail"`
	Exit   int           `json:"exit"`
	Hint   string        `json:"hint,omitzero"`
	Faults domain.Faults `json:"faults,omitempty"`
}

// problemSpace is before the name of every type of problem.
const problemSpace = "https://parley.invalid/problem/"

// kinds are the types of problem by exit code.
var kinds = map[int]struct {
	name, title string
	status      int
}{
	exitFailure:     {"failure", "It did not work", 500},
	exitUsage:       {"usage", "The command line is wrong", 400},
	exitInvalid:     {"invalid-input", "The input is refused", 422},
	exitNotFound:    {"not-found", "Not found", 404},
	exitConflict:    {"conflict", "The log is not where it was expected", 409},
	exitUnreachable: {"unreachable", "The store cannot be reached", 503},
	exitIntegrity:   {"integrity", "The log is not as it must be", 500},
	exitInterrupted: {"interrupted", "Interrupted", 503},
}

// conclude tells an error to the caller and returns the exit code. It is the only
// place that does.
func (p *program) conclude(err error) int {
	if err == nil || errors.Is(err, pflag.ErrHelp) {
		return exitOK
	}
	o := explain(err)
	if p.jsonErrors {
		if encoded, jsonErr := json.Marshal(o); jsonErr == nil {
			fmt.Fprintf(p.err, "%s\n", encoded)
			return o.Exit
		}
	}
	if refused, ok := errors.AsType[*refusedError](err); ok {
		p.tellFaults(refused)
		return o.Exit
	}
	if len(o.Faults) > 0 {
		p.tellFaults(&refusedError{faults: o.Faults})
		return o.Exit
	}
	fmt.Fprintf(p.err, "parley: %s\n", o.Detail)
	if o.Hint != "" {
		fmt.Fprintf(p.err, "%s\n", o.Hint)
	}
	return o.Exit
}

// explain finds out what an error means to the caller.
func explain(err error) problem {
	exit, hint := classify(err)
	o := problem{
		Type: problemSpace + kinds[exit].name, Title: kinds[exit].title, Status: kinds[exit].status,
		Detail: err.Error(), Exit: exit, Hint: hint,
	}
	o.Faults, _ = errors.AsType[domain.Faults](err)
	if e, ok := errors.AsType[*unfinishedError](err); ok {
		o.Hint = "the same import again records the rest, and nothing twice"
		if exit == exitInterrupted {
			o.Detail = "interrupted: " + e.how()
		}
	} else if exit == exitInterrupted {
		o.Detail = "interrupted"
	}
	return o
}

// classify gives the exit code of an error, and a hint where one is known.
func classify(err error) (exit int, hint string) {
	if errors.Is(err, context.Canceled) {
		return exitInterrupted, ""
	}
	if e, ok := errors.AsType[*usageError](err); ok {
		return exitUsage, e.Hint
	}
	if e, ok := errors.AsType[*notFoundError](err); ok {
		return exitNotFound, e.Hint
	}
	if _, ok := errors.AsType[domain.Faults](err); ok {
		return exitInvalid, "nothing was written"
	}
	if _, ok := errors.AsType[*brokenError](err); ok {
		return exitIntegrity, "copy the data folder before anything else, then restore a backup or accept the loss"
	}
	if exit, hint := classifyView(err); exit != 0 {
		return exit, hint
	}
	if exit, hint := classifyStore(err); exit != 0 {
		return exit, hint
	}
	if errors.Is(err, fs.ErrNotExist) {
		return exitNotFound, ""
	}
	return exitFailure, ""
}

func classifyView(err error) (int, string) {
	if _, ok := errors.AsType[*projections.ViewError](err); ok {
		return exitUsage, ""
	}
	if _, ok := errors.AsType[*projections.NotFoundError](err); ok {
		return exitNotFound, ""
	}
	if e, ok := errors.AsType[*projections.PathError](err); ok {
		return exitNotFound, guess(lastElement(e.Missing), e.Choices, "")
	}
	return 0, ""
}

func classifyStore(err error) (int, string) {
	if _, ok := errors.AsType[*eventstore.OptionError](err); ok {
		return exitUsage, ""
	}
	if _, ok := errors.AsType[*eventstore.ExpectError](err); ok {
		return exitUsage, ""
	}
	if _, ok := errors.AsType[*eventstore.ConflictError](err); ok {
		return exitConflict, ""
	}
	if _, ok := errors.AsType[*eventstore.DamageError](err); ok {
		return exitIntegrity, "parley doctor shows what is left"
	}
	if _, ok := errors.AsType[*eventstore.StreamMismatchError](err); ok {
		return exitIntegrity, ""
	}
	if _, ok := errors.AsType[*eventstore.LockedError](err); ok {
		return exitUnreachable, "--wait says how long to wait, --data names another folder"
	}
	if _, ok := errors.AsType[*eventstore.PermissionError](err); ok {
		return exitFailure, "a connection without credentials only reads; use --data with the folder, or --context with credentials"
	}
	if _, ok := errors.AsType[*eventstore.UnreachableError](err); ok {
		return exitUnreachable, ""
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return exitUnreachable, ""
	}
	return 0, ""
}

// guess words a hint from what was read and the words that would do.
func guess(read string, words []string, otherwise string) string {
	return cmp.Or(domain.DidYouMean(read, words), otherwise)
}

func lastElement(path string) string {
	return path[strings.LastIndexByte(path, '/')+1:]
}

// asksForJSON tells whether errors are to be JSON. It looks at the bare
// arguments, for they may be what is wrong.
func asksForJSON(args []string) bool {
	for i, a := range args {
		switch {
		case a == "--":
			return false
		case a == "--json", a == "--json=true":
			return true
		case a == "-o", a == "--output":
			if i+1 < len(args) && isJSON(args[i+1]) {
				return true
			}
		case strings.HasPrefix(a, "--output="), strings.HasPrefix(a, "-o"):
			if isJSON(strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(a, "--output"), "-o"), "=")) {
				return true
			}
		}
	}
	return false
}

func isJSON(name string) bool {
	return name == string(formatJSON) || name == string(formatNDJSON)
}
