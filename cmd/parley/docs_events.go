package main

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"parley/domain"
)

// attributes explains the attributes of CloudEvents that an event has.
var attributes = [][]string{
	{"`specversion`", "`" + domain.SpecVersion + "`"},
	{"`id`", "UUID that tells the event apart; it follows from the key or the content, see below"},
	{"`source`", "who wrote the event, a URI reference"},
	{"`type`", "type and version of the act: `parley.DraftFinalized.v1`"},
	{"`subject`", "the negotiation"},
	{"`time`", "when the writer made it, RFC 3339"},
	{"`recordedtime`", "when the log took it, RFC 3339; stamped by the store, never by the writer"},
	{"`hypothetical`", "the branch that supposes it, an extension attribute stamped by the store; absent in the record"},
	{"`datacontenttype`", "`application/json`"},
	{"`data`", "all the rest: the fields below, and `act`"},
}

// eventsPage is the reference of events and acts.
func eventsPage() []byte {
	w := &page{}
	w.line("# Events\n")
	w.line(generatedNote + "\n")
	w.paragraph(`An event says: this source says that this act happened then. It is stored as a
CloudEvents 1.0 event in structured JSON mode and never changes. "parley schema TYPE"
prints the JSON Schema of a type.`)
	groups := groupsOf(domain.Catalogue())
	var rows [][]string
	for _, g := range groups {
		var names []string
		for _, s := range g.specs {
			names = append(names, "["+s.Name+"](#"+strings.ToLower(s.Name)+")")
		}
		rows = append(rows, []string{g.name, strings.Join(names, ", ")})
	}
	w.table([]string{"group", "acts"}, rows)

	w.line("## Envelope\n")
	w.table([]string{"attribute", "what it holds"}, attributes)
	w.paragraph("The `id` of an event with a key is the UUIDv5 of its negotiation and key; without a key, an id given by the writer is kept; " +
		"without key and id, it is the UUIDv5 of the content, so that the same content is the same event.")
	w.line("## Fields of every event\n")
	w.paragraph("`occurred` is required of every act that speaks of the world, `round` of those that speak of a round. What is absent reads as unknown.")
	w.fields(domain.BodyFields())
	w.paragraph("`clock.start` and `clock.end` are the clock times at which the act began and ended; either may be missing. " +
		"`duration.value` is how long it lasted, as the source says, also where no clock time is known.")
	w.paragraph("`modality` says in which way the act is reported. What is `asserted` or `historical` changes the state.")
	w.paragraph("`planned`: the act is announced. It changes no state until an event says that it happened.")
	w.paragraph("`negated`: the event denies the act, and so contests it: the value stays, with the denial beside it. " +
		"The act it denies is the one that `links.same-act` names, else one that `links.contradicts` names, " +
		"else one of the same type whose actors, date and fields can be the same. Alone a denial proves nothing.")

	w.line("## Tables\n")
	w.paragraph("A CSV file has a header row; commas, semicolons or tabs separate its cells. Its columns are `type`, `negotiation`, the fields above and those of the acts, by the paths given here. " +
		"Lists are separated by `|`, empty cells are absent. `parley schema --csv TYPE` prints a header.")
	for _, g := range groups {
		w.line("## Acts: %s\n", g.name)
		for _, s := range g.specs {
			w.act(s)
		}
	}
	return w.Bytes()
}

type actGroup struct {
	name  string
	specs []*domain.Spec
}

// groupsOf gathers the acts under their headings, in order.
func groupsOf(specs []*domain.Spec) []actGroup {
	var groups []actGroup
	for _, s := range specs {
		i := slices.IndexFunc(groups, func(g actGroup) bool { return g.name == s.Group })
		if i < 0 {
			groups, i = append(groups, actGroup{name: s.Group}), len(groups)
		}
		groups[i].specs = append(groups[i].specs, s)
	}
	return groups
}

func (w *page) act(s *domain.Spec) {
	w.line("### %s\n", s.Name)
	w.paragraph(s.Doc)
	facts := []string{"Type `" + s.FullName() + "`"}
	if s.Control {
		facts = append(facts, "speaks of the record")
	}
	if s.Plover.Event != "" {
		facts = append(facts, "PLOVER "+strings.TrimSuffix(s.Plover.Event+"–"+cmp.Or(s.Plover.Mode, "any"), "–any"))
	}
	if s.Cameo != "" {
		facts = append(facts, "CAMEO "+s.Cameo)
	}
	w.paragraph(strings.Join(facts, "; ") + ".")
	w.fields(s.Fields())
}

func (w *page) fields(fields []domain.Field) {
	var rows [][]string
	for _, f := range fields {
		required := ""
		if f.Required {
			required = "yes"
		}
		kind := string(f.Kind)
		if len(f.Values) > 0 {
			kind = "`" + strings.Join(f.Values, "`, `") + "`"
		}
		if f.HasMin {
			kind += " from " + strconv.Itoa(f.Min)
		}
		if f.List {
			kind = "list of: " + kind
		}
		rows = append(rows, []string{"`" + f.Path + "`", kind, required, f.Doc})
	}
	if len(rows) > 0 {
		w.table([]string{"field", "kind", "required", "what it says"}, rows)
	}
}
