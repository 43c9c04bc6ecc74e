package main

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress tells how far a long work is: as a bar to a person, as a line now and
// then to a log. Short work ends before it says anything.
type progress struct {
	p     *program
	what  string
	noun  string                   // what is counted
	total int                      // -1 where nobody knows
	bar   *progressbar.ProgressBar // on a terminal only
	told  time.Time
}

// progressEvery is how often a log gets a line.
const progressEvery = 5 * time.Second

func (p *program) progress(what string, total int) *progress {
	return p.progressOf(what, "events", total)
}

// progressOf counts something else than events.
func (p *program) progressOf(what, noun string, total int) *progress {
	w := &progress{p: p, what: what, noun: noun, total: total, told: time.Now()}
	if !p.quiet && isTerminal(p.err) {
		w.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(p.err),
			progressbar.OptionSetDescription(what),
			progressbar.OptionShowCount(),
			progressbar.OptionShowIts(),
			progressbar.OptionSetItsString(noun),
			progressbar.OptionSetPredictTime(true),
			progressbar.OptionClearOnFinish(),
			progressbar.OptionSetRenderBlankState(false),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionEnableColorCodes(!p.noColor),
		)
	}
	return w
}

// set says how much is done, of how much.
func (w *progress) set(done, total int) {
	w.total = total
	if w.bar != nil {
		if total >= 0 {
			w.bar.ChangeMax(total)
		}
		_ = w.bar.Set(done) // it fails if the terminal does, which ends nothing
		return
	}
	if time.Since(w.told) >= progressEvery {
		w.told = time.Now()
		of := ""
		if total >= 0 {
			of = " of " + thousands(total)
		}
		w.p.tell("%s: %s%s %s", w.what, thousands(done), of, w.noun)
	}
}

// end takes the bar off the screen.
func (w *progress) end() {
	if w.bar != nil {
		_ = w.bar.Clear()
		_, _ = io.WriteString(w.p.err, "\r")
	}
}
