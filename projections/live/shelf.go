package live

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go/jetstream"
)

// seen is what stands under a key, as far as it must be known to tell whether it has
// to change.
type seen struct {
	revision uint64
	digest   digest
	position uint64
	deleted  bool
	id       string // of the entity, where the key has it shortened
}

// shelf is a bucket as this process sees it: it watches it, and notes its own writes
// at once.
type shelf struct {
	bucket string
	kv     jetstream.KeyValue
	watch  jetstream.KeyWatcher
	keys   grouping
	talks  map[string]*shelved // by group

	written int // messages, by this process
}

// shelved is one group in a bucket: a negotiation, or a branch of one.
type shelved struct {
	keys     map[string]seen
	mark     Mark
	revision uint64 // of the mark, 0 if there is none
}

// openShelf reads a bucket whole, and goes on watching it.
// The watch lives with ctx; the reading is given up with opening.
func openShelf(ctx, opening context.Context, kv jetstream.KeyValue, each func(jetstream.KeyValueEntry)) (*shelf, error) {
	s := &shelf{bucket: kv.Bucket(), kv: kv, keys: groupingOf(kv.Bucket()), talks: map[string]*shelved{}}
	var err error
	if s.watch, err = kv.WatchAll(ctx); err != nil {
		return nil, fmt.Errorf("watch %s: %w", s.bucket, err)
	}
	for {
		select {
		case <-opening.Done():
			s.close()
			return nil, opening.Err()
		case e, open := <-s.watch.Updates():
			switch {
			case !open:
				return nil, fmt.Errorf("watch %s: %w", s.bucket, errWatchEnded)
			case e == nil:
				return s, nil
			}
			s.note(e)
			if each != nil {
				each(e)
			}
		}
	}
}

var errWatchEnded = errors.New("the watch ended")

func (s *shelf) close() { stopWatch(s.watch) }

// stopWatch ends a watch. The client library goes on delivering what is under way,
// and blocks if nobody takes it.
func stopWatch(w jetstream.KeyWatcher) {
	_ = w.Stop() // it fails where the watch has ended already
	for range w.Updates() {
	}
}

func (s *shelf) of(negotiation string) *shelved {
	t := s.talks[negotiation]
	if t == nil {
		t = &shelved{keys: map[string]seen{}}
		s.talks[negotiation] = t
	}
	return t
}

// note takes in what the watch tells, and returns the group it is of. What is no value
// of ours is noted as something that says nothing right.
func (s *shelf) note(e jetstream.KeyValueEntry) string {
	group, plain := s.keys.split(e.Key())
	t := s.of(group)
	if isMark(plain) {
		if e.Revision() > t.revision {
			t.revision, t.mark = e.Revision(), Mark{}
			if e.Operation() == jetstream.KeyValuePut {
				_ = json.Unmarshal(e.Value(), &t.mark) // what is no mark is position 0, and overwritten
			}
		}
		return group
	}
	if old, ok := t.keys[e.Key()]; ok && old.revision >= e.Revision() {
		return group
	}
	t.keys[e.Key()] = seenOf(e, plain)
	return group
}

func seenOf(e jetstream.KeyValueEntry, plain string) seen {
	now := seen{revision: e.Revision(), deleted: e.Operation() != jetstream.KeyValuePut}
	_, page, err := ParseKey(plain)
	if err != nil {
		return now
	}
	if page > 0 && !now.deleted {
		var p Page
		if json.Unmarshal(e.Value(), &p) == nil {
			now.position, now.digest = p.Position, digestOf("", []byte(p.Text))
		}
		return now
	}
	var v Envelope
	if json.Unmarshal(e.Value(), &v) == nil {
		now.position = v.Position
		if FormatKey(v.Key) == plain && isShortened(plain) {
			now.id = v.ID
		}
		if !now.deleted {
			now.digest = v.digest()
		}
	}
	return now
}

// wrote notes what this process has written.
func (s *shelf) wrote(group string, messages []message, last uint64, mark Mark) {
	s.written += len(messages)
	t := s.of(group)
	first := last - uint64(len(messages)) + 1
	for i, m := range messages[:len(messages)-1] {
		now := m.seen
		now.revision = first + uint64(i)
		if old := t.keys[m.key]; old.revision < now.revision {
			t.keys[m.key] = now
		}
	}
	if last > t.revision {
		t.revision, t.mark = last, mark
	}
}

// stamp is what has to stand under a key.
type stamp struct {
	key     string
	deleted bool
	digest  digest
}

// holds tells whether everything of a record stands already.
func (t *shelved) holds(stamps []stamp) bool {
	for _, s := range stamps {
		have, ok := t.keys[s.key]
		if ok && (have.deleted != s.deleted || have.digest != s.digest) || !ok && !s.deleted {
			return false
		}
	}
	return true
}

// lacking lists the messages that bring a group to a state, in the order in which they
// must stand: pages before the value that they are of. at says how far the state
// reflects the log, for what is no more. What a server that takes so many bytes does not
// take is left out, and nothing of it stays.
func (s *shelf) lacking(group string, records []*record, at Change, most int64) (out []message, left leftOut, err error) {
	t := s.of(group)
	wanted := make(map[string]bool, len(records))
	for _, r := range records {
		if stamps := r.stamps.Load(); stamps != nil && t.holds(*stamps) {
			for _, s := range *stamps {
				wanted[s.key] = true
			}
			continue
		}
		messages, err := messagesOf(r)
		if err != nil {
			return nil, left, err
		}
		if left.add(r, messages, most) {
			r.stamps.Store(nil)
			continue
		}
		stamps := make([]stamp, 0, len(messages))
		for _, m := range messages {
			stamps = append(stamps, stamp{m.key, m.deleted, m.seen.digest})
			wanted[m.key] = true
			if !t.holds(stamps[len(stamps)-1:]) {
				out = append(out, m)
			}
		}
		r.stamps.Store(&stamps)
	}
	for key, have := range t.keys {
		if wanted[key] || have.deleted {
			continue
		}
		m, err := s.taking(t, key, at, most)
		if err != nil {
			return nil, left, err
		}
		out = append(out, m)
	}
	return out, left, nil
}

// taking is the message that takes away what stands under a key. Where the whole id is
// more than the server takes, it has what the key has of it.
func (s *shelf) taking(t *shelved, key string, at Change, most int64) (message, error) {
	_, plain := s.keys.split(key)
	k, _, err := ParseKey(plain)
	if err != nil {
		k = Key{Negotiation: at.Negotiation}
	}
	if id := t.keys[key].id; id != "" && 6*int64(len(id))+headerRoom < most { // in JSON, at worst
		k.ID = id
	}
	messages, err := messagesOf(&record{Change: Change{Key: k, Position: at.Position, Branch: at.Branch, Deleted: true}})
	if err != nil {
		return message{}, err
	}
	messages[0].key = key
	return messages[0], nil
}

// leftOut is what cannot be published of a negotiation.
type leftOut struct {
	count int
	why   string // of the first
}

// add takes note of an entity of which a server does not take all messages.
func (l *leftOut) add(r *record, messages []message, most int64) bool {
	for _, m := range messages {
		if m.fits(most) {
			continue
		}
		if !r.Deleted {
			if l.count++; l.count == 1 {
				l.why = fmt.Sprintf("%s/%s takes a message of %d bytes, and the server takes %d", r.Projection, FormatID(r.ID), len(m.body)+headerRoom, most)
			}
		}
		return true
	}
	return false
}
