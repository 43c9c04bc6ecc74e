package house

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const module = "parley"

// listed is a package as `go list` tells it.
type listed struct {
	path        string
	imports     []string
	testImports []string
	deps        []string // transitive, without tests
}

// goList describes the packages of the module in dir, those that do not compile too.
func goList(dir string) ([]listed, error) {
	const format = `{{.ImportPath}}|{{join .Imports " "}}|{{join .TestImports " "}} {{join .XTestImports " "}}|{{join .Deps " "}}`
	out, err := run(dir, "go", "list", "-e", "-f", format, "./...")
	if err != nil {
		return nil, err
	}
	var packages []listed
	for line := range strings.Lines(out) {
		f := strings.Split(strings.TrimSpace(line), "|")
		packages = append(packages, listed{f[0], strings.Fields(f[1]), strings.Fields(f[2]), strings.Fields(f[3])})
	}
	return packages, nil
}

// room is one of the four rooms of the house, or the examples in its documentation.
type room struct {
	ours []string // the rooms that it may import, in tests too
	pure func(path string) bool
	why  string
}

var rooms = map[string]room{
	"domain": {
		ours: []string{"domain"},
		pure: func(path string) bool { return !isNet(path) && !isNATS(path) && !isMachine(path) },
		why:  "domain only computes: take bytes, readers and times as arguments",
	},
	"eventstore": {
		ours: []string{"domain", "eventstore"},
		pure: func(string) bool { return true },
		why:  "the store keeps events and knows nothing of what is computed from them",
	},
	"projections": {
		ours: []string{"docs", "domain", "projections"},
		pure: func(path string) bool { return !isNet(path) && !isNATS(path) },
		why:  "a fold does no I/O and declares for itself the small source that it reads from; only " + publishing + " knows NATS",
	},
	"cmd": {
		ours: []string{"cmd", "docs", "domain", "eventstore", "projections"},
		pure: func(string) bool { return true },
	},
	"docs": {
		ours: []string{"docs", "domain", "projections"},
		pure: func(path string) bool { return path == "embed" },
		why:  "an example only embeds its tables, so that the program can show them; its tests may read and fold them",
	},
}

// publishing is the one part of projections that knows NATS: it keeps them live and
// publishes them, and what it reads from it still declares for itself.
const publishing = module + "/projections/live"

func isNet(path string) bool {
	return within(path, "net") && path != "net/url" && path != "net/netip"
}

func isNATS(path string) bool {
	return within(path, "github.com/nats-io") || within(path, "github.com/synadia-io")
}

func isMachine(path string) bool {
	return slices.ContainsFunc([]string{"os", "syscall", "log", "database", "golang.org/x/sys"}, func(top string) bool {
		return within(path, top)
	})
}

func within(path, top string) bool { return path == top || strings.HasPrefix(path, top+"/") }

// roomOf returns the room of a package of ours, "" for all other packages.
func roomOf(path string) string {
	rest, ours := strings.CutPrefix(path, module+"/")
	if !ours {
		return ""
	}
	name, _, _ := strings.Cut(rest, "/")
	return name
}

// importFaults: domain ← eventstore, domain ← projections, and only cmd knows all.
func importFaults(packages []listed) []string {
	var faults []string
	for _, p := range packages {
		name := roomOf(p.path)
		r, ok := rooms[name]
		if !ok || name == "docs" && !within(p.path, module+"/docs/examples") {
			faults = append(faults, p.path+": Go code lives in cmd, domain, eventstore or projections, and an example's beside its tables; move it")
			continue
		}
		for _, imported := range slices.Concat(p.imports, p.testImports) {
			if other := roomOf(imported); other != "" && !slices.Contains(r.ours, other) {
				faults = append(faults, fmt.Sprintf("%s imports %s, but of ours %s may import only %s; %s",
					p.path, imported, name, strings.Join(r.ours, " and "), r.why))
			}
		}
		faults = append(faults, purityFaults(p, r)...)
	}
	return faults
}

// purityFaults looks at what a package imports itself, tests aside. What its
// dependencies import is their affair (fmt imports os), except for NATS.
func purityFaults(p listed, r room) []string {
	if within(p.path, publishing) {
		return nil
	}
	var faults []string
	for _, imported := range p.imports {
		if !r.pure(imported) {
			faults = append(faults, fmt.Sprintf("%s imports %s; %s", p.path, imported, r.why))
		}
	}
	for _, dep := range p.deps {
		if isNATS(dep) && !r.pure(dep) && !slices.Contains(p.imports, dep) {
			faults = append(faults, fmt.Sprintf("%s reaches %s through another package (see `go list -deps %s`); %s", p.path, dep, p.path, r.why))
			break // one says it all
		}
	}
	return faults
}

// One module that breaks every import rule once, and keeps them elsewhere.
func TestImportRulesCanFail(t *testing.T) {
	const nats = `_ "github.com/nats-io/nats.go"`
	source := func(name string, imports ...string) string {
		return "package " + name + "\n\nimport (\n\t" + strings.Join(imports, "\n\t") + "\n)\n"
	}
	dir := t.TempDir()
	write(t, dir, tree{
		"go.mod":                    "module parley\n\ngo 1.26\n",
		"domain/a.go":               source("domain", `_ "fmt"`, `_ "io"`, `_ "net/url"`, `_ "os"`),
		"domain/a_test.go":          source("domain", `_ "os"`, `_ "parley/eventstore"`),
		"domain/b/b.go":             source("b", `_ "net/http"`, `_ "parley/domain"`),
		"domain/c/c.go":             source("c", nats),
		"domain/d/d.go":             source("d", `_ "parley/domain/c"`),
		"eventstore/a.go":           source("eventstore", `_ "net"`, `_ "os"`, `_ "parley/domain"`, `_ "parley/projections/ok"`, nats),
		"projections/a.go":          source("projections", `_ "net"`, `_ "parley/cmd/x"`),
		"projections/a_test.go":     source("projections_test", `_ "parley/eventstore"`),
		"projections/ok/a.go":       source("ok", `_ "net/url"`, `_ "parley/domain"`),
		"projections/live/a.go":     source("live", `_ "net"`, nats),
		"cmd/x/a.go":                source("x", `_ "parley/eventstore"`, nats),
		"cmd/y/a.go":                source("y", `_ "parley/cmd/x"`, `_ "parley/projections"`),
		"docs/a.go":                 source("docs", `_ "fmt"`),
		"docs/examples/x/a.go":      source("x", `_ "embed"`, `_ "fmt"`),
		"docs/examples/x/a_test.go": source("x", `_ "os"`, `_ "parley/domain"`, `_ "parley/cmd/x"`),
	})
	packages, err := goList(dir)
	if err != nil {
		t.Fatal(err)
	}
	checkFaults(t, importFaults(packages), []string{
		"parley/docs: Go code lives",
		"parley/docs/examples/x imports parley/cmd/x, ",
		"parley/docs/examples/x imports fmt; ",
		"parley/domain imports parley/eventstore, ",
		"parley/domain imports os; ",
		"parley/domain/b imports net/http; ",
		"parley/domain/c imports github.com/nats-io/nats.go; ",
		"parley/domain/d reaches github.com/nats-io/nats.go ",
		"parley/eventstore imports parley/projections/ok, ",
		"parley/projections imports parley/cmd/x, ",
		"parley/projections imports parley/eventstore, ",
		"parley/projections imports net; ",
		"parley/projections reaches github.com/nats-io/nats.go ",
	})
}
