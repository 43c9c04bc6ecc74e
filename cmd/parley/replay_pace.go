package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"parley/cmd/parley/internal/reply"
)

// pace says when the next step of a replay comes: at once, after a while, or when
// the reader asks for it.
type pace struct {
	every time.Duration // between steps
	ask   bool          // whether Enter brings the next step
	in    io.Reader
	hint  func() // says what to press
	lines <-chan string
	err   error // why it ended before the last step, if not by the reader's wish
}

// The least and the most steps in a second.
const (
	speedLeast = 0.5
	speedMost  = 50
)

// pace reads --step and --speed.
func (p *program) pace(step bool, speed float64, speedGiven bool) (*pace, error) {
	switch {
	case step && speedGiven:
		return nil, &usageError{Reason: "--step and --speed exclude each other", Hint: "give one of them"}
	case step && !isTerminal(p.in):
		return nil, &usageError{
			Reason: "--step waits for a person at a terminal, and standard input is none",
			Hint:   "leave out --step for all steps at once; --speed 2 shows two in a second",
		}
	case speedGiven && !(speed >= speedLeast && speed <= speedMost):
		return nil, &usageError{Reason: fmt.Sprintf("--speed %v is not from %v to %v steps a second", speed, speedLeast, speedMost)}
	case step:
		return &pace{ask: true, in: p.in, hint: func() { p.tell("Enter shows the next step, q and Enter ends") }}, nil
	case speedGiven:
		return &pace{every: time.Duration(float64(time.Second) / speed)}, nil
	}
	return &pace{}, nil
}

// live tells whether somebody watches the steps come.
func (w *pace) live() bool { return w.ask || w.every > 0 }

// through yields the steps, each in its time.
func (w *pace) through(ctx context.Context, all []reply.Step) iter.Seq[reply.Step] {
	return func(yield func(reply.Step) bool) {
		for i, x := range all {
			if i > 0 && !w.wait(ctx) {
				return
			}
			if !yield(x) {
				return
			}
		}
	}
}

// wait tells whether another step is to come.
func (w *pace) wait(ctx context.Context) bool {
	switch {
	case w.ask:
		return w.asked(ctx)
	case w.every == 0:
		return true
	}
	t := time.NewTimer(w.every)
	defer t.Stop()
	select {
	case <-ctx.Done():
		w.err = ctx.Err()
		return false
	case <-t.C:
		return true
	}
}

// asked waits for a line. Reading cannot be interrupted, so it is done beside.
func (w *pace) asked(ctx context.Context) bool {
	if w.lines == nil {
		w.hint()
		w.lines = linesOf(ctx, w.in)
	}
	select {
	case <-ctx.Done():
		w.err = ctx.Err()
		return false
	case line, ok := <-w.lines:
		return ok && !strings.EqualFold(strings.TrimSpace(line), "q")
	}
}

// linesOf reads lines until the input or the run ends.
func linesOf(ctx context.Context, in io.Reader) <-chan string {
	lines := make(chan string)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(in); s.Scan(); {
			select {
			case lines <- s.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	return lines
}
