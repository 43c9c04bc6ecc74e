package projections

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"parley/domain"

	"github.com/expr-lang/expr/ast"
)

// lensScanned is up to how many items a list in a lens is scanned rather than
// hashed.
const lensScanned = 8

// membership compiles "in": a text or a number in a list of literals, a text in a
// list of the event.
func (c *lensCompiler) membership(n *ast.BinaryNode) (lensValue, error) {
	v, err := c.value(n.Left)
	if err != nil {
		return lensValue{}, err
	}
	if array, ok := n.Right.(*ast.ArrayNode); ok {
		f, err := c.amongLiterals(v, n, array)
		return lensValue{kind: lensIsTruth, truth: f}, err
	}
	list, err := c.value(n.Right)
	switch {
	case err != nil:
		return lensValue{}, err
	case list.kind != lensIsList:
		return lensValue{}, c.fault(n.Right, fmt.Sprintf("%s is %s, not a list", list.name(), list.kind), "to look for words in a text, write contains")
	case v.kind != lensIsText:
		return lensValue{}, c.fault(n.Left, fmt.Sprintf("%s is %s; lists hold texts", v.name(), v.kind), "")
	case c.list != nil:
		// Each item against each item would not be linear in the size of the event.
		return lensValue{}, c.fault(n.Right, "inside any(), all() and none() an item is only looked for in a list that is written out", "")
	}
	if v.literal {
		if err := c.checkWord(list, v, n.Left); err != nil {
			return lensValue{}, err
		}
	}
	return lensValue{kind: lensIsTruth, truth: lensTold(func(a *Account, item string) bool {
		text := v.text(a, item)
		for i := range list.list.size(a) {
			if list.list.at(a, i) == text {
				return true
			}
		}
		return false
	})}, nil
}

// amongLiterals compiles "in [a, b]": what equals any of them.
func (c *lensCompiler) amongLiterals(v lensValue, n *ast.BinaryNode, array *ast.ArrayNode) (lensTruth, error) {
	if v.kind != lensIsText {
		f := lensTold(func(*Account, string) bool { return false })
		for _, item := range array.Nodes {
			x, err := c.value(item)
			if err != nil {
				return nil, err
			}
			g, err := c.compare(lensComparison{"==", v, x, n.Left, item})
			if err != nil {
				return nil, err
			}
			f = lensOr(f, g)
		}
		return f, nil
	}
	words := make([]string, 0, len(array.Nodes))
	for _, item := range array.Nodes {
		x, err := c.value(item)
		switch {
		case err != nil:
			return nil, err
		case !x.literal || x.kind != lensIsText:
			return nil, c.fault(item, fmt.Sprintf("%s is text, and so must be what it is looked for in", v.name()), "write words in quotes")
		}
		if err := c.checkWord(v, x, item); err != nil {
			return nil, err
		}
		words = append(words, x.written)
	}
	if len(words) <= lensScanned {
		return lensTold(func(a *Account, item string) bool { return slices.Contains(words, v.text(a, item)) }), nil
	}
	set := make(map[string]bool, len(words))
	for _, w := range words {
		set[w] = true
	}
	return lensTold(func(a *Account, item string) bool { return set[v.text(a, item)] }), nil
}

// checkWord refuses a literal that a field can never hold, and remembers the
// registered names that the lens speaks of.
func (c *lensCompiler) checkWord(field, literal lensValue, at ast.Node) error {
	word := literal.written
	switch {
	case !literal.literal, field.literal, word == field.absent && field.kind == lensIsText:
		return nil
	case len(field.values) > 0 && !slices.Contains(field.values, word):
		if word == "" {
			return c.fault(at, fmt.Sprintf("an absent %s reads %q", field.path, field.absent), "")
		}
		return c.fault(at, fmt.Sprintf("%s is never %q", field.name(), word), domain.DidYouMean(word, field.values))
	case field.id == "":
		return nil
	case word == "" && field.absent != "":
		return c.fault(at, fmt.Sprintf("an absent %s reads %q", field.path, field.absent), "")
	case !domain.ValidID(word):
		hint := ""
		if id := strings.ReplaceAll(strings.ToLower(word), " ", "-"); domain.ValidID(id) {
			hint = fmt.Sprintf("write %q", id)
		}
		return c.fault(at, fmt.Sprintf("%q is no id: those are of a-z, 0-9 and -", word), hint)
	}
	if len(c.open) == 0 {
		c.mentions = append(c.mentions, lensMention{id: word, kind: field.id, place: c.fault(at, "", "")})
	}
	return nil
}

