package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"parley/domain"
	"parley/eventstore"

	"github.com/stretchr/testify/require"
)

const (
	nasty   = "\u202eevil\u001b[31m\u0007\u009b2J"
	spelled = `\u202eevil\u001b[31m\u0007\u009b2J`
)

// What a terminal would obey is refused wherever people say something of a branch or of
// runs, with its place.
func TestSayingsAreRefused(t *testing.T) {
	data := t.TempDir()
	must(t, "import", "testdata/talks.csv", "--data", data)
	must(t, "branch", "open", "b", "--on", "talks", "--author", "A", "--purpose", "P", "--data", data)
	for flag, args := range map[string][]string{
		"--author":        {"branch", "open", "c", "--on", "talks", "--purpose", "P", "--author", nasty},
		"--purpose":       {"branch", "open", "c", "--on", "talks", "--author", "A", "--purpose", nasty},
		"--reason":        {"branch", "drop", "b", "--reason", nasty},
		"--model":         {"whatif", "talks", "--model", nasty},
		"--model-version": {"whatif", "talks", "--model-version", nasty},
		"--seed":          {"whatif", "talks", "--seed", nasty},
	} {
		code, out, said := runIt(t, "", append(args, "--data", data)...)
		require.Equal(t, exitInvalid, code, "%s: %s", flag, said)
		require.Contains(t, said, flag)
		require.Contains(t, said, "U+202E")
		require.Equal(t, -1, strings.IndexFunc(out+said, domain.Unprintable), "%q", said)
	}
	require.Contains(t, must(t, "branch", "list", "--data", data), "b ")
}

// Branches that former versions stored may say anything. It is spelt out where people
// read it.
func TestStoredSayingsAreSpelledOut(t *testing.T) {
	data := t.TempDir()
	must(t, "import", "testdata/talks.csv", "--data", data)
	s, err := eventstore.Open(t.Context(), eventstore.Options{Dir: data})
	require.NoError(t, err)
	now := time.Now().UTC().Truncate(time.Millisecond)
	raw, err := domain.Encode(&domain.Event{
		ID: domain.KeyedID("talks", "old"), Negotiation: "talks", Writer: "test", Time: now, Recorded: now, SupposedBy: "old",
		Body: domain.Body{Act: domain.BranchOpened{Branch: "old", Parent: "record", At: "1", Author: nasty, Purpose: nasty}},
	})
	require.NoError(t, err)
	_, err = s.JetStream().Publish(t.Context(), "parley.branch.old.talks", raw)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	for _, args := range [][]string{
		{"branch", "list"}, {"branch", "show", "old"}, {"branch", "compare", "old"}, {"state", "talks", "--branch", "old"}, {"events", "talks", "--branch", "old"},
	} {
		code, out, said := runIt(t, "", append(args, "--data", data)...)
		require.Equal(t, exitOK, code, said)
		require.Equal(t, -1, strings.IndexFunc(out+said, domain.Unprintable), "%v: %q", args, out)
		if args[1] == "list" {
			require.Contains(t, out, spelled)
		}
	}
	code, _, said := runIt(t, "", "branch", "open", "old", "--on", "talks", "--author", "A", "--purpose", "P", "--data", data)
	require.Equal(t, exitConflict, code)
	require.Contains(t, said, spelled, "the error tells who has the name")
}

// A screen with colours writes its own codes, and nobody else's.
func TestPainted(t *testing.T) {
	var out bytes.Buffer
	s := &screen{out: &out, width: 80, color: true}
	s.line(s.bold("a\x1b[31m") + " b " + s.faint("\u202ec"))
	require.Equal(t, "\x1b[1ma\\u001b[31m\x1b[0m b \x1b[2m\\u202ec\x1b[0m\n", out.String())
}
