package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/cmd/parley/internal/web"

	"github.com/stretchr/testify/require"
)

// lookAt has a script in JavaScript drive a real browser on what is served.
func lookAt(t *testing.T, script, address, negotiation string, more ...string) {
	t.Helper()
	var said bytes.Buffer
	cmd := looking(t, script, address, negotiation, more...)
	cmd.Stdout, cmd.Stderr = &said, &said
	require.NoError(t, cmd.Run(), "%s", &said)
}

// looking is such a script, yet to be started.
func looking(t *testing.T, script, address, negotiation string, more ...string) *exec.Cmd {
	t.Helper()
	require.True(t, web.Open().Built(), "the dashboard is not part of the test: run `make dashboard`")
	dir := filepath.Join("internal", "web")
	for _, read := range []string{script, "browser.mjs"} { // so that go test knows when they have changed
		_, err := os.ReadFile(filepath.Join(dir, "test", read))
		require.NoError(t, err)
	}
	_, err := os.Stat(filepath.Join(dir, "node_modules", "playwright-core"))
	require.NoError(t, err, "what drives the browser is not there: run `make node_modules`")
	browser, err := exec.LookPath(cmp.Or(os.Getenv("PARLEY_CHROMIUM"), "chromium"))
	require.NoError(t, err, "the browser is not there: run `make chromium`, or say where it is with PARLEY_CHROMIUM")
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(stop)
	cmd := exec.CommandContext(ctx, "node", filepath.Join("test", script))
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), append(more, "PARLEY_URL="+address, "PARLEY_NEGOTIATION="+negotiation, "PARLEY_CHROMIUM="+browser)...)
	return cmd
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

// The keys do what the help says.
func TestDashboardKeys(t *testing.T) {
	lookAt(t, "keys.mjs", serveExample(t), demoNegotiation)
}

// What another process records comes to the page, which yanks nobody away.
func TestDashboardLive(t *testing.T) {
	lookAt(t, "live.mjs", serveExample(t), demoNegotiation)
}

// The server goes away and comes back; the page says so, and keeps what it shows.
func TestDashboardCut(t *testing.T) {
	data, address := filepath.Join(t.TempDir(), "data"), freePort(t)
	must(t, "demo", "--once", "--data", data)
	start := func() *background {
		b := inBackground(t, "serve", "--data", data, "--http", address)
		awaitText(t, b.out.String, "Dashboard at http://"+address+"/")
		return b
	}
	serving := start()
	cmd := looking(t, "cut.mjs", "http://"+address, demoNegotiation)
	var said bytes.Buffer
	cmd.Stderr = &said
	orders, err := cmd.StdoutPipe()
	require.NoError(t, err)
	answers, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	for lines := bufio.NewScanner(orders); lines.Scan(); {
		switch lines.Text() {
		case "down":
			serving.interrupt(t)
		case "up":
			serving = start()
		default:
			t.Errorf("the script says %q", lines.Text())
		}
		_, err = answers.Write([]byte("done\n"))
		require.NoError(t, err)
	}
	require.NoError(t, cmd.Wait(), "%s", &said)
	serving.interrupt(t)
}

// Views, right and wrong, and what is supposed on a branch.
func TestDashboardViews(t *testing.T) {
	lookAt(t, "view.mjs", serveExample(t), demoNegotiation)
}

// What is supposed: the branches of a negotiation, and two sides compared.
func TestDashboardBranches(t *testing.T) {
	lookAt(t, "branches.mjs", serveExample(t), demoNegotiation)
}

// The replay of a branch goes on with it, and says when it was dropped.
func TestDashboardBranchLive(t *testing.T) {
	lookAt(t, "branch_live.mjs", serveExample(t), demoNegotiation)
}

// Beside what is supposed stands what the record says.
func TestDashboardGhosts(t *testing.T) {
	lookAt(t, "ghosts.mjs", serveExample(t), demoNegotiation)
}

// What is shown can be taken away as files.
func TestDashboardExport(t *testing.T) {
	lookAt(t, "export.mjs", serveExample(t), demoNegotiation)
}

// Branches are opened and dropped by who may, and by nobody else.
func TestDashboardSuppose(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	must(t, "demo", "--once", "--data", data)
	var secrets []string
	for _, role := range []string{"analyst", "simulator", "dashboard"} {
		secrets = append(secrets, "PARLEY_"+strings.ToUpper(role)+"="+grant(t, data, "a-"+role, role))
	}
	lookAt(t, "suppose.mjs", serveFolder(t, data, "--anonymous", "none"), demoNegotiation, secrets...)
}

// They can be used by everybody as well.
func TestDashboardBranchesLooks(t *testing.T) {
	lookAt(t, "branches_looks.mjs", serveExample(t), demoNegotiation)
}

// Every page can be used by everybody, in light and dark, wide and narrow.
func TestDashboardLooks(t *testing.T) {
	lookAt(t, "looks.mjs", serveExample(t), demoNegotiation)
}

// How the server stands, and what is wrong with it, is seen.
func TestDashboardSystem(t *testing.T) {
	lookAt(t, "system.mjs", serveExample(t), demoNegotiation)
}

// Where roles are granted and nobody else is let in, one signs in with a secret, and may
// do what its role may.
func TestDashboardSignIn(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	must(t, "demo", "--once", "--data", data)
	secret := grant(t, data, "wall", "dashboard")
	lookAt(t, "signin.mjs", serveFolder(t, data, "--anonymous", "none"), demoNegotiation, "PARLEY_SECRET="+secret)
}

// A date is read for people as the source gave it, with every form of its uncertainty.
func TestDashboardWords(t *testing.T) { lookAt(t, "words.mjs", "", "") }
