package eventstore

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

const (
	slowAfter = 2 * time.Second  // without an answer, after which who waits is told
	slowEvery = 30 * time.Second // and how often at most
)

// patiently tries what may be tried again without harm, a read for instance, until
// the server answers, for as long as Options.Patience. A cluster that has lost its
// leader is silent for some seconds.
func (s *Store) patiently(ctx context.Context, try func() error) error {
	return s.persist(ctx, func() error {
		answered := s.tellIfSlow()
		defer answered()
		return try()
	})
}

// persist is patiently for what may take long while the server answers.
func (s *Store) persist(ctx context.Context, try func() error) error {
	begun := time.Now()
	wait := retryFirst
	for told := false; ; wait = min(2*wait, retryMax) {
		err := try()
		if err == nil || ctx.Err() != nil || s.link.life.Err() != nil {
			return err
		}
		if o := judge(err); o != notNow && o != unsettled {
			return err
		}
		if time.Since(begun) > s.opts.Patience {
			return err
		}
		s.log.Warn("waits for the server", slog.Any("error", err))
		if !told && wait > retryFirst {
			told = true
			s.opts.Notify(fmt.Sprintf("the server does not answer (%v); trying for %s", err, s.opts.Patience))
		}
		s.roam(begun)
		if pause(ctx, wait+rand.N(wait)) != nil {
			return err
		}
	}
}

// slowness remembers when who waits was told last.
type slowness struct {
	mu   sync.Mutex
	told time.Time
}

// tellIfSlow tells who waits that the server has not answered for a while, unless
// answered is called before that. Once answered has returned, nothing is told.
func (s *Store) tellIfSlow() (answered func()) {
	told := make(chan struct{})
	timer := time.AfterFunc(slowAfter, func() {
		defer close(told)
		s.slow.mu.Lock()
		defer s.slow.mu.Unlock()
		if time.Since(s.slow.told) < slowEvery {
			return
		}
		s.slow.told = time.Now()
		s.opts.Notify(fmt.Sprintf("the server has not answered for %s; waiting", slowAfter))
	})
	return func() {
		if !timer.Stop() {
			<-told
		}
	}
}
