// Package fair shares out places of which there are only so many: watches, published
// branches, streams. As long as places are free anybody has as many as he likes. When
// all are taken, whoever has few gets one from those who have many.
//
// So nobody can keep others out, whatever he does, and nobody is bounded for the sake
// of others who are not there.
package fair

// Holder is who holds places. A user with a name is one holder, wherever he comes from.
// Users without a name are told apart by where they come from, but to all others they
// are one user: who comes from many places has no more by it.
//
// The zero Holder is the process itself. What it holds it keeps.
type Holder struct {
	User string // empty if he has no name
	From string // a connection or an address; empty if he has a name
}

// Taken is a place that is taken, by one holder or by several who share it.
type Taken []Holder

// Yield finds the place that has to be given up so that asker gets one: its index in
// taken, which lists the places in the order in which they were taken. It takes from
// those who have most, and of what they have the last. There is none, and ok is false,
// unless all who hold the place still have at least as many as asker when he has it.
func Yield(taken []Taken, asker Holder) (index int, ok bool) {
	c := count(taken)
	var most excess
	for i, t := range taken {
		if e := c.of(t, asker); e.over > 1 && !e.less(most) {
			index, most, ok = i, e, true
		}
	}
	return index, ok
}

// counts is how many places each holder and each user has.
type counts struct {
	holders map[Holder]int
	users   map[string]int
}

func count(taken []Taken) counts {
	c := counts{map[Holder]int{}, map[string]int{}}
	for _, t := range taken {
		for i, h := range t {
			c.holders[h]++
			if !t[:i].has(h.User) {
				c.users[h.User]++
			}
		}
	}
	return c
}

// has tells whether one of the holders is a user.
func (t Taken) has(user string) bool {
	for _, h := range t {
		if h.User == user && h != (Holder{}) {
			return true
		}
	}
	return false
}

// excess is how many places more than asker a holder has, and how many he has. Of users
// without names it counts all of them together.
type excess struct{ over, has int }

func (e excess) less(o excess) bool { return e.over < o.over || e.over == o.over && e.has < o.has }

// of is the least excess of those who hold a place: all of them would lose it.
func (c counts) of(t Taken, asker Holder) excess {
	var least excess
	for i, h := range t {
		if h == (Holder{}) {
			return excess{}
		}
		e := excess{c.users[h.User] - c.users[asker.User], c.holders[h]}
		if h.User == asker.User {
			e.over = c.holders[h] - c.holders[asker]
		}
		if i == 0 || e.less(least) {
			least = e
		}
	}
	return least
}
