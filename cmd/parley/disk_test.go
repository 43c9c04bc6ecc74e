package main

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
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

// On a disk without a byte free everything that only reads is answered, whatever the
// server would have to write first, and who writes is told to make room.
func TestReadsOnFullDisk(t *testing.T) {
	if !withMounts(t) {
		return
	}
	disk := mount(t, "size=64m")
	whole := filepath.Join(disk, "whole")
	recordToProtect(t, whole)
	answers := answersOf(t, whole)
	more := filepath.Join(t.TempDir(), "more.csv")
	writeRows(t, more, 10)
	lacks := map[string]func(data string){
		"nothing": func(string) {},
		"secrets": func(data string) { remove(t, data, "secrets.json") },
		"mark":    func(data string) { remove(t, data, "head") },
		"lock":    func(data string) { remove(t, data, "lock") },
		"hashes":  func(data string) { cutHashes(t, data) },
	}
	for name, lack := range lacks {
		data := filepath.Join(disk, name)
		if err := os.CopyFS(data, os.DirFS(whole)); err != nil {
			t.Fatal(err)
		}
		lack(data)
	}
	unborn := filepath.Join(disk, "unborn")
	if err := os.Mkdir(unborn, 0o700); err != nil {
		t.Fatal(err)
	}
	fillDisk(t, filepath.Join(disk, "ballast"))
	for name := range lacks {
		t.Run("lacks "+name, func(t *testing.T) {
			data := filepath.Join(disk, name)
			for i, answer := range answersOf(t, data) {
				// These speak of the folder, the disk, the time or the hashes.
				differs := slices.Contains([]string{"doctor", "backup", "verify"}, reading[i].args[0])
				if !differs && answer != answers[i] {
					t.Errorf("%v answers %s\nwant %s", reading[i].args, answer, answers[i])
				}
			}
			runProgram(t, "backup", filepath.Join(t.TempDir(), "b.backup"), "--data", data)
			hasNoRoom(t, "import", more, "--data", data)
		})
	}
	hasNoRoom(t, "import", more, "--data", unborn)
	hasNoRoom(t, "backup", filepath.Join(disk, "b.backup"), "--data", whole)
	hasNoRoom(t, "serve", "--data", whole)
}

// hasNoRoom runs what fails for want of room, and says what to do.
func hasNoRoom(t *testing.T, args ...string) {
	t.Helper()
	if said := failProgram(t, process(args...), exitFailure); !strings.Contains(said, "make room") {
		t.Errorf("%v says %q", args, said)
	}
}

func remove(t *testing.T, data, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(data, name)); err != nil {
		t.Fatal(err)
	}
}

// cutHashes takes the last of the hashes away, as if they had not been on the disk yet.
func cutHashes(t *testing.T, data string) {
	t.Helper()
	head, err := os.ReadFile(filepath.Join(data, "head"))
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(head, []byte("hashes "))
	text := append(head[:at:at], "hashes   00000000000000000000\n"...)
	text = fmt.Appendf(text, "check    %08x\n", crc32.ChecksumIEEE(text))
	hashes, err := os.ReadFile(filepath.Join(data, "hashes"))
	if err != nil {
		t.Fatal(err)
	}
	end := bytes.LastIndexByte(hashes[:len(hashes)-1], '\n') + 1
	for name, content := range map[string][]byte{"head": text, "hashes": hashes[:end]} {
		if err := os.WriteFile(filepath.Join(data, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
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
