package main

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"parley/cmd/parley/internal/problem"
	"parley/domain"
	"parley/eventstore"

	"github.com/go-json-experiment/json"
	"github.com/spf13/pflag"
)

// The exit codes.
const (
	exitOK          = problem.ExitOK
	exitFailure     = problem.ExitFailure
	exitUsage       = problem.ExitUsage
	exitInvalid     = problem.ExitInvalid
	exitNotFound    = problem.ExitNotFound
	exitConflict    = problem.ExitConflict
	exitUnreachable = problem.ExitUnreachable
	exitIntegrity   = problem.ExitIntegrity
	exitInUse       = problem.ExitInUse
	exitInterrupted = problem.ExitInterrupted
)

// What is wrong with the command line, and what is not there.
type (
	usageError    = problem.UsageError
	notFoundError = problem.NotFoundError
)

// refusedError is input with faults.
type refusedError struct {
	files  []fileReport
	faults domain.Faults
}

func (e *refusedError) Error() string { return e.faults.Error() }

// Unwrap gives the faults.
func (e *refusedError) Unwrap() error { return e.faults }

// brokenError says that a check found the store damaged; the report told the rest.
type brokenError struct{ Reason, Hint string }

func (e *brokenError) Error() string { return e.Reason }

// Explain says what it means to the caller.
func (e *brokenError) Explain() (problem.Kind, string) {
	return problem.Integrity, cmp.Or(e.Hint, "copy the data folder before anything else, then restore a backup or accept the loss")
}

// unprovenError says that a checkpoint or a proof does not hold.
type unprovenError struct{ Reason string }

func (e *unprovenError) Error() string { return e.Reason }

// Explain says what it means to the caller.
func (e *unprovenError) Explain() (problem.Kind, string) { return problem.Integrity, "" }

// unfitError says that servers are not set up as they must be.
type unfitError struct{ Reason string }

func (e *unfitError) Error() string { return e.Reason }

// Explain says what it means to the caller.
func (e *unfitError) Explain() (problem.Kind, string) {
	return problem.Integrity, docsCluster + " tells how the servers must be set up"
}

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
	fmt.Fprintf(p.err, "parley: %s\n", printable(o.Detail))
	if o.Hint != "" {
		fmt.Fprintf(p.err, "%s\n", printable(o.Hint))
	}
	return o.Exit
}

// explain finds out what an error means to the caller.
func explain(err error) problem.Problem {
	o := problem.Of(err)
	if e, ok := errors.AsType[*unfinishedError](err); ok {
		o.Hint = "the same import again records the rest, and nothing twice"
		if o.Exit == exitInterrupted {
			o.Detail = "interrupted: " + e.how()
		}
	} else if o.Exit == exitInterrupted {
		o.Detail = "interrupted"
	}
	return o
}

// guess words a hint from what was read and the words that would do.
func guess(read string, words []string, otherwise string) string {
	return cmp.Or(domain.DidYouMean(read, words), otherwise)
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
