package ensemble_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"parley/domain"
	"parley/projections/ensemble"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// few are runs whose summary can be told by hand, from the end of 2 November.
const few = `{"run":"1","events":[{"key":"x","type":"VerbalConfirmationGiven","occurred":"2025-11-05","actors":["b"],"act":{"draft":"d","version":1}}]}
{"run":"2","events":[{"key":"x","type":"VerbalConfirmationGiven","occurred":"2025-11-04","actors":["b"],"act":{"draft":"d","version":1}},{"key":"y","type":"CommitmentRetracted","occurred":"2025-11-06","actors":["b"],"act":{"draft":"d","version":1,"what":"confirmation"}}]}
{"run":"3","events":[{"key":"x","type":"CeasefireStatusDeclared","occurred":"2025-11-12","actors":["a"],"act":{"ceasefire":"c","status":"ended"}},{"key":"y","type":"PositionStated","occurred":"2025-11-03","actors":["b"],"act":{"issue":"w","stance":"accepts"}}]}
{"run":"4","events":[{"key":"x","type":"VerbalConfirmationGiven","occurred":"[2025-11-04..]","actors":["b"],"act":{"draft":"d","version":1}},{"key":"y","modality":"planned","type":"CommitmentRetracted","occurred":"2025-11-06","actors":["b"],"act":{"draft":"d","version":1,"what":"confirmation"}}]}
{"run":"5","events":[]}
`

func TestSummary(t *testing.T) {
	s, err := evaluate(t, newBase(t, ""), few, ensemble.Options{Origin: domain.MustEDTF("2025-11-02"), Seed: "7", Model: "m", Version: "2", Author: "A", Purpose: "P", Checkpoint: "root"})
	require.NoError(t, err)
	require.True(t, s.Hypothetical)
	require.Equal(t, ensemble.Ground{Fork: "8", Checkpoint: "root", Outcome: ensemble.Brief{Agreement: "finalized", Process: "unknown", Ceasefires: map[string]string{"c": "holding"}}}, s.Base)
	require.Equal(t, []any{"7", "m", "2", "A", "P", 5, 7, "2025-11-02", "2025-11-02T18:59:59Z"}, []any{s.Seed, s.Model, s.Version, s.Author, s.Purpose, s.Runs, s.Events, s.Origin, s.OriginEnd})
	require.Equal(t, []ensemble.Frequency{{"finalized", 3, 0.6, 0.219089}, {"verbally-confirmed", 2, 0.4, 0.219089}}, s.Outcomes.Agreement)
	require.Equal(t, []ensemble.Frequency{{"unknown", 5, 1, 0}}, s.Outcomes.Process)
	require.Equal(t, []ensemble.Ceasefire{{"c", []ensemble.Frequency{{"holding", 4, 0.8, 0.178885}, {"ended", 1, 0.2, 0.178885}}}}, s.Outcomes.Ceasefires)
	require.Equal(t, []ensemble.Timing{
		{First: ensemble.FirstAgreement, Count: 3, Share: 0.6, StdErr: 0.219089, Undated: 1, Days: &ensemble.Quantiles{P5: 2, P25: 2, P50: 2, P75: 3, P95: 3}},
		{First: ensemble.FirstRetraction, Count: 1, Share: 0.2, StdErr: 0.178885, Days: &ensemble.Quantiles{P5: 4, P25: 4, P50: 4, P75: 4, P95: 4}},
		{First: ensemble.FirstCeasefireEnd, Count: 1, Share: 0.2, StdErr: 0.178885, Days: &ensemble.Quantiles{P5: 10, P25: 10, P50: 10, P75: 10, P95: 10}},
	}, s.Times)
	require.Equal(t, []ensemble.Cell{{
		Party: "b", Issue: "w", Base: ensemble.Position{Stance: "unknown", Commitment: "unknown"}, Changed: 1,
		Stance:     []ensemble.Frequency{{"accepts", 1, 0.2, 0.178885}, {"unknown", 4, 0.8, 0.178885}},
		Commitment: []ensemble.Frequency{{"unknown", 5, 1, 0}},
	}}, s.Positions)
	var paths []string
	for _, p := range s.Paths {
		paths = append(paths, fmt.Sprint(p.Run, " ", p.Count, " ", len(p.Events)))
	}
	require.Equal(t, []string{"1 2 1", "2 2 2", "3 1 2"}, paths)
	require.Len(t, s.Convergence, 1)
	require.Contains(t, s.Convergence[0].Shares, ensemble.Share{Measure: "ceasefire", Key: "c", Value: "holding", Share: 0.8, StdErr: 0.178885})
}

