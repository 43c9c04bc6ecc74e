package projections

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"parley/domain"

	"github.com/expr-lang/expr/ast"
)

// lensCompiler turns one parsed expression into closures. All that can be wrong
// is found here: a compiled lens only reads.
type lensCompiler struct {
	expression string
	zone       *time.Location
	registry   *domain.Registry // nil where no lens can be named
	supposed   bool             // what hypothetical is

	parts    int
	list     *lensValue // the list whose item # is, inside any(), all() and none()
	open     []string   // ids of the registered lenses that are being compiled
	names    bool       // whether hypothetical is named
	mentions []lensMention
}

func (c *lensCompiler) fault(n ast.Node, reason, hint string) *LensError {
	return c.faultAt(lensStart(n), reason, hint)
}

func (c *lensCompiler) faultAt(runes int, reason, hint string) *LensError {
	f := lensFault(c.expression, lensOffset(c.expression, runes), reason, hint)
	if len(c.open) > 0 {
		f.Lens = c.open[len(c.open)-1]
	}
	return f
}

// truth compiles what must be true or false.
func (c *lensCompiler) truth(n ast.Node) (lensTruth, error) {
	v, err := c.value(n)
	if err != nil {
		return nil, err
	}
	if v.kind != lensIsTruth {
		return nil, c.fault(n, fmt.Sprintf("%s is %s, not true or false", v.name(), v.kind), v.comparisonHint())
	}
	return v.truth, nil
}

// name is how messages speak of a value.
func (v *lensValue) name() string {
	switch {
	case v.path != "":
		return v.path
	case v.literal && v.kind == lensIsText:
		return fmt.Sprintf("%q", v.written)
	}
	return "this"
}

func (v *lensValue) comparisonHint() string {
	switch {
	case v.path == "":
		return ""
	case v.kind == lensIsGrade:
		return fmt.Sprintf("compare it: %s <= %q", v.path, v.values[1])
	case v.kind == lensIsText:
		return fmt.Sprintf(`compare it: %s == "…"`, v.path)
	case v.kind == lensIsList:
		return fmt.Sprintf(`ask "…" in %s`, v.path)
	}
	return "compare it"
}

// value compiles any node.
func (c *lensCompiler) value(n ast.Node) (lensValue, error) {
	if c.parts++; c.parts > maxLensParts {
		return lensValue{}, lensTooLarge(c.expression)
	}
	if path, ok := lensPath(n); ok {
		return c.field(n, path)
	}
	switch n := n.(type) {
	case *ast.BoolNode:
		return lensValue{kind: lensIsTruth, truth: lensTold(func(*Account, string) bool { return n.Value })}, nil
	case *ast.StringNode:
		return lensLiteral(n.Value), nil
	case *ast.IntegerNode:
		return lensAmount(float64(n.Value)), nil
	case *ast.FloatNode:
		return lensAmount(n.Value), nil
	case *ast.UnaryNode:
		return c.unary(n)
	case *ast.BinaryNode:
		return c.binary(n)
	case *ast.BuiltinNode:
		return c.call(n, n.Name, n.Arguments)
	case *ast.CallNode:
		if callee, ok := n.Callee.(*ast.IdentifierNode); ok {
			return c.call(n, callee.Value, n.Arguments)
		}
	case *ast.PointerNode:
		if c.list != nil && n.Name == "" {
			return lensValue{kind: lensIsText, id: c.list.id, text: func(_ *Account, item string) string { return item }}, nil
		}
	case *ast.MemberNode:
		return lensValue{}, c.fault(n, "only fields have parts, which are written as source.side", "")
	}
	reason, hint := lensRefusal(n)
	return lensValue{}, c.fault(n, reason, hint)
}

func lensLiteral(s string) lensValue {
	return lensValue{
		kind: lensIsText, literal: true, written: s,
		text: func(*Account, string) string { return s },
	}
}

func lensAmount(x float64) lensValue {
	return lensValue{
		kind: lensIsNumber, literal: true, amount: x,
		number: func(*Account, string) (float64, bool) { return x, true },
	}
}

// lensPath reads a node as the path of a field. The parser takes the hyphen of
// links.same-act for a minus; nothing can be subtracted in a lens, so it is
// known to be none.
func lensPath(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return n.Value, true
	case *ast.MemberNode:
		part, ok := n.Property.(*ast.StringNode)
		if !ok || n.Optional || n.Method {
			return "", false
		}
		path, ok := lensPath(n.Node)
		return path + "." + part.Value, ok
	case *ast.BinaryNode:
		if n.Operator != "-" {
			return "", false
		}
		left, ok := lensPath(n.Left)
		right, word := n.Right.(*ast.IdentifierNode)
		if !ok || !word {
			return "", false
		}
		return left + "-" + right.Value, true
	}
	return "", false
}

