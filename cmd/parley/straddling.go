package main

import (
	"fmt"
	"slices"
	"strings"

	"parley/cmd/parley/internal/reply"
	"parley/projections"
)

// straddlingText says which events may or may not lie within the cuts, empty if
// none does.
func straddlingText(p *projections.Picture) string { return straddlingNames(p, 12) }

// straddlingNames is the same with no more names than that.
func straddlingNames(p *projections.Picture, most int) string {
	if len(p.Straddling) == 0 {
		return ""
	}
	byCut := map[string][]string{}
	var cuts []string
	for _, s := range p.Straddling {
		if _, ok := byCut[s.Cut]; !ok {
			cuts = append(cuts, s.Cut)
		}
		if !slices.Contains(byCut[s.Cut], s.Event) {
			byCut[s.Cut] = append(byCut[s.Cut], s.Event)
		}
	}
	end := "; --possibly admits them"
	if p.View.Possibly {
		end = "; admitted by --possibly"
	}
	var parts []string
	for _, c := range cuts {
		parts = append(parts, fmt.Sprintf("%s the cut %s %s: %s%s",
			count(len(byCut[c]), "event straddles", "events straddle"), c, cutOf(p.View, c), reply.Few(byCut[c], most), end))
	}
	return strings.Join(parts, "\n")
}

func cutOf(v projections.View, key string) string {
	switch key {
	case projections.KeyAsOf:
		return v.AsOf.String()
	case projections.KeyKnownBy:
		return v.KnownBy.String()
	default:
		return v.RecordedBy.String()
	}
}
