package mutants

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mutant is one deliberate fault.
type mutant struct {
	name     string
	file     string // from the root of the module
	old, new string
}

// outside is a fault in a part that has servers, with the tests that have to notice it.
type outside struct {
	mutant

	pkg, run string
}

// put is the source of a file with the fault in it.
func (m mutant) put(t *testing.T, root string) (path, text string) {
	t.Helper()
	path = filepath.Join(root, filepath.FromSlash(m.file))
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(source), m.old); n != 1 {
		t.Fatalf("%s holds the piece %d times, want once; the fault has to follow the code:\n%s", m.file, n, m.old)
	}
	return path, strings.Replace(string(source), m.old, m.new, 1)
}

// The faults follow the code: each changes one place, and leaves a file that is Go.
func TestFaultsFollowTheCode(t *testing.T) {
	all := slices.Clone(faults)
	for _, o := range outsideFaults {
		all = append(all, o.mutant)
	}
	for _, m := range all {
		t.Run(m.name, func(t *testing.T) {
			path, text := m.put(t, "../../../..")
			if _, err := parser.ParseFile(token.NewFileSet(), path, text, 0); err != nil {
				t.Fatal(err)
			}
		})
	}
}
