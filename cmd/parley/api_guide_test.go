package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAPIGuide runs the sessions of the API's page, in order and against one server,
// and compares what it answers with what the page shows.
func TestAPIGuide(t *testing.T) {
	page := filepath.Join("..", "..", "docs", "api.md")
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	s := newSession(t)
	data := filepath.Join(s.dir, "data")
	must(t, "demo", "--once", "--data", data)
	api := serveFolder(t, data)
	const shown = "http://" + httpDefault
	sessions := 0
	got := block.ReplaceAllStringFunc(string(text), func(fenced string) string {
		sessions++
		commands := strings.ReplaceAll(block.FindStringSubmatch(fenced)[3], shown, api)
		return "```console\n" + strings.ReplaceAll(s.replay(t, commands), api, shown) + "```\n"
	})
	require.Greater(t, sessions, 8)
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(got), 0o644)) //nolint:gosec // a document, for everybody
		return
	}
	require.Equal(t, string(text), got)
}
