package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"sync"
	"time"

	"parley/cmd/parley/internal/problem"
	"parley/eventstore"
	"parley/projections/live"

	"github.com/spf13/cobra"
)

// inspectLeast is how long it may take to read what is published.
const inspectLeast = 30 * time.Second

// rebuilt is what parley projection rebuild answers.
type rebuilt struct {
	Serving      live.Pointer `json:"serving"`
	Negotiations int          `json:"negotiations"`
	Branches     int          `json:"branches"`
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
	known, err := s.Negotiations(cmd.Context()) // before the log is read, and grows
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(cmd.Context())
	begun := time.Now()
	log := &countedSource{logSource: logSource{s}, read: map[string]uint64{}}
	runner := live.New(log, live.Options{Branches: logSource{s}, Logger: p.logger()})
	var running sync.WaitGroup
	var ran error
	running.Go(func() { ran = runner.Run(ctx) })
	bar := p.progress("publish", 1)
	publisher := p.publisher(s, b)
	var pointer live.Pointer
	if err = runner.Hub().WaitFor(ctx, "", 0); err == nil {
		err = log.unread(ctx, known)
	}
	if err == nil {
		pointer, err = publisher.Rebuild(ctx, runner.Hub(), func(x live.Progress) { bar.set(x.Done, x.Total) })
	}
	bar.end()
	answer := rebuilt{Serving: pointer}
	if err == nil {
		answer.Branches, err = publisher.Branches(runner.Branches()).RebuildBranches(ctx)
	}
	answer.Millis = time.Since(begun).Milliseconds()
	for _, summary := range runner.Hub().Summaries() {
		answer.Negotiations++
		answer.Entities += summary.Entities
	}
	stop()
	running.Wait()
	switch {
	case errors.Is(err, live.ErrTakenOver):
		return &problem.Error{Kind: problem.Conflict, Detail: err.Error(), Hint: "parley projection list shows which bucket is served, and who fills the other one"}
	case errors.Is(err, live.ErrEnded):
		return errors.Join(err, ran)
	case err != nil:
		return fmt.Errorf("rebuild: %w", err)
	}
	return p.say(answer.answer())
}

// countedSource counts the entries that a runner reads.
type countedSource struct {
	logSource
	mu   sync.Mutex
	read map[string]uint64 // by negotiation
}

