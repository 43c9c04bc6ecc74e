package eventstore

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"
)

// grantsEvery is how often a process that serves looks whether the grants of its
// folder have changed.
const grantsEvery = 250 * time.Millisecond

// granting is the grants of a folder, as they are in force in the process that serves
// it.
type granting struct {
	mu      sync.Mutex
	now     Grants
	file    fs.FileInfo
	changed chan struct{} // closed when others are in force
}

// Grants is who may do what now, and a channel that is closed when that changes. It is
// empty for a store that serves no folder.
func (s *Store) Grants() (Grants, <-chan struct{}) {
	s.granting.mu.Lock()
	defer s.granting.mu.Unlock()
	if s.granting.changed == nil {
		s.granting.changed = make(chan struct{})
	}
	return s.granting.now, s.granting.changed
}

// put brings grants into force.
func (g *granting) put(now Grants, file fs.FileInfo) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.now, g.file = now, file
	if g.changed != nil {
		close(g.changed)
	}
	g.changed = make(chan struct{})
}

// withhold takes out of force what others are about to replace, without a word to
// those who wait.
func (g *granting) withhold(others Grants) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.now = g.now.kept(others)
}

// readGrants brings the grants of the folder into force for the first time.
func (s *Store) readGrants(f folder) (Grants, error) {
	file, _ := os.Stat(f.path(accessFile)) // before it is read, so that a later one is noticed
	now, err := ReadGrants(f.dir)
	if err == nil {
		s.granting.put(now, file)
	}
	return now, err
}

// followGrants brings changed grants into force until the store is closed. A file that
// cannot be read changes nothing, and is told of once.
func (s *Store) followGrants(f folder) {
	told := ""
	for pause(s.link.life, grantsEvery) == nil {
		file, err := os.Stat(f.path(accessFile))
		if err != nil {
			file = nil
		}
		if s.granting.file == nil && file == nil || s.granting.file != nil && file != nil &&
			os.SameFile(s.granting.file, file) && s.granting.file.ModTime().Equal(file.ModTime()) {
			continue
		}
		now, err := ReadGrants(f.dir)
		if err == nil && file == nil {
			now.Configured = true // somebody removed it; that grants nothing to anybody before a new start
		}
		if err == nil {
			// While the server changes over, a name that is granted anew is nobody's:
			// its new bearer must not be taken for the former one.
			s.granting.withhold(now)
			err = s.server.reload(now)
		}
		if err != nil {
			if told != err.Error() {
				s.log.Error("changed grants are not in force", slog.Any("error", err))
				told = err.Error()
			}
			continue
		}
		told = ""
		s.granting.put(now, file)
		s.log.LogAttrs(context.Background(), slog.LevelInfo, "changed grants are in force", slog.Int("grants", len(now.All)))
	}
}
