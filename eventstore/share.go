package eventstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// JetStream is the JetStream of [Store.Conn], with the prefix or the domain of its
// context.
func (s *Store) JetStream() jetstream.JetStream { return s.js }

// Share gives the dashboards of a folder's server copies of streams, which must be
// [SharedStreams]. It does nothing for a store whose server another process runs:
// who runs it, shares; and nothing for one that does not listen. A copy is kept in
// memory and follows its stream within a millisecond.
func (s *Store) Share(ctx context.Context, streams []string) error {
	if s.server == nil || s.server.url == "" {
		return nil
	}
	nc, err := nats.Connect("", nats.InProcessServer(s.server.server), nats.UserInfo(keeperUser, s.server.keeper), nats.Name(s.opts.Kind))
	if err != nil {
		return fmt.Errorf("share with dashboards: %w", err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(requestTimeout))
	if err != nil {
		return fmt.Errorf("share with dashboards: %w", err)
	}
	for _, name := range streams {
		if !slices.Contains(SharedStreams(), name) {
			return &OptionError{fmt.Sprintf("stream %q is none that dashboards may have", name)}
		}
		_, err := js.CreateStream(ctx, copyConfig(name))
		if err != nil && !errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
			return fmt.Errorf("share %s with dashboards: %w", name, err)
		}
	}
	return nil
}

// watchIdle is when a watch ends that nobody hears or asks any more: what the client
// libraries ask for themselves. A stream takes 1,000 watches.
const watchIdle = 5 * time.Minute

// copyConfig is a mirror in the dashboards' account.
func copyConfig(stream string) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:              stream,
		Description:       "Parley: a copy, for reading",
		Storage:           jetstream.MemoryStorage,
		MaxMsgsPerSubject: 1,
		MaxMsgs:           -1, MaxBytes: -1, MaxConsumers: -1,
		DenyDelete:   true,
		DenyPurge:    true,
		AllowDirect:  true,
		MirrorDirect: true,
		// The watches of those who left do not keep others out for long.
		ConsumerLimits: jetstream.StreamConsumerLimits{InactiveThreshold: watchIdle},
		AllowMsgTTL:    true, // what its stream forgets, it forgets
		Mirror: &jetstream.StreamSource{
			Name:     stream,
			External: &jetstream.ExternalStream{APIPrefix: copyAPI, DeliverPrefix: copySubjects},
		},
	}
}
