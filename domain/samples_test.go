package domain_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"parley/domain"
	"parley/domain/intake"

	"github.com/stretchr/testify/require"
)

// The files in testdata/event are storage formats. They are never rewritten: a
// change that breaks one needs a new version of the type, and an upcaster.
// -update only adds the files of new types, from the lines of samples.ndjson.
var update = flag.Bool("update", false, "add missing frozen samples")

func sampleFile(s *domain.Spec) string {
	return filepath.Join("testdata", "event", s.FullName()[len("parley."):]+".json")
}

// sampleLines are the samples as they are written by hand, by type.
func sampleLines(t *testing.T) map[string]*domain.Event {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", "samples.ndjson"))
	require.NoError(t, err)
	defer file.Close()
	in, faults := intake.Lines("samples.ndjson", file)
	require.Empty(t, printed(faults))
	lines := map[string]*domain.Event{}
	for _, c := range in {
		require.Empty(t, printed(c.Faults))
		c.Event.Writer = "parley:sample"
		c.Event.Time = time.Date(2025, 11, 1, 12, 0, 0, 0, time.UTC)
		c.Event.Recorded = time.Date(2025, 11, 1, 12, 0, 0, int(250*time.Millisecond), time.UTC)
		lines[c.Event.Type()] = c.Event
	}
	return lines
}

// addSamples writes the files of types that have none yet.
func addSamples(t *testing.T) {
	t.Helper()
	lines := sampleLines(t)
	for _, s := range domain.Catalogue() {
		if _, err := os.Stat(sampleFile(s)); err == nil {
			continue
		}
		require.Contains(t, lines, s.Name, "write a line with every field of the act into samples.ndjson")
		raw, err := domain.Encode(lines[s.Name])
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(sampleFile(s), append(raw, '\n'), 0o644))
	}
}

// frozen reads the sample of a type.
func frozen(t *testing.T, s *domain.Spec) []byte {
	t.Helper()
	raw, err := os.ReadFile(sampleFile(s))
	require.NoError(t, err, "a new type or version needs a frozen sample: run this test with -update")
	return bytes.TrimSuffix(raw, []byte("\n"))
}

// TestFrozenSamples: what was stored once is read for ever, and written the same.
func TestFrozenSamples(t *testing.T) {
	if *update {
		addSamples(t)
	}
	filled := map[string]bool{}
	for _, s := range domain.Catalogue() {
		raw := frozen(t, s)
		e, err := domain.Decode(raw)
		require.NoError(t, err, s.Name)
		require.Same(t, s, mustSpec(t, e.Type()))
		again, err := domain.Encode(e)
		require.NoError(t, err)
		require.Equal(t, string(raw), string(again), s.Name)

		values := domain.Unbind(e)
		for _, v := range values {
			filled[v.Path] = true
		}
		for _, f := range s.Fields() {
			require.True(t, slices.ContainsFunc(values, func(v domain.Value) bool { return v.Path == f.Path }),
				"%s of %s is not in the frozen sample: a field more is a new version", f.Path, s.Name)
		}
	}
	for _, f := range domain.BodyFields() {
		require.True(t, filled[f.Path], "%s is in no frozen sample", f.Path)
	}
}

// TestFrozenSamplesOfAllVersions: a newer version of a type takes nothing away.
func TestFrozenSamplesOfAllVersions(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "event", "*.json"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), len(domain.Catalogue()))
	for _, name := range files {
		raw, err := os.ReadFile(name)
		require.NoError(t, err)
		e, err := domain.Decode(raw)
		require.NoError(t, err, name)
		require.Contains(t, filepath.Base(name), e.Type()+".v")
	}
}

// TestSamplesAreInput: the same samples, as people write them.
func TestSamplesAreInput(t *testing.T) {
	lines := sampleLines(t)
	for _, s := range domain.Catalogue() {
		raw, err := domain.Encode(lines[s.Name])
		require.NoError(t, err)
		require.Equal(t, string(frozen(t, s)), string(raw), s.Name)
	}
}

func mustSpec(t *testing.T, name string) *domain.Spec {
	t.Helper()
	s, ok := domain.SpecOf(name)
	require.True(t, ok, name)
	return s
}
