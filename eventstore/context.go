package eventstore

import (
	"fmt"
	"strings"

	"github.com/nats-io/jsm.go/natscontext"
	"github.com/nats-io/nats.go"
)

// remote is how to reach servers that are not ours.
type remote struct {
	address           string
	options           []nats.Option
	domain, apiPrefix string // of JetStream, where the context names them
}

// remoteOf reads a context of the nats command line: where the server is, and
// the credentials that its user keeps there.
func remoteOf(name string) (remote, error) {
	if !natscontext.IsKnown(name) {
		others := "there are none; nats context add makes one"
		if known := natscontext.KnownContexts(); len(known) > 0 {
			others = "known are: " + strings.Join(known, ", ")
		}
		return remote{}, &OptionError{fmt.Sprintf("there is no nats context %q; %s", name, others)}
	}
	c, err := natscontext.New(name, true)
	if err != nil {
		return remote{}, fmt.Errorf("nats context %q: %w", name, err)
	}
	options, err := c.NATSOptions()
	if err != nil {
		return remote{}, fmt.Errorf("nats context %q: %w", name, err)
	}
	return remote{c.ServerURL(), options, c.JSDomain(), c.JSAPIPrefix()}, nil
}
