package projections

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"parley/domain"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
)

// LensError says what is wrong with an expression, and where.
type LensError struct {
	Lens       string // id of the registered lens whose expression it is, if any
	Expression string
	Offset     int // in bytes, from 0 to len(Expression)
	Line       int // from 1
	Column     int // in characters, from 1
	Reason     string
	Hint       string
}

func (e *LensError) Error() string {
	place := fmt.Sprintf("column %d", e.Column)
	if strings.Contains(e.Expression, "\n") {
		place = fmt.Sprintf("line %d, %s", e.Line, place)
	}
	if e.Lens != "" {
		place = fmt.Sprintf("lens %q, %s", e.Lens, place)
	}
	s := fmt.Sprintf("%s: %s", place, e.Reason)
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	return s
}

// Excerpt is the line that is wrong, and below it a caret at the place.
func (e *LensError) Excerpt() string {
	before := e.Expression[:e.Offset]
	start := strings.LastIndexByte(before, '\n') + 1
	line, _, _ := strings.Cut(e.Expression[start:], "\n")
	indent := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, before[start:])
	return line + "\n" + indent + "^"
}

// lensFault makes an error at an offset in bytes.
func lensFault(expression string, offset int, reason, hint string) *LensError {
	offset = max(0, min(offset, len(expression)))
	before := expression[:offset]
	return &LensError{
		Expression: expression, Offset: offset,
		Line:   1 + strings.Count(before, "\n"),
		Column: 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]),
		Reason: reason, Hint: hint,
	}
}

func lensTooLong(expression string) *LensError {
	return lensFault(expression, MaxLensBytes, fmt.Sprintf("longer than %d bytes", MaxLensBytes), "")
}

func lensTooLarge(expression string) *LensError {
	return lensFault(expression, 0, fmt.Sprintf("has more than %d parts, with the lenses that it names", maxLensParts), "")
}

// parseLens parses an expression. The parser is not ours: should it panic on some
// text, that text is refused and nothing else is disturbed.
func parseLens(expression string) (node ast.Node, err error) {
	switch {
	case len(expression) > MaxLensBytes:
		return nil, lensTooLong(expression)
	case !utf8.ValidString(expression):
		return nil, lensFault(expression, 0, "not UTF-8", "save the text as UTF-8")
	}
	defer func() {
		if p := recover(); p != nil {
			err = lensFault(expression, 0, "cannot be parsed", "")
		}
	}()
	tree, err := parser.Parse(expression)
	if err != nil {
		return nil, lensSyntax(expression, err)
	}
	return tree.Node, nil
}

// lensSyntax words what the parser found. Its own words speak of tokens.
func lensSyntax(expression string, err error) *LensError {
	fault, ok := errors.AsType[*file.Error](err)
	if !ok {
		return lensFault(expression, 0, err.Error(), "")
	}
	from, to := lensOffset(expression, fault.From), lensOffset(expression, fault.To)
	read := expression[from:max(from, to)]
	switch {
	case strings.HasPrefix(fault.Message, "unexpected token EOF"), strings.HasPrefix(fault.Message, "unexpected end"):
		return lensFault(expression, len(expression), "ends too early", "")
	case strings.HasPrefix(fault.Message, "unexpected token"):
		return lensFault(expression, from, fmt.Sprintf("%q does not fit here", read), lensSlip(read))
	}
	return lensFault(expression, from, fault.Message, lensSlip(read))
}

// lensSlip tells what people mean who write as in other languages, or whose word
// processor turned the quotes.
func lensSlip(read string) string {
	switch strings.ToLower(read) {
	case "=":
		return "write == to compare"
	case "&", "and":
		return "write && or and"
	case "|", "or":
		return "write || or or"
	case ">", "<>":
		return "write != for unequal"
	case "not":
		return "write ! or not"
	case "“", "”", "„", "‘", "’", "«", "»":
		return `write straight quotes: "named"`
	}
	return ""
}

// lensOffset turns a place that the parser counts in characters into bytes.
func lensOffset(expression string, runes int) int {
	for i := range expression {
		if runes <= 0 {
			return i
		}
		runes--
	}
	return len(expression)
}

// lensStart is where a node begins. The parser places an operator at its sign
// and a member at its last name.
func lensStart(n ast.Node) int {
	from := n.Location().From
	switch n := n.(type) {
	case *ast.BinaryNode:
		return min(from, lensStart(n.Left))
	case *ast.UnaryNode:
		return min(from, lensStart(n.Node))
	case *ast.MemberNode:
		return min(from, lensStart(n.Node))
	case *ast.ChainNode:
		return min(from, lensStart(n.Node))
	case *ast.SliceNode:
		return min(from, lensStart(n.Node))
	case *ast.ConditionalNode:
		return lensStart(n.Cond)
	case *ast.SequenceNode:
		return lensStart(n.Nodes[0])
	case *ast.CallNode:
		return min(from, lensStart(n.Callee))
	}
	return from
}

// lensRefusal says why a construct of the parser's language is none of ours.
func lensRefusal(n ast.Node) (reason, hint string) {
	switch n := n.(type) {
	case *ast.NilNode:
		return "nothing is nil", "ask unknown(field)"
	case *ast.ConditionalNode:
		return "a lens has no conditional", "write with and, or, not"
	case *ast.ChainNode:
		return "?. is not needed", "absent fields read as empty or unknown: write ."
	case *ast.ArrayNode:
		return "a list may only stand after in", ""
	case *ast.PointerNode:
		return "# is the item of a list, and stands only inside any(), all() and none()", ""
	case *ast.BuiltinNode:
		return n.Name + "() is no part of a lens", lensFunctionHint(n.Name)
	case *ast.CallNode:
		if callee, ok := n.Callee.(*ast.IdentifierNode); ok {
			return "no function " + callee.Value + "()", lensFunctionHint(callee.Value)
		}
		return "a field cannot be called", `write source.quote contains "…"`
	case *ast.BinaryNode:
		return n.Operator + " is no part of a lens", ""
	case *ast.UnaryNode:
		return n.Operator + " stands only before a number", ""
	}
	return "this is no part of a lens", ""
}

var lensFunctions = []string{"all", "any", "len", "lens", "lower", "none", "unknown"}

func lensFunctionHint(read string) string { return domain.DidYouMean(read, lensFunctions) }
