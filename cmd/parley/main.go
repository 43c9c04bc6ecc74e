package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // time zones of negotiations, also on machines that have none
)

// version is set by the linker: -X main.version=v1.2.3.
var version string

// streams are where a run reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

func main() {
	os.Exit(interruptible(os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}, os.Exit))
}

// orderly is how long a run may take to end in order, requests under way included.
// What computes cannot be interrupted, and may compute for longer.
const orderly = 15 * time.Second

// interruptible runs until the first Ctrl-C, and lets it end in order. The second
// one ends the process at once, and so does waiting for too long: what is recorded
// outlives the end of a process at any moment. exit ends the process.
func interruptible(args []string, s streams, exit func(code int)) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, func() {
		stop()
		time.AfterFunc(orderly, func() {
			fmt.Fprintln(s.err, "parley: interrupted in the middle of what it computed")
			exit(exitInterrupted)
		})
	})
	return run(ctx, args, s)
}

// run is the whole program: it does what the arguments say and returns the exit
// code.
func run(ctx context.Context, args []string, s streams) int {
	p := &program{streams: s, jsonErrors: asksForJSON(args)}
	root := newRoot(p)
	root.SetArgs(args)
	return p.conclude(p.ended(root.ExecuteContext(ctx)))
}
