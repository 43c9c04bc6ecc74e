package eventstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// JetStream is the JetStream of [Store.Conn], with the prefix or the domain of its
// context.
func (s *Store) JetStream() jetstream.JetStream { return s.js }

// Share gives the dashboards of a folder's server copies of streams, which must be
// [SharedStreams]. It does nothing for a store whose server another process runs:
// who runs it, shares; and nothing for one that does not listen. A copy is kept in
// memory and follows its stream within a millisecond.
//
// A dashboard can have a copy deleted: the server publishes answers and statuses where
// whoever asks wants them, and its own JetStream listens there too. Nothing is lost by
// it, and the store makes the copy again at once.
func (s *Store) Share(ctx context.Context, streams []string) error {
	if s.server == nil || s.server.url == "" {
		return nil
	}
	for _, name := range streams {
		if !slices.Contains(SharedStreams(), name) {
			return &OptionError{fmt.Sprintf("stream %q is none that dashboards may have", name)}
		}
	}
	nc, err := s.inProcess(keeperUser, s.server.keeper)
	if err != nil {
		return fmt.Errorf("share with dashboards: %w", err)
	}
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(requestTimeout))
	if err == nil {
		_, err = share(ctx, js, streams)
	}
	if err != nil {
		nc.Close()
		return err
	}
	s.follower.Go(func() {
		defer nc.Close()
		s.keepShared(js, streams)
	})
	return nil
}

// share makes the copies that are not there, and tells which.
func share(ctx context.Context, js jetstream.JetStream, streams []string) (made []string, err error) {
	for _, name := range streams {
		_, err := js.Stream(ctx, name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			if _, err = js.CreateStream(ctx, copyConfig(name)); err == nil {
				made = append(made, name)
			}
		}
		if err != nil && !errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
			return made, fmt.Errorf("share %s with dashboards: %w", name, err)
		}
	}
	return made, nil
}

// sharedEvery is how often it is looked whether the copies are there.
const sharedEvery = 500 * time.Millisecond

// keepShared makes copies again that are gone, until the store is closed.
func (s *Store) keepShared(js jetstream.JetStream, streams []string) {
	told := ""
	for pause(s.link.life, sharedEvery) == nil {
		made, err := share(s.link.life, js, streams)
		if len(made) > 0 {
			s.log.Warn("copies for dashboards were deleted, and are made again", slog.Any("streams", made))
		}
		switch {
		case err == nil:
			told = ""
		case s.link.life.Err() == nil && err.Error() != told:
			told = err.Error()
			s.log.Error("dashboards have no copies", slog.Any("error", err))
		}
	}
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
