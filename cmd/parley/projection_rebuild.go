package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"sync"
	"time"

	"parley/cmd/parley/internal/problem"
	"parley/projections/live"

	"github.com/spf13/cobra"
)

// inspectLeast is how long it may take to read what is published.
const inspectLeast = 30 * time.Second

// rebuilt is what parley projection rebuild answers.
type rebuilt struct {
	Serving      live.Pointer `json:"serving"`
	Negotiations int          `json:"negotiations"`
	Entities     int          `json:"entities"`
	Millis       int64        `json:"milliseconds"`
}

// rebuild publishes everything anew, from a fold of its own.
func (p *program) rebuild(cmd *cobra.Command, to *publishing) (err error) {
	s, err := p.openToRead(cmd)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	b, err := p.connect(cmd, s, to)
	if err != nil {
		return err
	}
	defer b.close()
	ctx, stop := context.WithCancel(cmd.Context())
	begun := time.Now()
	runner := live.New(logSource{s}, live.Options{Logger: p.logger()})
	var running sync.WaitGroup
	var ran error
	running.Go(func() { ran = runner.Run(ctx) })
	bar := p.progress("publish", 1)
	pointer, err := p.publisher(b).Rebuild(ctx, runner.Hub(), func(x live.Progress) { bar.set(x.Done, x.Total) })
	bar.end()
	answer := rebuilt{Serving: pointer, Millis: time.Since(begun).Milliseconds()}
	for _, summary := range runner.Hub().Summaries() {
		answer.Negotiations++
		answer.Entities += summary.Entities
	}
	stop()
	running.Wait()
	switch {
	case errors.Is(err, live.ErrTakenOver):
		return &problem.Error{Kind: problem.Conflict, Detail: err.Error(), Hint: "wait for it; parley projection list shows which bucket is served"}
	case errors.Is(err, live.ErrEnded):
		return errors.Join(err, ran)
	case err != nil:
		return fmt.Errorf("rebuild: %w", err)
	}
	return p.say(answer.answer())
}

func (r rebuilt) answer() answer {
	row := []string{r.Serving.Bucket, strconv.Itoa(r.Serving.Version), strconv.Itoa(r.Negotiations), strconv.Itoa(r.Entities)}
	return answer{
		json:   func() any { return r },
		ndjson: func() iter.Seq[any] { return each([]rebuilt{r}, func(r rebuilt) any { return r }) },
		csv: func() iter.Seq[[]string] {
			return withHead([]string{"bucket", "version", "negotiations", "entities"}, each([][]string{row}, func(r []string) []string { return r }))
		},
		table: func(s *screen) {
			s.line(fmt.Sprintf("%s in %s published anew; bucket %s is served now.",
				count(r.Entities, "entity", "entities"), count(r.Negotiations, "negotiation", "negotiations"), r.Serving.Bucket))
		},
	}
}

func (l *publishedList) answer() answer {
	head := []string{"negotiation", "position", "head", "lag", "entities", "events", "parked", "version", "fault"}
	row := func(x published) []string {
		return []string{
			x.Negotiation, strconv.FormatUint(x.Position, 10), strconv.FormatUint(x.Head, 10), strconv.Itoa(x.Lag), strconv.Itoa(x.Entities),
			strconv.Itoa(x.Events), strconv.Itoa(x.Parked), strconv.Itoa(x.Version), x.Fault,
		}
	}
	return answer{
		json:   func() any { return l },
		ndjson: func() iter.Seq[any] { return each(l.Negotiations, func(x published) any { return x }) },
		csv:    func() iter.Seq[[]string] { return withHead(head, each(l.Negotiations, row)) },
		table: func(s *screen) {
			t := &sheet{title: "Published from " + l.Where, head: []string{"negotiation", "position", "lag", "entities", "events", "version", "fault"}, empty: "the record is empty"}
			for _, x := range l.Negotiations {
				t.row(x.Negotiation, fmt.Sprintf("#%d of #%d", x.Position, x.Head), count(x.Lag, "entry", "entries"),
					thousands(x.Entities), thousands(x.Events), strconv.Itoa(x.Version), x.Fault)
			}
			t.note(fmt.Sprintf("Bucket %s is served, version %d, since %s.", l.Serving.Bucket, l.Serving.Version, l.Serving.Since.Format(time.DateTime)))
			if l.Serving.Filling != "" {
				t.note(fmt.Sprintf("Bucket %s is filled anew by %s, since %s.", l.Serving.Filling, l.Serving.FillingBy, l.Serving.FillingSince.Format(time.DateTime)))
			}
			s.show(t)
		},
	}
}

func (a *checkedAll) answer() answer {
	head := []string{"negotiation", "position", "lag", "projection", "id", "problem"}
	return answer{
		json:   func() any { return a },
		ndjson: func() iter.Seq[any] { return each(a.Negotiations, func(c checked) any { return c }) },
		csv: func() iter.Seq[[]string] {
			return withHead(head, func(yield func([]string) bool) {
				for _, c := range a.Negotiations {
					begin := []string{c.Negotiation, strconv.FormatUint(c.Position, 10), strconv.Itoa(c.Lag)}
					if len(c.Differences) == 0 && !yield(append(begin, "", "", "")) {
						return
					}
					for _, d := range c.Differences {
						if !yield(append(begin[:3:3], d.Projection, d.ID, d.Problem)) {
							return
						}
					}
				}
			})
		},
		table: func(s *screen) { a.show(s) },
	}
}

// differencesShown is how many differences of a negotiation are listed for people.
const differencesShown = 20

func (a *checkedAll) show(s *screen) {
	t := &sheet{title: "Compared with a fresh fold: bucket " + a.Bucket, head: []string{"negotiation", "position", "lag", "entities", ""}, empty: "the record is empty"}
	for _, c := range a.Negotiations {
		found := "as a fresh fold has it"
		if n := len(c.Differences); n > 0 {
			found = count(n, "difference", "differences")
		}
		t.row(c.Negotiation, fmt.Sprintf("#%d", c.Position), count(c.Lag, "entry", "entries"), thousands(c.Entities), found)
		for i, d := range c.Differences {
			if i == differencesShown {
				t.note(fmt.Sprintf("… and %d more; --json lists all.", len(c.Differences)-i))
				break
			}
			t.note(d.Key.String() + " " + problemText[d.Problem])
		}
	}
	s.show(t)
}
