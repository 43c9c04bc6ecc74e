package domain

import (
	"maps"
	"slices"
	"time"
	_ "time/tzdata" // else what a date means would hang on the zones that a machine has
)

// Registry holds the names that registrations of one negotiation introduce.
// Registering an id again replaces its name and kind; aliases add up.
type Registry struct {
	Title      string
	TimeZone   string
	Actors     map[ActorID]ActorRegistered
	Issues     map[IssueID]IssueRegistered
	Ceasefires map[CeasefireID]CeasefireRegistered
	Lenses     map[LensID]LensRegistered
	Grades     []SourceGraded

	registered bool
	zone       *time.Location
}

// NewRegistry is an empty registry.
func NewRegistry() *Registry {
	return &Registry{
		Actors: map[ActorID]ActorRegistered{}, Issues: map[IssueID]IssueRegistered{},
		Ceasefires: map[CeasefireID]CeasefireRegistered{}, Lenses: map[LensID]LensRegistered{},
		zone: time.UTC,
	}
}

// Clone copies the registry, so that the copy can grow alone.
func (r *Registry) Clone() *Registry {
	c := *r
	c.Actors, c.Issues = maps.Clone(r.Actors), maps.Clone(r.Issues)
	c.Ceasefires, c.Lenses = maps.Clone(r.Ceasefires), maps.Clone(r.Lenses)
	c.Grades = slices.Clone(r.Grades)
	return &c
}

// Registered tells whether the negotiation itself has been registered.
func (r *Registry) Registered() bool { return r.registered }

// Zone is the time zone in which bare dates are read, UTC before registration.
func (r *Registry) Zone() *time.Location { return r.zone }

// Add takes in an act if it is a registration.
func (r *Registry) Add(a Act) {
	switch a := a.(type) {
	case NegotiationRegistered:
		r.Title, r.TimeZone, r.registered = a.Title, a.TimeZone, true
		if z, err := time.LoadLocation(a.TimeZone); err == nil {
			r.zone = z
		}
	case ActorRegistered:
		a.Aliases = union(r.Actors[ActorID(a.Actor)].Aliases, a.Aliases)
		r.Actors[ActorID(a.Actor)] = a
	case IssueRegistered:
		a.Aliases = union(r.Issues[IssueID(a.Issue)].Aliases, a.Aliases)
		r.Issues[IssueID(a.Issue)] = a
	case CeasefireRegistered:
		r.Ceasefires[CeasefireID(a.Ceasefire)] = a
	case LensRegistered:
		r.Lenses[LensID(a.Lens)] = a
	case SourceGraded:
		r.Grades = append(r.Grades, a)
	default:
	}
}

// IsRegistration tells whether an act adds to the registry.
func IsRegistration(a Act) bool {
	switch a.(type) {
	case NegotiationRegistered, ActorRegistered, IssueRegistered, CeasefireRegistered, LensRegistered, SourceGraded:
		return true
	default:
		return false
	}
}

// Name is the registered name of an actor, or its id.
func (r *Registry) Name(a ActorID) string {
	if reg, ok := r.Actors[a]; ok {
		return reg.Name
	}
	return string(a)
}

// ActorNamed finds the actor that a label names: its id, its name or an alias,
// letter by letter. A label that names two actors names none.
func (r *Registry) ActorNamed(label string) (ActorID, bool) {
	var found []ActorID
	for id, a := range r.Actors {
		if label == string(id) || label == a.Name || slices.Contains(a.Aliases, label) {
			found = append(found, id)
		}
	}
	if len(found) != 1 {
		return "", false
	}
	return found[0], true
}

func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// suggestActor finds the actor that a word may mean, through names and aliases.
func (r *Registry) suggestActor(read string) string {
	words, owner := []string{}, map[string]ActorID{}
	for _, id := range slices.Sorted(maps.Keys(r.Actors)) {
		for _, w := range append([]string{string(id), r.Actors[id].Name}, r.Actors[id].Aliases...) {
			if _, taken := owner[w]; !taken {
				words, owner[w] = append(words, w), id
			}
		}
	}
	return string(owner[suggest(read, words)])
}
