package eventstore

import (
	"fmt"

	"parley/domain"
)

// Limits on branches. A simulator may flood a branch, or open one after the other;
// whoever asks a question of a branch reads it whole.
const (
	// MaxBranches is how many branches a negotiation has, dropped ones counted: their
	// names stay taken.
	MaxBranches = 50_000
	// MaxBranchesOfOne is how many of them a simulator opens.
	MaxBranchesOfOne = 10_000
	// MaxBranchEvents is how many events of its own a branch has.
	MaxBranchEvents = 100_000
	// MaxBranchBytes is their size together, as they are stored.
	MaxBranchBytes = 128 << 20
)

// RoomError says that a branch, or a negotiation, holds as much as is kept.
type RoomError struct {
	Negotiation string
	Branch      string // that is full; empty where the negotiation has too many
	Opener      string // whose share of the negotiation's branches is used up; empty where it is no share
	Has, Asked  int64  // what there is, and what was to be added
	Limit       int64
	Of          string // what is counted: events, bytes, branches
}

func (e *RoomError) Error() string {
	at := Subject{Branch: e.Branch, Negotiation: e.Negotiation}
	if e.Opener != "" {
		return fmt.Sprintf("%s has opened %d branches of %s, dropped ones counted, and with %d more would have opened over %d", e.Opener, e.Has, at.name(), e.Asked, e.Limit)
	}
	return fmt.Sprintf("%s has %d %s, and with %d more it would have over %d", at.name(), e.Has, e.Of, e.Asked, e.Limit)
}

// room is how much is kept, less in tests.
type room struct {
	branches, events int
	bytes            int64
}

func (r room) orDefault() room {
	if r == (room{}) {
		return room{MaxBranches, MaxBranchEvents, MaxBranchBytes}
	}
	return r
}

// room tells whether a branch has room for all that is to be appended, before any of it
// is: a dry run is told the same.
func (d *door) room(decision domain.Decision) error {
	limits := d.store.opts.room
	for n, k := range d.books {
		if k.at.Branch == "" {
			continue
		}
		var events int
		var bound, bytes int64
		for _, e := range decision.Append {
			if e.Negotiation == n {
				events++
				bound += int64(domain.SizeBound(e) + len(k.at.Branch))
			}
		}
		if k.bytes+bound > limits.bytes { // only then is it worth the encoding
			for _, e := range decision.Append {
				if e.Negotiation == n {
					bytes += int64(d.size(e))
				}
			}
		}
		if err := k.takes(limits, events, bytes); err != nil {
			return err
		}
	}
	return nil
}

// takes tells whether a branch has room for so many events more.
func (k *book) takes(r room, events int, bytes int64) error {
	if k.at.Branch == "" {
		return nil
	}
	full := &RoomError{Negotiation: k.at.Negotiation, Branch: k.at.Branch, Has: int64(k.entries - 1), Asked: int64(events), Limit: int64(r.events), Of: "events"}
	if full.Has+full.Asked > full.Limit {
		return full
	}
	full.Has, full.Asked, full.Limit, full.Of = k.bytes, bytes, r.bytes, "bytes"
	if full.Has+full.Asked > full.Limit {
		return full
	}
	return nil
}

// measure takes what a branch holds.
func (k *book) measure(own []domain.Entry) {
	k.entries, k.bytes = 0, 0
	for _, e := range own {
		k.grow(e)
	}
}

func (k *book) grow(e domain.Entry) {
	k.entries++
	k.bytes += int64(len(e.Raw))
}
