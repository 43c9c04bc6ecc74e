package ensemble

import (
	"context"
	"fmt"

	"parley/domain"
)

// The limits of one ensemble.
const (
	MaxRuns   = 1_000_000 // runs
	MaxEvents = 1000      // events in a run
	MaxLine   = 4 << 20   // bytes of a run as a line of NDJSON
	MaxFaults = 100       // faults that are told of an input
	MaxPaths  = 12        // runs that a summary shows whole
	MaxCells  = 10_000    // positions, or ceasefires, that the runs of one ensemble move
)

// Run is one continuation.
type Run struct {
	// Name is how the caller tells runs apart; nothing depends on it. Empty, it is the
	// run's number in the ensemble, from 1.
	Name string
	// Events must be as [projections.Base.Continue] wants them: [Reader] sees to that.
	// They must not be changed afterwards.
	Events []*domain.Event
	// Cut says that whoever made the run stopped before it had ended.
	Cut bool

	load func() (Run, error)
	size int
}

// Load is a run that is made when it is evaluated, in whatever goroutine: reading or
// simulating it then uses all cores as well. It must be the same whenever and wherever
// it is made. size is about what it holds in the meantime, in bytes.
func Load(size int, load func() (Run, error)) Run { return Run{load: load, size: size} }

// made is the run itself.
func (r Run) made() (Run, error) {
	if r.load != nil {
		var err error
		if r, err = r.load(); err != nil {
			return Run{}, err
		}
	}
	if n := len(r.Events); n > MaxEvents {
		return Run{}, domain.Faults{tooMany(domain.Place{}, r.Name, n)}
	}
	return r, nil
}

func tooMany(at domain.Place, name string, n int) domain.Fault {
	reason := fmt.Sprintf("the run has more than %d events", MaxEvents)
	if n > MaxEvents && name != "" {
		reason = fmt.Sprintf("run %s has %d events, more than %d", name, n, MaxEvents)
	}
	return domain.Fault{Place: at, Problem: domain.TooLarge, Reason: reason, Hint: "end the run earlier"}
}

// Options say how an ensemble is evaluated, and what its summary says of where it
// comes from.
type Options struct {
	// Origin is where days are counted from: its end. Absent, it is the latest moment
	// by which something that the base holds has certainly happened.
	Origin domain.EDTF
	// Workers is how many runs are evaluated at once, GOMAXPROCS if it is 0.
	Workers int
	// Limit is how many runs are taken, [MaxRuns] if it is 0. More are refused.
	Limit int

	Model       string // what made the runs, and which version of it
	Version     string
	ModelDigest string // of the file that holds it: see [Digest] and [Options.Check]
	Seed        string
	Author      string
	Purpose     string
	Checkpoint  string       // of the record as far as the base goes: its size and root
	Branches    []BranchRoot // of the branches under the base, each as far as it goes

	// Each, unless nil, is told of every run in order, from one goroutine. An error
	// ends the evaluation. Of an input that is refused later it has been told a part.
	Each func(Result) error
	// Progress, unless nil, is told now and then how many runs are evaluated.
	Progress func(done int)
}

// Result is what one run comes to.
type Result struct {
	Number     int                 `json:"number"` // in the ensemble, from 1
	Run        string              `json:"run"`
	Cut        bool                `json:"cut,omitzero"` // before it had ended
	Agreement  string              `json:"agreement"`
	Process    string              `json:"process"`
	Ceasefires map[string]string   `json:"ceasefires"`
	Positions  map[string]Position `json:"positions"` // that are other ones than in the base
	Days       map[string]*float64 `json:"days"`      // of the firsts that happen; null where it is dated nowhere
}

// Position is where a party stands on an issue.
type Position struct {
	Stance     string `json:"stance"`
	Commitment string `json:"commitment"`
}

// stopped is the error of a context that ended an evaluation.
func stopped(ctx context.Context, done int) error {
	return fmt.Errorf("evaluate continuations: ended after %d runs: %w", done, context.Cause(ctx))
}
