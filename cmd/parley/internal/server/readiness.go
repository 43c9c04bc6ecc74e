package server

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"parley/cmd/parley/internal/problem"
	"parley/projections/live"
)

// Anybody may ask whether requests can be sent here, and is told a word. What is behind it
// may name folders and servers: those who may read are told in words of our own, and the
// error itself goes to the log.

// trouble is what is wrong with a server.
type trouble struct {
	reason string // for everybody, and for programs
	words  string // for those who may read; they name nothing of the machine
	fault  error  // for the log
}

// Why requests cannot be sent here, and why projections are not published.
const (
	reasonEnding  = "ending"
	reasonDamaged = "damaged"
	reasonStopped = "stopped"
	reasonStore   = "store"

	reasonAhead   = "ahead"
	reasonRefused = "refused"
)

// readyTimeout is how long the store may take to answer.
const readyTimeout = 3 * time.Second

func (s *Server) ready(ctx context.Context, _ *request) (*answer, error) {
	if why := s.unready(ctx); why != nil {
		return nil, &problem.Error{
			Kind: problem.Unreachable, Detail: "requests cannot be sent here: " + why.reason,
			Hint: "/v1/system tells more to whoever may read, and the log of the server all",
		}
	}
	well := health{Status: "ok"}
	if why := s.unpublished(ctx); why != nil {
		well.Unpublished = why.reason
	}
	return asJSON(well, ""), nil
}

// unready is why requests cannot be sent here, nil if they can.
func (s *Server) unready(ctx context.Context) *trouble {
	why := s.checkReady(ctx)
	if ctx.Err() != nil { // nobody waits for it, and the store may be well
		return why
	}
	return s.readiness.note(ctx, s.log, why)
}

func (s *Server) checkReady(ctx context.Context) *trouble {
	if s.draining.Load() {
		return &trouble{reasonEnding, "the server is ending; come again in a moment", errEnding}
	}
	if damage := s.store.Damage(); damage != nil {
		return &trouble{reasonDamaged, "something of the log is lost; parley doctor says what, where the server runs", damage}
	}
	if s.live != nil {
		if ended := s.live.Hub().Ended(); ended != nil {
			return &trouble{reasonStopped, "the projections are not followed any more; the server has to be started again", ended}
		}
	}
	ctx, stop := context.WithTimeout(ctx, readyTimeout)
	defer stop()
	if _, err := s.store.Negotiations(ctx); err != nil {
		return &trouble{reasonStore, "the store does not answer; parley doctor says more, where the server runs", err}
	}
	return nil
}

// unpublished is why projections are not published as they should be, nil if they are.
func (s *Server) unpublished(ctx context.Context) *trouble {
	if s.publishing == nil {
		return nil
	}
	var why *trouble
	switch err := s.publishing(); {
	case err == nil:
	case live.IsAhead(err):
		why = &trouble{reasonAhead, "of some negotiation more is published than the record has; parley projection list says of which, and parley projection rebuild makes all anew", err}
	default:
		why = &trouble{reasonRefused, "what is to be published is not taken, or not all of it; parley projection list says of which negotiation, and the server on its terminal why", err}
	}
	return s.publication.note(ctx, s.log, why)
}

// standing is what was last said of something that is asked for again and again.
type standing struct {
	of string // what is well or not

	mu   sync.Mutex
	last string // reason, empty while all is well
}

// note logs what is wrong when it begins to be so, and when it is well again.
func (s *standing) note(ctx context.Context, log *slog.Logger, now *trouble) *trouble {
	reason := ""
	if now != nil {
		reason = now.reason
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if reason == s.last {
		return now
	}
	s.last = reason
	if now == nil {
		log.LogAttrs(ctx, slog.LevelInfo, "well again", slog.String("of", s.of))
	} else {
		log.LogAttrs(ctx, slog.LevelWarn, "not well", slog.String("of", s.of), slog.String("reason", reason), slog.String("fault", now.fault.Error()))
	}
	return now
}
