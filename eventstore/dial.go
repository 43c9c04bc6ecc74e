package eventstore

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Dial connects to an address or a context, for what is not the record. The
// connection is kept up as that of a store is, and the caller closes it.
func Dial(ctx context.Context, o Options) (*nats.Conn, jetstream.JetStream, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, nil, err
	}
	if o.Dir != "" {
		return nil, nil, &OptionError{"a folder is opened, not dialled: give an address or a context"}
	}
	s := &Store{opts: o, log: o.Logger, link: newLink()}
	if err := s.openRemote(ctx); err != nil {
		return nil, nil, fmt.Errorf("connect: %w", err)
	}
	return s.nc, s.js, nil
}
