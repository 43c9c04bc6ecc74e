package server

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"parley/cmd/parley/internal/problem"
	"parley/eventstore"
	"parley/projections/live"

	"github.com/danielgtaylor/huma/v2"
)

// Options says what is served, and where.
type Options struct {
	Store   *eventstore.Store
	Listen  string       // HOST:PORT; port 0 is any free port
	Hosts   []string     // names besides those of this machine by which it may be called, and origins (https://NAME) where a proxy serves it
	Access  Access       // who may do what; nil: who reaches this machine is an analyst
	Version string       // of the program, for the document and for ETags
	Live    *live.Runner // what is streamed, and read from where it will do; nil: nothing is streamed
	Leases  Leases       // that has branches published; nil: none are
	Logger  *slog.Logger // a line a request; none if nil
	// Publishing is why projections are not published, nil if they are; nil: nobody asks.
	Publishing func() error

	limits limits
}

// Server is the HTTP side of a record.
type Server struct {
	store       *eventstore.Store
	shelf       *shelf
	branchShelf branchShelf
	access      Access
	names       names
	log         *slog.Logger
	metrics     *metrics
	limits      limits
	seats       seats
	heavy       seats
	bulk        seats
	waiting     seats
	desk        *desk
	streams     *places
	live        *live.Runner
	publishing  func() error // why it fails at present
	readiness   *standing
	publication *standing
	leases      Leases
	crowd       *places // that have runs evaluated
	grounds     *grounds
	feeds       *feeds
	tickets     *tickets
	edition     string // of the states, as ETags have it
	version     string // of the program

	instance string // names this server among all that serve the record
	asked    map[string]asked

	api      huma.API
	routes   *routes
	listener *limitedListener
	http     *http.Server
	draining atomic.Bool
	ending   context.Context // ends when the server begins to drain
	end      context.CancelFunc
}

// Open listens, and answers from Serve on.
func Open(o Options) (*Server, error) {
	host, err := checkAddress(o)
	if err != nil {
		return nil, err
	}
	called, err := parseNames(o.Hosts)
	if err != nil {
		return nil, err
	}
	s := newServer(o)
	s.names = called
	l, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, listenFault(o.Listen, err)
	}
	if ip := net.ParseIP(host); host != "" && (ip == nil || !ip.IsUnspecified()) {
		s.names.hosts[strings.ToLower(host)] = true
	}
	s.listener = limitConnections(l, s.limits.connections)
	s.http = &http.Server{
		Handler:           s.handler(o.Version),
		ReadHeaderTimeout: headerTimeout, ReadTimeout: s.limits.read, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeaders, ConnContext: withConnection,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	return s, nil
}

// newServer is a server that does not listen.
func newServer(o Options) *Server {
	s := &Server{
		store: o.Store, live: o.Live, publishing: o.Publishing, leases: o.Leases, shelf: newShelf(o.Store, o.Live), access: o.Access,
		log: o.Logger, limits: o.limits.orDefault(), edition: edition(o.Version), version: o.Version,
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.access == nil {
		s.access = thisMachine{}
	}
	s.seats, s.heavy = make(seats, s.limits.requests), make(seats, s.limits.heavy)
	s.bulk, s.waiting = make(seats, s.limits.bulk), make(seats, s.limits.waiting)
	s.streams = &places{of: "streams", most: s.limits.streams}
	s.crowd = &places{of: "what-ifs", most: s.limits.ensembles, mostOfOne: s.limits.ensemblesOfOne}
	s.grounds, s.feeds = &grounds{}, &feeds{all: map[string]*feed{}}
	s.tickets = &tickets{of: map[string]ticket{}}
	s.readiness, s.publication = &standing{of: "requests"}, &standing{of: "publication"}
	s.metrics = newMetrics(o.Version)
	s.desk, s.instance, s.asked = newDesk(), rand.Text(), map[string]asked{}
	if s.live != nil {
		s.metrics.registry.MustRegister(projected{s.live.Hub(), s.store})
	}
	s.ending, s.end = context.WithCancel(context.Background())
	context.AfterFunc(s.ending, s.desk.close)
	return s
}

// checkAddress refuses an address that others can reach, and a name by which they can,
// before it is said who may do what.
func checkAddress(o Options) (host string, err error) {
	host, _, err = net.SplitHostPort(o.Listen)
	if err != nil {
		return "", &problem.UsageError{Reason: fmt.Sprintf("%q is no address to listen at", o.Listen), Hint: "write HOST:PORT, such as 127.0.0.1:0 for a free port"}
	}
	switch {
	case configured(o.Access):
	case !isLoopback(host):
		return "", &problem.UsageError{
			Reason: fmt.Sprintf("%s can be reached from other machines, and nobody has said who may do what", o.Listen),
			Hint:   "parley access add grants a role; or listen at 127.0.0.1",
		}
	case len(o.Hosts) > 0: // whoever comes through the proxy seems to be of this machine
		return "", &problem.UsageError{
			Reason: fmt.Sprintf("as %s the API can be reached from other machines, and nobody has said who may do what", strings.Join(o.Hosts, ", ")),
			Hint:   "parley access add grants a role; or leave --http-host out",
		}
	}
	return host, nil
}

func listenFault(address string, err error) error {
	e := &problem.Error{Kind: problem.Failure, Detail: fmt.Sprintf("cannot listen at %s: %v", address, err)}
	if errors.Is(err, syscall.EADDRINUSE) {
		e.Detail = address + " is taken by another program"
		e.Hint = "--http 127.0.0.1:0 takes any free port, --http off none"
	}
	return e
}

// URL is where the server is reached.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// Serve answers until ctx ends. Then it takes no more requests, and lets those that
// are under way end.
func (s *Server) Serve(ctx context.Context) error {
	ended := make(chan error, 1)
	go func() { ended <- s.http.Serve(s.listener) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve HTTP: %w", err)
	case <-ctx.Done():
	}
	s.draining.Store(true)
	s.end()
	late, stop := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer stop()
	err := s.http.Shutdown(late)
	if errors.Is(err, context.DeadlineExceeded) {
		s.log.Warn("requests were cut off", slog.Duration("after", drainTimeout))
		err = s.http.Close()
	}
	if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
		err = cmp.Or(err, served)
	}
	return err
}

// Close ends a server that was never served, or does not listen.
func (s *Server) Close() error {
	s.end()
	if s.listener == nil {
		return nil
	}
	return s.listener.Close()
}

// pause waits, unless the request or the server ends.
func (s *Server) pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-s.ending.Done():
		return errEnding
	}
}

var errEnding = &problem.Error{Kind: problem.Unreachable, Detail: "the server is ending", Hint: "come again in a moment"}
