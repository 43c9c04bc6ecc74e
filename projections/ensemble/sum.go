package ensemble

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"parley/domain"
	"parley/projections"
)

// summary sums up what has been added.
func (t *tally) summary() *Summary {
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
	s.Outcomes = Outcomes{Agreement: t.frequencies(ofAgreement, "", rungWords), Process: t.frequencies(ofProcess, "", processWords), Ceasefires: []Ceasefire{}}
	for _, id := range t.ceasefires() {
		s.Outcomes.Ceasefires = append(s.Outcomes.Ceasefires, Ceasefire{id, t.frequencies(ofCeasefire, id, ceasefireWords)})
	}
	for i, f := range firsts {
		m := t.times[i]
		s.Times = append(s.Times, Timing{
			First: f.name, Count: m.happens, Share: t.share(m.happens), StdErr: stderr(m.happens, t.runs),
			Undated: m.happens - len(m.millis), Days: quantiles(m.millis),
		})
	}
	for _, id := range slices.Sorted(maps.Keys(t.moved)) {
		s.Positions = append(s.Positions, t.cellOf(id, t.moved[id]))
	}
	s.Convergence = t.convergence(s)
	for _, p := range t.paths {
		s.Paths = append(s.Paths, p.told())
	}
	return s
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
func (t *tally) ceasefires() []string {
	ids := slices.Collect(maps.Keys(t.ground.Ceasefires))
	for s := range t.main {
		if s.measure == ofCeasefire {
			ids = append(ids, s.key)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// frequencies are those of one measure in the end.
func (t *tally) frequencies(measure, key string, words []string) []Frequency {
	counts := countsOf(t.main, measure, key)
	if measure == ofCeasefire {
		t.rest(counts, t.ground.Ceasefires[key], t.runs)
	}
	return t.listed(counts, words)
}

func countsOf(main map[share]int, measure, key string) map[string]int {
	counts := map[string]int{}
	for s, n := range main {
		if s.measure == measure && s.key == key {
			counts[s.value] = n
		}
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
	base := Position{"unknown", "unknown"}
	if s, ok := t.ground.Positions[id]; ok {
		base = positionOf(s)
	}
	stances, commitments := maps.Clone(c.stances), maps.Clone(c.commitment)
	t.rest(stances, base.Stance, t.runs)
	t.rest(commitments, base.Commitment, t.runs)
	party, issue, _ := strings.Cut(id, "/")
	return Cell{party, issue, base, c.changed, t.listed(stances, stanceWords), t.listed(commitments, commitmentWords)}
}

// convergence follows the main shares of the end from the first runs on.
func (t *tally) convergence(s *Summary) []Convergence {
	var main []share
	for _, f := range s.Outcomes.Agreement {
		main = append(main, share{ofAgreement, "", f.Value})
	}
	for _, f := range s.Outcomes.Process {
		main = append(main, share{ofProcess, "", f.Value})
	}
	for _, c := range s.Outcomes.Ceasefires {
		for _, f := range c.Status {
			main = append(main, share{ofCeasefire, c.Ceasefire, f.Value})
		}
	}
	for _, f := range s.Times {
		main = append(main, share{ofFirst, "", f.First})
	}
	var out []Convergence
	for _, at := range t.snapshots {
		c := Convergence{Runs: at.runs, Shares: []Share{}}
		for _, m := range main {
			n := at.main[m]
			if m.measure == ofCeasefire {
				counts := countsOf(at.main, ofCeasefire, m.key)
				t.rest(counts, t.ground.Ceasefires[m.key], at.runs)
				n = counts[m.value]
			}
			c.Shares = append(c.Shares, Share{m.measure, m.key, m.value, shareOf(n, at.runs), stderr(n, at.runs)})
		}
		out = append(out, c)
	}
	return out
}
