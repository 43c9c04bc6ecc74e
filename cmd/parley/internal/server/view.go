package server

import (
	"bufio"
	"context"
	"io"
	"iter"
	"strconv"
	"time"

	"parley/cmd/parley/internal/problem"
	"parley/cmd/parley/internal/reply"
	"parley/domain"
	"parley/projections"
)

// viewed is a view of a negotiation that somebody asks for.
type viewed struct {
	server *Server
	volume *volume
	view   projections.View
	asked  reply.Asked
	at     domain.Position // of what the view may see
	line   domain.Lineage  // that it sees
	parts  []string        // what else is asked
}

// look reads the view that a request asks for, with whatever else v has read, and
// brings the negotiation up to date.
func (s *Server) look(ctx context.Context, q *request, v *values) (*viewed, error) {
	view := v.view()
	volume, err := s.upToDate(ctx, q, v)
	if err != nil {
		return nil, err
	}
	return s.onto(ctx, volume, view, reply.Asked{})
}

// upToDate opens the negotiation of a request, if all its parameters are right.
func (s *Server) upToDate(ctx context.Context, q *request, v *values) (*volume, error) {
	reach, wait := v.reach(q.http.Header.Get("Prefer"))
	if err := v.err(); err != nil {
		return nil, err
	}
	return s.open(ctx, q.negotiation(), reach, wait)
}

// onto finds what a view sees: the record, or a branch with what it stands on.
func (s *Server) onto(ctx context.Context, volume *volume, view projections.View, asked reply.Asked) (x *viewed, err error) {
	x = &viewed{server: s, volume: volume, view: view, asked: asked, line: domain.Lineage{Record: volume.entries()}}
	if view.Branch != "" {
		if x.line.Branches, err = reply.BranchLogs(ctx, s.store, volume.negotiation, view.Branch); err != nil {
			return nil, err
		}
		x.at = x.line.Position(nil)
		return x, nil
	}
	x.at.Record = x.line.Record[len(x.line.Record)-1].Position
	return x, nil
}

// ofPicture answers with what is told of a view as a whole. what names the answer in its
// tag.
func (s *Server) ofPicture(ctx context.Context, q *request, what string, tell func(*projections.Picture) any) (*answer, error) {
	x, err := s.look(ctx, q, q.read())
	if err != nil {
		return nil, err
	}
	if x.has(q, what) {
		return unchanged(x.tag()), nil
	}
	pic, err := x.picture()
	if err != nil {
		return nil, err
	}
	return asJSON(tell(pic), x.tag()), nil
}

// has tells whether the caller has the answer already to what else he asks.
func (x *viewed) has(q *request, asked ...string) bool {
	x.parts = append([]string{x.volume.negotiation}, asked...)
	return known(q.http.Header.Get("If-None-Match"), x.tag())
}

// tag is the ETag of the answer. Once the view is folded it has the position that was
// folded, which may be a later one.
func (x *viewed) tag() string { return x.server.tag(x.at, x.view, x.parts...) }

// picture folds the view. It may show more than was there when the view was asked for,
// and its position says so.
func (x *viewed) picture() (*projections.Picture, error) {
	begun := time.Now()
	var pic *projections.Picture
	var err error
	if x.view.Branch != "" {
		if pic, x.line, err = x.server.branchShelf.picture(x.volume.negotiation, x.line, x.view); err == nil {
			x.at = x.line.Position(nil)
		}
	} else {
		pic, err = x.volume.picture(x.view)
	}
	since(x.server.metrics.folds, begun)
	if err != nil {
		return nil, x.asked.Explain(err, x.volume.negotiation, x.line, x.view)
	}
	if x.view.Branch == "" {
		x.at.Record = max(x.at.Record, pic.Head)
		x.line.Record = x.volume.upTo(x.at.Record)
	}
	return pic, nil
}

// through folds the view, and of its happenings only those up to a step of the replay,
// if one is named.
func (x *viewed) through(step string) (*projections.Picture, error) {
	pic, err := x.picture()
	if err != nil || step == "" {
		return pic, err
	}
	so, err := pic.Through(step)
	if err != nil {
		return nil, noStep(step)
	}
	return so, nil
}

// noStep says that a replay has no such step.
func noStep(name string) error {
	return &problem.NotFoundError{What: "step", Name: strconv.Quote(shorten(name)), Where: "in this view", Hint: "replay lists the steps; it may be hidden by a part of the view"}
}

// lines answers with one value a line; what was seen stands in headers. Of a branch
// each line says so, unless mark is nil: what is sent exactly as it is stored.
func lines[T any](seen projections.Seen, mark *projections.Branch, tag string, values iter.Seq[T]) *answer {
	return &answer{media: typeNDJSON, tag: tag, stream: true, header: seenHeaders(seen), write: func(w io.Writer) error {
		buffered := bufio.NewWriterSize(w, 32<<10)
		for value := range values {
			line, err := reply.Marked(value, mark)
			if err != nil {
				return err
			}
			if err := writeJSON(buffered, line); err != nil {
				return err
			}
		}
		return buffered.Flush()
	}}
}

// seenHeaders say what the lines were computed under.
func seenHeaders(seen projections.Seen) map[string]string {
	position := strconv.FormatUint(seen.Position, 10)
	if seen.Branch != nil {
		position = seen.Branch.Position
	}
	return map[string]string{
		"Parley-View": seen.View, "Parley-Position": position, "Parley-Straddling": strconv.Itoa(len(seen.Straddling)),
	}
}
