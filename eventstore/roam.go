package eventstore

import (
	"log/slog"
	"sync"
	"time"
)

// roamAfter is for how long at least a server that is connected may fail to settle
// what it is asked before another one is tried. A cluster that has lost its leader
// takes 4 to 7 seconds to choose another, and then no other server would know better.
const roamAfter = 8 * time.Second

// roaming remembers when another server was tried last.
type roaming struct {
	mu   sync.Mutex
	last time.Time
}

// roam goes to another server of the cluster, if one is known, when the one that is
// connected has not settled anything for a while: cut off from the others it lets
// clients in, and can do nothing for them. Nothing is lost by it: what was under way
// is looked for, as after any connection that was lost.
func (s *Store) roam(since time.Time) {
	if s.server != nil || s.through != nil || !s.nc.IsConnected() || len(s.nc.Servers()) < 2 {
		return
	}
	wait := max(s.opts.Patience/3, roamAfter)
	s.roaming.mu.Lock()
	defer s.roaming.mu.Unlock()
	if time.Since(since) < wait || time.Since(s.roaming.last) < wait {
		return
	}
	s.roaming.last = time.Now()
	s.log.Warn("tries another server, since this one settles nothing", slog.String("server", s.nc.ConnectedUrlRedacted()))
	_ = s.nc.ForceReconnect() // it fails if the connection was lost or closed meanwhile
}
