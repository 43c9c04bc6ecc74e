package istanbul2025_test

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	istanbul2025 "parley/docs/examples/istanbul-2025"
	"parley/domain"
	"parley/domain/intake"
	"parley/projections"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"
	_ "time/tzdata"
)

var update = flag.Bool("update", false, "write the golden state anew; commit it only if you can explain the diff")

const talks = "pak-afg-2025"

// record reads the tables as the door would, and further rows after them.
func record(t *testing.T, more ...string) []domain.Entry {
	t.Helper()
	files, err := fs.Glob(istanbul2025.Files, "*.csv")
	require.NoError(t, err)
	var in []domain.Candidate
	for _, f := range files {
		b, err := fs.ReadFile(istanbul2025.Files, f)
		require.NoError(t, err)
		rows, faults := intake.Table(f, bytes.NewReader(b))
		require.Empty(t, faults)
		in = append(in, rows...)
	}
	for _, m := range more {
		rows, faults := intake.Table("more.csv", bytes.NewReader([]byte(m)))
		require.Empty(t, faults)
		in = append(in, rows...)
	}
	d, faults := domain.Decide(map[string]*domain.Ledger{talks: domain.NewLedger(talks)}, in, domain.Handling{})
	require.Empty(t, faults)
	var log []domain.Entry
	for i, e := range d.Append {
		e.Recorded = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		log = append(log, domain.Entry{Position: uint64(i + 1), Event: e})
	}
	return log
}

func under(t *testing.T, log []domain.Entry, view string) *projections.Picture {
	t.Helper()
	v, err := projections.ParseView(view)
	require.NoError(t, err)
	p, err := projections.Project(talks, log, v)
	require.NoError(t, err)
	return p
}

// value is the JSON at a path, or "absent".
func value(t *testing.T, p *projections.Picture, path string) string {
	t.Helper()
	all, err := p.Print("")
	require.NoError(t, err)
	n, err := all.Walk(path)
	if err != nil {
		return "absent"
	}
	b, err := json.Marshal(n)
	require.NoError(t, err)
	return string(b)
}

// TestGoldenState compares the whole state with the one that was read by eye.
func TestGoldenState(t *testing.T) {
	all, err := under(t, record(t), "").Print("")
	require.NoError(t, err)
	got, err := json.Marshal(all, jsontext.WithIndent("  "))
	require.NoError(t, err)
	golden := filepath.Join("testdata", "state.json")
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o750))
		require.NoError(t, os.WriteFile(golden, append(got, '\n'), 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got)+"\n")
}

func TestStoryOfTheDraft(t *testing.T) {
	log := record(t)
	const v3 = "drafts/istanbul-draft/versions/3/"
	full := under(t, log, "")
	require.Equal(t, `"verbally-confirmed"`, value(t, full, v3+"reached"))
	require.Equal(t, `"finalized"`, value(t, full, v3+"stands"))
	require.NotEqual(t, "absent", value(t, full, v3+"contested/stands"), "the other account takes back the draft itself")
	require.Equal(t, "absent", value(t, full, v3+"contested/reached"))
	require.Equal(t, `["afghan-taliban"]`, value(t, full, v3+"retracted/s1-retraction/by"))
	require.Equal(t, `"verbally-confirmed"`, value(t, under(t, log, "as-of=@s1-verbal-confirmation"), v3+"stands"))

	second := under(t, log, "as-of=@s1-draft-finalized-2")
	require.Equal(t, `"finalized"`, value(t, second, "drafts/istanbul-draft/versions/2/stands"))
	require.Equal(t, "absent", value(t, second, "drafts/istanbul-draft/versions/3"))
}

func TestNoHindsight(t *testing.T) {
	log := record(t)
	finalized := func(view string) (n int) {
		for _, v := range []string{"1", "2", "3"} {
			if value(t, under(t, log, view), "drafts/istanbul-draft/versions/"+v+"/reached") != "absent" {
				n++
			}
		}
		return n
	}
	require.Zero(t, finalized("known-by=2025-10-28"))
	require.Zero(t, finalized("known-by=2025-10-29"))
	require.Equal(t, 3, finalized("known-by=2025-10-29&possibly"))
	straddling := under(t, log, "known-by=2025-10-29").Straddling
	for _, key := range []string{"s1-draft-finalized-1", "s1-draft-finalized-2", "s1-draft-finalized-3", "s1-verbal-confirmation", "s1-retraction"} {
		require.True(t, slices.ContainsFunc(straddling, func(s projections.Straddler) bool { return s.Event == key }), key)
	}
}

func TestADenialContestsReachedAndNothingElse(t *testing.T) {
	const denial = "key,type,negotiation,occurred,reported,actors,modality,act.draft,act.version,source.side,note\n" +
		"denial,VerbalConfirmationGiven,pak-afg-2025,[2025-10-27..2025-10-28],2025-11-20,afghan-taliban,negated,istanbul-draft,3,afghan-taliban,invented for a test\n"
	plain, denied := under(t, record(t), ""), under(t, record(t, denial), "")
	const v3 = "drafts/istanbul-draft/versions/3/"
	require.Contains(t, value(t, denied, v3+"contested/reached"), `"reason":"denied"`)
	require.Equal(t, `"verbally-confirmed"`, value(t, denied, v3+"reached"))
	for _, path := range []string{
		v3 + "stands", v3 + "contested/stands", v3 + "retracted", v3 + "declined", v3 + "steps", "drafts/istanbul-draft/unversioned",
		"drafts/istanbul-draft/versions/1", "drafts/istanbul-draft/versions/2", "rounds", "positions", "mandates", "ceasefires", "anomalies",
	} {
		require.Equal(t, value(t, plain, path), value(t, denied, path), path)
	}
}

func TestVagueDatesStayVague(t *testing.T) {
	log := record(t)
	// "On Sunday" dates the report of the two attempts, not the attempts.
	sunday := value(t, under(t, log, ""), "timeline")
	require.Contains(t, sunday, `"occurred":"[..2025-10-26]"`)
	require.Equal(t, `"unknown"`, value(t, under(t, log, "as-of=@s1-retraction"), "ceasefires/border-ceasefire/status"))
}

func TestTheCallIsNowhereACause(t *testing.T) {
	all, err := under(t, record(t), "").Print("mandates")
	require.NoError(t, err)
	b, err := json.Marshal(all)
	require.NoError(t, err)
	require.NotContains(t, string(b), "cause")
	require.Equal(t, `["s1-retraction"]`, value(t, under(t, record(t), ""), "mandates/afghan-taliban/instructions/s1-phone-call/precedes"))
}
