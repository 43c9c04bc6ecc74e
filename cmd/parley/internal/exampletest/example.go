// Package exampletest records the worked example (docs/examples/istanbul-2025) for tests:
// what a server shows is then what the documentation tells.
package exampletest

import (
	"bytes"
	"io/fs"
	"slices"
	"testing"

	"parley/docs/examples/istanbul-2025"
	"parley/domain"
	"parley/domain/intake"
	"parley/eventstore"
)

// Talks is the negotiation that the example is about.
const Talks = "pak-afg-2025"

// Events are the events of the example, the registry first.
func Events(t testing.TB) []domain.Candidate {
	t.Helper()
	names, err := fs.Glob(istanbul2025.Files, "*.csv")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	var all []domain.Candidate
	for _, name := range names {
		text, err := fs.ReadFile(istanbul2025.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		read, faults := intake.Table(name, bytes.NewReader(text))
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		all = append(all, read...)
	}
	for _, c := range all {
		c.Event.Writer = "test"
	}
	return all
}

// Open opens a store in a folder, whose server listens on a free port of this machine,
// and records the example. Who calls it closes the store.
func Open(t testing.TB, dir string) *eventstore.Store {
	t.Helper()
	store, err := eventstore.Open(t.Context(), eventstore.Options{Dir: dir, Kind: "test", Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = store.Append(t.Context(), eventstore.Any(), Events(t), eventstore.AppendOptions{}); err != nil {
		_ = store.Close() // that it could not be filled is what counts
		t.Fatal(err)
	}
	return store
}
