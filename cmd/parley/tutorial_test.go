package main

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the outputs in the documents anew; commit them only if you can explain the diff")

// block is a fenced block of a document: ```console, or ```csv with a file name.
var block = regexp.MustCompile("(?ms)^```(console|csv) ?([^\n]*)\n(.*?)^```\n")

// TestPages runs every session of a page, in order and in one folder, and compares
// what the program prints with what the page shows.
func TestPages(t *testing.T) {
	for name, least := range map[string]int{"tutorial.md": 9, "export.md": 7, "simulation.md": 10} {
		t.Run(name, func(t *testing.T) { runPage(t, filepath.Join("..", "..", "docs", name), least) })
	}
}

func runPage(t *testing.T, page string, least int) {
	t.Helper()
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	s := newSession(t)
	sessions := 0
	got := block.ReplaceAllStringFunc(string(text), func(fenced string) string {
		part := block.FindStringSubmatch(fenced)
		if part[1] == "csv" {
			require.NoError(t, os.WriteFile(filepath.Join(s.dir, part[2]), []byte(part[3]), 0o600))
			return fenced
		}
		sessions++
		return "```console\n" + s.replay(t, part[3]) + "```\n"
	})
	require.GreaterOrEqual(t, sessions, least, "the page has its sessions in ```console blocks")
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(got), 0o644)) //nolint:gosec // a document, for everybody
		return
	}
	require.Equal(t, string(text), got)
}

// TestReadmeCommands runs the commands of the README; each must succeed.
func TestReadmeCommands(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	require.NoError(t, err)
	s := newSession(t)
	commands := 0
	for line := range strings.Lines(string(text)) {
		if command, ok := strings.CutPrefix(strings.TrimSpace(line), "bin/parley "); ok {
			commands++
			out, err := s.run("parley " + command)
			require.NoError(t, err, "%s\n%s", command, out)
			require.NotEmpty(t, out, command)
		}
	}
	require.Greater(t, commands, 4)
}

// session is a shell in a folder that holds the worked example where the repository
// does.
type session struct {
	dir string
	env []string
}

func newSession(t *testing.T) *session {
	t.Helper()
	dir := t.TempDir()
	docs, err := filepath.Abs(filepath.Join("..", "..", "docs"))
	require.NoError(t, err)
	require.NoError(t, os.Symlink(docs, filepath.Join(dir, "docs")))
	return &session{dir: dir, env: append(os.Environ(), "NO_COLOR=1", "PARLEY_DATA="+filepath.Join(dir, "data"), "LC_ALL=C")}
}

func (s *session) run(command string) (string, error) {
	shell := exec.Command("bash", "-c", command)
	shell.Dir, shell.Env = s.dir, s.env
	out, err := shell.CombinedOutput()
	return string(out), err
}

// replay runs the commands of a session, marked by "$ ", and gives the session with
// what they printed. A command may fail; the pages show failures too.
func (s *session) replay(t *testing.T, text string) string {
	t.Helper()
	var out strings.Builder
	for line := range strings.Lines(text) {
		command, ok := strings.CutPrefix(line, "$ ")
		if !ok {
			continue
		}
		out.WriteString(line)
		printed, err := s.run(strings.TrimSpace(command))
		if err != nil {
			exit := &exec.ExitError{}
			require.ErrorAs(t, err, &exit, command)
		}
		out.WriteString(printed)
	}
	return out.String()
}
