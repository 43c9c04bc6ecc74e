package server

import (
	"cmp"
	"net"
	"net/http"
	"sync"
	"time"

	"parley/cmd/parley/internal/problem"
	"parley/eventstore"
	"parley/projections/ensemble"
)

// What the server takes at most.
const (
	maxURL         = 8 << 10  // bytes of an address with its query
	maxHeaders     = 32 << 10 // bytes of a request before its body
	maxBody        = 64 << 20 // bytes of an append: some 50,000 events
	maxConnections = 4096     // more wait to be accepted
	maxRequests    = 256      // under way at once; more are told to come again
	maxHeavy       = 4        // of them those that fold many states
	maxBulk        = 4        // of them appends of more than bulkBytes
	bulkBytes      = 1 << 20
	maxWaiting     = 128    // of them those that wait for a position
	maxPage        = 10_000 // events of one page
	maxVolumes     = 64     // negotiations kept warm, besides those that are followed
	maxStreams     = 2048   // open at once; they take no seat of the requests
	maxWatched     = 100    // watch parameters of one stream

	maxBranchesWatched = 10 // of one stream: each of its ids names them all

	maxRunBytes       = 1 << 30 // of the runs of one ensemble
	maxEnsembles      = 16      // evaluated at once
	maxEnsemblesOfOne = 8       // of them those of one caller

	headerTimeout = 5 * time.Second
	readTimeout   = 30 * time.Second
	bodyTimeout   = 2 * time.Minute // of an append
	whatifTimeout = 5 * time.Minute // of an ensemble, reading and evaluating
	pauseTimeout  = readTimeout     // in the body of an ensemble
	writeTimeout  = time.Minute     // of an answer; of a stream, of each part of it
	idleTimeout   = 2 * time.Minute
	drainTimeout  = 10 * time.Second // how long requests under way may take when the server ends

	heartbeat   = 15 * time.Second // of a stream that has nothing to tell
	stallMax    = 30 * time.Second // how long the reader of a stream may leave changes lying
	blockMax    = 45 * time.Second // how long he may take no bytes at all
	streamBytes = 64 << 10         // of a stream, held for it by the system
	streamPiece = 16 << 10         // of a stream, written at once: what is held here for a reader who takes nothing
	retryMin    = time.Second      // before a client connects again,
	retryMax    = 5 * time.Second  // each after another while

	waitDefault = 5 * time.Second  // for min-position
	waitMax     = 30 * time.Second // that a caller can ask for
	comeAgain   = time.Second      // Retry-After
)

// limits are those of the constants that a test makes smaller.
type limits struct {
	connections, requests, heavy, bulk, waiting, streams int
	body                                                 int64
	branches                                             int // that a simulator opens of a negotiation
	read, heartbeat, stall, block                        time.Duration

	runs, ensembles, ensemblesOfOne int
	runBytes                        int64
	whatif, pause                   time.Duration
}

func (l limits) orDefault() limits {
	l.connections = cmp.Or(l.connections, maxConnections)
	l.requests = cmp.Or(l.requests, maxRequests)
	l.heavy = cmp.Or(l.heavy, maxHeavy)
	l.bulk = cmp.Or(l.bulk, maxBulk)
	l.waiting = cmp.Or(l.waiting, maxWaiting)
	l.streams = cmp.Or(l.streams, maxStreams)
	l.body = cmp.Or(l.body, maxBody)
	l.branches = cmp.Or(l.branches, eventstore.MaxBranchesOfOne)
	l.read = cmp.Or(l.read, readTimeout)
	l.heartbeat, l.stall, l.block = cmp.Or(l.heartbeat, heartbeat), cmp.Or(l.stall, stallMax), cmp.Or(l.block, blockMax)
	l.runs = cmp.Or(l.runs, ensemble.MaxRuns)
	l.ensembles = cmp.Or(l.ensembles, maxEnsembles)
	l.ensemblesOfOne = cmp.Or(l.ensemblesOfOne, maxEnsemblesOfOne)
	l.runBytes = cmp.Or(l.runBytes, maxRunBytes)
	l.whatif = cmp.Or(l.whatif, whatifTimeout)
	l.pause = cmp.Or(l.pause, pauseTimeout)
	return l
}

// seats are places that requests take while they are under way.
type seats chan struct{}

// take takes a place, and tells whether there was one.
func (s seats) take() bool {
	select {
	case s <- struct{}{}:
		return true
	default:
		return false
	}
}

func (s seats) free() { <-s }

// seated takes a place until free is called, or says that there is none.
func (s *Server) seated(places seats) (free func(), err error) {
	if !places.take() {
		s.metrics.refused.WithLabelValues("busy").Inc()
		return nil, errBusy
	}
	return places.free, nil
}

var (
	errBusy   = &problem.Error{Kind: problem.Busy, Detail: "the server does as much as it can at once", Hint: "come again in a second"}
	errLength = &problem.Error{Kind: problem.LongURL, Detail: "the address is too long", Hint: "register a long lens, and name it"}
)

// admit lets no more requests in than there are seats, and none with an address that
// is too long. Health is asked when a server is busy, so it needs no seat; streams have
// seats of their own.
func (s *Server) admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.RequestURI) > maxURL {
			s.fail(w, r, errLength)
			return
		}
		if p := r.URL.Path; p != pathHealth && p != pathReady && p != pathStream {
			if !s.seats.take() {
				s.metrics.refused.WithLabelValues("busy").Inc()
				s.fail(w, r, errBusy)
				return
			}
			defer s.seats.free()
		}
		next.ServeHTTP(w, r)
	})
}

// limitedListener accepts no more connections at once than it has seats.
type limitedListener struct {
	net.Listener
	seats  seats
	closed chan struct{}
	once   sync.Once
}

func limitConnections(l net.Listener, most int) *limitedListener {
	return &limitedListener{Listener: l, seats: make(seats, most), closed: make(chan struct{})}
}

// Accept waits for a seat, then for a connection.
func (l *limitedListener) Accept() (net.Conn, error) {
	select {
	case l.seats <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		l.seats.free()
		return nil, err
	}
	return &seatedConn{Conn: c, free: sync.OnceFunc(l.seats.free)}, nil
}

// Close ends accepting.
func (l *limitedListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// seatedConn gives its seat back when it is closed.
type seatedConn struct {
	net.Conn
	free func()
}

func (c *seatedConn) Close() error {
	defer c.free()
	return c.Conn.Close()
}
