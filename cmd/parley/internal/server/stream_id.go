package server

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"parley/domain"
	"parley/projections/live"
)

// The id of an event says what a reader has who has taken it in: the version of the
// projections, how far he has the record and each branch that he watches, and what of
// them he watches.
//
//	v1~186.5d1c03c4e2a57b1f.d2e1a0f39c~talks/record:186;b1:7.9a3b0c8d7e6f5a4b.04c1d77be5
//
// Of a negotiation that was late it says how far he has that, 0 for nothing:
//
//	v1~186.5d1c03c4e2a57b1f.d2e1a0f39c~talks/170
//
// Behind every position is a sum of the log up to there, so that the id of another
// record, or of one before an older backup was restored, is known for what it is; and
// the [scope] of what was told up to there, so that who asks for more of it gets that
// from its beginning. To readers an id is a word without a meaning: what cannot be gone
// on from, they are told by a reset, and never refused for.

// idExample is what the document shows.
const idExample = "v1~186.5d1c03c4e2a57b1f.d2e1a0f39c"

// has is what a reader has.
type has struct {
	record   uint64 // position, 0 if he has nothing of it
	sum      uint64
	scope    scope             // of the record
	late     map[string]uint64 // negotiations of which he has less
	branches []hasBranch
}

type hasBranch struct {
	negotiation string
	at          domain.Position
	sum         uint64
	scope       scope
}

func idVersion() string { return "v" + strconv.Itoa(live.Version) }

// formatID is an id of the positions that formatHeld wrote.
func formatID(parts []string) string { return idVersion() + "~" + strings.Join(parts, "~") }

// formatHeld is a position with the sum of the log up to there, and what of it is
// watched.
func formatHeld(position string, sum uint64, of scope) string {
	return position + "." + live.FormatSum(sum) + "." + of.String()
}

// lateMost is how many negotiations an id says that were late. Of more it says that the
// reader has nothing of the record.
const lateMost = 16

// formatRecord is how far a reader has the record.
func formatRecord(position, sum uint64, late map[string]uint64, of scope) string {
	if len(late) > lateMost {
		return formatHeld("0", 0, of)
	}
	parts := []string{formatHeld(strconv.FormatUint(position, 10), sum, of)}
	for _, n := range slices.Sorted(maps.Keys(late)) {
		parts = append(parts, n+"/"+strconv.FormatUint(late[n], 10))
	}
	return strings.Join(parts, "~")
}

// parseID reads an id, or tells why it cannot be gone on from.
func parseID(id string) (h has, why string) {
	version, rest, _ := strings.Cut(id, "~")
	if version != idVersion() {
		return has{}, fmt.Sprintf("the id %.40q is not of %s, the version of the projections that this server makes", id, idVersion())
	}
	for part := range strings.SplitSeq(rest, "~") {
		if !h.add(part) {
			return has{}, fmt.Sprintf("the id %.40q is none that this server gives", id)
		}
	}
	return h, ""
}

// add takes in one part of an id, and tells whether it is one.
func (h *has) add(part string) bool {
	fields := strings.Split(part, ".")
	if len(fields) == 1 {
		return h.addLate(part)
	}
	if len(fields) != 3 {
		return false
	}
	position, sum, of := fields[0], live.ParseSum(fields[1]), parseScope(fields[2])
	negotiation, at, ofBranch := strings.Cut(position, "/")
	if !ofBranch {
		n, err := strconv.ParseUint(position, 10, 64)
		h.record, h.sum, h.scope = n, sum, of
		return err == nil && (n == 0 || sum != 0) && of != nil
	}
	p, err := domain.ParsePosition(at)
	h.branches = append(h.branches, hasBranch{negotiation, p, sum, of})
	return err == nil && len(p.Branches) > 0 && p.Record > 0 && sum != 0 && of != nil
}

// addLate takes in a negotiation that was late. The record's own part comes before.
func (h *has) addLate(part string) bool {
	negotiation, at, _ := strings.Cut(part, "/")
	n, err := strconv.ParseUint(at, 10, 64)
	if err != nil || n >= h.record {
		return false
	}
	if h.late == nil {
		h.late = map[string]uint64{}
	}
	h.late[negotiation] = n
	return true
}
