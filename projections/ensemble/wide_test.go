package ensemble_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"parley/domain"
	"parley/projections/ensemble"

	"github.com/stretchr/testify/require"
)

// wide is runs that register ceasefires, so many each, and declare them.
func wide(runs, ceasefires int) string {
	var b strings.Builder
	for i := range runs {
		fmt.Fprintf(&b, `{"run":"%d","events":[`, i+1)
		for k := range ceasefires {
			if k > 0 {
				b.WriteString(",")
			}
			fmt.Fprintf(&b, `{"key":"r-%d","type":"CeasefireRegistered","act":{"ceasefire":"c-%d-%d","title":"T","parties":["a","b"]}},`, k, i, k)
			fmt.Fprintf(&b, `{"key":"s-%d","type":"CeasefireStatusDeclared","occurred":"2025-11-05","actors":["a"],"act":{"ceasefire":"c-%d-%d","status":"holding"}}`, k, i, k)
		}
		b.WriteString("]}\n")
	}
	return b.String()
}

// The summary of many ceasefires costs no more for each of them than that of few.
func TestSummaryOfManyCeasefires(t *testing.T) {
	base := newBase(t, "")
	const few, growth = 200, 20
	least := map[int]time.Duration{}
	sum := func(ceasefires int) {
		summing, err := ensemble.Summing(base, ceasefires)
		require.NoError(t, err)
		begun := time.Now()
		s, err := summing(t.Context())
		took := time.Since(begun)
		require.NoError(t, err)
		require.Len(t, s.Outcomes.Ceasefires, ceasefires+1)
		if best, ok := least[ceasefires]; !ok || took < best {
			least[ceasefires] = took
		}
	}
	times := func() float64 { return float64(least[growth*few]) / float64(least[few]) }
	for tries := range 12 { // a machine that is busy is slow now and then, but not always
		sum(few)
		sum(growth * few)
		if tries > 3 && times() < growth*growth/2 {
			break
		}
	}
	require.Less(t, times(), float64(growth*growth)/2, "%d times as many", growth)
}

// The shares of a wide ensemble are those of each ceasefire by itself.
func TestConvergenceOfCeasefires(t *testing.T) {
	s, err := evaluate(t, newBase(t, ""), wide(12, 2)+strings.ReplaceAll(wide(1, 0), `"1"`, `"last"`), ensemble.Options{})
	require.NoError(t, err)
	require.Len(t, s.Outcomes.Ceasefires, 25)
	require.Equal(t, []int{10, 13}, []int{s.Convergence[0].Runs, s.Convergence[1].Runs})
	for _, c := range []ensemble.Share{
		{Measure: "ceasefire", Key: "c-3-1", Value: "holding", Share: 0.1, StdErr: 0.094868},
		{Measure: "ceasefire", Key: "c-3-1", Value: "unknown", Share: 0.9, StdErr: 0.094868},
		{Measure: "ceasefire", Key: "c-11-0", Value: "holding", Share: 0, StdErr: 0},
		{Measure: "ceasefire", Key: "c-11-0", Value: "unknown", Share: 1, StdErr: 0},
		{Measure: "ceasefire", Key: "c", Value: "holding", Share: 1, StdErr: 0},
	} {
		require.Contains(t, s.Convergence[0].Shares, c)
	}
}

// Whoever leaves while it is summed up ends it.
func TestContextEndsSummary(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	base := newBase(t, "")
	text := wide(2, 3)
	s, err := ensemble.Evaluate(ctx, base, ensemble.NewReader(base).Lines("runs", strings.NewReader(text)), ensemble.Options{
		Origin: domain.MustEDTF("2025-11-02"), Progress: func(done int) {
			if done == 2 {
				cancel()
			}
		},
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Nil(t, s)
}
