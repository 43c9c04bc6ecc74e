package live

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go/jetstream"
)

// The buckets. Readers learn from the pointer, one key of the first, which of the
// other two is served; the other one is filled when projections are made anew.
const (
	PointerBucket = "parley"
	BlueBucket    = "parley-blue"
	GreenBucket   = "parley-green"
)

// BranchBucket holds the branches that somebody asked for, apart from the record. It
// is not named by the pointer, and not filled twice when projections are made anew.
const BranchBucket = "parley-branches"

// Buckets lists the buckets.
func Buckets() []string { return []string{PointerBucket, BlueBucket, GreenBucket} }

// StreamOf is the stream that holds a bucket.
func StreamOf(bucket string) string { return "KV_" + bucket }

// FeedPrefix is before the subjects of the feed: every value that is put into a
// bucket is told once, under <prefix>.<bucket>.<key>, to whoever listens then. The
// headers Nats-Sequence and Nats-Last-Sequence, the one before under the same key,
// show gaps; a reader who finds one gets the value from the bucket.
const FeedPrefix = "parley.live"

// pointerKey is the key under which the pointer stands.
const pointerKey = "serving"

// Pointer says which bucket is served.
type Pointer struct {
	Schema  int    `json:"schema"`
	Bucket  string `json:"bucket"`
	Version int    `json:"version"` // of the projections
	// Epoch tells the contents of the bucket from those of another of its lives: it
	// is kept in memory, and filled anew when its server has started again. Then,
	// and when Bucket changes, a reader begins anew.
	Epoch uint64    `json:"epoch"`
	Since time.Time `json:"since"`
	// Log tells logs apart: when it changes, what was published before was of another
	// one, and positions of it count no more.
	Log uint64 `json:"log,omitzero"`
	// While projections are made anew: where, by whom, since when.
	Filling      string    `json:"filling,omitzero"`
	FillingBy    string    `json:"fillingBy,omitzero"`
	FillingSince time.Time `json:"fillingSince,omitzero"`
}

// other is the bucket that is not served.
func (p Pointer) other() string {
	if p.Bucket == BlueBucket {
		return GreenBucket
	}
	return BlueBucket
}

// bucketConfig is the stream of a bucket. Every key keeps its last value. Memory is
// enough for what can be rebuilt; a sequence that begins with the clock never falls
// behind that of an earlier life, so that a reader who asks for what came after it
// misses nothing.
func bucketConfig(bucket string, o PublisherOptions, now time.Time) jetstream.StreamConfig {
	subjects := "$KV." + bucket + ".>"
	storage := jetstream.MemoryStorage
	if o.OnDisk {
		storage = jetstream.FileStorage
	}
	return jetstream.StreamConfig{
		Name:               StreamOf(bucket),
		Description:        "Parley: published projections",
		Subjects:           []string{subjects},
		Storage:            storage,
		Replicas:           o.Replicas,
		MaxMsgsPerSubject:  1,
		MaxMsgs:            -1,
		MaxBytes:           -1,
		MaxMsgSize:         -1,
		MaxConsumers:       -1,
		Discard:            jetstream.DiscardNew,
		Duplicates:         time.Minute,
		AllowRollup:        true,
		DenyDelete:         true,
		AllowDirect:        bucket != PointerBucket, // a replica may be behind: who reads the pointer asks the leader
		AllowAtomicPublish: true,
		AllowMsgTTL:        bucket == BranchBucket,
		FirstSeq:           uint64(now.UnixMicro()),
		RePublish:          &jetstream.RePublish{Source: subjects, Destination: FeedPrefix + "." + bucket + ".>"},
	}
}

// ensureBucket opens a bucket, and makes it first where it is missing. The epoch is
// the same for everybody who sees the same life of it.
func ensureBucket(ctx context.Context, js jetstream.JetStream, bucket string, o PublisherOptions) (kv jetstream.KeyValue, epoch uint64, err error) {
	s, err := js.Stream(ctx, StreamOf(bucket))
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		s, err = js.CreateStream(ctx, bucketConfig(bucket, o, o.Now()))
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another process was faster
			s, err = js.Stream(ctx, StreamOf(bucket))
		}
	}
	if err != nil {
		return nil, 0, fmt.Errorf("bucket %s: %w", bucket, err)
	}
	config := s.CachedInfo().Config
	if !config.AllowAtomicPublish || config.MaxMsgsPerSubject != 1 || config.RePublish == nil || bucket == BranchBucket && !config.AllowMsgTTL {
		return nil, 0, fmt.Errorf("bucket %s: stream %s was made otherwise (allow_atomic, max_msgs_per_subject 1 and republish are needed, and allow_msg_ttl for branches); delete it, and it is made anew", bucket, StreamOf(bucket))
	}
	if kv, err = js.KeyValue(ctx, bucket); err != nil {
		return nil, 0, fmt.Errorf("bucket %s: %w", bucket, err)
	}
	return kv, uint64(s.CachedInfo().Created.UnixMicro()), nil
}

// readPointer reads the pointer; revision is 0 where there is none.
func readPointer(ctx context.Context, kv jetstream.KeyValue) (p Pointer, revision uint64, err error) {
	var e jetstream.KeyValueEntry
	err = ask(ctx, func(ctx context.Context) error {
		e, err = kv.Get(ctx, pointerKey)
		return err
	})
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return Pointer{}, 0, nil
	}
	if err != nil {
		return Pointer{}, 0, fmt.Errorf("pointer: %w", err)
	}
	if err := json.Unmarshal(e.Value(), &p); err != nil {
		return Pointer{}, e.Revision(), fmt.Errorf("pointer: %w", err)
	}
	return p, e.Revision(), nil
}

// errFenced says that somebody else has written first.
var errFenced = errors.New("another process was faster")

// writePointer writes the pointer if it still stands as it was read.
func writePointer(ctx context.Context, kv jetstream.KeyValue, p Pointer, revision uint64) (uint64, error) {
	ctx, done := context.WithTimeout(ctx, requestTimeout)
	defer done()
	body, err := json.Marshal(p)
	if err != nil {
		return 0, fmt.Errorf("pointer: %w", err)
	}
	if revision == 0 {
		revision, err = kv.Create(ctx, pointerKey, body)
	} else {
		revision, err = kv.Update(ctx, pointerKey, body, revision)
	}
	if isFence(err) || errors.Is(err, jetstream.ErrKeyExists) {
		return 0, errFenced
	}
	if err != nil {
		return 0, fmt.Errorf("pointer: %w", err)
	}
	return revision, nil
}
