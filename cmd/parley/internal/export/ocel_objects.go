package export

import (
	"maps"
	"slices"
	"strings"

	"parley/domain"
	"parley/projections"
)

// object makes sure of an object, and gives its id. Ids begin with the sort of
// thing, so that a draft and a round of one name are two objects.
func (m *ocel) object(kind, name string) string {
	id, typeName := kind+":"+name, kind
	if kind == "actor" {
		typeName = m.actorType(domain.ActorID(name))
	}
	if m.objects[id] == nil {
		m.objects[id] = &ocelObject{ID: id, Type: typeName}
		if m.objectType[typeName] == nil {
			m.objectType[typeName] = map[string]string{}
		}
	}
	return id
}

// actorType is the type of the objects of one kind of actor: party, mediator, …
func (m *ocel) actorType(a domain.ActorID) string {
	kind := string(m.pic.Registry.Actors[a].Kind)
	if kind == "" || kind == "other" {
		return "actor"
	}
	return kind
}

// relate says once that an object relates to another.
func (m *ocel) relate(from, to, qualifier string) {
	r := ocelRelation{to, qualifier}
	if o := m.objects[from]; from != to && !slices.Contains(o.Relationships, r) {
		o.Relationships = append(o.Relationships, r)
	}
}

// registry makes the objects that registrations name.
func (m *ocel) registry() {
	reg := m.pic.Registry
	for _, id := range slices.Sorted(maps.Keys(reg.Actors)) {
		a := reg.Actors[id]
		o := m.object("actor", string(id))
		m.says(o, "name", a.Name)
		m.says(o, "kind", string(a.Kind))
		m.says(o, "aliases", strings.Join(a.Aliases, "|"))
		for _, up := range a.MemberOf {
			m.relate(o, m.object("actor", string(up)), "member of")
		}
	}
	for _, id := range slices.Sorted(maps.Keys(reg.Issues)) {
		o := m.object("issue", string(id))
		m.says(o, "title", reg.Issues[id].Title)
		m.relate(o, m.process, "issue of")
	}
	for _, id := range slices.Sorted(maps.Keys(reg.Ceasefires)) {
		o := m.object("ceasefire", string(id))
		m.says(o, "title", reg.Ceasefires[id].Title)
		m.relate(o, m.process, "ceasefire of")
		for _, party := range reg.Ceasefires[id].Parties {
			m.relate(o, m.object("actor", string(party)), "binds")
		}
	}
}

// isObject tells whether a value of an act names objects rather than says something.
func (m *ocel) isObject(k domain.Kind, path string) bool {
	switch k {
	case domain.Actor, domain.Issue, domain.Ceasefire:
		return true
	case domain.Name:
		return namedKind[path] != ""
	default:
		return false
	}
}

// namedKind is the sort of thing that an id names which is not registered.
var namedKind = map[string]string{"act.draft": "draft", "act.proposal": "proposal", "act.previousRound": "round"}

// related lists the objects that bear on a happening: what the leading account
// names, and whose voices tell it.
func (m *ocel) related(h *projections.Happening, values []domain.Value, kinds map[string]domain.Kind) []ocelRelation {
	var out []ocelRelation
	add := func(id, qualifier string) {
		if r := (ocelRelation{id, qualifier}); !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	add(m.process, "negotiation")
	a := h.Lead
	if round := h.Round(); round != "" {
		add(m.round(round), "round")
		if a.Session != "" && a.Round == round {
			id := m.object("session", string(round)+"/"+string(a.Session))
			m.relate(id, m.round(round), "session of")
			add(id, "session")
		}
	}
	for _, actor := range a.Actors {
		add(m.object("actor", string(actor)), "actor")
	}
	for _, actor := range a.Recipients {
		add(m.object("actor", string(actor)), "recipient")
	}
	draft := ""
	for _, v := range values {
		name, ok := strings.CutPrefix(v.Path, "act.")
		switch {
		case v.Path == "act.draft":
			draft = v.Items[0]
		case v.Path == "act.version" && draft != "":
			add(m.version(draft, v.Items[0]), "version")
		}
		if !ok || !m.isObject(kinds[v.Path], v.Path) {
			continue
		}
		for _, item := range v.Items {
			add(m.named(kinds[v.Path], v.Path, item), name)
		}
	}
	for _, side := range sidesOf(h) {
		if side != string(domain.UnknownSide) {
			add(m.object("actor", side), "told by side")
		}
	}
	return out
}

// named is the object that a value of an act names.
func (m *ocel) named(k domain.Kind, path, id string) string {
	switch k {
	case domain.Actor:
		return m.object("actor", id)
	case domain.Issue:
		return m.object("issue", id)
	case domain.Ceasefire:
		return m.object("ceasefire", id)
	default:
		o := m.object(namedKind[path], id)
		m.relate(o, m.process, namedKind[path]+" of")
		return o
	}
}

func (m *ocel) round(id domain.RoundID) string {
	o := m.object("round", string(id))
	m.relate(o, m.process, "round of")
	return o
}

func (m *ocel) version(draft, number string) string {
	o := m.object("version", draft+"/"+number)
	m.says(o, "number", number)
	m.objectType["version"]["number"] = "integer"
	m.relate(o, m.object("draft", draft), "version of")
	return o
}
