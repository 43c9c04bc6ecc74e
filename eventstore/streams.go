package eventstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/domain"

	"github.com/nats-io/nats.go/jetstream"
)

// The streams.
const (
	RecordStream = "PARLEY"          // the record: real events, for ever
	BranchStream = "PARLEY_BRANCHES" // everything hypothetical
)

const (
	// headerRoom is what headers may add to an event.
	headerRoom = 4 << 10
	// duplicateWindow is how long the server remembers ids of messages. Nothing
	// rests on it: events are told apart by the ledger, for ever.
	duplicateWindow = 2 * time.Minute
)

// recordConfig is the stream of the record. Nobody can delete from it, not even
// its owner, and nothing in it ages.
func recordConfig(replicas int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:        RecordStream,
		Description: "Parley: the record, one subject per negotiation",
		Subjects:    []string{recordPrefix + "*"},
		Storage:     jetstream.FileStorage,
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardNew,
		MaxMsgs:     -1, MaxBytes: -1, MaxMsgsPerSubject: -1, MaxConsumers: -1,
		MaxAge:             0,
		MaxMsgSize:         domain.MaxEventBytes + headerRoom,
		Replicas:           replicas,
		Duplicates:         duplicateWindow,
		DenyDelete:         true,
		DenyPurge:          true,
		AllowDirect:        true, // for those who only read; the door asks the leader
		AllowAtomicPublish: true,
	}
}

// branchConfig is the stream of the branches. Dropping a branch purges its
// subjects, so purge is allowed here; single events cannot be deleted here either.
func branchConfig(replicas int) jetstream.StreamConfig {
	c := recordConfig(replicas)
	c.Name = BranchStream
	c.Description = "Parley: branches, one subject per branch and negotiation"
	c.Subjects = []string{branchPrefix + "*.*"}
	c.DenyPurge = false
	return c
}

// ensureStream creates a stream, or checks the one that is there.
func ensureStream(ctx context.Context, js jetstream.JetStream, want jetstream.StreamConfig) error {
	s, err := js.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		s, err = js.CreateStream(ctx, want)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another process was faster
			s, err = js.Stream(ctx, want.Name)
		}
	}
	if err != nil {
		return fmt.Errorf("stream %s: %w", want.Name, err)
	}
	if bad := compareStream(want, s.CachedInfo().Config); len(bad) > 0 {
		return &StreamMismatchError{Stream: want.Name, Settings: bad}
	}
	return nil
}

// compareStream lists the settings on which the promises rest and that differ.
// More replicas than asked for are fine, and so are larger messages. Free are the
// description, the metadata, the placement, the compression and the window of duplicates.
func compareStream(want, have jetstream.StreamConfig) []Setting {
	var bad []Setting
	differ := func(name string, differs bool, want, have any) {
		if differs {
			bad = append(bad, Setting{name, fmt.Sprint(want), fmt.Sprint(have)})
		}
	}
	equal := func(name string, want, have any) { differ(name, want != have, want, have) }

	differ("subjects", !slices.Equal(want.Subjects, have.Subjects), strings.Join(want.Subjects, " "), strings.Join(have.Subjects, " "))
	equal("storage", want.Storage, have.Storage)
	equal("retention", want.Retention, have.Retention)
	equal("discard", want.Discard, have.Discard)
	differ("max_consumers", have.MaxConsumers > 0, "unlimited", have.MaxConsumers)
	differ("max_msgs", have.MaxMsgs > 0, "unlimited", have.MaxMsgs)
	differ("max_bytes", have.MaxBytes > 0, "unlimited", have.MaxBytes)
	differ("max_msgs_per_subject", have.MaxMsgsPerSubject > 0, "unlimited", have.MaxMsgsPerSubject)
	equal("discard_new_per_subject", false, have.DiscardNewPerSubject)
	equal("max_age", want.MaxAge, have.MaxAge)
	differ("max_msg_size", have.MaxMsgSize > 0 && have.MaxMsgSize < want.MaxMsgSize, fmt.Sprintf("at least %d", want.MaxMsgSize), have.MaxMsgSize)
	differ("num_replicas", have.Replicas < want.Replicas, fmt.Sprintf("at least %d", want.Replicas), have.Replicas)
	equal("no_ack", false, have.NoAck)
	equal("deny_delete", want.DenyDelete, have.DenyDelete)
	equal("deny_purge", want.DenyPurge, have.DenyPurge)
	equal("allow_rollup_hdrs", false, have.AllowRollup)
	equal("allow_atomic", want.AllowAtomicPublish, have.AllowAtomicPublish)
	equal("allow_msg_ttl", false, have.AllowMsgTTL)
	equal("allow_msg_counter", false, have.AllowMsgCounter)
	equal("allow_msg_schedules", false, have.AllowMsgSchedules)
	equal("subject_delete_marker_ttl", want.SubjectDeleteMarkerTTL, have.SubjectDeleteMarkerTTL)
	equal("persist_mode", want.PersistMode, have.PersistMode)
	equal("sealed", false, have.Sealed)
	differ("mirror", have.Mirror != nil, "none", "set")
	differ("sources", len(have.Sources) > 0, "none", "set")
	differ("subject_transform", have.SubjectTransform != nil, "none", "set")
	differ("republish", have.RePublish != nil, "none", "set")
	differ("first_seq", have.FirstSeq > 1, 1, have.FirstSeq)
	equal("allow_direct", want.AllowDirect, have.AllowDirect)
	idle := have.ConsumerLimits.InactiveThreshold
	differ("consumer_limits.inactive_threshold", idle > 0 && idle < consumerIdle, fmt.Sprintf("none or at least %s", consumerIdle), idle)
	return bad
}
