package main

import (
	"cmp"
	"context"
	"errors"
	"os"

	"parley/cmd/parley/internal/server"
	"parley/eventstore"

	"github.com/spf13/cobra"
)

// httpDefault is where the API is served if nobody says where.
const httpDefault = "127.0.0.1:8727"

// httpFlags say whether and where the API is served.
type httpFlags struct {
	address   string
	hosts     []string
	anonymous string
}

func addHTTP(cmd *cobra.Command) *httpFlags {
	f := &httpFlags{}
	cmd.Flags().StringVar(&f.address, "http", "", "`address` of the HTTP API, port 0 is any free port; off for none (default $PARLEY_HTTP, else "+httpDefault+")")
	cmd.Flags().StringSliceVar(&f.hosts, "http-host", nil, "`name` besides those of this machine by which the API may be called, as of a proxy; https://NAME where that adds TLS; needs a role that is granted (parley access add); can be given again")
	cmd.Flags().StringVar(&f.anonymous, "anonymous", "", "what whoever shows no secret is once a role is granted: dashboard or none (default dashboard on this machine, none where other addresses or an --http-host are given)")
	return f
}

// where is the address of the API, off for none.
func (f *httpFlags) where() string { return cmp.Or(f.address, os.Getenv("PARLEY_HTTP"), httpDefault) }

// openHTTP listens for the API, if it is wanted.
func (p *program) openHTTP(s *eventstore.Store, a alive, f *httpFlags) (*server.Server, error) {
	if f.where() == "off" {
		return nil, nil
	}
	return server.Open(server.Options{
		Store: s, Live: a.runner, Publishing: a.publisher.Fault, Leases: a.branches, Listen: f.where(), Hosts: f.hosts, Access: folderAccess{s, f.anonymous == anonymousNone},
		Version: buildOf().Version, Logger: p.logger(),
	})
}

// serveBoth follows the record and answers over HTTP until ctx ends, or one of the
// two does. Both use one set of folds.
func (p *program) serveBoth(ctx context.Context, s *eventstore.Store, b buckets, f *httpFlags) (err error) {
	n := p.newNews()
	a := p.newAlive(s, b, n.add)
	api, err := p.openHTTP(s, a, f)
	if err != nil {
		return err
	}
	answering, err := p.openService(s, a, api)
	if err != nil {
		if api != nil {
			err = errors.Join(err, api.Close())
		}
		return err
	}
	defer func() { err = errors.Join(err, answering()) }()
	if api == nil {
		return p.serve(ctx, s, a, n, "")
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() {
		defer stop()
		ended <- api.Serve(ctx)
	}()
	err = p.serve(ctx, s, a, n, api.URL())
	stop()
	return errors.Join(err, <-ended)
}
