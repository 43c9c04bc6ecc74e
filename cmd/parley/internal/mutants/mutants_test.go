//go:build mutants

package mutants

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// judged are the packages whose tests have to notice a fault of the model.
var judged = []string{"./domain", "./projections", "./docs/..."}

func TestMutants(t *testing.T) {
	root, err := filepath.Abs("../../../..")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := goTest(t, root, "", judged); err != nil {
		t.Fatalf("the tests fail without any fault:\n%s", out)
	}
	notice := func(i int, m mutant, judges []string) {
		t.Run(m.name, func(t *testing.T) {
			out, err := goTest(t, root, overlay(t, root, m), judges)
			switch {
			case err == nil:
				t.Fatalf("%s: no test noticed", m.file)
			case strings.Contains(out, "[build failed]"), strings.Contains(out, "[setup failed]"):
				t.Fatalf("%s: the fault does not compile; it has to follow the code:\n%s", m.file, out)
			}
			t.Logf("%d/%d noticed by %s", i+1, len(faults)+len(outsideFaults), strings.Join(failed(out), ", "))
		})
	}
	for i, m := range faults {
		notice(i, m, judged)
	}
	for i, m := range outsideFaults {
		judges := []string{"-run", m.run, m.pkg}
		if out, err := goTest(t, root, "", judges); err != nil {
			t.Errorf("the tests of %s fail without any fault:\n%s", m.name, out)
			continue
		}
		notice(len(faults)+i, m.mutant, judges)
	}
}

// overlay writes the mutated file, and the description of it for the go command.
func overlay(t *testing.T, root string, m mutant) string {
	t.Helper()
	path, text := m.put(t, root)
	dir := t.TempDir()
	mutated := filepath.Join(dir, filepath.Base(path))
	if err := os.WriteFile(mutated, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	description, err := json.Marshal(map[string]map[string]string{"Replace": {path: mutated}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, description, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// goTest runs the judged tests, with an overlay if one is given. Laws are tried
// longer than usual.
func goTest(t *testing.T, root, overlay string, judges []string) (string, error) {
	t.Helper()
	args := []string{"test", "-count=1", "-vet=off"}
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	cmd := exec.CommandContext(t.Context(), "go", append(args, judges...)...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "RAPID_CHECKS=300", "RAPID_NOFAILFILE=true", "RAPID_SHRINKTIME=1ms")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// failed lists the tests that failed.
func failed(out string) []string {
	var names []string
	for line := range strings.Lines(out) {
		if rest, ok := strings.CutPrefix(line, "--- FAIL: "); ok {
			name, _, _ := strings.Cut(rest, " ")
			names = append(names, name)
		}
	}
	return names
}
