package live

import (
	"strings"

	"parley/domain"
	"parley/projections"
)

// grouping says which keys of a bucket belong together and are committed together: so
// many tokens at their beginning are the same. In the buckets of the record that is
// the negotiation, in that of the branches the negotiation and the branch.
type grouping int

const (
	unbranched grouping = 1
	branched   grouping = 2
)

func groupingOf(bucket string) grouping {
	if bucket == BranchBucket {
		return branched
	}
	return unbranched
}

// split takes a key apart: its group, and the key without the branch.
func (g grouping) split(key string) (group, plain string) {
	negotiation, rest, _ := strings.Cut(key, ".")
	if g == unbranched {
		return negotiation, key
	}
	branch, rest, _ := strings.Cut(rest, ".")
	return negotiation + "." + branch, negotiation + "." + rest
}

// join puts a key together again.
func (g grouping) join(group, plain string) string {
	if g == unbranched {
		return plain
	}
	_, rest, _ := strings.Cut(plain, ".")
	return group + "." + rest
}

// isMark tells whether a mark stands under a key without a branch.
func isMark(plain string) bool {
	_, rest, _ := strings.Cut(plain, ".")
	return rest == markName
}

// groupOf is the group of a branch.
func groupOf(id limb) string { return id.negotiation + "." + id.branch }

// limbOf reads what groupOf wrote.
func limbOf(group string) limb {
	negotiation, branch, _ := strings.Cut(group, ".")
	return limb{negotiation, branch}
}

// recordPart is how far a branch reflects the record.
func recordPart(b *projections.Branch) uint64 {
	p, _ := domain.ParsePosition(b.Position) // it was written by its pair
	return p.Record
}
