package eventstore

import (
	"maps"
	"time"
)

// standstill is about refusals of an expected position between which the logs did not
// move: for how long that was so, in all, since the append went on last.
type standstill struct {
	heads map[string]uint64 // where the logs ended at the refusal before
	moved string            // the negotiation whose log moved last
	begun time.Time         // of this row of refusals
	last  time.Time         // when the refusal before was
	stood time.Duration
	rows  int // refusals in this row
	told  bool
}

// lasts notes a refusal, and tells whether the logs are where they were at the one
// before.
func (t *standstill) lasts(books map[string]*book) bool {
	now, heads := time.Now(), make(map[string]uint64, len(books))
	for n, k := range books {
		heads[n] = k.head()
		if was, known := t.heads[n]; !known || was != heads[n] {
			t.moved = n
		}
	}
	same := maps.Equal(heads, t.heads)
	if same {
		t.rows++
		t.stood += now.Sub(t.last)
	} else {
		t.rows, t.begun = 0, now
	}
	t.heads, t.last = heads, now
	return same
}

// tell is true once, when it has lasted so long that who waits should know.
func (t *standstill) tell() bool {
	if t.told || t.stood < slowAfter {
		return false
	}
	t.told = true
	return true
}
