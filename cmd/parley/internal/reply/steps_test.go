package reply

import (
	"testing"

	"parley/cmd/parley/internal/exampletest"
	"parley/domain"
	"parley/projections"
)

const negotiation = exampletest.Talks

// examplePicture is the worked example, whole, made without a store.
func examplePicture(t *testing.T) *projections.Picture {
	t.Helper()
	decision, faults := domain.Decide(map[string]*domain.Ledger{negotiation: domain.NewLedger(negotiation)}, exampletest.Events(t), domain.Handling{})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	var log []domain.Entry
	for i, e := range decision.Append {
		log = append(log, domain.Entry{Position: uint64(i + 1), Event: e})
	}
	pic, err := projections.Project(negotiation, log, projections.View{})
	if err != nil {
		t.Fatal(err)
	}
	return pic
}

// The changes of a replay add up to the state.
func TestReplayAddsUp(t *testing.T) {
	pic := examplePicture(t)
	all := Steps(pic)
	if len(all) != len(pic.Happenings) {
		t.Fatalf("%d steps of %d happenings", len(all), len(pic.Happenings))
	}
	nothing := *pic
	nothing.Happenings, nothing.State = nil, projections.State{}
	sum := wholeValues(t, &nothing).at
	for _, x := range all {
		for _, c := range x.Changes {
			if sum[c.Path] != c.Old && !(sum[c.Path] == "" && c.Old == "unknown") {
				t.Errorf("step %d: %s was %q, not %q", x.Step, c.Path, sum[c.Path], c.Old)
			}
			sum[c.Path] = c.New
		}
	}
	want := wholeValues(t, pic)
	for path, value := range want.at {
		if got := sum[path]; got != value && value != "unknown" {
			t.Errorf("%s adds up to %q, want %q", path, got, value)
		}
		delete(sum, path)
	}
	for path, value := range sum {
		if value != "" {
			t.Errorf("%s adds up to %q, want nothing", path, value)
		}
	}
}

// wholeValues are the values of a picture, all of it printed.
func wholeValues(t interface{ Fatal(...any) }, pic *projections.Picture) values {
	tree, err := pic.PrintOnly("rounds", "drafts", "positions", "mandates", "ceasefires")
	if err != nil {
		t.Fatal(err)
	}
	return valuesOf(tree)
}