// A run that ends as the base does moves no position, though it speaks of one.
func TestNoPositionIsMoved(t *testing.T) {
	var told []ensemble.Result
	o := ensemble.Options{Each: func(r ensemble.Result) error { told = append(told, r); return nil }}
	about := func(act string) string {
		return `{"key":"k","occurred":"2025-11-05","actors":["b"],` + act + `}`
	}
	refuses := about(`"type":"AssuranceRefused","act":{"issue":"w","form":"written"}`)
	s, err := evaluate(t, newBase(t, ""), `{"run":"1","events":[`+refuses+"]}\n", o)
	require.NoError(t, err)
	require.Empty(t, s.Positions)
	require.Empty(t, told[0].Positions)
	withdraws := `{"key":"no","type":"EventWithdrawn","act":{"target":"k","reason":"r"}}`
	s, err = evaluate(t, baseOn(t, refuses+"\n"), `{"run":"1","events":[`+withdraws+"]}\n", o)
	require.NoError(t, err)
	require.Empty(t, s.Positions)
	states := about(`"type":"PositionStated","act":{"issue":"w","stance":"rejects"}`)
	s, err = evaluate(t, newBase(t, ""), `{"run":"1","events":[`+states+"]}\n", o)
	require.NoError(t, err)
	require.Equal(t, 1, s.Positions[0].Changed)
	require.Len(t, told[2].Positions, 1)
}

// The summary is that of a plain count over the runs, each folded by itself.
func TestLawSummaryIsACount(t *testing.T) {
	base := newBase(t, "")
	rapid.Check(t, func(r *rapid.T) {
		text := ndjson(rapid.IntRange(1, 60).Draw(r, "runs"), rapid.Uint64().Draw(r, "seed"))
		s, err := evaluate(t, base, text, ensemble.Options{})
		require.NoError(r, err)
		agreement, ceasefire := map[string]int{}, map[string]int{}
		runs := read(t, base, text)
		for _, run := range runs {
			e, err := base.Continue(run.Events)
			require.NoError(r, err)
			o := base.Outcome().With(e)
			agreement[o.Agreement]++
			ceasefire[o.Ceasefires["c"]]++
		}
		require.Equal(r, len(runs), s.Runs)
		require.Len(r, s.Outcomes.Agreement, len(agreement))
		for _, f := range s.Outcomes.Agreement {
			require.Equal(r, agreement[f.Value], f.Count)
		}
		for _, f := range s.Outcomes.Ceasefires[0].Status {
			require.Equal(r, ceasefire[f.Value], f.Count)
		}
		total := s.OtherPaths
		for _, p := range s.Paths {
			total += p.Count
		}
		require.Equal(r, s.Runs, total)
		last := s.Convergence[len(s.Convergence)-1]
		require.Equal(r, s.Runs, last.Runs)
		for _, f := range s.Outcomes.Agreement {
			require.Contains(r, last.Shares, ensemble.Share{Measure: "agreement", Value: f.Value, Share: f.Share, StdErr: f.StdErr})
		}
	})
}

// The same runs give the same bytes, by NDJSON and in Go, by however many workers.
func TestSameRunsSameBytes(t *testing.T) {
	base, text := newBase(t, ""), ndjson(1000, 3)
	s, err := evaluate(t, base, text, ensemble.Options{Workers: 1})
	want := printed(t, s, err)
	runs := read(t, base, text)
	reader := ensemble.NewReader(base)
	checked := slices.Clone(runs)
	for i := range checked {
		checked[i], err = reader.Check(checked[i])
		require.NoError(t, err)
	}
	for _, workers := range []int{1, 2, 7, 64} {
		s, err := evaluate(t, base, text, ensemble.Options{Workers: workers})
		require.Equal(t, want, printed(t, s, err), "NDJSON, %d workers", workers)
		s, err = ensemble.Evaluate(t.Context(), base, sequence(runs), ensemble.Options{Workers: workers})
		require.Equal(t, want, printed(t, s, err), "Go, %d workers", workers)
	}
	s, err = ensemble.Evaluate(t.Context(), base, sequence(checked), ensemble.Options{})
	require.Equal(t, want, printed(t, s, err))
	var at []int
	for _, c := range s.Convergence {
		at = append(at, c.Runs)
	}
	require.Equal(t, []int{10, 20, 50, 100, 200, 500, 1000}, at)
	require.LessOrEqual(t, len(s.Paths), ensemble.MaxPaths)
}

