package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/eventstore"

	"github.com/stretchr/testify/require"
)

// What stands under a subject that is no negotiation's is counted and listed, with
// its positions.
func TestDoctorListsForeignSubjects(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	must(t, "import", "testdata/talks.csv", "--data", data)
	require.NotContains(t, must(t, "doctor", "--data", data), "Under no negotiation")
	s, err := eventstore.Open(t.Context(), eventstore.Options{Dir: data})
	require.NoError(t, err)
	subjects := append([]string{"Worse"}, strings.Split(strings.Repeat("BAD ", 12), " ")[:12]...)
	for _, name := range subjects { // from #15 on
		_, err := s.Conn().Request("parley.record."+name, []byte("poison"), 5*time.Second)
		require.NoError(t, err)
	}
	found, err := s.Foreign(t.Context())
	require.NoError(t, err)
	require.Equal(t, []eventstore.Foreign{
		{Subject: "parley.record.BAD", Entries: 12, Positions: []uint64{16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27}},
		{Subject: "parley.record.Worse", Entries: 1, Positions: []uint64{15}},
	}, found)
	require.NoError(t, s.Close())

	out := must(t, "doctor", "--data", data)
	for _, want := range []string{
		"13 entries stand under no negotiation",
		"parley.record.BAD", "#16, #17, #18, #19, #20, #21, #22, #23, #24, #25 and 2 more",
		"parley.record.Worse", "#15", "Nothing is damaged",
	} {
		require.Contains(t, out, want)
	}
	require.Contains(t, must(t, "doctor", "--data", data, "--json"), `{"subject":"parley.record.Worse","entries":1,"positions":[15]}`)
}

// What stands under the name of a negotiation that nobody registered makes it none: the
// hint names another one, or none.
func TestUnregisteredIsNotMeant(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	must(t, "import", "testdata/talks.csv", "--data", data)
	s, err := eventstore.Open(t.Context(), eventstore.Options{Dir: data})
	require.NoError(t, err)
	for _, name := range []string{"newneg", "talkz"} {
		_, err = s.Conn().Request("parley.record."+name, []byte("poison"), 5*time.Second)
		require.NoError(t, err)
	}
	require.NoError(t, s.Close())
	for name, want := range map[string]string{"newneg": "NegotiationRegistered", "talkz": "did you mean talks?"} {
		file := filepath.Join(t.TempDir(), "rows.csv")
		require.NoError(t, os.WriteFile(file, []byte("key,type,negotiation,occurred,actors\na,StatementIssued,"+name+",2026-03,north\n"), 0o600))
		said := failProgram(t, process("import", file, "--data", data), exitInvalid)
		require.Contains(t, said, want)
		require.NotContains(t, said, "did you mean "+name)
	}
}
