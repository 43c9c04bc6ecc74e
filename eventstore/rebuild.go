package eventstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"parley/eventstore/seal"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// item is a message of one of the two streams.
type item struct {
	stream string
	stored
}

// supply shows the messages of the record and then those of the branches, each in
// order, and says at the end up to which position each stream had gone.
type supply func(ctx context.Context, yield func(item) error) (last map[string]uint64, err error)

// What stands in for positions that hold nothing, until all is written.
const (
	recordGap = recordPrefix + "_gap_"
	branchGap = branchPrefix + "_gap_._gap_"
)

// rebuilder writes streams anew in an empty folder, every message at the position
// that it had. JetStream gives positions by counting, so what holds nothing is
// filled first and purged last; only then are the streams closed to deletion.
type rebuilder struct {
	store  *Store
	hashes *hashKeeper
	next   map[string]uint64
	gaps   map[string]uint64 // how many positions hold nothing
	stream string
	batch  []*nats.Msg
	lines  []seal.Line
	size   int
}

// rebuild writes what a supply shows into an empty folder, which nobody else
// knows of yet.
func rebuild(ctx context.Context, f folder, o Options, from supply, remark string) (err error) {
	s := &Store{opts: o, log: o.Logger, link: newLink(), where: f.dir, diskOf: f.disk, folder: &f}
	s.opts.Dir = f.dir
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := f.create(); err != nil {
		return err
	}
	if s.lock, err = f.tryLock(Holder{Kind: o.Kind, Since: o.Now().UTC()}); err != nil {
		return err
	}
	if err := s.startOn(ctx, f); err != nil {
		return err
	}
	for _, c := range []jetstream.StreamConfig{recordConfig(1), branchConfig(1)} {
		c.DenyDelete, c.DenyPurge = false, false
		if _, err := s.js.CreateStream(ctx, c); err != nil {
			return s.explain(ctx, err)
		}
	}
	if s.hashes, err = openHashes(f, func(error) {}); err != nil {
		return err
	}
	s.hashes.tell(s.mark)
	r := &rebuilder{store: s, hashes: s.hashes, next: map[string]uint64{RecordStream: 1, BranchStream: 1}, gaps: map[string]uint64{}}
	last, err := from(ctx, func(i item) error { return r.put(ctx, i) })
	if err != nil {
		return err
	}
	if err := r.finish(ctx, last); err != nil {
		return err
	}
	if end, _ := s.hashes.end(); end > 0 {
		remark = Range{1, end}.String() + " " + remark
	}
	return s.hashes.add(nil, remark)
}

// put writes a message, in a batch with others.
func (r *rebuilder) put(ctx context.Context, i item) error {
	if i.stream != RecordStream && i.stream != BranchStream {
		return fmt.Errorf("%q is no stream of ours", i.stream)
	}
	if i.stream != r.stream {
		if err := r.flush(ctx); err != nil {
			return err
		}
		r.stream = i.stream
	}
	if i.position < r.next[i.stream] {
		return fmt.Errorf("#%d of %s comes after #%d", i.position, i.stream, r.next[i.stream]-1)
	}
	if err := r.fill(ctx, i.position); err != nil {
		return err
	}
	if i.stream == RecordStream {
		r.lines = append(r.lines, lineOf(i.stored))
	}
	return r.add(ctx, i.subject, i.data)
}

// fill goes up to a position with messages that are purged in the end.
func (r *rebuilder) fill(ctx context.Context, position uint64) error {
	if next := r.next[r.stream]; position > next && position-next > backupGapMax {
		return fmt.Errorf("#%d of %s comes after #%d, and nothing between them: more than can be left out", position, r.stream, next-1)
	}
	subject := recordGap
	if r.stream == BranchStream {
		subject = branchGap
	}
	for r.next[r.stream] < position {
		r.gaps[r.stream]++
		if err := r.add(ctx, subject, nil); err != nil {
			return err
		}
	}
	return nil
}

func (r *rebuilder) add(ctx context.Context, subject string, data []byte) error {
	r.batch = append(r.batch, &nats.Msg{Subject: subject, Data: data, Header: nats.Header{}})
	r.next[r.stream]++
	r.size += len(data)
	if len(r.batch) < MaxBatch && r.size < MaxBatchBytes-(1<<20) {
		return nil
	}
	return r.flush(ctx)
}

// flush sends the batch. Nobody else writes here, so its positions are known.
func (r *rebuilder) flush(ctx context.Context) error {
	if len(r.batch) == 0 {
		return nil
	}
	last, err := r.store.send(ctx, r.stream, r.batch, nil)
	if err != nil {
		return r.store.explain(ctx, err)
	}
	if want := r.next[r.stream] - 1; last != want {
		return fmt.Errorf("stream %s stands at #%d, but #%d was written", r.stream, last, want)
	}
	err = r.hashes.add(r.lines, "")
	r.batch, r.lines, r.size = r.batch[:0], r.lines[:0], 0
	return err
}

// finish takes the stand-ins out, closes the streams, and sets the mark.
func (r *rebuilder) finish(ctx context.Context, last map[string]uint64) error {
	s := r.store
	for _, c := range []jetstream.StreamConfig{recordConfig(1), branchConfig(1)} {
		if err := r.flush(ctx); err != nil {
			return err
		}
		r.stream = c.Name
		if err := r.fill(ctx, last[c.Name]+1); err != nil {
			return err
		}
		if err := r.flush(ctx); err != nil {
			return err
		}
		stream, err := s.js.Stream(ctx, c.Name)
		if err != nil {
			return s.explain(ctx, err)
		}
		if r.gaps[c.Name] > 0 {
			subject := map[string]string{RecordStream: recordGap, BranchStream: branchGap}[c.Name]
			purging, done := context.WithTimeout(ctx, 10*time.Minute)
			err := stream.Purge(purging, jetstream.WithPurgeSubject(subject))
			done()
			if err != nil {
				return s.explain(ctx, err)
			}
		}
		if _, err := s.js.UpdateStream(ctx, c); err != nil {
			return s.explain(ctx, err)
		}
	}
	return s.mark.change(func(m *marks) bool {
		m.Last, m.Accepted, m.Branches = r.next[RecordStream]-1, r.gaps[RecordStream], r.next[BranchStream]-1
		return true
	})
}
