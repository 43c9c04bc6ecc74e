package eventstore

import (
	"context"
	"slices"
	"sync"
)

// recount is after how many openings the branches of a negotiation are counted anew:
// other processes open some as well.
const recount = 256

// census counts the branches of negotiations, so that one more is opened only where there
// is room. Counting takes the longer the more there are, so far from a limit it is done
// now and then only. Names stay taken: what was counted never becomes less.
type census struct {
	mu sync.Mutex
	of map[string]*branchCount
}

// branchCount is the branches of one negotiation. Whoever opens one holds it while he
// asks for room.
type branchCount struct {
	mu       sync.Mutex
	counted  bool
	names    int            // when they were counted
	openings int            // by this process since, whether or not they came to be
	of       map[string]int // of each opener, when they were counted; nil if that was not asked for
	since    map[string]int // openings of each since

	learning sync.Mutex // whoever holds it looks up who opened the branches
}

func (c *census) at(negotiation string) *branchCount {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of == nil {
		c.of = map[string]*branchCount{}
	}
	if c.of[negotiation] == nil {
		c.of[negotiation] = &branchCount{}
	}
	return c.of[negotiation]
}

// roomForBranch tells whether one more branch may be opened: by the negotiation's limit,
// and by the share of whoever opens it, if he has one.
func (s *Store) roomForBranch(ctx context.Context, o Opening) error {
	limit := s.opts.room.branches
	c := s.census.at(o.Negotiation)
	if err := s.learnOpeners(ctx, c, o); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.full(o, limit) == nil && (c.near(limit) || c.nearShare(o)) {
		if err := s.count(ctx, c, o); err != nil {
			return err
		}
	}
	if full := c.full(o, limit); full != nil {
		return full
	}
	c.openings++
	c.since[o.Writer]++
	return nil
}

// near tells whether the limit may have been reached since the branches were counted.
func (c *branchCount) near(limit int) bool {
	return !c.counted || c.openings >= recount || c.names+c.openings+recount >= limit
}

// nearShare tells whether an opener may have come to his share since the branches were
// counted. As long as all have opened no more than that together, nobody has.
func (c *branchCount) nearShare(o Opening) bool {
	if o.Share == 0 || c.names+c.openings+recount < o.Share {
		return false
	}
	return c.of == nil || c.of[o.Writer]+c.since[o.Writer]+recount >= o.Share
}

// full is the error where no more branches can be opened, by what was counted.
func (c *branchCount) full(o Opening, limit int) error {
	switch {
	case c.names >= limit:
		return &RoomError{Negotiation: o.Negotiation, Has: int64(c.names), Asked: 1, Limit: int64(limit), Of: "branches"}
	case o.Share > 0 && c.of[o.Writer] >= o.Share:
		return &RoomError{Negotiation: o.Negotiation, Opener: o.Writer, Has: int64(c.of[o.Writer]), Asked: 1, Limit: int64(o.Share), Of: "branches"}
	}
	return nil
}

// count counts the branches, and where a share may be used up those of each opener. Who
// opened a branch never changes, so each is looked at once.
func (s *Store) count(ctx context.Context, c *branchCount, o Opening) error {
	found, _, err := s.branchNames(ctx, o.Negotiation)
	if err != nil {
		return err
	}
	c.counted, c.names, c.openings, c.of, c.since = true, len(found), 0, nil, map[string]int{}
	if !c.nearShare(o) {
		return nil
	}
	if err := s.learnOrigins(ctx, found); err != nil {
		return err
	}
	c.of = map[string]int{}
	for _, at := range found {
		c.of[s.origins.of(at).opener]++
	}
	return nil
}

// origins keeps what branches stand on and who opened them, which never changes: for
// 10,000 of them about two megabytes.
type origins struct {
	mu sync.Mutex
	at map[Subject]origin
}

// origin is empty where a drop of former versions left nothing of it.
type origin struct{ parent, opener string }

// learnOpeners looks up who opened the branches before they are counted for a share. With
// many of them that takes seconds, the first time; whoever has no share, or is far from
// it, opens his meanwhile.
func (s *Store) learnOpeners(ctx context.Context, c *branchCount, o Opening) error {
	c.mu.Lock()
	needless := o.Share == 0 || c.of != nil || c.counted && !c.nearShare(o)
	c.mu.Unlock()
	if needless {
		return nil
	}
	c.learning.Lock()
	defer c.learning.Unlock()
	found, _, err := s.branchNames(ctx, o.Negotiation)
	if err != nil || len(found)+recount < o.Share {
		return err
	}
	return s.learnOrigins(ctx, found)
}

// learnOrigins reads the origins that are not known yet.
func (s *Store) learnOrigins(ctx context.Context, found []Subject) error {
	unknown := slices.DeleteFunc(slices.Clone(found), s.origins.known)
	return inParallel(len(unknown), func(i int) error { return s.learnOrigin(ctx, unknown[i]) })
}

// learnOrigin reads the first entry of a branch: its opening, or the drop that repeats
// it.
func (s *Store) learnOrigin(ctx context.Context, at Subject) error {
	subject, err := FormatSubject(at)
	if err != nil {
		return err
	}
	first, err := s.ask(ctx, BranchStream, messageRequest{Seq: 1, NextFor: subject})
	if err != nil || first == nil {
		return err
	}
	var known origin
	begin := entryOf(*first)
	if opened, ok := openingOf(begin); ok {
		known = origin{opened.Parent, begin.Event.Writer}
	} else if dropped, ok := isDropped(begin); ok {
		known = origin{dropped.Parent, dropped.Opener}
	}
	s.origins.note(at, known)
	return nil
}

func (p *origins) known(at Subject) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, ok := p.at[at]
	return ok
}

func (p *origins) of(at Subject) origin {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.at[at]
}

func (p *origins) note(at Subject, o origin) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at == nil {
		p.at = map[Subject]origin{}
	}
	p.at[at] = o
}
