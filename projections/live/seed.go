package live

import (
	"context"
	"log/slog"
	"slices"
	"sort"
)

// Published is the state of each negotiation as it was published.
type Published map[string]PublishedState

// PublishedState is a negotiation as it was published.
type PublishedState struct {
	Position uint64
	Sum      uint64                                // of the log up to there, 0 if it was not told
	Entities map[string]map[string]PublishedEntity // by projection and id
}

// PublishedEntity is an entity as it was published.
type PublishedEntity struct {
	Position uint64
	Deleted  bool
	digest   digest
}

// seed tells the hub what was published before this process began. What is still
// the same keeps its position, so that a reader who knows it does not get it again.
// Without that knowledge readers have to begin anew.
func (r *Runner) seed(ctx context.Context) {
	var before Published
	if r.options.Published != nil {
		ctx, cancel := context.WithTimeout(ctx, publishedMax)
		defer cancel()
		var err error
		if before, err = r.options.Published(ctx); err != nil {
			r.log.Warn("what was published before is not known; readers begin anew", slog.Any("why", err))
		}
	}
	heads := make(map[string]uint64, len(r.lanes))
	for n, l := range r.lanes {
		heads[n] = l.head
	}
	r.hub.seed(before, heads, r.entryAfter)
}

// entryAfter is the position of the first entry of a negotiation after another, 0 if
// there is none.
func (r *Runner) entryAfter(negotiation string, position uint64) uint64 {
	log := r.books[negotiation].Log()
	i := sort.Search(len(log), func(i int) bool { return log[i].Position > position })
	if i == len(log) {
		return 0
	}
	return log[i].Position
}

// seed puts what was published in place, as far as it is not from another log, or from
// further on than this process has read. What readers had at the position of the mark is
// known then, and what they had at others is not: whoever published may have gone
// over it.
func (h *Hub) seed(before Published, heads map[string]uint64, after func(negotiation string, position uint64) uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []*record
	for negotiation, head := range heads {
		t := h.negotiation(negotiation)
		known, ok := before[negotiation]
		if !ok || known.Position > head || known.Sum != 0 && known.Sum != h.trail.sum(known.Position) {
			t.floor = head
			continue
		}
		t.floor = known.Position
		t.blurred(blur{after(negotiation, known.Position), head})
		for projection, entities := range known.Entities {
			for id, e := range entities {
				if e.Position <= head {
					all = append(all, &record{digest: e.digest, Change: Change{
						Key: Key{negotiation, projection, id}, Position: e.Position, Deleted: e.Deleted,
					}})
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b *record) int { return byPosition(&a.Change, &b.Change) })
	for _, r := range all {
		h.put(h.talks[r.Negotiation], r)
	}
}
