package main

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// asProgram makes the test binary the program itself, in a process of its own.
const asProgram = "PARLEY_TEST_AS_PROGRAM"

// process is a process of the program that is yet to be started.
func process(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}

// runProgram runs a process of the program, which must succeed, and returns all it
// says.
func runProgram(t *testing.T, args ...string) string {
	t.Helper()
	out, err := process(args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// failProgram runs a process that must end with an exit code, and returns what it
// says on standard error.
func failProgram(t *testing.T, cmd *exec.Cmd, want int) string {
	t.Helper()
	var said strings.Builder
	cmd.Stderr = &said
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != want {
		t.Fatalf("%s: %v, want exit code %d\n%s", strings.Join(cmd.Args[1:], " "), err, want, said.String())
	}
	return said.String()
}

// background is a process of the program that runs beside the test.
type background struct {
	cmd *exec.Cmd
	out firstLine
	err lockedText
}

// inBackground starts a process. It is killed at the end if it still runs.
func inBackground(t *testing.T, args ...string) *background {
	t.Helper()
	b := &background{cmd: process(args...), out: firstLine{line: make(chan string, 1)}}
	b.cmd.Stdout, b.cmd.Stderr = &b.out, &b.err
	if err := b.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if b.cmd.ProcessState == nil {
			_ = b.cmd.Process.Kill()
			_ = b.cmd.Wait() // it was killed
		}
	})
	return b
}

// interrupt ends the process as Ctrl-C does.
func (b *background) interrupt(t *testing.T) {
	t.Helper()
	if err := b.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := b.cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, b.err.String())
	}
}
