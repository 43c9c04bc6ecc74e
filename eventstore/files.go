package eventstore

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"parley/eventstore/blocks"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
)

// fileLog is the streams of a folder as their files hold them, where no server may
// run: it could not write, or would cut off what is damaged. Nothing is written.
type fileLog struct {
	last    map[string]uint64 // how far each stream had gone
	reports map[string]*blocks.Report

	mu    sync.Mutex
	index map[string]*blocks.Index // made when it is first needed
}

// files reads what was examined.
func (x *examined) files() *fileLog {
	return &fileLog{last: x.last, reports: x.reports, index: map[string]*blocks.Index{}}
}

// of is the index of a stream.
func (l *fileLog) of(stream string) (*blocks.Index, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if index := l.index[stream]; index != nil {
		return index, nil
	}
	index, err := l.reports[stream].Index()
	if err != nil {
		return nil, fmt.Errorf("files of stream %s: %w", stream, err)
	}
	l.index[stream] = index
	return index, nil
}

// matching tells which subjects a filter lets through.
func matching(filter string) func(subject string) bool {
	return func(subject string) bool { return filter == "" || server.SubjectMatchesFilter(subject, filter) }
}

func storedIn(m blocks.Message) stored { return stored{m.Subject, m.Position, m.Data} }

// ask is [Store.ask].
func (l *fileLog) ask(stream string, r messageRequest) (*stored, error) {
	index, err := l.of(stream)
	if err != nil {
		return nil, err
	}
	if r.LastFor != "" {
		m, ok, err := index.Last(matching(r.LastFor))
		if err != nil || !ok {
			return nil, err
		}
		return new(storedIn(m)), nil
	}
	to := r.Seq
	if r.NextFor != "" {
		to = l.last[stream]
	}
	var found *stored
	err = index.Messages(r.Seq, to, matching(r.NextFor), func(m blocks.Message) bool {
		found = new(storedIn(m))
		return false
	})
	return found, err
}

// pull is [Store.pull].
func (l *fileLog) pull(ctx context.Context, r pullRequest, yield func(stored) bool, idle func()) error {
	if r.to == 0 {
		return errors.New("what is read from its files cannot be followed")
	}
	index, err := l.of(r.stream)
	if err != nil {
		return err
	}
	err = index.Messages(r.from, r.to, matching(r.filter), func(m blocks.Message) bool {
		return ctx.Err() == nil && yield(storedIn(m))
	})
	idle()
	return errors.Join(err, ctx.Err())
}

// state is [Store.state].
func (l *fileLog) state(stream, filter string) (jetstream.StreamState, error) {
	index, err := l.of(stream)
	if err != nil {
		return jetstream.StreamState{}, err
	}
	state := jetstream.StreamState{LastSeq: l.last[stream], Subjects: index.Counts(matching(filter))}
	for _, count := range index.Counts(matching("")) {
		state.Msgs += count
	}
	if state.Msgs == 0 {
		return state, nil
	}
	return state, index.Messages(1, l.last[stream], matching(""), func(m blocks.Message) bool {
		state.FirstSeq = m.Position
		return false
	})
}

func (l *fileLog) close() (err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, index := range l.index {
		err = errors.Join(err, index.Close())
	}
	return err
}

// state says what a stream holds, with the number of messages of each subject that a
// filter matches; an empty one asks for none.
func (s *Store) state(ctx context.Context, stream, filter string) (jetstream.StreamState, error) {
	if s.files != nil {
		return s.files.state(stream, filter)
	}
	from, err := s.js.Stream(ctx, stream)
	if err != nil || filter == "" {
		if err != nil {
			return jetstream.StreamState{}, err
		}
		return from.CachedInfo().State, nil
	}
	info, err := from.Info(ctx, jetstream.WithSubjectFilter(filter))
	if err != nil {
		return jetstream.StreamState{}, err
	}
	return info.State, nil
}

// openFiles reads a folder from its files, for it cannot be written to.
func (s *Store) openFiles(ctx context.Context, f folder, denied *AccessError) error {
	if s.opts.OnDamage == AcceptLoss || !s.opts.Reads {
		return denied
	}
	s.access = denied
	s.opts.Notify(denied.what() + "; it is read from its files, and nothing is written")
	x, err := s.examine(ctx, f)
	if err != nil {
		return err
	}
	s.files = x.files()
	if s.damage != nil {
		return nil
	}
	if !x.reports[RecordStream].Exists && x.mark.Last > 0 {
		return s.damaged(ctx, Range{1, x.mark.Last}, streamGone)
	}
	if end, ok := f.lastLine(); ok {
		return s.checkEnd(ctx, end)
	}
	return nil
}

// mayWrite is why nothing can be written, nil if it can.
func (s *Store) mayWrite() error {
	switch {
	case s.damage != nil:
		return s.damage
	case s.access != nil:
		return s.access
	default:
		return nil
	}
}
