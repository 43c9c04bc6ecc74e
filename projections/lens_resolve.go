package projections

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"parley/domain"

	"github.com/expr-lang/expr/ast"
)

// lensMention is a registered name that a lens compares with.
type lensMention struct {
	id    string
	kind  domain.Kind
	place *LensError
}

// ResolveLens reads the id of a registered lens, or an expression, which may name
// registered lenses as lens("id"). Dates are read in the negotiation's time zone.
// A word that is a registered id is that lens even if it is also a field. Without
// a registry no lens is registered. The error is a [*LensError].
func ResolveLens(text string, reg *domain.Registry) (Lens, error) {
	word := strings.TrimSpace(text)
	if word == "" {
		return Lens{}, nil
	}
	if _, ok := lensNamed(reg, word); ok {
		// By the function, so that an error tells in which lens it stands.
		l, err := compileLens(fmt.Sprintf("lens(%q)", word), reg)
		if err != nil {
			return Lens{}, err
		}
		l.text, l.named = word, true
		return l, nil
	}
	if lensIsWord(word) {
		return Lens{}, lensFault(word, 0, fmt.Sprintf("no such lens %q", word), lensHint(word, reg))
	}
	return compileLens(text, reg)
}

func lensNamed(reg *domain.Registry, id string) (domain.LensRegistered, bool) {
	if reg == nil {
		return domain.LensRegistered{}, false
	}
	l, ok := reg.Lenses[domain.LensID(id)]
	return l, ok
}

// lensIsWord tells whether a text can only be meant as the id of a lens: it is no
// field, and none begins with it.
func lensIsWord(text string) bool {
	field := func(path string) bool { return path == text || strings.HasPrefix(path, text+".") }
	return domain.ValidID(text) && text != "true" && text != "false" && !slices.ContainsFunc(lensPaths(), field)
}

func lensHint(read string, reg *domain.Registry) string {
	var ids []string
	if reg != nil {
		for _, id := range slices.Sorted(maps.Keys(reg.Lenses)) {
			ids = append(ids, string(id))
		}
	}
	if len(ids) == 0 {
		return "no lens is registered"
	}
	return domain.DidYouMean(read, ids)
}

// compileLens compiles an expression for the record, and once more for what a
// branch supposes if it names hypothetical.
func compileLens(expression string, reg *domain.Registry) (Lens, error) {
	node, err := parseLens(expression)
	if err != nil {
		return Lens{}, err
	}
	c := &lensCompiler{expression: expression, zone: zoneOfLens(reg), registry: reg}
	record, err := c.truth(node)
	if err != nil {
		return Lens{}, err
	}
	l := Lens{text: expression, parts: c.parts, record: record, mentions: c.mentions}
	if c.names {
		again := &lensCompiler{expression: expression, zone: c.zone, registry: reg, supposed: true}
		if l.supposed, err = again.truth(node); err != nil {
			return Lens{}, err
		}
	}
	return l, nil
}

// named compiles lens("id") by putting the registered expression in its place.
// It counts towards the size, so that lenses which name each other over and over
// stay within the limit.
func (c *lensCompiler) named(arg ast.Node) (lensValue, error) {
	literal, ok := arg.(*ast.StringNode)
	if !ok {
		return lensValue{}, c.fault(arg, "lens() takes the id of a registered lens in quotes", "")
	}
	id := literal.Value
	registered, ok := lensNamed(c.registry, id)
	switch {
	case !ok:
		return lensValue{}, c.fault(arg, fmt.Sprintf("no such lens %q", id), lensHint(id, c.registry))
	case slices.Contains(c.open, id):
		return lensValue{}, c.fault(arg, fmt.Sprintf("lens %q names itself, by way of %s", id, strings.Join(c.open, ", ")), "")
	case c.list != nil:
		return lensValue{}, c.fault(arg, "a lens is about an event, not about an item of a list", "")
	}
	inner := &lensCompiler{
		expression: registered.Expression, zone: c.zone, registry: c.registry, supposed: c.supposed,
		parts: c.parts, open: append(slices.Clone(c.open), id),
	}
	node, err := parseLens(registered.Expression)
	if err != nil {
		if f, ok := errors.AsType[*LensError](err); ok {
			f.Lens = id
		}
		return lensValue{}, err
	}
	f, err := inner.truth(node)
	c.parts, c.names = inner.parts, c.names || inner.names
	return lensValue{kind: lensIsTruth, truth: f}, err
}

// Unregistered lists the names in the lens that no registration introduces, with
// their places: names of actors, issues and ceasefires. They are no errors, for
// they may be registered later than the view looks; but a misspelt name in a
// lens says nothing, or admits all.
func (l Lens) Unregistered(reg *domain.Registry) []*LensError {
	known := map[domain.Kind][]string{
		domain.Actor: lensIDs(reg.Actors), domain.Issue: lensIDs(reg.Issues), domain.Ceasefire: lensIDs(reg.Ceasefires),
	}
	var strangers []*LensError
	for _, m := range l.mentions {
		ids, ok := known[m.kind]
		if !ok || slices.Contains(ids, m.id) {
			continue
		}
		fault := *m.place
		fault.Reason = fmt.Sprintf("no %s %q is registered", strings.TrimSuffix(string(m.kind), " id"), m.id)
		fault.Hint = domain.DidYouMean(m.id, ids)
		strangers = append(strangers, &fault)
	}
	return strangers
}

func lensIDs[K ~string, V any](registered map[K]V) []string {
	ids := make([]string, 0, len(registered))
	for _, id := range slices.Sorted(maps.Keys(registered)) {
		ids = append(ids, string(id))
	}
	return ids
}
