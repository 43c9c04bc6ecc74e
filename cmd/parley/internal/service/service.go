package service

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"parley/cmd/parley/internal/server"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"
)

const (
	// Name is the name of the service.
	Name = "parley"
	// protocol is the version of the requests and replies.
	protocol = "1.0.0"

	prefix = "parley.api."

	maxRequests  = 64 // under way at once
	maxOfCaller  = 16 // of them those of one caller
	requestTime  = 2 * time.Minute
	drainTimeout = 10 * time.Second
	replySpare   = 4 << 10 // of a message, for headers and addresses
)

// Options says what is answered, and where.
type Options struct {
	Server  *server.Server
	Conn    *nats.Conn // not closed by the service
	Version string     // of the program
	Logger  *slog.Logger

	requests, ofCaller int // for tests
}

// Service answers requests.
type Service struct {
	server    *server.Server
	conn      *nats.Conn
	log       *slog.Logger
	endpoints []endpoint
	places    *places
	micro     micro.Service
	underWay  sync.WaitGroup
	life      context.Context
	end       context.CancelFunc
	tallies   map[string]*tally
}

// tally is what became of the requests to one endpoint. They are answered beside each
// other, so the framework's own figures would only say how fast they are handed on.
type tally struct{ answered, failed, refused, microseconds atomic.Int64 }

// told is a tally as STATS tells it.
type told struct {
	Answered     int64 `json:"answered"`
	Failed       int64 `json:"failed"`       // told what is wrong
	Refused      int64 `json:"refused"`      // as too many at once
	Microseconds int64 `json:"microseconds"` // of all together
}

// Open begins to answer.
func Open(o Options) (*Service, error) {
	s := &Service{server: o.Server, conn: o.Conn, log: o.Logger, tallies: map[string]*tally{}}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if o.requests == 0 {
		o.requests, o.ofCaller = maxRequests, maxOfCaller
	}
	s.places = &places{most: o.requests, mostOfOne: o.ofCaller, by: map[string]int{}}
	var err error
	if s.endpoints, err = endpointsOf(o.Server); err != nil {
		return nil, err
	}
	s.life, s.end = context.WithCancel(context.Background())
	s.micro, err = micro.AddService(o.Conn, micro.Config{
		Name: Name, Version: protocol, Description: "An event-sourced record of negotiations. Schemas: " + prefix + "read.schema",
		Metadata:     map[string]string{"build": o.Version, "instance": o.Server.Instance()},
		StatsHandler: s.stats,
		ErrorHandler: func(_ micro.Service, err *micro.NATSError) {
			s.log.Warn("nats service", slog.String("subject", err.Subject), slog.String("error", err.Description))
		},
	})
	if err != nil {
		s.end()
		return nil, fmt.Errorf("nats service: %w", err)
	}
	for _, e := range s.endpoints {
		s.tallies[e.name] = &tally{}
		err := s.micro.AddEndpoint(e.name, micro.HandlerFunc(func(r micro.Request) { s.take(e, r) }),
			micro.WithEndpointSubject(e.subject), micro.WithEndpointMetadata(map[string]string{"about": e.summary, "schema": prefix + "read.schema"}))
		if err != nil {
			s.end()
			_ = s.micro.Stop() // what is wrong is known already
			return nil, fmt.Errorf("nats service: %s: %w", e.name, err)
		}
	}
	return s, o.Conn.Flush()
}

func (s *Service) stats(e *micro.Endpoint) any {
	t := s.tallies[e.Name]
	if t == nil {
		return nil
	}
	return told{t.answered.Load(), t.failed.Load(), t.refused.Load(), t.microseconds.Load()}
}

// Close takes no more requests, and lets those that are under way end.
func (s *Service) Close() error {
	err := s.micro.Stop()
	ended := make(chan struct{})
	go func() {
		s.underWay.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(drainTimeout):
		s.log.Warn("requests were cut off", slog.Duration("after", drainTimeout))
	}
	s.end()
	<-ended
	if err != nil && !s.conn.IsClosed() {
		return fmt.Errorf("nats service: %w", err)
	}
	return nil
}

// subjectOf is where an operation is asked for.
func subjectOf(x server.Explained, instance string) string {
	name := strings.ReplaceAll(x.Operation, "-", ".")
	if x.Right == server.Append {
		return prefix + name
	}
	subject := prefix + string(x.Right) + "." + name
	if x.Instance {
		subject += "." + instance
	}
	return subject
}

// places are those that requests take while they are under way.
type places struct {
	most, mostOfOne int

	mu    sync.Mutex
	taken int
	by    map[string]int
}

func (p *places) take(caller string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken >= p.most || p.by[caller] >= p.mostOfOne {
		return false
	}
	p.taken++
	p.by[caller]++
	return true
}

func (p *places) free(caller string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken--
	if p.by[caller]--; p.by[caller] == 0 {
		delete(p.by, caller)
	}
}
