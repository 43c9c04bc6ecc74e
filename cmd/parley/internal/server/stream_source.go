package server

import (
	"context"
	"errors"

	"parley/cmd/parley/internal/problem"
	"parley/cmd/parley/internal/reply"
	"parley/domain"
	"parley/domain/fair"
	"parley/eventstore"
	"parley/projections/live"
)

// source is one of the things that a stream tells of: the record, or a branch.
type source struct {
	watched *watchedBranch // nil for the record
	branch  *live.Branch
	by      fair.Holder // who watches the branch
	sub     *live.Subscription
	scope   scope         // of what is watched of it
	cursor  string        // of what the reader has been told, as ids have it; empty if nothing
	taken   chan struct{} // the batch has been told
}

// told is what a source has to tell.
type told struct {
	from  *source
	batch live.Batch
	err   error
}

// read hands over what is new, and waits until it has been told: what comes meanwhile
// waits in the hub.
func (s *source) read(ctx context.Context, batches chan<- told) {
	for {
		b, err := s.sub.Next(ctx)
		select {
		case batches <- told{s, b, err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
		select {
		case <-s.taken:
		case <-ctx.Done():
			return
		}
	}
}

func (s *source) close() {
	if s.sub != nil {
		s.sub.Close()
	}
	if s.branch != nil {
		s.branch.LeaveFor(s.by)
	}
}

// inRecord is how far in the record a change reflects its log.
func (s *source) inRecord(c *live.Change) uint64 {
	if c.Branch == nil {
		return c.Position
	}
	return recordPart(c.Branch.Position)
}

func recordPart(position string) uint64 {
	p, _ := domain.ParsePosition(position) // it was written by its pair
	return p.Record
}

// open begins to read all that is watched. Branches that were dropped are told of
// later, unless nothing else is watched.
func (t *telling) open(ctx context.Context) error {
	for _, b := range t.want.branches {
		src, err := t.server.openBranchSource(ctx, t.place.by, b)
		if _, gone := errors.AsType[*live.GoneError](err); gone {
			t.missed = append(t.missed, err)
			continue
		}
		if err != nil {
			return err
		}
		t.sources = append(t.sources, src)
	}
	if want := t.want.record; want != nil {
		want.Stall = t.server.limits.stall
		src := &source{sub: t.server.live.Hub().Subscribe(*want), scope: scopeOf(want.Filters), taken: make(chan struct{}, 1)}
		if want.Cursor > 0 {
			src.cursor = formatRecord(want.Cursor, want.Sum, want.Late, src.scope)
		}
		t.sources = append(t.sources, src)
	}
	if len(t.sources) == 0 {
		e, _ := errors.AsType[*live.GoneError](t.missed[0])
		return droppedBranch(e)
	}
	return nil
}

// openBranchSource begins to read a branch. It fails with a [live.GoneError] where that
// was dropped.
func (s *Server) openBranchSource(ctx context.Context, by fair.Holder, w *watchedBranch) (*source, error) {
	b, err := s.watchBranch(ctx, by, w.negotiation, w.name)
	if err != nil {
		return nil, err
	}
	src := &source{watched: w, branch: b, by: by, scope: scopeOf(w.filters), taken: make(chan struct{}, 1)}
	if w.after != nil {
		src.cursor = w.negotiation + "/" + formatHeld(w.after.String(), w.sum, src.scope)
	}
	src.sub, err = b.Subscribe(ctx, live.Request{Filters: w.filters, Sum: w.sum, Reset: w.reset, Stall: s.limits.stall}, w.after)
	if err != nil {
		src.close()
		return nil, err
	}
	return src, nil
}

// watchBranch begins to watch a branch, or says why it cannot be watched, and which
// others could.
func (s *Server) watchBranch(ctx context.Context, by fair.Holder, negotiation, name string) (*live.Branch, error) {
	b, err := s.live.Branches().WatchFor(ctx, by, negotiation, name)
	if err != nil {
		return nil, s.unwatched(ctx, negotiation, name, err)
	}
	return b, nil
}

// unwatched says why a branch cannot be watched. That it was dropped stays as it is.
func (s *Server) unwatched(ctx context.Context, negotiation, name string, err error) error {
	if e, ok := errors.AsType[*live.UnpublishedError](err); ok {
		hint := "come again in a moment"
		if live.IsAhead(err) {
			hint = "parley projection rebuild publishes the branches of this record in its place"
		}
		return &problem.Error{Kind: problem.Unreachable, Detail: e.Error(), Hint: hint}
	}
	if gone, ok := errors.AsType[*live.GoneError](err); ok && !gone.Dropped {
		if _, err := s.open(ctx, negotiation, 0, 0); err != nil {
			return err
		}
		if _, missing := reply.BranchLogs(ctx, s.store, negotiation, name); missing != nil {
			return missing
		}
	}
	if errors.Is(err, live.ErrEnded) {
		return &problem.Error{Kind: problem.Unreachable, Detail: err.Error(), Hint: "come again in a moment"}
	}
	return shared(err)
}

func droppedBranch(e *live.GoneError) error {
	return &eventstore.BranchError{Branch: e.Branch, Negotiation: e.Negotiation, Dropped: true, Reason: e.Reason}
}

// close ends the reading of all that was watched.
func (t *telling) close() {
	for _, s := range t.sources {
		s.close()
	}
}

// reached is the id of an event after which a source stands where a batch ends.
func (t *telling) reached(from *source, b live.Batch) string {
	from.cursor = formatRecord(b.Cursor, b.Sum, b.Late, from.scope)
	if b.Branch != nil {
		from.cursor = from.watched.negotiation + "/" + formatHeld(b.Branch.Position, b.Sum, from.scope)
	}
	var parts []string
	for _, s := range t.sources {
		if s.cursor != "" {
			parts = append(parts, s.cursor)
		}
	}
	return formatID(parts)
}

// forgotten is the id of a snapshot or reset, after which a reader has nothing of a source.
func (t *telling) forgotten(from *source) string {
	reached := from.cursor
	from.cursor = ""
	var parts []string
	for _, s := range t.sources {
		if s.cursor != "" {
			parts = append(parts, s.cursor)
		}
	}
	if parts == nil {
		parts = []string{formatHeld("0", 0, from.scope)}
	}
	from.cursor = reached
	return formatID(parts)
}
