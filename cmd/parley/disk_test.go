package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const (
	diskRows   = 35_000
	filledRows = 50_000
)

// The disk is too small for an import: that is told before the disk is full, and
// after room is made the same import records the rest.
func TestSmallDisk(t *testing.T) {
	if !withMounts(t) {
		return
	}
	file := filepath.Join(t.TempDir(), "rows.csv")
	writeRows(t, file, diskRows)
	disk := mount(t, "size=16m")
	data := filepath.Join(disk, "data")
	for range 2 { // the second one has no room to begin with
		said := failProgram(t, process("import", file, "--data", data), exitFailure)
		for _, want := range []string{"the disk of " + data + " has ", "MiB are needed", "make room"} {
			if !strings.Contains(said, want) {
				t.Errorf("it says %q, want %q in it", said, want)
			}
		}
	}
	part := countOnce(t, data)
	if part == 0 || part == diskRows+killNames {
		t.Fatalf("%d events are recorded, want some", part)
	}
	t.Logf("%d events are recorded on the small disk", part)
	remount(t, disk, "size=256m", 0)
	goesOn(t, file, data, diskRows+killNames)
}

// Something else fills the disk to the last byte while an import runs.
func TestDiskFilledByOthers(t *testing.T) {
	if !withMounts(t) {
		return
	}
	file := filepath.Join(t.TempDir(), "rows.csv")
	writeRows(t, file, filledRows)
	disk := mount(t, "size=128m")
	data := filepath.Join(disk, "data")
	runImport := inBackground(t, "import", file, "--data", data)
	for deadline := time.Now().Add(time.Minute); sizeOf(data) < 4<<20; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the import does not begin: %s", runImport.err.String())
		}
	}
	fillDisk(t, filepath.Join(disk, "ballast"))
	err := runImport.cmd.Wait()
	said := runImport.err.String()
	t.Logf("%v: %s", err, said)
	if err == nil {
		t.Fatal("the import took no notice; or it was done before the disk was full")
	}
	if code := runImport.cmd.ProcessState.ExitCode(); code != exitFailure {
		t.Errorf("exit code %d, want %d", code, exitFailure)
	}
	if !strings.Contains(said, "make room") {
		t.Errorf("it says %q, want what to do in it", said)
	}
	if err := os.Remove(filepath.Join(disk, "ballast")); err != nil {
		t.Fatal(err)
	}
	goesOn(t, file, data, filledRows+killNames)
}

// fillDisk writes a file until the disk is full.
func fillDisk(t *testing.T, name string) {
	t.Helper()
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for size := 1 << 20; size > 0; {
		if _, err = file.Write(make([]byte, size)); errors.Is(err, unix.ENOSPC) {
			size /= 2
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// goesOn repeats an import that ended in the middle.
func goesOn(t *testing.T, file, data string, want int) {
	t.Helper()
	runProgram(t, "import", file, "--data", data)
	if got := countOnce(t, data); got != want {
		t.Errorf("%d events are recorded, want %d", got, want)
	}
	if out := runProgram(t, "import", file, "--data", data); !strings.Contains(out, "Nothing changed") {
		t.Errorf("the import after the last one says: %s", out)
	}
}