// search compiles contains, startsWith, endsWith and matches.
func (c *lensCompiler) search(n *ast.BinaryNode) (lensValue, error) {
	l, err := c.value(n.Left)
	if err != nil {
		return lensValue{}, err
	}
	r, err := c.value(n.Right)
	if err != nil {
		return lensValue{}, err
	}
	switch {
	case l.kind == lensIsList:
		return lensValue{}, c.fault(n.Left, l.name()+" is a list", fmt.Sprintf(`write "…" in %s, or any(%s, # %s "…")`, l.path, l.path, n.Operator))
	case l.kind != lensIsText:
		return lensValue{}, c.fault(n.Left, fmt.Sprintf("%s is %s, not text", l.name(), l.kind), "")
	case r.kind != lensIsText:
		return lensValue{}, c.fault(n.Right, fmt.Sprintf("%s is %s, not text", r.name(), r.kind), "")
	}
	var test func(s, part string) bool
	switch n.Operator {
	case "contains":
		test = strings.Contains
	case "startsWith":
		test = strings.HasPrefix
	case "endsWith":
		test = strings.HasSuffix
	default:
		pattern, err := c.pattern(r, n.Right)
		if err != nil {
			return lensValue{}, err
		}
		test = func(s, _ string) bool { return pattern.MatchString(s) }
	}
	return lensValue{kind: lensIsTruth, truth: lensTold(func(a *Account, item string) bool {
		return test(l.text(a, item), r.text(a, item))
	})}, nil
}

// pattern compiles a regular expression. Go's take time linear in the text, times
// their own size, which repetitions can blow up; so that is limited too.
func (c *lensCompiler) pattern(v lensValue, at ast.Node) (*regexp.Regexp, error) {
	if !v.literal {
		return nil, c.fault(at, "matches takes a pattern in quotes", "")
	}
	refuse := func(err error) error {
		reason := "not a regular expression"
		if why, ok := errors.AsType[*syntax.Error](err); ok {
			reason = fmt.Sprintf("not a regular expression: %s %q", why.Code, why.Expr)
		}
		return c.fault(at, reason, "write as in Go's regexp (RE2)")
	}
	if len(v.written) > maxLensParts {
		return nil, c.fault(at, fmt.Sprintf("the pattern is longer than %d bytes", maxLensParts), "")
	}
	parsed, err := syntax.Parse(v.written, syntax.Perl)
	if err != nil {
		return nil, refuse(err)
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil, refuse(err)
	}
	if c.parts += len(program.Inst); c.parts > maxLensParts {
		return nil, c.fault(at, fmt.Sprintf("the pattern takes %d steps, of at most %d of the whole lens", len(program.Inst), maxLensParts), "write fewer repetitions")
	}
	pattern, err := regexp.Compile(v.written)
	if err != nil {
		return nil, refuse(err)
	}
	return pattern, nil
}

// items compiles any(), all() and none(). They do not nest: the cost of a lens
// stays linear in the size of the event.
func (c *lensCompiler) items(n ast.Node, name string, over, predicate ast.Node) (lensValue, error) {
	if c.list != nil {
		return lensValue{}, c.fault(n, "any(), all() and none() do not nest", "")
	}
	list, err := c.value(over)
	switch {
	case err != nil:
		return lensValue{}, err
	case list.kind != lensIsList:
		return lensValue{}, c.fault(over, fmt.Sprintf("%s is %s, not a list", list.name(), list.kind), "")
	}
	body, ok := predicate.(*ast.PredicateNode)
	if !ok {
		return lensValue{}, c.fault(predicate, name+"() takes a condition on each item", name+`(actors, # == "…")`)
	}
	c.list = &list
	f, err := c.truth(body.Node)
	c.list = nil
	if err != nil {
		return lensValue{}, err
	}
	switch name {
	case "all":
		f = lensNot(lensAny(list.list, lensNot(f)))
	case "none":
		f = lensNot(lensAny(list.list, f))
	default:
		f = lensAny(list.list, f)
	}
	return lensValue{kind: lensIsTruth, truth: f}, nil
}
