package problem

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

	"golang.org/x/sys/unix"
)

// Space is before the name of every kind in the type of a problem.
const Space = "https://parley.invalid/problem/"

// Problem is an error as the caller sees it: the object of RFC 9457, with what to
// do and all that is wrong.
type Problem struct {
	Type   string        `json:"type" format:"uri" doc:"names the kind of problem, for programs"`
	Title  string        `json:"title" doc:"the kind of problem in words"`
	Status int           `json:"status" doc:"HTTP status"`
	Detail string        `json:"detail" doc:"what is wrong this time"`
	Exit   int           `json:"exit,omitzero" doc:"exit code of the command line"`
	Hint   string        `json:"hint,omitzero" doc:"what to do"`
	Faults domain.Faults `json:"faults,omitempty" nullable:"false" doc:"everything that is wrong with an input: where, what was read, why, and what to write instead"`
	Heads  *Heads        `json:"conflict,omitzero" doc:"where the log was expected, and where it is"`
}

// Heads are the two positions that a conflict is about, 0 for an empty log.
type Heads struct {
	Negotiation string `json:"negotiation"`
	Want        uint64 `json:"want" doc:"position at which the caller decided"`
	Have        uint64 `json:"have" doc:"position of the log"`
}

// UsageError says what is wrong with the question: a flag, a parameter.
type UsageError struct{ Reason, Hint string }

func (e *UsageError) Error() string { return e.Reason }

// NotFoundError says what was asked for and is not there.
type NotFoundError struct{ What, Name, Where, Hint string }

func (e *NotFoundError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("%s %s not found %s", e.What, e.Name, e.Where))
}

// Error is a problem that no other type of error tells of.
type Error struct {
	Kind         Kind
	Detail, Hint string
}

func (e *Error) Error() string { return e.Detail }

// Explain says what the error means.
func (e *Error) Explain() (Kind, string) { return e.Kind, e.Hint }

// Explainer is an error that says itself what it means.
type Explainer interface {
	error
	Explain() (kind Kind, hint string)
}

// Of finds out what an error means to the caller.
func Of(err error) Problem {
	kind, hint := Classify(err)
	p := Problem{
		Type: Space + string(kind), Title: meanings[kind].title, Status: kind.Status(), Exit: kind.Exit(),
		Detail: err.Error(), Hint: hint,
	}
	p.Faults, _ = errors.AsType[domain.Faults](err)
	if e, ok := errors.AsType[*projections.ViewError](err); ok {
		p.Detail = strings.TrimSpace(fmt.Sprintf("%s %q %s", e.Key, e.Read, e.Reason))
	}
	if e, ok := errors.AsType[*eventstore.ParentError](err); ok {
		p.Faults = domain.Faults{e.Fault}
	}
	if e, ok := errors.AsType[*eventstore.ConflictError](err); ok {
		p.Heads = &Heads{Negotiation: e.Negotiation, Want: e.Want, Have: e.Have}
	}
	return p
}

// Classify gives the kind of an error, and a hint where one is known.
func Classify(err error) (Kind, string) {
	if errors.Is(err, context.Canceled) {
		return Interrupted, ""
	}
	if e, ok := errors.AsType[Explainer](err); ok {
		return e.Explain()
	}
	if e, ok := errors.AsType[*UsageError](err); ok {
		return Usage, e.Hint
	}
	if e, ok := errors.AsType[*NotFoundError](err); ok {
		return NotFound, e.Hint
	}
	if _, ok := errors.AsType[domain.Faults](err); ok {
		return Invalid, "nothing was written"
	}
	if kind, hint := classifyView(err); kind != "" {
		return kind, hint
	}
	if kind, hint := classifyStore(err); kind != "" {
		return kind, hint
	}
	if errors.Is(err, fs.ErrNotExist) {
		return NotFound, ""
	}
	if kind := noRoom(err); kind != "" {
		return kind, "make room on that disk, then do the same again"
	}
	return Failure, ""
}

// noRoom is the kind of what failed because a disk is full, empty if that is not so.
func noRoom(err error) Kind {
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) {
		return NoRoom
	}
	return ""
}

func classifyView(err error) (Kind, string) {
	if e, ok := errors.AsType[*projections.ViewError](err); ok {
		return Usage, e.Hint
	}
	if _, ok := errors.AsType[*projections.LensError](err); ok {
		return Usage, ""
	}
	if _, ok := errors.AsType[*projections.NotFoundError](err); ok {
		return NotFound, ""
	}
	if e, ok := errors.AsType[*projections.PathError](err); ok {
		return NotFound, domain.DidYouMean(e.Missing[strings.LastIndexByte(e.Missing, '/')+1:], e.Choices)
	}
	return "", ""
}

