package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"parley/eventstore"
	"parley/projections"

	"github.com/spf13/cobra"
)

func (p *program) serveCommand() *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:     "serve",
		GroupID: groupBegin,
		Short:   "Serve the record, and keep its projections up to date",
		Long: `Serve runs the NATS server of the data folder and lets it listen on this machine,
so that other commands and programs use the record at the same time. It follows
the log, folds what is appended, and says so. Ctrl-C ends it.

With --nats or --context it follows the record of that server and does not listen.

With -o ndjson or --json every message is a line of JSON on standard output.`,
		Example: `  parley serve
  parley serve --listen 127.0.0.1:4222 --data .parley`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			s, err := p.openToServe(cmd, listen)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, s.Close()) }()
			return p.serve(cmd.Context(), s)
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "`address` to listen at; port 0 is any free port")
	return cmd
}

// openToServe opens the store with a server that listens, if it is a folder's.
func (p *program) openToServe(cmd *cobra.Command, listen string) (*eventstore.Store, error) {
	if err := p.noFile(); err != nil {
		return nil, err
	}
	o := p.options(cmd)
	if o.Dir != "" {
		o.Listen = listen
	}
	return eventstore.Open(cmd.Context(), o)
}

// served is what serve says when it begins.
type served struct {
	Serving string `json:"serving"`
	NATS    string `json:"nats"`
}

// serve follows the record until ctx ends.
func (p *program) serve(ctx context.Context, s *eventstore.Store) error {
	if p.format != formatTable {
		if err := writeJSON(p.out, served{s.Where(), s.URL()}, false); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(p.out, "Serving %s at %s\n", s.Where(), s.URL())
		fmt.Fprintf(p.out, "From another shell: %s state NEGOTIATION%s\n", programName(), p.recordFlags())
		fmt.Fprintln(p.out, "Ctrl-C ends it.")
	}
	if err := p.follow(ctx, s); err != nil {
		return err
	}
	if p.format == formatTable {
		fmt.Fprintln(p.out, "Stopped.")
	}
	return nil
}

// settleAfter is how long the log must be quiet before a batch is folded, and
// foldEvery how long a batch may grow.
const (
	settleAfter = 50 * time.Millisecond
	foldEvery   = time.Second
)

// follow takes in what is appended, in batches, and folds each.
func (p *program) follow(ctx context.Context, s *eventstore.Store) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	entries := make(chan eventstore.Located)
	ended := make(chan error, 1)
	go func() {
		defer close(entries)
		for e, err := range s.FollowAll(ctx, 1) {
			if err != nil {
				ended <- err
				return
			}
			select {
			case entries <- e:
			case <-ctx.Done():
				return
			}
		}
	}()
	f := &folds{p: p, books: map[string]*projections.Book{}, heads: map[string]uint64{}, fresh: map[string]int{}}
	quiet := time.NewTimer(time.Hour)
	defer quiet.Stop()
	for {
		select {
		case e, open := <-entries:
			if !open {
				f.fold()
				select {
				case err := <-ended:
					return err
				default:
					return nil
				}
			}
			if len(f.fresh) == 0 {
				f.since = time.Now()
			}
			f.add(e)
			quiet.Reset(min(settleAfter, max(0, foldEvery-time.Since(f.since))))
		case <-quiet.C:
			f.fold()
		}
	}
}

// folds keeps the state of every negotiation as the log grows.
type folds struct {
	p     *program
	books map[string]*projections.Book
	heads map[string]uint64
	fresh map[string]int // entries since the last fold
	since time.Time      // of the first of them
}

func (f *folds) add(e eventstore.Located) {
	n := e.Negotiation
	if f.books[n] == nil {
		f.books[n] = projections.NewBook(n, nil)
	}
	f.books[n].Add(e.Entry)
	f.heads[n] = e.Position
	f.fresh[n]++
}

// folded is what serve says of a batch.
type folded struct {
	Negotiation string `json:"negotiation"`
	Position    uint64 `json:"position"`
	Appended    int    `json:"appended"`
	Events      int    `json:"events"`
	Happenings  int    `json:"happenings"`
	Parked      int    `json:"parked,omitzero"`
	Millis      int64  `json:"milliseconds"`
	Fault       string `json:"fault,omitzero"`
}

// fold brings the negotiations up to date that got new entries.
func (f *folds) fold() {
	for _, n := range slices.Sorted(maps.Keys(f.fresh)) {
		begun := time.Now()
		x := folded{Negotiation: n, Appended: f.fresh[n], Position: f.heads[n]}
		pic, err := f.books[n].View(projections.View{})
		if err != nil {
			x.Fault = err.Error()
		} else {
			seen := pic.Seen()
			x.Events, x.Happenings, x.Parked = seen.Events, len(pic.Happenings), seen.Parked
		}
		x.Millis = time.Since(begun).Milliseconds()
		f.say(x)
	}
	clear(f.fresh)
}

func (f *folds) say(x folded) {
	switch {
	case f.p.format != formatTable:
		_ = writeJSON(f.p.out, x, false) // whoever stopped reading ends nothing
	case x.Fault != "":
		f.p.tell("%s  %s at #%d: cannot be folded: %s", time.Now().Format(time.TimeOnly), x.Negotiation, x.Position, x.Fault)
	default:
		f.p.tell("%s  %s at #%d: %s appended; %s, %s", time.Now().Format(time.TimeOnly), x.Negotiation, x.Position,
			thousands(x.Appended), count(x.Events, "event", "events"), count(x.Happenings, "happening", "happenings"))
	}
}
