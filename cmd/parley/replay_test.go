package main

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/cmd/parley/internal/reply"
	"parley/domain"
	"parley/projections"

	"github.com/stretchr/testify/require"
)

// In order of knowledge every account has its step, once, and those without a date
// the last one.
func TestLearning(t *testing.T) {
	pic := examplePicture(t)
	all, err := reply.Learning(demoNegotiation, domain.Lineage{Record: exampleLog(t)}, projections.View{})
	require.NoError(t, err)
	told := map[string]bool{}
	for i, x := range all {
		require.Equal(t, []int{i + 1, len(all)}, []int{x.Step, x.Of})
		require.Equal(t, i == len(all)-1, x.Undated)
		require.Equal(t, x.Undated, x.Known == "")
		for _, e := range x.Events {
			require.False(t, told[e], e)
			told[e] = true
		}
	}
	require.Len(t, told, len(pic.Accounts))
}

// --speed lets time pass between the steps, not before the first.
func TestSpeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, err := (&program{}).pace(false, 4, true)
		require.NoError(t, err)
		begin, n := time.Now(), 0
		for range w.through(t.Context(), make([]reply.Step, 9)) {
			require.Equal(t, time.Duration(n)*time.Second/4, time.Since(begin))
			n++
		}
		require.Equal(t, 9, n)
		require.NoError(t, w.err)
	})
}

// An interrupted replay ends, whatever it waits for.
func TestPaceIsInterruptible(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, keys := io.Pipe()
		for _, w := range []*pace{{every: time.Hour}, {ask: true, in: in, hint: func() {}}} {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			n := 0
			for range w.through(ctx, make([]reply.Step, 3)) {
				n++
				cancel()
			}
			require.Equal(t, 1, n)
			require.ErrorIs(t, w.err, context.Canceled)
		}
		require.NoError(t, keys.Close())
	})
}

// Enter brings the next step; q, or the end of the input, ends the replay.
func TestStep(t *testing.T) {
	for keys, want := range map[string]int{"": 1, "\n": 2, "\n\n\n\n": 3, "\nq\n\n": 2, " Q \n": 1} {
		hints := 0
		w := &pace{ask: true, in: strings.NewReader(keys), hint: func() { hints++ }}
		n := 0
		for range w.through(t.Context(), make([]reply.Step, 3)) {
			n++
		}
		require.Equal(t, want, n, "%q", keys)
		require.NoError(t, w.err)
		require.Equal(t, 1, hints)
	}
}
