package server

import (
	"slices"
	"testing"

	"parley/projections"
	"parley/projections/live"

	"github.com/stretchr/testify/require"
)

// A volume has read further than the log seems to go just now, as where a server of a
// cluster that led it and was stopped answers once more. What was shown stays.
func TestVolumeStaysAhead(t *testing.T) {
	var runner *live.Runner
	s := serve(t, func(o *Options) {
		runner, _ = follow(t, o.Store)
		o.Live = runner
	})
	head, err := s.store.Head(t.Context(), example)
	require.NoError(t, err)
	require.NoError(t, runner.Hub().WaitFor(t.Context(), example, head))
	v := s.shelf.volume(example)
	_, err = v.catchUp(t.Context(), s.store)
	require.NoError(t, err)
	later := v.log[len(v.log)-1]
	later.Position++
	v.log = append(slices.Clip(v.log), later)
	view, err := projections.ParseView("known-by=2025-10-28")
	require.NoError(t, err)
	_, err = v.picture(view)
	require.NoError(t, err)

	now, err := v.catchUp(t.Context(), s.store)
	require.NoError(t, err)
	require.Equal(t, later.Position, now)
	_, err = v.picture(view)
	require.NoError(t, err)
}
