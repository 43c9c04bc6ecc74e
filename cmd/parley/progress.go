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
	total int
	bar   *progressbar.ProgressBar // on a terminal only
	told  time.Time
}

// progressEvery is how often a log gets a line.
const progressEvery = 5 * time.Second

func (p *program) progress(what string, total int) *progress {
	w := &progress{p: p, what: what, total: total, told: time.Now()}
	if !p.quiet && isTerminal(p.err) {
		w.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(p.err),
			progressbar.OptionSetDescription(what),
			progressbar.OptionShowCount(),
			progressbar.OptionShowIts(),
			progressbar.OptionSetItsString("events"),
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
		w.bar.ChangeMax(total)
		_ = w.bar.Set(done) // it fails if the terminal does, which ends nothing
		return
	}
	if time.Since(w.told) >= progressEvery {
		w.told = time.Now()
		w.p.tell("%s: %s of %s events", w.what, thousands(done), thousands(total))
	}
}

// end takes the bar off the screen.
func (w *progress) end() {
	if w.bar != nil {
		_ = w.bar.Clear()
		_, _ = io.WriteString(w.p.err, "\r")
	}
}