// Each is told of every run in order, with what a single evaluation gives.
func TestEach(t *testing.T) {
	base, text := newBase(t, ""), ndjson(300, 5)
	var told []ensemble.Result
	var progress []int
	s, err := evaluate(t, base, text, ensemble.Options{
		Each:     func(r ensemble.Result) error { told = append(told, r); return nil },
		Progress: func(done int) { progress = append(progress, done) },
	})
	require.NoError(t, err)
	require.Len(t, told, s.Runs)
	require.Equal(t, s.Runs, progress[len(progress)-1])
	for i, run := range read(t, base, text) {
		e, err := base.Continue(run.Events)
		require.NoError(t, err)
		o := base.Outcome().With(e)
		require.Equal(t, []any{i + 1, run.Name, o.Agreement, o.Process, o.Ceasefires}, []any{told[i].Number, told[i].Run, told[i].Agreement, told[i].Process, told[i].Ceasefires})
		require.Len(t, told[i].Positions, len(e.Positions))
	}
	full := errors.New("the disk is full")
	_, err = evaluate(t, base, text, ensemble.Options{Each: func(ensemble.Result) error { return full }})
	require.ErrorIs(t, err, full)
}

// Without an origin, days are counted from where the base ends, by its own dates.
func TestOrigin(t *testing.T) {
	s, err := evaluate(t, newBase(t, ""), few, ensemble.Options{})
	require.NoError(t, err)
	require.Equal(t, "2025-11-02T23:59:59+05:00", s.Origin)
	require.InDelta(t, 2, s.Times[0].Days.P50, 0)
	s, err = evaluate(t, newBase(t, "as-of=2025-11-01"), few, ensemble.Options{})
	require.NoError(t, err)
	require.InDelta(t, 3, s.Times[0].Days.P50, 0)
	_, err = evaluate(t, newBase(t, "as-of=2024"), few, ensemble.Options{})
	var origin *ensemble.OriginError
	require.ErrorAs(t, err, &origin)
	_, err = evaluate(t, newBase(t, ""), few, ensemble.Options{Origin: domain.MustEDTF("[2025-11-02..]")})
	require.ErrorAs(t, err, &origin)
}

// A run counts alone: it sees nothing of the others, and the names that it registers
// are its own.
func TestRunsAreApart(t *testing.T) {
	register := `{"key":"reg-new","type":"ActorRegistered","act":{"actor":"new","name":"New","kind":"party"}}`
	says := `{"key":"says","type":"PositionStated","occurred":"2025-11-05","actors":["new"],"act":{"issue":"w","stance":"accepts"}}`
	base := newBase(t, "")
	s, err := evaluate(t, base, `{"run":"1","events":[`+register+","+says+"]}\n", ensemble.Options{})
	require.NoError(t, err)
	require.Equal(t, "new", s.Positions[0].Party)
	_, err = evaluate(t, base, `{"run":"1","events":[`+register+`]}`+"\n"+`{"run":"2","events":[`+says+"]}\n", ensemble.Options{})
	faults := faultsOf(t, err)
	require.Equal(t, domain.Place{File: "runs", Row: 2, Pointer: "/events/0/actors"}, faults[0].Place)
	require.Equal(t, domain.Unregistered, faults[0].Problem)
}

// What the base holds already changes nothing and counts for nothing.
func TestKnownEvents(t *testing.T) {
	s, err := evaluate(t, newBase(t, ""), `{"run":"1","events":[{"key":"final","type":"DraftFinalized","occurred":"2025-11-01","actors":["a","b"],"act":{"draft":"d","version":1,"completeness":"final"}}]}`, ensemble.Options{})
	require.NoError(t, err)
	require.Zero(t, s.Events)
}

func TestContextEnds(t *testing.T) {
	base := newBase(t, "")
	run := read(t, base, `{"run":"1","events":[]}`)[0]
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	_, err := ensemble.Evaluate(ctx, base, func(yield func(ensemble.Run, error) bool) {
		for yield(run, nil) { // without end
			if n++; n == 5000 {
				cancel()
			}
		}
	}, ensemble.Options{Limit: 1 << 30})
	require.ErrorIs(t, err, context.Canceled)
}

// A lens of the base holds for what is supposed only if it says so.
func TestLensOfTheBase(t *testing.T) {
	s, err := evaluate(t, newBase(t, "lens=!hypothetical"), few, ensemble.Options{})
	require.NoError(t, err)
	require.Zero(t, s.Times[0].Count)
	require.Equal(t, []ensemble.Frequency{{"finalized", 5, 1, 0}}, s.Outcomes.Agreement)
}
