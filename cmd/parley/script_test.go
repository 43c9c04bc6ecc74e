package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"parley/eventstore/clustertest"

	"github.com/go-json-experiment/json"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	if code, wasServer := clustertest.Main(); wasServer {
		os.Exit(code)
	}
	_ = os.Setenv("PARLEY_HTTP", "127.0.0.1:0") // so that tests of serve can run at once
	if os.Getenv(asProgram) != "" {
		os.Exit(interruptible(os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}, os.Exit))
	}
	testscript.Main(m, map[string]func(){
		"parley": func() {
			os.Exit(interruptible(os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}, os.Exit))
		},
	})
}

// Sessions of the program. Each has a data folder of its own; $EXAMPLE is the
// folder of the worked example.
func TestScripts(t *testing.T) {
	example, err := filepath.Abs("../../docs/examples/istanbul-2025")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("EXAMPLE", example)
			e.Setenv("PARLEY_DATA", filepath.Join(e.WorkDir, "data"))
			e.Setenv("PARLEY_HTTP", "127.0.0.1:0")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":  scriptExits,
			"value":  scriptValue,
			"await":  scriptAwait,
			"damage": scriptDamage,
		},
	})
}

// scriptExits runs a program that must end with an exit code: exits 3 parley …
func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("run %s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// scriptValue compares a value of a JSON file: value stdout state/rounds/x/status
// ended. An item of a list is named by its index or by one of its members:
// [duration=PT9H]. Objects and lists are compared as JSON. With one argument
// less, the value must be there, or, with !, must not.
func scriptValue(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: [!] value FILE PATH [WANT]")
	}
	var document any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &document))
	got, ok := valueAt(document, elementsOf(args[1]))
	if len(args) == 2 {
		if ok == neg {
			ts.Fatalf("%s: there is %v, want %v", args[1], ok, !neg)
		}
		return
	}
	if !ok {
		ts.Fatalf("%s is not there", args[1])
	}
	if (got == args[2]) == neg {
		ts.Fatalf("%s is %s", args[1], got)
	}
}

// scriptAwait waits until a file is there: await data/server.json.
func scriptAwait(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: await FILE")
	}
	for range 600 {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("%s is still not there", args[0])
}

// scriptDamage flips a bit of a file: damage FILE OFFSET.
func scriptDamage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: damage FILE OFFSET")
	}
	offset, err := strconv.Atoi(args[1])
	ts.Check(err)
	name := ts.MkAbs(args[0])
	content, err := os.ReadFile(name)
	ts.Check(err)
	if offset >= len(content) {
		ts.Fatalf("%s has only %d bytes", args[0], len(content))
	}
	content[offset] ^= 1
	ts.Check(os.WriteFile(name, content, 0o600))
}

// elementsOf splits a path at its slashes, but not within brackets.
func elementsOf(path string) []string {
	var out []string
	within, begin := false, 0
	for i, r := range path {
		switch {
		case r == '[':
			within = true
		case r == ']':
			within = false
		case r == '/' && !within:
			out, begin = append(out, path[begin:i]), i+1
		}
	}
	return append(out, path[begin:])
}

func valueAt(v any, path []string) (string, bool) {
	if len(path) == 0 {
		if s, ok := v.(string); ok {
			return s, true
		}
		text, err := json.Marshal(v, json.Deterministic(true))
		return string(text), err == nil
	}
	switch x := v.(type) {
	case map[string]any:
		if next, ok := x[path[0]]; ok {
			return valueAt(next, path[1:])
		}
	case []any:
		if i, err := strconv.Atoi(path[0]); err == nil && i < len(x) {
			return valueAt(x[i], path[1:])
		}
		member, want, ok := strings.Cut(strings.Trim(path[0], "[]"), "=")
		for _, item := range x {
			if got, found := valueAt(item, []string{member}); ok && found && got == want {
				return valueAt(item, path[1:])
			}
		}
	}
	return "", false
}

// runIt runs the program within the test.
func runIt(t *testing.T, in string, args ...string) (code int, out, errors string) {
	t.Helper()
	var stdout, stderr strings.Builder
	code = run(context.WithoutCancel(t.Context()), args, streams{strings.NewReader(in), &stdout, &stderr})
	return code, stdout.String(), stderr.String()
}
