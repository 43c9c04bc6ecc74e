package main

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"parley/eventstore"
	"parley/projections/live"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"
)

// publishing says where projections are published, if not beside the record.
type publishing struct{ url, context string }

func addPublishing(cmd *cobra.Command) *publishing {
	to := &publishing{}
	cmd.Flags().StringVar(&to.url, "publish-to", "", "`address` of the NATS server, and account, whose buckets hold the projections, if not where the record is")
	cmd.Flags().StringVar(&to.context, "publish-context", "", "`name` of the context of the nats command line for that")
	return to
}

// buckets is a connection to where projections are published.
type buckets struct {
	nc     *nats.Conn
	js     jetstream.JetStream
	opened func(context.Context, []string) error
	close  func()
}

// connect connects to where projections are published. The server of a folder shows
// them to its dashboards.
func (p *program) connect(cmd *cobra.Command, s *eventstore.Store, to *publishing) (buckets, error) {
	if to == nil || to.url == "" && to.context == "" {
		if a := s.Access(); a != nil {
			return buckets{}, a // without a server nothing is published
		}
		nc, js, err := s.Connect() // what goes wrong with it is no matter of the record's
		if err != nil {
			return buckets{}, fmt.Errorf("connect to publish: %w", err)
		}
		return buckets{nc, js, s.Share, nc.Close}, nil
	}
	if to.url != "" && to.context != "" {
		return buckets{}, &usageError{Reason: "--publish-to and --publish-context exclude each other", Hint: "give one of them"}
	}
	if err := checkAddresses(to.url); err != nil {
		return buckets{}, err
	}
	o := p.options(cmd)
	o.Dir, o.URL, o.Context = "", to.url, to.context
	nc, js, err := eventstore.Dial(cmd.Context(), o)
	if err != nil {
		return buckets{}, err
	}
	return buckets{nc: nc, js: js, close: nc.Close}, nil
}

// publisher publishes a record to buckets.
func (p *program) publisher(s *eventstore.Store, b buckets) *live.Publisher {
	host, _ := os.Hostname() // for people only
	return live.NewPublisher(b.nc, b.js, live.PublisherOptions{
		Opened: b.opened, End: s.End, Logger: p.logger(), Name: "process " + strconv.Itoa(os.Getpid()) + " on " + host,
	})
}
