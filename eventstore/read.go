package eventstore

import (
	"context"
	"fmt"
	"iter"

	"parley/domain"
)

// Located is an entry with the negotiation it belongs to, which a parked entry
// cannot tell by itself.
type Located struct {
	Negotiation string
	domain.Entry
}

// Read yields the entries of a negotiation from a position on, in the order of
// the log, up to its head at the time of the call. Bytes that are no event come
// as parked entries; an error is the last thing yielded.
func (s *Store) Read(ctx context.Context, negotiation string, from uint64) iter.Seq2[domain.Entry, error] {
	return func(yield func(domain.Entry, error) bool) {
		err := s.read(ctx, negotiation, from, func(e domain.Entry) bool { return yield(e, nil) })
		if err != nil {
			yield(domain.Entry{}, fmt.Errorf("read %s: %w", negotiation, s.explain(ctx, err)))
		}
	}
}

// ReadAll is Read for all negotiations at once, in the order of the log. It costs one
// pass over the log, where reading them one by one costs one for each whose entries
// are spread over it; and the server then holds all that it passed in memory. What
// stands under a subject that is no negotiation's is left out ([Store.Foreign]).
func (s *Store) ReadAll(ctx context.Context) iter.Seq2[Located, error] {
	return func(yield func(Located, error) bool) {
		err := s.readAll(ctx, func(l Located) bool { return yield(l, nil) })
		if err != nil {
			yield(Located{}, fmt.Errorf("read the record: %w", s.explain(ctx, err)))
		}
	}
}

func (s *Store) readAll(ctx context.Context, yield func(Located) bool) error {
	var head uint64
	err := s.patiently(ctx, func() (err error) {
		head, err = s.head(ctx, RecordStream, recordPrefix+"*")
		return err
	})
	if err != nil || head == 0 {
		return err
	}
	return s.entries(ctx, pullRequest{stream: RecordStream, filter: recordPrefix + "*", from: 1, to: head}, func(m stored, e domain.Entry) bool {
		at, err := ParseSubject(m.subject)
		return err != nil || yield(Located{at.Negotiation, e})
	})
}

func (s *Store) read(ctx context.Context, negotiation string, from uint64, yield func(domain.Entry) bool) error {
	subject, err := FormatSubject(Subject{Negotiation: negotiation})
	if err != nil {
		return err
	}
	var head uint64
	err = s.patiently(ctx, func() (err error) {
		head, err = s.head(ctx, RecordStream, subject)
		return err
	})
	if err != nil || head < from || head == 0 {
		return err
	}
	next := max(from, 1)
	return s.persist(ctx, func() error {
		return s.scan(ctx, RecordStream, subject, next, head, func(e domain.Entry) bool {
			next = e.Position + 1
			return yield(e)
		})
	})
}

// Follow yields the entries of a negotiation from a position on and goes on with
// those that are appended later, each once and in order, also across the loss of
// the connection or a restart of the server. It ends when ctx ends, without an
// error, or with the error that it cannot get over.
func (s *Store) Follow(ctx context.Context, negotiation string, from uint64) iter.Seq2[domain.Entry, error] {
	return func(yield func(domain.Entry, error) bool) {
		subject, err := FormatSubject(Subject{Negotiation: negotiation})
		if err == nil {
			err = s.follow(ctx, subject, from, func(_ stored, e domain.Entry) bool { return yield(e, nil) })
		}
		if err != nil {
			yield(domain.Entry{}, fmt.Errorf("follow %s: %w", negotiation, s.explain(ctx, err)))
		}
	}
}

// FollowAll is Follow for all negotiations at once, in the order of the log. One
// follower can serve a whole process: a stream takes 1,000 of them.
func (s *Store) FollowAll(ctx context.Context, from uint64) iter.Seq2[Located, error] {
	return func(yield func(Located, error) bool) {
		err := s.follow(ctx, recordPrefix+"*", from, func(m stored, e domain.Entry) bool {
			return yield(Located{m.subject[len(recordPrefix):], e}, nil)
		})
		if err != nil {
			yield(Located{}, fmt.Errorf("follow the record: %w", s.explain(ctx, err)))
		}
	}
}

func (s *Store) follow(ctx context.Context, filter string, from uint64, yield func(stored, domain.Entry) bool) error {
	err := s.entries(ctx, pullRequest{stream: RecordStream, filter: filter, from: max(from, 1)}, yield)
	if ctx.Err() != nil {
		return nil
	}
	return err
}
