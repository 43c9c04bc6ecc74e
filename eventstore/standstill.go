package eventstore

import "time"

// standstill is a row of refusals of an expected position between which the logs
// did not move.
type standstill struct {
	heads   uint64 // sum of the positions where the logs ended when it began
	begun   time.Time
	refused int
	told    bool
}

// lasts notes a refusal, and tells whether the logs are where they were at the one
// before.
func (t *standstill) lasts(books map[string]*book) bool {
	var heads uint64 // grows whenever one of them does
	for _, k := range books {
		heads += k.head()
	}
	if t.begun.IsZero() || heads != t.heads {
		*t = standstill{heads: heads, begun: time.Now()}
		return false
	}
	t.refused++
	return true
}

// since is how long it has lasted.
func (t *standstill) since() time.Duration {
	if t.refused == 0 {
		return 0
	}
	return time.Since(t.begun)
}

// tell is true once, when it has lasted so long that who waits should know.
func (t *standstill) tell() bool {
	if t.told || t.since() < slowAfter {
		return false
	}
	t.told = true
	return true
}
