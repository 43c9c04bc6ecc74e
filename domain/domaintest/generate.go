package domaintest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/domain"

	"pgregory.net/rapid"
)

// World is what random events may name.
type World struct {
	Negotiation string
	Actors      []string
	Issues      []string
	Ceasefires  []string
	Names       []string // of rounds, sessions, drafts, …
	Keys        []string // of events that others may refer to
	Dates       []string // EDTF
}

// Talks is a small world, in which names and dates meet often.
var Talks = World{
	Negotiation: "talks",
	Actors:      []string{"here", "there", "host"},
	Issues:      []string{"one-issue", "another-issue"},
	Ceasefires:  []string{"truce"},
	Names:       []string{"first", "second"},
	Keys:        []string{"e-0", "e-1", "e-2", "e-3"},
	Dates: []string{
		"2025-10-25", "2025-10-26", "2025-10-27", "2025-10-28T03:00:00", "2025-10-27T22:00:00+05:00",
		"2025-10-26/2025-10-28", "[2025-10-26..2025-10-28]", "[..2025-10-27]", "[2025-10-27..]", "{2025-10-25,2025-10-28}",
		"2025-10-27?", "2025-10~", "2025-10-XX", "202X", "XXXX-XX-XX", "../2025-10-28", "2025-24", "-0044-03-15", "Y-17E7",
	},
}

// Event draws an event of any type.
func (w World) Event() *rapid.Generator[*domain.Event] {
	return rapid.Custom(func(t *rapid.T) *domain.Event {
		return w.EventOf(rapid.SampledFrom(domain.Catalogue()).Draw(t, "type")).Draw(t, "event")
	})
}

// EventOf draws an event of one type. Its references are to keys of the world,
// which need not stand for events.
func (w World) EventOf(s *domain.Spec) *rapid.Generator[*domain.Event] {
	return rapid.Custom(func(t *rapid.T) *domain.Event {
		key := ""
		if rapid.IntRange(0, 3).Draw(t, "keyed") > 0 {
			key = "key-" + strconv.Itoa(rapid.IntRange(0, 99).Draw(t, "key"))
		}
		return bind(t, w.record(t, s, key))
	})
}

// record draws the values of an event.
func (w World) record(t *rapid.T, s *domain.Spec, key string) []domain.Value {
	values := []domain.Value{quoted("type", s.Name), quoted("negotiation", w.Negotiation), quoted("writer", "parley:test")}
	if key != "" {
		values = append(values, quoted("key", key))
	}
	if rapid.Bool().Draw(t, "has time") {
		values = append(values, quoted("time", moment(t, "time", time.UTC)))
	}
	return append(values, w.body(t, s, 0)...)
}

// bind makes an event of values. That it can is what this package promises.
func bind(t *rapid.T, values []domain.Value) *domain.Event {
	c := domain.Bind(domain.Record{Values: values, Place: func(path string) domain.Place {
		return domain.Place{Pointer: domain.Pointer(path)}
	}})
	if len(c.Faults) > 0 {
		t.Fatalf("domaintest drew a faulty event: %v\nof %v", c.Faults, values)
	}
	return c.Event
}

func quoted(path, text string) domain.Value {
	return domain.Value{Path: path, Items: []string{text}, Form: domain.Quoted}
}

// body draws the values of a body but for its key.
func (w World) body(t *rapid.T, s *domain.Spec, depth int) []domain.Value {
	var values []domain.Value
	drawn := map[string]string{}
	for _, f := range slices.Concat(domain.BodyFields(), s.Fields()) {
		switch {
		case f.Path == "key":
			continue
		case f.Path == "duration.approximate" && drawn["duration.value"] == "":
			continue
		case s.Control && f.Path == "modality", f.Kind == domain.Reference && len(w.Keys) == 0:
			continue
		case !s.Requires(f.Path) && rapid.IntRange(0, 3).Draw(t, "has "+f.Path) > 0:
			continue
		}
		v := w.value(t, f, depth)
		if v, ok := sensible(v, drawn); ok {
			drawn[f.Path] = strings.Join(v.Items, "|")
			values = append(values, v)
		}
	}
	return values
}

