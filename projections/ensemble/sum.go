package ensemble

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"parley/domain"
	"parley/projections"
)

// summary sums up what has been added. It costs what it tells, and ends with the
// context: of a wide ensemble, that is more than the runs themselves.
func (t *tally) summary(ctx context.Context) (*Summary, error) {
	if n := len(t.snapshots); n == 0 || t.snapshots[n-1].runs != t.runs {
		t.snapshots = append(t.snapshots, snapshot{t.runs, maps.Clone(t.main)})
	}
	o, seen := t.options, t.base.Picture().Seen()
	s := &Summary{
		Hypothetical: true, Negotiation: seen.Negotiation,
		Base: Ground{
			View: seen.View, Fork: strconv.FormatUint(seen.Position, 10), Branch: seen.Branch, Checkpoint: o.Checkpoint, Branches: o.Branches,
			Outcome: t.brief(projections.Effect{}),
		},
		Model: o.Model, Version: o.Version, ModelDigest: o.ModelDigest, Seed: o.Seed, Author: o.Author, Purpose: o.Purpose,
		Runs: t.runs, RunsDigest: digestText(t.digest.Sum(nil)), Cut: t.cut, Events: t.events, Positions: []Cell{}, Paths: []Path{}, OtherPaths: t.others,
	}
	if seen.Branch != nil {
		s.Base.Fork = seen.Branch.Position
	}
	s.Origin, s.OriginEnd = t.originText()
	counted := countsOf(t.main)
	s.Outcomes = Outcomes{Agreement: t.listed(counted[subject{ofAgreement, ""}], rungWords), Process: t.listed(counted[subject{ofProcess, ""}], processWords), Ceasefires: []Ceasefire{}}
	for _, id := range t.ceasefires(counted) {
		counts := countsAt(counted, subject{ofCeasefire, id})
		t.rest(counts, t.ground.Ceasefires[id], t.runs)
		s.Outcomes.Ceasefires = append(s.Outcomes.Ceasefires, Ceasefire{id, t.listed(counts, ceasefireWords)})
	}
	for i, f := range firsts {
		if ctx.Err() != nil {
			return nil, stopped(ctx, t.runs)
		}
		m := t.times[i]
		s.Times = append(s.Times, Timing{
			First: f.name, Count: m.happens, Share: t.share(m.happens), StdErr: stderr(m.happens, t.runs),
			Undated: m.happens - len(m.millis), Before: m.before, Days: quantiles(m.millis),
		})
	}
	for _, id := range slices.Sorted(maps.Keys(t.moved)) {
		s.Positions = append(s.Positions, t.cellOf(id, t.moved[id]))
	}
	for _, at := range t.snapshots {
		if ctx.Err() != nil {
			return nil, stopped(ctx, t.runs)
		}
		s.Convergence = append(s.Convergence, t.convergence(s, at))
	}
	for _, p := range t.paths {
		s.Paths = append(s.Paths, p.told())
	}
	if ctx.Err() != nil {
		return nil, stopped(ctx, t.runs)
	}
	return s, nil
}

// The words of each measure, in order; others come after them.
var (
	rungWords       = projections.Rungs()
	processWords    = append([]string{"unknown"}, domain.ProcessStatus("").Values()...)
	ceasefireWords  = append([]string{"unknown"}, domain.CeasefireStatus("").Values()...)
	stanceWords     = domain.Stance("").Values()
	commitmentWords = []string{"none", "private", "verbal", "written", "signed", "unknown"}
)

// ceasefires lists those of the base and of the runs.
func (t *tally) ceasefires(counted map[subject]map[string]int) []string {
	ids := slices.Collect(maps.Keys(t.ground.Ceasefires))
	for o := range counted {
		if o.measure == ofCeasefire {
			ids = append(ids, o.key)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// subject is what some of the main counts are of, whatever the value.
type subject struct{ measure, key string }

// countsOf groups the main counts, each group by its values.
func countsOf(main map[share]int) map[subject]map[string]int {
	out := map[subject]map[string]int{}
	for s, n := range main {
		countsAt(out, subject{s.measure, s.key})[s.value] = n
	}
	return out
}

func countsAt(counted map[subject]map[string]int, o subject) map[string]int {
	counts, ok := counted[o]
	if !ok {
		counts = map[string]int{}
		counted[o] = counts
	}
	return counts
}

// rest gives the runs that are not counted to the value of the base.
func (t *tally) rest(counts map[string]int, base string, runs int) {
	for _, n := range counts {
		runs -= n
	}
	if runs > 0 {
		counts[cmp.Or(base, "unknown")] += runs
	}
}

func (t *tally) listed(counts map[string]int, words []string) []Frequency {
	out := []Frequency{}
	for _, w := range inOrder(slices.Collect(maps.Keys(counts)), words) {
		out = append(out, Frequency{w, counts[w], t.share(counts[w]), stderr(counts[w], t.runs)})
	}
	return out
}

// inOrder sorts values as the words go.
func inOrder(values, words []string) []string {
	rank := func(v string) int {
		if i := slices.Index(words, v); i >= 0 {
			return i
		}
		return len(words)
	}
	slices.SortFunc(values, func(a, b string) int { return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b)) })
	return values
}

// share is a count as a share of all runs.
func (t *tally) share(count int) float64 { return shareOf(count, t.runs) }

func shareOf(count, runs int) float64 { return round(float64(count)/float64(runs), 1e6) }

func (t *tally) cellOf(id string, c *cell) Cell {
	base := positionOf(t.ground.Positions[id])
	stances, commitments := maps.Clone(c.stances), maps.Clone(c.commitment)
	t.rest(stances, base.Stance, t.runs)
	t.rest(commitments, base.Commitment, t.runs)
	party, issue, _ := strings.Cut(id, "/")
	return Cell{party, issue, base, c.changed, t.listed(stances, stanceWords), t.listed(commitments, commitmentWords)}
}

// convergence are the main shares of the end as they were after the first runs.
func (t *tally) convergence(s *Summary, at snapshot) Convergence {
	out := Convergence{Runs: at.runs, Shares: []Share{}}
	put := func(measure, key, value string, n int) {
		out.Shares = append(out.Shares, Share{measure, key, value, shareOf(n, at.runs), stderr(n, at.runs)})
	}
	for _, f := range s.Outcomes.Agreement {
		put(ofAgreement, "", f.Value, at.main[share{ofAgreement, "", f.Value}])
	}
	for _, f := range s.Outcomes.Process {
		put(ofProcess, "", f.Value, at.main[share{ofProcess, "", f.Value}])
	}
	for _, c := range s.Outcomes.Ceasefires {
		base, rest := cmp.Or(t.ground.Ceasefires[c.Ceasefire], "unknown"), at.runs
		for _, f := range c.Status {
			rest -= at.main[share{ofCeasefire, c.Ceasefire, f.Value}]
		}
		for _, f := range c.Status {
			n := at.main[share{ofCeasefire, c.Ceasefire, f.Value}]
			if f.Value == base {
				n += rest
			}
			put(ofCeasefire, c.Ceasefire, f.Value, n)
		}
	}
	for _, f := range s.Times {
		put(ofFirst, "", f.First, at.main[share{ofFirst, "", f.First}])
	}
	return out
}