func classifyStore(err error) (Kind, string) {
	if _, ok := errors.AsType[*eventstore.OptionError](err); ok {
		return Usage, ""
	}
	if _, ok := errors.AsType[*eventstore.ExpectError](err); ok {
		return Usage, ""
	}
	if _, ok := errors.AsType[*eventstore.ConflictError](err); ok {
		return Conflict, ""
	}
	if kind, hint := classifyBranch(err); kind != "" {
		return kind, hint
	}
	if kind, hint := classifyIntegrity(err); kind != "" {
		return kind, hint
	}
	if _, ok := errors.AsType[*eventstore.KeyError](err); ok {
		return cmp.Or(noRoom(err), Failure), "--key names the file of a key elsewhere, which is made if it is not there"
	}
	if e, ok := errors.AsType[*eventstore.AccessError](err); ok {
		if e.Absent {
			return Failure, "--data names a folder that is yours, or one in a folder in which you may make it"
		}
		return Failure, "chmod -R u+w gives the right to write, if the folder is yours and its disk is not write-protected; what only reads, such as parley verify, state and export, needs none"
	}
	if _, ok := errors.AsType[*eventstore.LockedError](err); ok {
		return Unreachable, "--wait says how long to wait, --data names another folder"
	}
	if e, ok := errors.AsType[*eventstore.HeldError](err); ok {
		return Unreachable, "end " + e.Holder.String() + ", then do the same again"
	}
	if e, ok := errors.AsType[*eventstore.PermissionError](err); ok {
		if e.User != "" {
			return Failure, "whoever runs the server gives the right: parley access, or the permissions of the account"
		}
		return Failure, "a connection without credentials only reads; use --data with the folder, or --context with credentials"
	}
	if _, ok := errors.AsType[*eventstore.StorageError](err); ok {
		return NoRoom, "" // the error says what to do
	}
	if _, ok := errors.AsType[*eventstore.UnreachableError](err); ok {
		return Unreachable, ""
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return Unreachable, ""
	}
	return "", ""
}

// classifyBranch is for what cannot be done with branches.
func classifyBranch(err error) (Kind, string) {
	if e, ok := errors.AsType[*eventstore.ParentError](err); ok {
		return NotFound, e.Fault.Hint
	}
	if e, ok := errors.AsType[*eventstore.BranchError](err); ok {
		if e.Dropped {
			return NotFound, "open another one; a name that was used stays taken"
		}
		return NotFound, "parley branch list shows the branches"
	}
	if _, ok := errors.AsType[*eventstore.TakenError](err); ok {
		return Conflict, "choose another name"
	}
	if _, ok := errors.AsType[*eventstore.StandsOnError](err); ok {
		return InUse, "parley branch list shows what stands on what"
	}
	if e, ok := errors.AsType[*eventstore.RoomError](err); ok {
		if e.Opener != "" {
			return TooLarge, "go on with a branch of its own; dropped ones count, for their names stay taken; sessions and ensembles of what-if keep nothing, and need no branch; an analyst can open more"
		}
		if e.Branch == "" {
			return TooLarge, "sessions and ensembles of what-if keep nothing, and need no branch"
		}
		return TooLarge, "open another branch on this one, or suppose less"
	}
	return "", ""
}

// classifyIntegrity is for what is not as it was recorded, or not as it must be.
func classifyIntegrity(err error) (Kind, string) {
	if _, ok := errors.AsType[*eventstore.DamageError](err); ok {
		return Integrity, "parley doctor shows what is left, parley backup saves it, parley export --damaged writes a negotiation of it, parley restore goes back to a backup, parley repair accepts the loss"
	}
	if _, ok := errors.AsType[*eventstore.UnverifiedError](err); ok {
		return Failure, "give an older checkpoint with --checkpoint; the hashes are kept from now on"
	}
	if _, ok := errors.AsType[*eventstore.IntegrityError](err); ok {
		return Integrity, "copy the data folder before anything else; a backup or an older checkpoint tells since when"
	}
	if _, ok := errors.AsType[*eventstore.BackupError](err); ok {
		return Integrity, ""
	}
	if _, ok := errors.AsType[*eventstore.ExportError](err); ok {
		return Integrity, "parley export --as cloudevents writes an export, parley backup a backup"
	}
	if e, ok := errors.AsType[*eventstore.SignatureError](err); ok {
		return Integrity, signatureHint(e)
	}
	if _, ok := errors.AsType[*eventstore.StreamMismatchError](err); ok {
		return Integrity, ""
	}
	return "", ""
}

// signatureHint says what to do about a backup whose signatures do not hold.
func signatureHint(e *eventstore.SignatureError) string {
	if e.Older {
		return "have a newer backup; if it was made before there were manifests, --accept-older accepts it, with branches that nobody signed"
	}
	return "have the backup, and the public key, from where both were made"
}
