// Package ensemble evaluates many hypothetical continuations of a view, and sums up
// what they come to: how often which outcome, after how many days, and how sure that
// is with so many runs.
//
//	base, err := projections.NewBase("pak-afg-2025", lineage, view)
//	reader := ensemble.NewReader(base)
//	summary, err := ensemble.Evaluate(ctx, base, reader.Lines("runs.ndjson", in), ensemble.Options{Seed: "7"})
//
// A run is one continuation: events that happen after what the base holds. Runs are
// evaluated in memory and not stored ([projections.Base.Continue]).
//
// # Promises
//
// The same base, runs and options give the same [Summary], byte for byte in JSON,
// however the runs were fed and however many of them were evaluated at once: they are
// added up in order.
//
// Input is refused whole, with the line and the place of every fault (at most
// [MaxFaults]); nothing is summed up of it.
//
// [Summary.RunsDigest] names the runs: it is the SHA-256 of their lines ([Run.Line]).
//
// Memory holds a batch of runs with their lines, the counters, at most [MaxPaths] whole
// runs, and 24 bytes a run for the days; it does not grow with what the runs hold.
//
// # What is counted
//
// Firsts are of happenings that the continued picture has and the base has not: what a
// run withdraws or corrects counts as it then reads, and another account of what had
// happened already does not count. First agreement: somebody confirms, initials, signs
// or ratifies a text, whether it stands in the end or not: that is what the frequencies
// of agreement tell. First retraction: a CommitmentRetracted. First end of a ceasefire:
// it is declared ended or suspended; a violation does not end a ceasefire. What is
// planned or negated, and what the lens of the base does not believe, counts for none.
//
// Days are counted from the end of the origin ([Options.Origin]) to the latest bound
// of the happening, so one of the next day is one day away. One without a latest bound,
// or more than [MaxDays] from the origin either way, has happened, but is dated nowhere:
// it is counted apart.
//
// Quantiles are exact: the quantile p of m values in order is the one at p·m, rounded
// up. The standard error of a share s of n runs is √(s(1-s)/n): it tells what chance
// alone does to the share, and nothing of whether the model is right.
//
// # Cost
//
// A run whose events stand for themselves costs what it touches, however long the
// record is and however much a draft or a position holds; a retraction that names no
// version also costs the versions of its draft. What a draft or a position needs is made
// when a run first touches it, once for a base. One that links, corrects, withdraws, denies or registers something, or
// states an order that its dates do not tell, costs a fold of the whole view.
//
// # Limits
//
// [MaxRuns], [MaxEvents], [MaxLine], and for what runs themselves introduce,
// [MaxCells]. How long it may take is for the context.
package ensemble
