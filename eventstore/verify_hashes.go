package eventstore

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
)

// computedLater is how a remark begins that says of which positions the hashes were
// not kept when the entries were recorded, but computed from the log later on.
var computedLater = regexp.MustCompile(`^#([0-9]+)(?: to #([0-9]+))? `)

// laterOf reads remarks: the positions that they speak of, sorted and joined.
func laterOf(remarks []string) (later []Range) {
	for _, r := range remarks {
		m := computedLater.FindStringSubmatch(r)
		if m == nil {
			continue
		}
		from, err1 := strconv.ParseUint(m[1], 10, 64)
		to, err2 := strconv.ParseUint(cmp.Or(m[2], m[1]), 10, 64)
		if err1 == nil && err2 == nil && from <= to {
			later = append(later, Range{from, to})
		}
	}
	return joined(later)
}

// joined sorts ranges and joins those that touch.
func joined(list []Range) (out []Range) {
	slices.SortFunc(list, func(a, b Range) int { return cmp.Compare(a.From, b.From) })
	for _, r := range list {
		if n := len(out); n > 0 && (r.From <= out[n-1].To || r.From-1 == out[n-1].To) {
			out[n-1].To = max(out[n-1].To, r.To)
		} else {
			out = append(out, r)
		}
	}
	return out
}

// outside counts the positions of ranges that stand in none of others, which are sorted.
func outside(list, others []Range) (n int) {
	for _, r := range list {
		n += int(lengthOfAll(without(r, others)))
	}
	return n
}

// tellHashes says what the hashes of a folder are worth: which of them were kept when
// the entry was recorded, which were computed later, and what of them is gone. What was
// computed only just now was compared with itself, and counts for nothing.
func (s *Store) tellHashes(v *Verification, mark marks, o VerifyOptions) error {
	later := laterOf(v.Remarks)
	all := int(lengthOfAll(v.agreed))
	v.Compared = outside(v.agreed, later)
	v.Later = all - v.Compared
	if now := s.justHashed; now.To > 0 {
		v.Later -= all - outside(v.agreed, []Range{now})
	}
	short, err := folder{s.opts.Dir}.shortHashes(mark)
	if err != nil {
		return err
	}
	if short != nil {
		v.Findings = append(v.Findings, Finding{Kind: Hashes, Position: mark.Hashed, Detail: short.Detail})
		sortFindings(v.Findings)
	}
	if v.Compared+v.Later == 0 && v.Entries > 0 && o.Checkpoint == nil {
		v.Unproven, v.unproven = true, "the folder keeps no hashes from before"
	}
	return nil
}