func (c *lensCompiler) field(n ast.Node, path string) (lensValue, error) {
	f, ok := lensFields()[path]
	if !ok {
		if c.registry != nil {
			if _, ok := c.registry.Lenses[domain.LensID(path)]; ok {
				return lensValue{}, c.fault(n, fmt.Sprintf("%s is a lens, not a field", path), fmt.Sprintf("write lens(%q)", path))
			}
		}
		return lensValue{}, c.fault(n, "no such field "+path, lensPathHint(path))
	}
	if path == "hypothetical" {
		c.names = true
		supposed := c.supposed
		f.truth = lensTold(func(*Account, string) bool { return supposed })
	}
	return f, nil
}

func (c *lensCompiler) unary(n *ast.UnaryNode) (lensValue, error) {
	switch n.Operator {
	case "!", "not":
		f, err := c.truth(n.Node)
		if err != nil {
			return lensValue{}, lensBinding(err, n.Operator)
		}
		return lensValue{kind: lensIsTruth, truth: lensNot(f)}, nil
	case "-", "+":
		v, err := c.value(n.Node)
		if err != nil {
			return lensValue{}, err
		}
		if v.literal && v.kind == lensIsNumber {
			if n.Operator == "-" {
				v = lensAmount(-v.amount)
			}
			return v, nil
		}
	}
	reason, hint := lensRefusal(n)
	return lensValue{}, c.fault(n, reason, hint)
}

// lensBinding explains the commonest surprise: a negation binds more tightly than
// the comparison behind it.
func lensBinding(err error, operator string) error {
	if f, ok := errors.AsType[*LensError](err); ok && strings.HasSuffix(f.Reason, "not true or false") {
		f.Hint = fmt.Sprintf("put what %s negates in parentheses", operator)
	}
	return err
}

func (c *lensCompiler) binary(n *ast.BinaryNode) (lensValue, error) {
	var join func(f, g lensTruth) lensTruth
	switch n.Operator {
	case "&&", "and":
		join = lensAnd
	case "||", "or":
		join = lensOr
	case "in":
		return c.membership(n)
	case "==", "!=", "<", "<=", ">", ">=":
		return c.comparison(n)
	case "contains", "startsWith", "endsWith", "matches":
		return c.search(n)
	default:
		reason, hint := lensRefusal(n)
		return lensValue{}, c.fault(n, reason, hint)
	}
	f, err := c.truth(n.Left)
	if err != nil {
		return lensValue{}, err
	}
	g, err := c.truth(n.Right)
	if err != nil {
		return lensValue{}, err
	}
	return lensValue{kind: lensIsTruth, truth: join(f, g)}, nil
}

// call compiles what is written like a function.
func (c *lensCompiler) call(n ast.Node, name string, args []ast.Node) (lensValue, error) {
	want := 1
	switch name {
	case "any", "all", "none":
		want = 2
	}
	if !slices.Contains(lensFunctions, name) {
		reason, hint := lensRefusal(n)
		return lensValue{}, c.fault(n, reason, hint)
	}
	if len(args) != want {
		return lensValue{}, c.fault(n, fmt.Sprintf("%s() takes %d", name, want), "")
	}
	switch name {
	case "lens":
		return c.named(args[0])
	case "any", "all", "none":
		return c.items(n, name, args[0], args[1])
	}
	v, err := c.value(args[0])
	if err != nil {
		return lensValue{}, err
	}
	switch {
	case name == "unknown" && v.path != "" && v.kind != lensIsTruth:
		return lensValue{kind: lensIsTruth, truth: v.unknown(c.zone)}, nil
	case name == "unknown":
		return lensValue{}, c.fault(args[0], "unknown() asks about a field that is not merely true or false", "")
	case name == "lower" && v.kind == lensIsText:
		return lensValue{kind: lensIsText, text: func(a *Account, item string) string { return strings.ToLower(v.text(a, item)) }}, nil
	case name == "len" && v.kind == lensIsText:
		return lensValue{kind: lensIsNumber, number: func(a *Account, item string) (float64, bool) {
			return float64(utf8.RuneCountInString(v.text(a, item))), true
		}}, nil
	case name == "len" && v.kind == lensIsList:
		return lensValue{kind: lensIsNumber, number: func(a *Account, _ string) (float64, bool) {
			return float64(v.list.size(a)), true
		}}, nil
	}
	return lensValue{}, c.fault(args[0], fmt.Sprintf("%s is %s, of which there is no %s()", v.name(), v.kind, name), "")
}
