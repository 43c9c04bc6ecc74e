package ensemble

import (
	"context"
	"fmt"
	"maps"

	"parley/projections"
)

// Summing sums up 100 runs, over and over, of which the first declares so many
// ceasefires.
func Summing(base *projections.Base, ceasefires int) (func(context.Context) (*Summary, error), error) {
	t, err := newTally(base, Options{})
	if err != nil {
		return nil, err
	}
	for i := range ceasefires {
		t.main[share{ofCeasefire, fmt.Sprint("c-", i), "holding"}] = 1
	}
	for t.runs = snapshotFirst; t.runs < 100; t.runs = after(t.runs) {
		t.snapshots = append(t.snapshots, snapshot{t.runs, maps.Clone(t.main)})
	}
	return t.summary, nil
}
