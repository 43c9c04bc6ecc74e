package reply

import (
	"strings"

	"parley/domain"
	"parley/projections"
)

// The orders of a replay.
const (
	OrderHappening = "happening"
	OrderKnowledge = "knowledge"
)

// Orders are the orders of a replay, the usual one first.
var Orders = []string{OrderHappening, OrderKnowledge}

// Step is one step of a replay, and what it changed. In order of happening it is one
// happening, in order of knowledge what became known together.
type Step struct {
	Step      int      `json:"step"`
	Of        int      `json:"of"`
	Event     string   `json:"event,omitzero"`
	Act       string   `json:"act,omitzero"`
	By        []string `json:"by,omitempty"`
	Occurred  string   `json:"occurred,omitzero"`
	Modality  string   `json:"modality,omitzero"`
	Unordered bool     `json:"unorderedWithPrevious,omitzero"`
	Accounts  []string `json:"accounts,omitempty"`

	Known   string   `json:"known,omitzero"`
	Undated bool     `json:"undated,omitzero"` // nobody tells when it became known
	Events  []string `json:"events,omitempty"`

	Changes []Change `json:"changes"`
}

// Change is one value before and after a step, in order of knowledge with the events
// that make the difference.
type Change struct {
	Path   string   `json:"path"`
	Old    string   `json:"old,omitzero"`
	New    string   `json:"new,omitzero"`
	Events []string `json:"events,omitempty"` // at most [projections.MaxBehind]
	More   int      `json:"more,omitzero"`    // how many more make it
}

// Steps replays a picture.
func Steps(pic *projections.Picture) []Step { return StepsFrom(pic, 0, len(pic.Happenings)) }

// StepsFrom replays so many steps of a picture, from a place on. What a step may have
// changed is printed before and after it; what differs is the change.
func StepsFrom(pic *projections.Picture, from, many int) []Step {
	to := min(from+many, len(pic.Happenings))
	out := make([]Step, 0, to-from)
	for before, after := range pic.Replay(from, to, replayed...) {
		step := stepOf(pic, from+len(out))
		step.Changes = differences(valuesOf(before), valuesOf(after))
		out = append(out, step)
	}
	return out
}

func stepOf(pic *projections.Picture, i int) Step {
	h := pic.Happenings[i]
	s := Step{
		Step: i + 1, Of: len(pic.Happenings), Event: h.Name(), Act: h.Lead.Type(),
		Occurred: h.Lead.Event.Occurred.String(), Modality: string(h.Lead.Modality),
		Unordered: i > 0 && pic.Unordered(pic.Happenings[i-1], h),
	}
	for _, a := range h.Lead.Actors {
		s.By = append(s.By, string(a))
	}
	for _, accounts := range [][]*projections.Account{h.Accounts, h.Denials, h.Plans} {
		for _, a := range accounts {
			s.Accounts = append(s.Accounts, a.Name())
		}
	}
	return s
}

// values are the leaves of a state in order.
type values struct {
	paths []string
	at    map[string]string
}

// replayed are the projections whose changes a replay tells. The timeline is the
// replay itself, and anomalies belong to the whole view.
var replayed = []string{"rounds", "process", "drafts", "positions", "mandates", "ceasefires"}

// valuesOf lists the leaves of a tree of projections.
func valuesOf(tree *projections.Node) values {
	v := values{at: map[string]string{}}
	for l := range Leaves(tree) {
		if IsHistory(l.Path) {
			continue
		}
		value := l.Value
		if l.Contested != "" {
			value += " (contested: " + l.Contested + ")"
		}
		if _, twice := v.at[l.Path]; !twice {
			v.paths = append(v.paths, l.Path)
		}
		v.at[l.Path] = value
	}
	return v
}

// IsHistory tells whether a path leads into a list of events, which every step
// makes longer, or to something that only names or dates what it stands in.
func IsHistory(path string) bool {
	elements := strings.Split(path, "/")
	last := elements[len(elements)-1]
	for i, e := range elements {
		switch e {
		case "history", "steps", "events", "accounts", "saidBy", "event":
			return true
		case "retracted", "declined":
			return last == "act" || last == "occurred"
		case "id", "version", "actor":
			if i == len(elements)-1 {
				return true
			}
		}
	}
	return false
}

func differences(before, after values) []Change {
	changes := []Change{}
	for _, path := range after.paths {
		old, was := before.at[path]
		now := after.at[path]
		if was && old != now || !was && now != "unknown" { // where nothing was, unknown is nothing new
			changes = append(changes, Change{Path: path, Old: old, New: now})
		}
	}
	for _, path := range before.paths {
		if _, is := after.at[path]; !is {
			changes = append(changes, Change{Path: path, Old: before.at[path]})
		}
	}
	return changes
}

// Learning replays a view in the order in which its events became known.
func Learning(negotiation string, l domain.Lineage, v projections.View) ([]Step, error) {
	var all []Step
	for x, err := range projections.Learn(negotiation, l, v) {
		if err != nil {
			return nil, err
		}
		all = append(all, Step{Step: len(all) + 1, Known: x.Known, Undated: x.Undated, Events: x.Events, Changes: learned(x.Changes)})
	}
	for i := range all {
		all[i].Of = len(all)
	}
	return all, nil
}

// learned words the changes of a step of knowledge.
func learned(changes []projections.Change) []Change {
	out := []Change{}
	for _, c := range Telling(changes) {
		out = append(out, Change{Path: c.Path, Old: SideCell(c.From), New: SideCell(c.To), Events: c.Events, More: c.More})
	}
	return out
}

// Telling leaves out the changes that tell nothing by themselves: what only names the
// thing in which it stands, or is unknown where nothing was. A value that comes with
// all its claims is one change.
func Telling(changes []projections.Change) []projections.Change {
	changed := map[string]bool{}
	for _, c := range changes {
		changed[c.Path] = true
	}
	var out []projections.Change
	for _, c := range changes {
		parent, last := Parent(c.Path)
		claimed := changed[parent+"/values"]
		switch {
		case IsHistory(c.Path), last == "event", IsUnknown(c.From) && IsUnknown(c.To):
			continue
		case claimed && (last == "contested" || last == "value"):
			continue
		case last == "values":
			c.Path = parent
		}
		out = append(out, c)
	}
	return out
}

// Parent splits a path into all but its last element, and the last.
func Parent(path string) (parent, last string) {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)], path[i+1:]
}

// IsUnknown tells whether a side says nothing: where there was no value, one that is
// unknown is nothing new.
func IsUnknown(n *projections.Node) bool { return n == nil || n.Text() == "unknown" }
