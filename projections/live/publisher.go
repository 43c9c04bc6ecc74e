package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// PublisherOptions says how a publisher publishes. The zero value will do.
type PublisherOptions struct {
	// OnDisk keeps buckets that have to be made on the disk and not in memory: over a
	// restart of their server, at many times the cost of a commit. On a cluster they
	// always are: it remembers a bucket by its name and first sequence when all servers
	// have started again, so an empty one would have the same epoch, and sequences that
	// go back, which a watch passes over.
	OnDisk bool
	// Replicas of buckets that have to be made: 3 if not given on a cluster, else 1.
	Replicas int
	// Opened is called when the buckets are there, with their streams: before
	// anything is published, and again after each loss of the connection.
	Opened func(ctx context.Context, streams []string) error
	// Again makes another connection in place of one that is closed for good; nil: then
	// nothing is published any more. See [Publisher.Close].
	Again Dial
	// End is where the log ends: what is published beyond it is of another record. If
	// it is nil, that is seen only once the log is longer than what is published.
	End func(context.Context) (uint64, error)
	// Committed is called after every commit to the served bucket, from the publisher's
	// goroutine; nil: nobody wants to know.
	Committed func(Commit)
	// Name is what others read of this process: "parley serve 4711 on ada".
	Name string

	Logger *slog.Logger     // none if nil
	Now    func() time.Time // time.Now if nil
}

// Commit is what it took to bring a negotiation in the bucket up to a position.
type Commit struct {
	Negotiation string
	Position    uint64
	Messages    int           // values, pages, deletions and marks that were written
	Took        time.Duration // to find what is lacking, to send it and to hear that it is there
}

func (o PublisherOptions) withDefaults(nc *nats.Conn) PublisherOptions {
	if o.Replicas == 0 {
		o.Replicas = 1
		if nc.ConnectedClusterName() != "" {
			o.Replicas = 3
		}
	}
	o.OnDisk = o.OnDisk || o.Replicas > 1
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Name == "" {
		host, _ := os.Hostname() // a name for people: nothing rests on it
		o.Name = "process " + strconv.Itoa(os.Getpid()) + " on " + host
	}
	return o
}

// Publisher keeps the served bucket as the hub is. Any number of processes may do
// that for one record: they fold the same log to the same values, every commit is
// fenced by the mark of its negotiation, and whoever is beaten to it looks again at
// what stands there and commits what is still missing. So what a process that died
// has left half done is completed by the next one, and a process that is behind
// publishes nothing over a newer state.
type Publisher struct {
	wire    wire
	options PublisherOptions
	log     *slog.Logger

	claimPatience time.Duration

	first  chan struct{} // closed once what was published before is known, or is not to be had
	once   sync.Once
	before Published

	mu    sync.Mutex
	fault error // why nothing is published at present
}

// NewPublisher makes a publisher on a connection that may write to the buckets. js is
// the JetStream of that connection.
func NewPublisher(nc *nats.Conn, js jetstream.JetStream, o PublisherOptions) *Publisher {
	o = o.withDefaults(nc)
	return &Publisher{wire: wire{nc: nc, js: js, again: o.Again, log: o.Logger}, options: o, log: o.Logger, claimPatience: claimPatience, first: make(chan struct{})}
}

// Published waits until it is known what was published before this process began.
func (p *Publisher) Published(ctx context.Context) (Published, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.first:
		if p.before != nil {
			return p.before, nil
		}
		return nil, p.Fault()
	}
}

// Fault is why nothing is published at present, nil if all is well.
func (p *Publisher) Fault() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fault
}

func (p *Publisher) setFault(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = err
}

// Run publishes what the hub has until ctx ends. It gives up for nothing: what goes
// wrong is told by Fault, and tried again.
func (p *Publisher) Run(ctx context.Context, hub *Hub) {
	defer p.once.Do(func() { close(p.first) })
	wait := retryFirst
	for {
		began := p.options.Now()
		err := p.wire.connected(ctx)
		if err == nil {
			err = p.session(ctx, hub)
		}
		if ctx.Err() != nil || errors.Is(err, ErrEnded) {
			return
		}
		if errors.Is(err, errUpgraded) {
			continue
		}
		p.setFault(err)
		p.once.Do(func() { close(p.first) })
		p.log.Warn("projections are not published", slog.Any("why", err))
		if errors.Is(err, errClosed) {
			return // there is nothing more to try
		}
		if p.options.Now().Sub(began) > retryMax {
			wait = retryFirst
		}
		if pause(ctx, wait+rand.N(wait)) != nil {
			return
		}
		wait = min(2*wait, retryMax)
	}
}