// sensible drops the values that the rules between two fields forbid.
func sensible(v domain.Value, drawn map[string]string) (domain.Value, bool) {
	switch v.Path {
	case "clock.end":
		start, errStart := time.Parse(time.RFC3339Nano, drawn["clock.start"])
		end, errEnd := time.Parse(time.RFC3339Nano, v.Items[0])
		return v, errStart != nil || errEnd != nil || !end.Before(start)
	case "act.countHigh":
		low, _ := strconv.Atoi(drawn["act.countLow"])
		high, _ := strconv.Atoi(v.Items[0])
		return v, high >= low
	case "act.timeZone":
		v.Items = []string{"Asia/Karachi"}
	case "act.others":
		v.Items = slices.DeleteFunc(v.Items, func(key string) bool { return key == drawn["act.event"] })
		if len(v.Items) == 0 {
			v.Items = []string{"e-other"}
		}
	}
	return v, true
}

// value draws one value, or a list of them.
func (w World) value(t *rapid.T, f domain.Field, depth int) domain.Value {
	v := domain.Value{Path: f.Path, List: f.List, Form: domain.Quoted}
	switch f.Kind {
	case domain.Nested:
		v.Form, v.Nested = domain.Object, w.replacement(t, depth)
		return v
	case domain.Number, domain.Decimal:
		v.Form = domain.Digits
	case domain.Truth:
		v.Form = domain.Bare
	default:
	}
	n := 1
	if f.List {
		n = rapid.IntRange(1, 3).Draw(t, "length")
	}
	for range n {
		if text := w.scalar(t, f); !slices.Contains(v.Items, text) {
			v.Items = append(v.Items, text)
		}
	}
	return v
}

func (w World) replacement(t *rapid.T, depth int) []domain.Value {
	s, _ := domain.SpecOf("SessionHeld")
	if depth < 2 {
		s = rapid.SampledFrom(domain.Catalogue()).Draw(t, "replacement type")
	}
	return append([]domain.Value{quoted("type", s.Name)}, w.body(t, s, depth+1)...)
}

func (w World) scalar(t *rapid.T, f domain.Field) string {
	pick := func(from []string) string { return rapid.SampledFrom(from).Draw(t, f.Path) }
	switch f.Kind {
	case domain.Word:
		return pick(f.Values)
	case domain.Number:
		return strconv.Itoa(rapid.IntRange(f.Min, f.Min+9).Draw(t, f.Path))
	case domain.Decimal:
		return strconv.FormatFloat(float64(rapid.IntRange(1, 400).Draw(t, f.Path))/8, 'f', -1, 64)
	case domain.Truth:
		return strconv.FormatBool(rapid.Bool().Draw(t, f.Path))
	case domain.Date:
		return pick(w.Dates)
	case domain.Moment:
		return moment(t, f.Path, time.FixedZone("", 900*rapid.IntRange(-48, 56).Draw(t, "offset")))
	case domain.Length:
		return fmt.Sprintf("PT%dH", rapid.IntRange(0, 99).Draw(t, f.Path))
	case domain.Actor:
		if f.Path == "source.side" {
			return pick(append([]string{string(domain.UnknownSide)}, w.Actors...))
		}
		return pick(w.Actors)
	case domain.Issue:
		return pick(w.Issues)
	case domain.Ceasefire:
		return pick(w.Ceasefires)
	case domain.Reference:
		return pick(w.Keys)
	case domain.Name:
		return pick(w.Names)
	default:
		return text(f.List).Draw(t, f.Path)
	}
}

func moment(t *rapid.T, label string, zone *time.Location) string {
	ms := rapid.Int64Range(0, 4e12).Draw(t, label)
	return time.UnixMilli(ms).In(zone).Format(time.RFC3339Nano)
}

// signs are what free text is made of: all that CSV, JSON and terminals treat in
// ways of their own, and letters of several scripts.
var signs = []rune("abcXYZ 019 .,;:!?'\"“”«»—-–_/\\|{}[]()<>=+@#%&*~^$\t\néüšضٹاन漢🙂\u200f\ufeff")

func text(item bool) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		s := rapid.StringOfN(rapid.SampledFrom(signs), 1, 24, -1).Draw(t, "text")
		if item {
			s = strings.ReplaceAll(s, "|", "/")
		}
		if s = strings.TrimSpace(s); s == "" {
			return "-"
		}
		return s
	})
}
