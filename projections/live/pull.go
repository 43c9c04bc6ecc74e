package live

import (
	"context"
	"errors"
	"iter"
	"log/slog"
)

// puller passes on the entries of a source, E at positions that rise. A source that
// fails is asked again for what comes after the last entry it gave.
type puller[E any] struct {
	options  Options
	log      *slog.Logger
	what     string // that is read, for the log
	follow   func(ctx context.Context, from uint64) iter.Seq2[E, error]
	position func(E) uint64
	take     func(E) bool // false: nobody wants more
}

// run pulls from a position on, until ctx ends or the source has failed for longer
// than the patience of the options.
func (p puller[E]) run(ctx context.Context, next uint64) error {
	silent, wait := p.options.Now(), retryFirst
	for {
		var failed error
		begun := p.options.Now()
		for e, err := range p.follow(ctx, next) {
			if err != nil {
				failed = err
				break
			}
			if p.position(e) < next {
				continue // a source may begin earlier than it was asked to
			}
			if !p.take(e) {
				return nil
			}
			next, silent, wait = p.position(e)+1, p.options.Now(), retryFirst
		}
		if now := p.options.Now(); now.Sub(begun) > p.options.Patience {
			silent, wait = now, retryFirst // it was well, and had nothing to tell
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case failed == nil:
			return errors.New("the source ended by itself")
		case p.options.Now().Sub(silent) > p.options.Patience:
			return failed
		}
		p.log.Warn("what is followed is read again", slog.String("what", p.what), slog.Uint64("from", next), slog.Any("why", failed))
		if pause(ctx, wait) != nil {
			return nil
		}
		wait = min(2*wait, retryMax)
	}
}
