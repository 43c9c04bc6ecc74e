package export

import (
	"fmt"
	"iter"

	"parley/domain"
)

// Log is the entries of one negotiation in log order. It can be gone through more
// than once; an error is the last thing it yields.
type Log = iter.Seq2[domain.Entry, error]

// Tally counts what became of the entries of a log or the happenings of a picture.
type Tally struct {
	Written int // lines, rows, events or happenings
	Escaped int // cloudevents: entries that cannot stand on a line as they are
	Parked  int // entries that are no events and were left out
	Twice   int // entries with the id of an earlier one, left out
	Refused int // events that import would refuse, for other programs wrote them
	Loose   int // events that refer to events which are not in the export
	Aside   int // corrections, withdrawals and links of what the view hides, left out
	Uncoded int // plover: acts for which PLOVER has no event, listed without a code
	Undated int // ocel: events without a latest bound, at the time of their recording
}

// Notes says in sentences what a reader of the export has to know.
func (t Tally) Notes() []string {
	var notes []string
	add := func(n int, one, many string) {
		switch {
		case n == 1:
			notes = append(notes, "1 "+one)
		case n > 1:
			notes = append(notes, fmt.Sprintf("%d %s", n, many))
		}
	}
	add(t.Escaped, "entry is not JSON on one line and stands as "+rawPrefix+`…"}`, "entries are not JSON on one line and stand as "+rawPrefix+`…"}`)
	add(t.Parked, "parked entry is no event and was left out; --as cloudevents keeps it", "parked entries are no events and were left out; --as cloudevents keeps them")
	add(t.Twice, "entry repeats the id of an earlier one and was left out, as every view does", "entries repeat the id of an earlier one and were left out, as every view does")
	add(t.Refused, "event was written by another program in a way that parley import refuses", "events were written by another program in a way that parley import refuses")
	add(t.Aside, "correction, withdrawal or link of what the view hides was left out", "corrections, withdrawals or links of what the view hides were left out")
	add(t.Loose, "event refers to events that the view hides; parley import takes the file only where those are recorded",
		"events refer to events that the view hides; parley import takes the file only where those are recorded")
	add(t.Uncoded, "happening has no PLOVER event; its row has no code", "happenings have no PLOVER event; their rows have no code")
	add(t.Undated, "event has no latest bound and stands at the time of its recording (timeBasis)", "events have no latest bound and stand at the time of their recording (timeBasis)")
	return notes
}
