package main

import (
	"context"
	"errors"
	"fmt"

	"parley/eventstore"

	"github.com/spf13/cobra"
)

func (p *program) serveCommand() *cobra.Command {
	var listen string
	var to *publishing
	var api *httpFlags
	cmd := &cobra.Command{
		Use:     "serve",
		GroupID: groupBegin,
		Short:   "Serve the record, and keep its projections up to date",
		Long: `Serve runs the NATS server of the data folder and lets it listen on this machine,
so that other commands and programs use the record at the same time. It follows
the log, folds what is appended, and publishes what changes: to the key-value
buckets of NATS, which whoever may connect can watch, and as server-sent events;
docs/subscribe.md tells how to follow. Ctrl-C ends it.

The dashboard is served too, for a browser (docs/dashboard.md), and so is the HTTP API
that it is built on; docs/api.md is its guide, and /openapi.json describes it.
The same requests can be sent over NATS (docs/subscribe.md). Programs on this machine
may read and record, and others cannot reach it, until parley access says who may do
what; then it may listen at other addresses.

With --nats or --context it follows the record of that server and does not listen.

With -o ndjson or --json every message is a line of JSON on standard output.`,
		Example: `  parley serve
  parley serve --listen 127.0.0.1:4222 --http 127.0.0.1:8080 --data .parley`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			s, err := p.openToServe(cmd, listen, api)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, s.Close()) }()
			b, err := p.connect(cmd, s, to)
			if err != nil {
				return err
			}
			defer b.close()
			return p.serveBoth(cmd.Context(), s, b, api)
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "`address` of the NATS server; port 0 is any free port")
	to = addPublishing(cmd)
	api = addHTTP(cmd)
	return cmd
}

// openToServe opens the store with a server that listens, if it is a folder's.
func (p *program) openToServe(cmd *cobra.Command, listen string, api *httpFlags) (*eventstore.Store, error) {
	if err := p.noFile(); err != nil {
		return nil, err
	}
	o := p.options(cmd)
	if o.Dir != "" {
		o.Listen = listen
		var err error
		if api.anonymous, err = anonymous(api.anonymous, len(api.hosts) > 0, listen, api.where()); err != nil {
			return nil, err
		}
		o.Closed = api.anonymous == anonymousNone
	}
	return eventstore.Open(cmd.Context(), o)
}

// served is what serve says when it begins.
type served struct {
	Serving string `json:"serving"`
	NATS    string `json:"nats"`
	HTTP    string `json:"http,omitzero"`
}

// serve follows the record until ctx ends. It says where the API is, if it is served.
func (p *program) serve(ctx context.Context, s *eventstore.Store, a alive, n *news, api string) error {
	if p.format != formatTable {
		if err := writeJSON(p.out, served{s.Where(), s.URL(), api}, false); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(p.out, "Serving %s at %s\n", s.Where(), s.URL())
		if api != "" {
			fmt.Fprintf(p.out, "Dashboard at %s/\n", api)
			fmt.Fprintf(p.out, "HTTP API at %s, described by %s/openapi.json\n", api, api)
		}
		fmt.Fprintf(p.out, "From another shell: %s state NEGOTIATION%s\n", programName(), p.recordFlags())
		fmt.Fprintln(p.out, "Ctrl-C ends it.")
	}
	if err := p.keepLive(ctx, a, n); err != nil {
		return err
	}
	if p.format == formatTable {
		fmt.Fprintln(p.out, "Stopped.")
	}
	return nil
}
