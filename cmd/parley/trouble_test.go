package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"parley/domain"
)

// The process that serves a folder is killed in the middle of an import through
// it, and the next one listens at another port. The import finds it and goes on.
func TestImportThroughServerThatMoves(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rows.csv")
	const rows = 15_000
	writeRows(t, file, rows)
	data := filepath.Join(t.TempDir(), "data")
	serving := func() *background {
		b := inBackground(t, "serve", "--data", data, "--wait", "1m", "--quiet", "--json")
		select {
		case <-b.out.line:
		case <-time.After(time.Minute):
			t.Fatalf("parley serve says nothing: %s", b.err.String())
		}
		return b
	}
	first := serving()
	importing := inBackground(t, "import", file, "--data", data)
	for begun := time.Now(); sizeOf(filepath.Join(data, "jetstream")) < 2<<20; time.Sleep(time.Millisecond) {
		if time.Since(begun) > time.Minute {
			t.Fatalf("the import does not begin: %s", importing.err.String())
		}
	}
	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.cmd.Wait() // it was killed
	for begun := time.Now(); !strings.Contains(importing.err.String(), "parley: the server does not answer ("); time.Sleep(time.Millisecond) {
		if time.Since(begun) > time.Minute {
			t.Fatalf("while it waits it says %q", importing.err.String())
		}
	}
	second := serving()
	if addressOf(t, first) == addressOf(t, second) {
		t.Fatal("the port is the same")
	}
	if err := importing.cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, importing.err.String())
	}
	if out := importing.out.String(); !strings.Contains(out, "recorded") {
		t.Errorf("it says %q", out)
	}
	second.interrupt(t)
	if got := countOnce(t, data); got != rows+killNames {
		t.Errorf("%d events are recorded, want %d", got, rows+killNames)
	}
}

// addressOf is where a process says that it serves.
func addressOf(t *testing.T, b *background) string {
	t.Helper()
	_, rest, ok := strings.Cut(b.out.String(), `"nats":"`)
	address, _, whole := strings.Cut(rest, `"`)
	if !ok || !whole {
		t.Fatalf("it says %q", b.out.String())
	}
	return address
}

// A folder of somebody else's is named, with the reason; nothing is written to it.
func TestFolderOfSomebodyElse(t *testing.T) {
	name, somebody := strangersProgram(t)
	data := filepath.Join(filepath.Dir(name), "data")
	must(t, "import", "testdata/talks.csv", "--data", data)
	for _, args := range [][]string{{"import", "-", "--format", "ndjson"}, {"state", "talks"}, {"doctor"}} {
		cmd := process(append(args, "--data", data)...)
		cmd.Path, cmd.SysProcAttr, cmd.Dir = name, somebody, filepath.Dir(name)
		cmd.Stdin = strings.NewReader(`{"key":"k","type":"StatementIssued","negotiation":"talks","occurred":"2026"}`)
		if somebody == nil { // the owner has closed it to himself
			if err := os.Chmod(data, 0); err != nil {
				t.Fatal(err)
			}
		}
		said := failProgram(t, cmd, exitFailure)
		if err := os.Chmod(data, 0o700); err != nil { //nolint:gosec // it is a folder
			t.Fatal(err)
		}
		if !strings.Contains(said, data) || !strings.Contains(said, "permission denied") {
			t.Errorf("%s says %q, want the folder and the reason in it", args[0], said)
		}
	}
	if out := must(t, "import", "testdata/talks.csv", "--data", data); !strings.Contains(out, "Nothing changed: all 14 events") {
		t.Errorf("it was changed: %s", out)
	}
}

// strangersProgram is a copy of the program, in a folder that all can enter, and
// another user. Only root can be somebody else.
func strangersProgram(t *testing.T) (string, *syscall.SysProcAttr) {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "parley-stranger-") //nolint:usetesting // others can enter it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // they shall
		t.Fatal(err)
	}
	name := filepath.Join(dir, "parley")
	from, err := os.Open(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o755) //nolint:gosec // it is a program
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(to, from); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 {
		return name, nil
	}
	const nobody = 65534
	return name, &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
}

// An event that is too large is refused with its size, and all that came with it.
func TestOversizeEvent(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	must(t, "import", "testdata/talks.csv", "--data", data)
	small := `{"key":"small","type":"StatementIssued","negotiation":"talks","occurred":"2026","actors":["north"]}`
	large := strings.Replace(small, `"small"`, `"large","note":"`+strings.Repeat("a", domain.MaxEventBytes)+`"`, 1)
	code, out, said := runIt(t, small+"\n"+large+"\n", "import", "-", "--format", "ndjson", "--data", data)
	if code != exitInvalid || out != "" || !strings.Contains(said, "row 2") || !strings.Contains(said, "at most 262144 can be stored") {
		t.Errorf("exit code %d: %s%s", code, out, said[:min(len(said), 2000)])
	}
	if out := must(t, "events", "talks", "--data", data); !strings.Contains(out, "14 entries") {
		t.Errorf("something was written: %s", out)
	}
}