// Follow yields the entries of the record.
func (c *countedSource) Follow(ctx context.Context, from uint64) iter.Seq2[live.Located, error] {
	return func(yield func(live.Located, error) bool) {
		for e, err := range c.logSource.Follow(ctx, from) {
			if err == nil {
				c.mu.Lock()
				c.read[e.Negotiation]++
				c.mu.Unlock()
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// unread is the error of a record of which less was read than was counted before: what is
// published is better than what is left.
func (c *countedSource) unread(ctx context.Context, known []eventstore.Negotiation) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range known {
		if read := c.read[n.ID]; read < n.Count {
			return c.store.Unread(ctx, n.ID, read, n.Count)
		}
	}
	return nil
}

func (r rebuilt) answer() answer {
	row := []string{r.Serving.Bucket, strconv.Itoa(r.Serving.Version), strconv.Itoa(r.Negotiations), strconv.Itoa(r.Entities), strconv.Itoa(r.Branches)}
	return answer{
		json:   func() any { return r },
		ndjson: func() iter.Seq[any] { return each([]rebuilt{r}, func(r rebuilt) any { return r }) },
		csv: func() iter.Seq[[]string] {
			return withHead([]string{"bucket", "version", "negotiations", "entities", "branches"}, each([][]string{row}, func(r []string) []string { return r }))
		},
		table: func(s *screen) {
			s.line(fmt.Sprintf("%s in %s published anew; bucket %s is served now.",
				count(r.Entities, "entity", "entities"), count(r.Negotiations, "negotiation", "negotiations"), r.Serving.Bucket))
			if r.Branches > 0 {
				s.line(count(r.Branches, "branch", "branches") + " published anew as well.")
			}
		},
	}
}

func (l *publishedList) answer() answer {
	head := []string{"negotiation", "position", "head", "lag", "entities", "events", "parked", "version", "fault", "branch", "until", "since"}
	rows := func(yield func([]string) bool) {
		for _, x := range l.Negotiations {
			if !yield([]string{
				x.Negotiation, strconv.FormatUint(x.Position, 10), strconv.FormatUint(x.Head, 10), strconv.Itoa(x.Lag), strconv.Itoa(x.Entities),
				strconv.Itoa(x.Events), strconv.Itoa(x.Parked), strconv.Itoa(x.Version), x.Fault, "", "", formatSince(x.Since),
			}) {
				return
			}
		}
		for _, x := range l.Branches {
			if !yield([]string{
				x.Negotiation, x.Position, x.Head, strconv.Itoa(x.Lag), strconv.Itoa(x.Entities), strconv.Itoa(x.Events), "",
				strconv.Itoa(x.Version), x.Fault, x.Branch, x.Until.Format(time.RFC3339), "",
			}) {
				return
			}
		}
	}
	return answer{
		json: func() any { return l },
		ndjson: func() iter.Seq[any] {
			return func(yield func(any) bool) {
				for _, x := range l.Negotiations {
					if !yield(x) {
						return
					}
				}
				for _, x := range l.Branches {
					if !yield(x) {
						return
					}
				}
			}
		},
		csv: func() iter.Seq[[]string] { return withHead(head, rows) },
		table: func(s *screen) {
			t := &sheet{title: "Published from " + l.Where, head: []string{"negotiation", "position", "lag", "entities", "events", "version", "fault"}, empty: "the record is empty"}
			for _, x := range l.Negotiations {
				t.row(x.Negotiation, fmt.Sprintf("#%d of #%d", x.Position, x.Head), x.lag(),
					thousands(x.Entities), thousands(x.Events), strconv.Itoa(x.Version), x.Fault)
			}
			for _, x := range l.Branches {
				t.row(x.Negotiation+" on "+x.Branch, x.Position, count(x.Lag, "entry", "entries"), thousands(x.Entities), thousands(x.Events), strconv.Itoa(x.Version), x.Fault)
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
	head := []string{"negotiation", "position", "lag", "projection", "id", "problem", "branch"}
	return answer{
		json:   func() any { return a },
		ndjson: func() iter.Seq[any] { return each(a.each(), func(c checked) any { return c }) },
		csv: func() iter.Seq[[]string] {
			return withHead(head, func(yield func([]string) bool) {
				for _, c := range a.each() {
					begin := []string{c.Negotiation, c.at(), strconv.Itoa(c.Lag)}
					if len(c.Differences) == 0 && !yield(append(begin, "", "", "", c.Branch)) {
						return
					}
					for _, d := range c.Differences {
						if !yield(append(begin[:3:3], d.Projection, d.ID, d.Problem, c.Branch)) {
							return
						}
					}
				}
			})
		},
		table: func(s *screen) { a.show(s) },
	}
}

// at is the position that is published.
func (c checked) at() string { return cmp.Or(c.Reflects, strconv.FormatUint(c.Position, 10)) }

// differencesShown is how many differences of a negotiation are listed for people.
const differencesShown = 20

func (a *checkedAll) show(s *screen) {
	t := &sheet{title: "Compared with a fresh fold: bucket " + a.Bucket, head: []string{"negotiation", "position", "lag", "entities", ""}, empty: "the record is empty"}
	for _, c := range a.each() {
		found := "as a fresh fold has it"
		if n := len(c.Differences); n > 0 {
			found = count(n, "difference", "differences")
		}
		name, at := c.Negotiation, "#"+c.at()
		if c.Branch != "" {
			name, at = c.Negotiation+" on "+c.Branch, c.at()
		}
		t.row(name, at, count(c.Lag, "entry", "entries"), thousands(c.Entities), found)
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

// formatSince writes a time that may be absent.
func formatSince(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}
