package ensemble

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"

	"parley/domain"
	"parley/projections"
)

// batches are evaluated together, then added up in order.
const (
	batchRuns  = 64       // for each worker
	batchBytes = 16 << 20 // of what is loaded later
)

// Evaluate evaluates runs on a base and sums them up.
//
// The error is [domain.Faults] if the input is refused: then all of it has been
// checked, or as much as holds [MaxFaults] faults. Errors that the sequence yields,
// other than faults, end it at once; so does the context.
func Evaluate(ctx context.Context, base *projections.Base, runs iter.Seq2[Run, error], o Options) (*Summary, error) {
	t, err := newTally(base, o)
	if err != nil {
		return nil, err
	}
	e := evaluation{base: base, tally: t, options: o, workers: cmp.Or(o.Workers, runtime.GOMAXPROCS(0))}
	limit := cmp.Or(o.Limit, MaxRuns)
	for r, err := range runs {
		if ctx.Err() != nil {
			return nil, stopped(ctx, e.done)
		}
		if err == nil && e.done+len(e.batch) >= limit {
			err = domain.Faults{{Problem: domain.TooLarge, Reason: fmt.Sprintf("there are more than %d runs", limit), Hint: "evaluate them in several ensembles"}}
		}
		if err != nil {
			if flushed := e.flush(ctx); flushed != nil {
				return nil, flushed
			}
			if err := e.refuse(err); err != nil {
				return nil, err
			}
			if e.done >= limit || len(e.faults) >= MaxFaults {
				break
			}
			continue
		}
		e.batch, e.held = append(e.batch, r), e.held+r.size
		if len(e.batch) < batchRuns*e.workers && e.held < batchBytes {
			continue
		}
		if err := e.flush(ctx); err != nil {
			return nil, err
		}
		if len(e.faults) >= MaxFaults {
			break
		}
	}
	if err := e.flush(ctx); err != nil {
		return nil, err
	}
	if e.done == 0 && len(e.faults) == 0 {
		e.faults = domain.Faults{{Problem: domain.Missing, Reason: "there are no runs", Hint: `write {"run":"1","events":[…]}, one run a line`}}
	}
	if len(e.faults) > 0 {
		return nil, e.faults
	}
	return t.summary(ctx)
}

// evaluation is an ensemble that is being evaluated.
type evaluation struct {
	base    *projections.Base
	tally   *tally
	options Options
	workers int

	batch   []Run
	held    int // bytes of the batch
	done    int // runs of the batches before
	results []evaluated
	faults  domain.Faults
}

// evaluated is what became of one run.
type evaluated struct {
	run    Run
	line   []byte // of the run
	effect projections.Effect
	err    error
}

// flush evaluates the batch, at once where there are cores, and adds it up in order.
func (e *evaluation) flush(ctx context.Context) error {
	if len(e.batch) == 0 {
		return nil
	}
	e.results = append(e.results[:0], make([]evaluated, len(e.batch))...)
	refused := len(e.faults) > 0
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(e.workers, len(e.batch)) {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(e.batch) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				e.results[i] = e.one(e.batch[i], e.done+i+1, refused)
			}
		})
	}
	all.Wait()
	if ctx.Err() != nil {
		return stopped(ctx, e.done)
	}
	for i := range e.results {
		if err := e.add(&e.results[i]); err != nil {
			return err
		}
	}
	clear(e.batch)
	e.batch, e.held = e.batch[:0], 0
	if e.options.Progress != nil {
		e.options.Progress(e.done)
	}
	return nil
}

// one makes and evaluates a run; of an input that is refused anyway, it only looks for
// more faults.
func (e *evaluation) one(r Run, number int, refused bool) (out evaluated) {
	if out.run, out.err = r.made(); out.err != nil || refused {
		return out
	}
	if out.run.Name == "" {
		out.run.Name = strconv.Itoa(number)
	}
	out.line = out.run.Line()
	out.effect, out.err = e.base.Continue(out.run.Events)
	return out
}

// add adds one run up.
func (e *evaluation) add(r *evaluated) error {
	e.done++
	if r.err != nil {
		return e.refuse(r.err)
	}
	if len(e.faults) > 0 {
		return nil
	}
	if fault := e.tally.add(r); fault != nil {
		return e.refuse(domain.Faults{*fault})
	}
	if e.options.Each != nil {
		return e.options.Each(e.tally.result(r))
	}
	return nil
}

// refuse notes the faults of a run. Any other error ends the evaluation.
func (e *evaluation) refuse(err error) error {
	faults, ok := errors.AsType[domain.Faults](err)
	if !ok {
		return err
	}
	e.faults = append(e.faults, faults[:min(len(faults), MaxFaults-len(e.faults))]...)
	return nil
}
