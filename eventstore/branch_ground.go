package eventstore

import (
	"context"
	"slices"

	"parley/domain"

	"github.com/google/uuid"
)

// ground is a log below a branch that follows its parent, whose later entries are the
// branch's too, as far as it was read.
type ground struct {
	at      Subject
	subject string
	stream  string
	layer   int
	read    uint64
}

// groundOf lists the logs that a branch goes on to see, the nearest first: those below
// it as far down as each follows the next.
func groundOf(at Subject, l domain.Lineage) (below []ground, err error) {
	for i := len(l.Branches) - 1; i >= 0 && l.Branches[i].Opened.FollowParent; i-- {
		g, entries := ground{at: Subject{Negotiation: at.Negotiation}, stream: RecordStream}, l.Record
		if i > 0 {
			parent := l.Branches[i-1]
			g, entries = ground{at: Subject{Branch: string(parent.Name()), Negotiation: at.Negotiation}, stream: BranchStream, layer: i}, parent.Entries
		}
		if n := len(entries); n > 0 {
			g.read = entries[n-1].Position
		}
		if g.subject, err = FormatSubject(g.at); err != nil {
			return nil, err
		}
		below = append(below, g)
	}
	return below, nil
}

// leavesOut tells whether a branch of a lineage leaves something out. Then what happens
// to be linked later may be left out as well.
func leavesOut(l domain.Lineage) bool {
	return slices.ContainsFunc(l.Branches, func(b domain.BranchLog) bool { return len(b.Opened.Without)+len(b.Opened.Replace) > 0 })
}

// readOn brings the ledger of a branch that follows its parent up to head, and to where
// the logs below it end, from where each was read. What is new there comes into the
// ledger late, where it would have come before the branch's own; of most events that is
// the same. Where it may not be, all is read again.
//
// The branch's own head was looked at first, then the logs below it from the nearest
// down: what an entry speaks of stands in what is read after it.
func (s *Store) readOn(ctx context.Context, k *book, head uint64, seen func(domain.Entry)) (moved bool, err error) {
	own, err := s.ownNews(ctx, k, head)
	if err != nil {
		return false, err
	}
	below, ends, err := s.newsBelow(ctx, k)
	if err != nil {
		return false, err
	}
	if ends == nil || len(below) > 0 && !k.takesLate(below, own) || slices.ContainsFunc(own, k.relinks) {
		return s.readBranch(ctx, k, seen)
	}
	for _, e := range below {
		k.ledger.Apply(e)
	}
	for i, end := range ends {
		k.ground[i].read = end
	}
	for _, e := range own {
		k.apply(e)
		seen(e)
	}
	return len(below)+len(own) > 0, nil
}

// ownNews reads the branch's own entries up to head, or fails with the drop.
func (s *Store) ownNews(ctx context.Context, k *book, head uint64) (own []domain.Entry, err error) {
	was := k.head()
	if head <= was {
		return nil, nil
	}
	var gone error
	err = s.scan(ctx, k.stream(), k.subject, was+1, head, func(e domain.Entry) bool {
		gone = k.dropped(e)
		own = append(own, e)
		return gone == nil
	})
	switch {
	case gone != nil:
		k.read = false // whoever comes next reads that it was dropped
		return nil, gone
	case err != nil:
		return nil, s.purged(ctx, k.at, err)
	}
	return own, nil
}

// newsBelow reads what came to the logs below a branch, and where each of them ends now.
// There are no ends where one has become shorter.
func (s *Store) newsBelow(ctx context.Context, k *book) (news []domain.Entry, ends []uint64, err error) {
	ends = make([]uint64, len(k.ground))
	for i, g := range k.ground {
		if ends[i], err = s.head(ctx, g.stream, g.subject); err != nil {
			return nil, nil, err
		}
		if ends[i] < g.read {
			return nil, nil, nil
		}
		if ends[i] == g.read {
			continue
		}
		err = s.scan(ctx, g.stream, g.subject, g.read+1, ends[i], func(e domain.Entry) bool {
			if _, gone := isDropped(e); !gone { // it is kept for those above it
				news = append(news, e.Of(domain.BranchID(g.at.Branch), g.layer))
			}
			return true
		})
		if err != nil {
			return nil, nil, err
		}
	}
	return news, ends, nil
}

// takesLate tells whether entries from below a branch do to its ledger now what they
// would have done before its own. They must name and repair nothing, and none of them
// may have the id of another.
func (k *book) takesLate(below, own []domain.Entry) bool {
	ids := make(map[uuid.UUID]bool, len(below)+len(own))
	late := func(e domain.Entry) bool {
		if e.Parked() {
			return true
		}
		twice := ids[e.Event.ID]
		ids[e.Event.ID] = true
		return !twice && !e.Event.Control() && !domain.IsRegistration(e.Event.Act) && !k.relinks(e)
	}
	for _, e := range below {
		if !e.Parked() {
			if _, known := k.ledger.Position(e.Event.ID); known {
				return false
			}
		}
		if !late(e) {
			return false
		}
	}
	return !slices.ContainsFunc(own, func(e domain.Entry) bool { return !late(e) })
}

// relinks tells whether an entry may change what a branch leaves out.
func (k *book) relinks(e domain.Entry) bool {
	if !k.leavesOut || e.Parked() {
		return false
	}
	return e.Event.Control() || len(e.Event.Links.SameAct) > 0
}
