package main

import (
	"fmt"
	"iter"
	"strconv"

	"parley/eventstore"
	"parley/eventstore/seal"
)

// verdict is what verify says.
type verdict struct {
	Well bool `json:"ok"`
	*eventstore.Verification
	Against string `json:"checkpoint,omitzero"`

	CheckpointSigned bool `json:"signatureChecked,omitzero"`

	against *seal.Checkpoint
}

func (x *verdict) answer() answer {
	head := []string{"kind", "negotiation", "position", "now", "event", "detail"}
	return answer{
		json: func() any { return x },
		ndjson: func() iter.Seq[any] {
			return func(yield func(any) bool) {
				for _, f := range x.Findings {
					if !yield(f) {
						return
					}
				}
				for _, c := range x.Changes {
					if !yield(c) {
						return
					}
				}
				yield(map[string]any{"ok": x.Well, "entries": x.Entries, "root": x.Root})
			}
		},
		csv: func() iter.Seq[[]string] {
			return withHead(head, each(x.Findings, func(f eventstore.Finding) []string {
				return []string{f.Kind, f.Negotiation, position(f.Position), position(f.Now), f.Event, f.Detail}
			}))
		},
		table: func(s *screen) { x.show(s) },
	}
}

func position(n uint64) string {
	if n == 0 {
		return ""
	}
	return "#" + strconv.FormatUint(n, 10)
}

const findingsShown = 20

func (x *verdict) show(s *screen) {
	title := "Verified: "
	switch {
	case x.Unproven:
		title = "Read, not verified: "
	case !x.Well:
		title = "Not as recorded: "
	}
	s.show(rootsSheet(title+x.Source, x.Logs))
	s.line("")
	if len(x.Findings) > 0 {
		n := &sheet{title: "What was found", head: []string{"", "negotiation", "position", "now", "event", "detail"}}
		for _, f := range x.Findings[:min(findingsShown, len(x.Findings))] {
			n.row(f.Kind, f.Negotiation, position(f.Position), position(f.Now), f.Event, f.Detail)
		}
		s.show(n)
		if more := len(x.Findings) + x.More - findingsShown; more > 0 {
			s.line(fmt.Sprintf("and %s more; --json lists them", thousands(more)))
		}
		s.line("")
	}
	for _, c := range x.Changes {
		s.paragraph(fmt.Sprintf("%s: %s.", orStore(c.Log), c.Detail), "  ")
	}
	if n := len(x.Remarks); n > 0 { // they add up over the years; the last one says since when
		s.paragraph("Note: "+x.Remarks[n-1]+".", "  ")
		if n > 1 {
			s.paragraph(fmt.Sprintf("%s before that; --json has them.", count(n-1, "note", "notes")), "  ")
		}
	}
	if x.Well {
		s.paragraph(x.wellText(), "  ")
	}
}

func orStore(log string) string {
	if log == "" {
		return "The order of the whole store"
	}
	return log
}

// wellText says what was compared with what, for that is all that is known.
func (x *verdict) wellText() string {
	text := fmt.Sprintf("%s read.", count(int(x.Entries), "entry", "entries"))
	switch {
	case x.Compared+x.Later == 0 && x.against == nil:
		text = fmt.Sprintf("%s read. There was nothing to compare with: give a checkpoint.", count(int(x.Entries), "entry", "entries"))
	case x.Later == 0 && x.Compared > 0:
		text = fmt.Sprintf("%s read; %s with the hash that was kept when it was recorded.", count(int(x.Entries), "entry", "entries"), count(x.Compared, "agrees", "agree"))
	case x.Later > 0:
		text = fmt.Sprintf("%s read; %s with the hash that was kept when it was recorded, and %s with one that was computed or restored later.",
			count(int(x.Entries), "entry", "entries"), count(x.Compared, "agrees", "agree"), thousands(x.Later))
	}
	if x.against != nil {
		if x.Covered > 0 { // exports
			text += fmt.Sprintf(" The checkpoint of %s was made of %s of them.", x.against.Origin, thousands(int(x.Covered)))
		} else {
			text += fmt.Sprintf(" It begins with all %s of the checkpoint of %s.", count(int(x.against.Size), "entry", "entries"), x.against.Origin)
		}
		if x.Beyond > 0 {
			text += fmt.Sprintf(" Behind them, %s beyond the checkpoint and compared with nothing.", count(int(x.Beyond), "entry is", "entries are"))
		}
		if !x.CheckpointSigned {
			text += " The signature of the checkpoint was not checked."
		}
	}
	switch origin := x.Checkpoint.Origin; {
	case origin != "" && x.Signed:
		text += fmt.Sprintf(" The backup is signed by %s.", origin)
	case origin != "":
		text += fmt.Sprintf(" The signature of the backup was not checked; --public-key gives the key of %s.", origin)
	}
	return text
}
