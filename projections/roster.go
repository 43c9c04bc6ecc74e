package projections

import "parley/domain"

// post is where a happening stands in a roster: under what is taken back, and whose
// it is.
type post struct {
	what    domain.RetractedMatter
	actor   domain.ActorID // empty for what no source says whose it is
	anybody bool           // all, whosever they are
}

// postsOf lists where an act of these actors stands.
func postsOf(what domain.RetractedMatter, actors []domain.ActorID) []post {
	if len(actors) == 0 {
		return []post{{what: what}, {what: what, anybody: true}}
	}
	out := make([]post, 0, len(actors)+1)
	for _, a := range actors {
		out = append(out, post{what: what, actor: a})
	}
	return append(out, post{what: what, anybody: true})
}

// sharing lists where the acts stand whose actors can be these, as shareActors has it.
func sharing(whats []domain.RetractedMatter, actors []domain.ActorID) (out []post) {
	for _, what := range whats {
		if len(actors) == 0 {
			out = append(out, post{what: what, anybody: true})
			continue
		}
		out = append(out, post{what: what})
		for _, a := range actors {
			out = append(out, post{what: what, actor: a})
		}
	}
	return out
}

// roster holds happenings so that the first ones in line are found that take back an
// act, or are taken back by one, without asking each.
type roster struct {
	all   []*Happening // in line
	rolls map[post]*roll
}

// roll are the happenings of one post, by their places in the roster.
type roll struct {
	places []int
	crest
}

func newRoster(all []*Happening) *roster { return &roster{all: all, rolls: map[post]*roll{}} }

// enter puts a happening under a post. They are entered in line.
func (r *roster) enter(place int, at post) {
	l := r.rolls[at]
	if l == nil {
		l = &roll{}
		r.rolls[at] = l
	}
	if n := len(l.places); n == 0 || l.places[n-1] != place {
		l.places = append(l.places, place)
	}
}

// settle has to be called when all are entered: height is what first compares.
func (r *roster) settle(height func(*Happening) domain.Instant) {
	for _, l := range r.rolls {
		l.crest = newCrest(len(l.places), func(i int) domain.Instant { return height(r.all[l.places[i]]) })
	}
}

// backwards is the height by which what may have begun by a moment is found, if that is
// turned round as well: the complement does so within what an instant holds.
func backwards(h *Happening) domain.Instant { return ^h.Bounds.Earliest }

// none is the place of what is not there.
const none = -1

// first finds the places of the first two in line that stand under one of some posts,
// are not lower than least and are not passed over; [none] where there are fewer.
func (r *roster) first(under []post, least domain.Instant, pass func(*Happening) bool) (one, other int) {
	one, other = none, none
	for _, at := range under {
		l := r.rolls[at]
		if l == nil {
			continue
		}
		found := 0
		for i := l.next(0, least); i < len(l.places) && found < 2; i = l.next(i+1, least) {
			place := l.places[i]
			if pass(r.all[place]) {
				continue
			}
			found++
			switch {
			case place == one || place == other:
			case one == none || place < one:
				one, other = place, one
			case other == none || place < other:
				other = place
			}
		}
	}
	return one, other
}

// crest finds in a row of heights the next one that is high enough. It is a tree of
// the highest of each half.
type crest struct {
	n, size int
	top     []domain.Instant
}

func newCrest(n int, height func(int) domain.Instant) crest {
	c := crest{n: n, size: 1}
	for c.size < n {
		c.size *= 2
	}
	c.top = make([]domain.Instant, 2*c.size)
	for i := range c.top {
		c.top[i] = domain.Past
	}
	for i := range n {
		c.top[c.size+i] = height(i)
	}
	for i := c.size - 1; i > 0; i-- {
		c.top[i] = max(c.top[2*i], c.top[2*i+1])
	}
	return c
}

// next is the first from i on that is at least as high, or n.
func (c crest) next(i int, least domain.Instant) int {
	if i >= c.n {
		return c.n
	}
	at := c.size + i
	for c.top[at] < least {
		for at&1 == 1 { // the right half: the next one lies beside what both are of
			at /= 2
		}
		if at == 0 {
			return c.n
		}
		at++
	}
	for at < c.size {
		if at *= 2; c.top[at] < least {
			at++
		}
	}
	return min(at-c.size, c.n)
}
