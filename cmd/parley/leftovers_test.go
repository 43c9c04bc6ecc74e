package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const leftoverRows = 20_000

// unfinishedIn lists what is unfinished in a folder.
func unfinishedIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.Contains(e.Name(), ".unfinished-") {
			names = append(names, e.Name())
		}
	}
	return names
}

// killedWhen starts a process and kills it when something unfinished stands in a
// folder that was not there before.
func killedWhen(t *testing.T, cmd *exec.Cmd, dir string) {
	t.Helper()
	before := len(unfinishedIn(t, dir))
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // it is killed
	}()
	for begun := time.Now(); len(unfinishedIn(t, dir)) == before; time.Sleep(time.Millisecond) {
		select {
		case <-ended:
			t.Fatalf("%v ended too early: %v\n%s", cmd.Args, cmd.ProcessState, said.String())
		default:
		}
		if time.Since(begun) > time.Minute {
			_ = cmd.Process.Kill()
			t.Fatalf("%v does not begin: %s", cmd.Args, said.String())
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-ended
	if len(unfinishedIn(t, dir)) == before {
		t.Fatalf("%v left nothing, so there is nothing to remove", cmd.Args)
	}
}

func nothingIsLeft(t *testing.T, dir string) {
	t.Helper()
	if left := unfinishedIn(t, dir); len(left) > 0 {
		t.Errorf("%s has %v, left by a process that was killed", dir, left)
	}
}

// What a killed command was writing is removed by the next one of the kind.
func TestLeftoversOfKilledCommands(t *testing.T) {
	dir := t.TempDir()
	rows, data := filepath.Join(dir, "rows.csv"), filepath.Join(dir, "data")
	writeRows(t, rows, leftoverRows)
	runProgram(t, "import", rows, "--data", data)
	backup, export := filepath.Join(dir, "record.backup"), filepath.Join(dir, "record.csv")

	command := []string{"backup", backup, "--data", data}
	killedWhen(t, process(command...), dir)
	runProgram(t, command...)
	nothingIsLeft(t, dir)

	command = []string{"export", "long", "--as", "csv", "--file", export, "--data", data}
	killedWhen(t, process(command...), dir)
	runProgram(t, command...)
	nothingIsLeft(t, dir)

	command = []string{"restore", backup, "--data", filepath.Join(dir, "new")}
	killedWhen(t, process(command...), dir)
	runProgram(t, command...)
	nothingIsLeft(t, dir)

	block := filepath.Join(data, "jetstream/parley/streams/PARLEY/msgs/1.blk")
	b, err := os.ReadFile(block)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(block, b, 0o600); err != nil {
		t.Fatal(err)
	}
	command = []string{"repair", "--accept-loss", "--data", data}
	killedWhen(t, process(command...), data)
	runProgram(t, command...)
	nothingIsLeft(t, data)
}

// What a running process writes is not taken away by another one.
func TestRunningRestoreIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	data, backup, to := filepath.Join(dir, "data"), filepath.Join(dir, "record.backup"), filepath.Join(dir, "new")
	rows := filepath.Join(dir, "rows.csv")
	writeRows(t, rows, leftoverRows/4) // what is smaller is not unpacked before its end
	runProgram(t, "import", rows, "--data", data)
	runProgram(t, "backup", backup, "--data", data)
	text, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	running := process("restore", "-", "--data", to)
	input, err := running.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	running.Stderr = &said
	if err := running.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := input.Write(text[:len(text)-1]); err != nil { // it waits for the rest
		t.Fatal(err)
	}
	for begun := time.Now(); len(unfinishedIn(t, dir)) == 0; time.Sleep(time.Millisecond) {
		if time.Since(begun) > time.Minute {
			t.Fatalf("the restore does not begin: %s", said.String())
		}
	}
	mine := unfinishedIn(t, dir)[0]

	killed := process("restore", "-", "--data", to)
	half, err := killed.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = half.Write(text[:len(text)-1]) }() // it is killed, and may not take all
	killedWhen(t, killed, dir)

	runProgram(t, "restore", backup, "--data", filepath.Join(dir, "another"))
	if len(unfinishedIn(t, dir)) != 2 {
		t.Errorf("%v are there: what is for another place was removed", unfinishedIn(t, dir))
	}
	failing := process("restore", "testdata/talks.csv", "--data", to)
	if err := failing.Run(); err == nil {
		t.Fatal("a table was restored")
	}
	last := process("restore", "-", "--data", to)
	last.Stdin = bytes.NewReader(text[:len(text)-1])
	if err := last.Run(); err == nil {
		t.Fatal("a backup without its end was restored")
	}
	if left := unfinishedIn(t, dir); len(left) != 1 || left[0] != mine {
		t.Errorf("%v are there, want %s alone, which is being written", left, mine)
	}
	if _, err := input.Write(text[len(text)-1:]); err != nil {
		t.Fatal(err)
	}
	if err := input.Close(); err != nil {
		t.Fatal(err)
	}
	if err := running.Wait(); err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	nothingIsLeft(t, dir)
	runProgram(t, "verify", "--data", to)
}

// A folder that lost its streams between two steps of a repair keeps what was left.
func TestLeftoverOfLostStreamsIsKept(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	runProgram(t, "import", "testdata/talks.csv", "--data", data)
	left := filepath.Join(data, ".salvaged.unfinished-1")
	if err := os.Mkdir(left, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(data, "jetstream"), filepath.Join(left, "jetstream")); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the first makes a folder for streams
		failProgram(t, process("state", "talks", "--data", data), exitIntegrity)
	}
	if err := os.RemoveAll(filepath.Join(data, "jetstream")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(left, "jetstream"), filepath.Join(data, "jetstream")); err != nil {
		t.Fatal(err)
	}
	runProgram(t, "state", "talks", "--data", data)
	nothingIsLeft(t, data)
}
