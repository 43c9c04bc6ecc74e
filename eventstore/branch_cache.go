package eventstore

import (
	"container/list"
	"slices"
	"sync"

	"parley/domain"
)

// cachedBytes bounds the logs of branches that are kept for the next reading, by the
// bytes of their entries as stored; in memory they take some three times as much. The
// log that was read last is kept whatever its length.
const cachedBytes = 32 << 20

// branchCache keeps logs of branches that were read. A log only grows, until its
// branch is dropped, so what was read of it stays true, and only what came since has to
// be read again: a simulator that feeds a branch event by event would otherwise have it
// read whole each time.
type branchCache struct {
	mu    sync.Mutex
	logs  map[Subject]*cachedLog
	order list.List // of *cachedLog, the last used first
	bytes int
}

// cachedLog is what was read of one log. Its entries are never changed, only followed
// by others.
type cachedLog struct {
	at Subject
	in *list.Element // guarded by branchCache.mu, as is bytes

	bytes int

	mu      sync.Mutex // whoever holds it reads on
	entries []domain.Entry
	read    int // bytes of them
}

// read gives a log as far as head, or further if it was read further before. scan
// shows its entries from a position on, up to head.
func (c *branchCache) read(at Subject, head uint64, scan func(from uint64, yield func(domain.Entry) bool) error) ([]domain.Entry, error) {
	l := c.use(at)
	l.mu.Lock()
	defer l.mu.Unlock()
	from := uint64(1)
	if n := len(l.entries); n > 0 {
		from = l.entries[n-1].Position + 1
	}
	if from > head {
		return slices.Clip(l.entries), nil
	}
	err := scan(from, func(e domain.Entry) bool {
		l.entries = append(l.entries, e)
		l.read += len(e.Raw)
		return true
	})
	c.weigh(l, l.read)
	if err != nil {
		return nil, err
	}
	return slices.Clip(l.entries), nil
}

// use finds or begins a log, and notes that it was used.
func (c *branchCache) use(at Subject) *cachedLog {
	c.mu.Lock()
	defer c.mu.Unlock()
	if l := c.logs[at]; l != nil {
		c.order.MoveToFront(l.in)
		return l
	}
	if c.logs == nil {
		c.logs = map[Subject]*cachedLog{}
	}
	l := &cachedLog{at: at}
	l.in = c.order.PushFront(l)
	c.logs[at] = l
	return l
}

// weigh notes how long a log is now, and forgets those that were not used for longest.
func (c *branchCache) weigh(l *cachedLog, bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.logs[l.at] != l {
		return // forgotten while it was read
	}
	c.bytes += bytes - l.bytes
	l.bytes = bytes
	for c.bytes > cachedBytes && c.order.Len() > 1 {
		oldest := c.order.Back().Value.(*cachedLog)
		if oldest == l {
			c.order.MoveToFront(l.in)
			continue
		}
		c.order.Remove(oldest.in)
		delete(c.logs, oldest.at)
		c.bytes -= oldest.bytes
	}
}
