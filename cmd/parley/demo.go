package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"parley/docs/examples/istanbul-2025"
	"parley/domain"
	"parley/domain/intake"
	"parley/eventstore"

	"github.com/spf13/cobra"
)

// demoNegotiation is the negotiation of the worked example.
const demoNegotiation = "pak-afg-2025"

func (p *program) demoCommand() *cobra.Command {
	var once bool
	var listen string
	var api *httpFlags
	cmd := &cobra.Command{
		Use:     "demo",
		GroupID: groupBegin,
		Short:   "Import the worked example, tell its story on one screen, and serve it",
		Long: `Demo records the worked example, five press reports on the talks of Pakistan and
the Afghan Taliban in 2025, in a data folder: that of --data, else a new one. It
prints what the events come to and how to go on, and then serves the folder until
Ctrl-C, as "parley serve" does. With --once it ends instead.`,
		Example: `  parley demo --once
  parley demo --data .parley`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.demo(cmd, once, listen, api)
		},
	}
	cmd.Flags().BoolVar(&once, "once", false, "end after the story")
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "`address` of the NATS server; port 0 is any free port")
	api = addHTTP(cmd)
	return cmd
}

func (p *program) demo(cmd *cobra.Command, once bool, listen string, api *httpFlags) (err error) {
	in, err := readExample(istanbul2025.Files)
	if err != nil {
		return err
	}
	if p.data != "" && !cmd.Flags().Changed("data") {
		if p.data, err = os.MkdirTemp("", "parley-demo-"); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
	}
	s, err := p.openDemo(cmd, once, listen, api)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := p.tellStory(cmd.Context(), s, in); err != nil || once {
		return err
	}
	b, err := p.connect(cmd, s, nil)
	if err != nil {
		return err
	}
	return p.serveBoth(cmd.Context(), s, b, api)
}

func (p *program) openDemo(cmd *cobra.Command, once bool, listen string, api *httpFlags) (*eventstore.Store, error) {
	if once {
		return p.open(cmd)
	}
	return p.openToServe(cmd, listen, api)
}

// tellStory records the example and shows what it comes to.
func (p *program) tellStory(ctx context.Context, s *eventstore.Store, in *input) error {
	sign(in.candidates, "parley:demo", time.Now())
	_, err := s.Append(ctx, eventstore.Any(), in.candidates, eventstore.AppendOptions{})
	if faults, ok := errors.AsType[domain.Faults](err); ok {
		return in.refuse(faults)
	}
	if err != nil {
		return err
	}
	log, err := p.log(ctx, s, demoNegotiation)
	if err != nil {
		return err
	}
	story, err := tell(log)
	if err != nil {
		return err
	}
	story.record, story.where = p.recordFlags(), s.Where()
	return p.say(story.answer())
}

// readExample reads the tables of an example, the registry first.
func readExample(files fs.FS) (*input, error) {
	names, err := fs.Glob(files, "*.csv")
	if err != nil {
		return nil, err
	}
	slices.Sort(names) // registry.csv, s0.csv, s1.csv, …
	in := &input{}
	for _, name := range names {
		file, err := files.Open(name)
		if err != nil {
			return nil, fmt.Errorf("example: %w", err)
		}
		in.read(name, file, intake.Table)
		if err := file.Close(); err != nil {
			return nil, fmt.Errorf("example: %w", err)
		}
	}
	if len(in.faults) > 0 {
		return nil, in.refuse(nil)
	}
	return in, nil
}

// recordFlags are the flags by which another command finds the same record.
func (p *program) recordFlags() string {
	switch {
	case p.natsURL != "":
		return " --nats " + quoteShell(p.natsURL)
	case p.natsContext != "":
		return " --context " + quoteShell(p.natsContext)
	default:
		return " --data " + quoteShell(p.data)
	}
}

// programName is how this program was called, for commands to copy. A program
// that runs from a temporary folder, as `go run` does it, cannot be called so again.
func programName() string {
	name := os.Args[0]
	if filepath.Base(name) != "parley" || strings.HasPrefix(name, os.TempDir()) {
		return "parley"
	}
	return name
}