// Close closes a connection that was made in place of the one that was given. It is for
// when the publisher and that of its branches have ended.
func (p *Publisher) Close() { p.wire.close() }

// rack is the buckets as a session has them.
type rack struct {
	pointers jetstream.KeyValue
	kv       map[string]jetstream.KeyValue
	epochs   map[string]uint64
	pointer  Pointer
	revision uint64 // of the pointer
}

// openRack opens the buckets and reads the pointer, making what is missing.
func (p *Publisher) openRack(ctx context.Context) (*rack, error) {
	r := &rack{kv: map[string]jetstream.KeyValue{}, epochs: map[string]uint64{}}
	var streams []string
	_, js := p.wire.now()
	for _, b := range Buckets() {
		var kv jetstream.KeyValue
		var epoch uint64
		err := ask(ctx, func(ctx context.Context) (err error) {
			kv, epoch, err = ensureBucket(ctx, js, b, p.options)
			return err
		})
		if err != nil {
			return nil, err
		}
		r.kv[b], r.epochs[b] = kv, epoch
		streams = append(streams, StreamOf(b))
	}
	r.pointers = r.kv[PointerBucket]
	if p.options.Opened != nil {
		if err := p.options.Opened(ctx, streams); err != nil {
			return nil, err
		}
	}
	for range 20 {
		var err error
		if r.pointer, r.revision, err = readPointer(ctx, r.pointers); err != nil {
			return nil, err
		}
		next := r.pointer
		if r.revision == 0 || r.kv[next.Bucket] == nil || next.Bucket == PointerBucket {
			next = Pointer{Schema: Schema, Bucket: BlueBucket, Version: Version, Log: next.Log}
		}
		next.Epoch = r.epochs[next.Bucket]
		if r.revision > 0 && next == r.pointer {
			return r, nil
		}
		next.Since = p.options.Now().UTC()
		r.revision, err = writePointer(ctx, r.pointers, next, r.revision)
		if err == nil {
			r.pointer = next
			return r, nil
		}
		if !errors.Is(err, errFenced) {
			return nil, err
		}
	}
	return nil, fmt.Errorf("pointer: %w, twenty times", errFenced)
}

const openTimeout = 20 * time.Second

// session publishes until something goes wrong.
func (p *Publisher) session(ctx context.Context, hub *Hub) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	nc, _ := p.wire.now()
	lost := nc.StatusChanged(nats.RECONNECTING, nats.CLOSED)
	defer nc.RemoveStatusListener(lost)
	opening, opened := context.WithTimeout(ctx, openTimeout)
	r, err := p.openRack(opening)
	opened()
	if err != nil {
		return err
	}
	pointers, err := r.pointers.Watch(ctx, pointerKey)
	if err != nil {
		return fmt.Errorf("watch the pointer: %w", err)
	}
	defer stopWatch(pointers)
	w := &work{publisher: p, nc: nc, hub: hub, rack: r, due: map[string]bool{}, faults: map[string]error{}}
	if w.shelf, err = p.read(ctx, r); err != nil {
		return err
	}
	defer func() { w.shelf.close() }() // not the one of now: it may be replaced
	w.tellFault()
	p.once.Do(func() { close(p.first) })
	return w.loop(ctx, lost, pointers)
}

// read opens the served bucket; the first time, it keeps what stands in it for the
// runner.
func (p *Publisher) read(ctx context.Context, r *rack) (*shelf, error) {
	var each func(jetstream.KeyValueEntry)
	a := assembly{}
	if p.before == nil && r.pointer.Version == Version {
		each = a.take
	}
	opening, opened := context.WithTimeout(ctx, openTimeout)
	defer opened()
	s, err := openShelf(ctx, opening, r.kv[r.pointer.Bucket], each)
	if err == nil && each != nil {
		p.before = a.published()
	}
	return s, err
}
