package main

import (
	"bytes"
	"cmp"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"parley/cmd/parley/internal/web"

	"github.com/stretchr/testify/require"
)

// lookAt has a script in JavaScript drive a real browser on what is served.
func lookAt(t *testing.T, script, address, negotiation string, more ...string) {
	t.Helper()
	require.True(t, web.Open().Built(), "the dashboard is not part of the test: run `make dashboard`")
	dir := filepath.Join("internal", "web")
	_, err := os.Stat(filepath.Join(dir, "node_modules", "playwright-core"))
	require.NoError(t, err, "what drives the browser is not there: run `make node_modules`")
	browser, err := exec.LookPath(cmp.Or(os.Getenv("PARLEY_CHROMIUM"), "chromium"))
	require.NoError(t, err, "the browser is not there: run `make chromium`, or say where it is with PARLEY_CHROMIUM")
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, "node", filepath.Join("test", script))
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), append(more, "PARLEY_URL="+address, "PARLEY_NEGOTIATION="+negotiation, "PARLEY_CHROMIUM="+browser)...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	require.NoError(t, cmd.Run(), "%s", &said)
}

// serveExample serves the worked example, and gives the address.
func serveExample(t *testing.T) string {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data")
	must(t, "demo", "--once", "--data", data)
	return serveFolder(t, data)
}

// A reader goes through the worked example: step by step, back again, and to the
// reasons.
func TestDashboardReplay(t *testing.T) {
	lookAt(t, "replay.mjs", serveExample(t), demoNegotiation)
}
