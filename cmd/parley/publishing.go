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
	again  live.Dial // for when the connection is closed for good; nil if there is no other
	opened func(context.Context, []string) error
	close  func()

	committed func(live.Commit) // nil: nobody wants to know
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
		again := func(context.Context) (*nats.Conn, jetstream.JetStream, error) { return s.Connect() }
		return buckets{nc: nc, js: js, again: again, opened: s.Share, close: nc.Close}, nil
	}
	if to.url != "" && to.context != "" {
		return buckets{}, &usageError{Reason: "--publish-to and --publish-context exclude each other", Hint: "give one of them"}
	}
	if err := checkAddresses(to.url); err != nil {
		return buckets{}, err
	}
	o := p.options(cmd)
	o.Dir, o.URL, o.Context = "", to.url, to.context
	again := func(ctx context.Context) (*nats.Conn, jetstream.JetStream, error) { return eventstore.Dial(ctx, o) }
	nc, js, err := again(cmd.Context())
	if err != nil {
		return buckets{}, err
	}
	return buckets{nc: nc, js: js, again: again, close: nc.Close}, nil
}

// publisher publishes a record to buckets.
func (p *program) publisher(s *eventstore.Store, b buckets) *live.Publisher {
	host, _ := os.Hostname() // for people only
	return live.NewPublisher(b.nc, b.js, live.PublisherOptions{
		Opened: b.opened, Again: b.again, Committed: b.committed, End: s.End, Logger: p.logger(), Name: "process " + strconv.Itoa(os.Getpid()) + " on " + host,
	})
}
