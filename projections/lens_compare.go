package projections

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/domain"

	"github.com/expr-lang/expr/ast"
)

// lensMirrored is each comparison with its sides changed.
var lensMirrored = map[string]string{"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

// lensComparison is a comparison with its literal, if any, on the right.
type lensComparison struct {
	operator    string
	left, right lensValue
	at, rightAt ast.Node
}

func (c *lensCompiler) comparison(n *ast.BinaryNode) (lensValue, error) {
	left, err := c.value(n.Left)
	if err != nil {
		return lensValue{}, err
	}
	right, err := c.value(n.Right)
	if err != nil {
		return lensValue{}, err
	}
	q := lensComparison{n.Operator, left, right, n.Left, n.Right}
	if left.literal && !right.literal {
		q = lensComparison{lensMirrored[n.Operator], right, left, n.Right, n.Left}
	}
	f, err := c.compare(q)
	return lensValue{kind: lensIsTruth, truth: f}, err
}

// compare chooses the comparison by what is compared. Equality is asked for
// "==" and negated for "!=", so that what is undecided stays so.
func (c *lensCompiler) compare(q lensComparison) (lensTruth, error) {
	l, r := q.left, q.right
	switch {
	case q.operator == "!=":
		q.operator = "=="
		f, err := c.compare(q)
		if err != nil {
			return nil, err
		}
		return lensNot(f), nil
	case l.kind == lensIsGrade && r.literal && r.kind == lensIsText:
		return c.compareGrade(q)
	case l.kind == lensIsDate && r.literal && r.kind == lensIsText:
		return c.compareDate(q)
	case l.kind == lensIsNumber && r.kind == lensIsNumber:
		return compareLensNumbers(q), nil
	case l.kind == lensIsText && r.kind == lensIsText && q.operator == "==":
		if err := c.checkWord(l, r, q.rightAt); err != nil {
			return nil, err
		}
		return lensTold(func(a *Account, item string) bool { return l.text(a, item) == r.text(a, item) }), nil
	case l.kind == lensIsTruth && r.kind == lensIsTruth && q.operator == "==":
		return lensSame(l.truth, r.truth), nil
	}
	return nil, c.mismatch(q)
}

// mismatch says why two values do not compare.
func (c *lensCompiler) mismatch(q lensComparison) error {
	l, r := q.left, q.right
	switch {
	case l.kind == lensIsGrade:
		return c.fault(q.rightAt, fmt.Sprintf("%s compares with one of %s, in quotes", l.name(), strings.Join(lensJudged(l), ", ")), "")
	case l.kind == lensIsDate:
		return c.fault(q.rightAt, l.name()+" compares with a date in quotes", `write "2025-10-28"`)
	case l.kind == lensIsList || r.kind == lensIsList:
		return c.fault(q.at, "a list does not compare", `ask "…" in list, len(list), or unknown(list) for an empty one`)
	case l.kind == lensIsText && r.kind == lensIsText:
		return c.fault(q.at, "texts have no order", "compare with ==, !=, in, contains, startsWith, endsWith or matches")
	case l.kind == lensIsTruth && r.kind == lensIsTruth:
		return c.fault(q.at, "true and false have no order", "")
	case l.kind == lensIsNumber && r.literal && r.kind == lensIsText:
		return c.fault(q.rightAt, fmt.Sprintf("%s is a number, %q is text", l.name(), r.written), "write the number without quotes")
	case l.kind == lensIsText && r.literal && r.kind == lensIsNumber:
		return c.fault(q.rightAt, l.name()+" is text, not a number", "write it in quotes")
	}
	return c.fault(q.at, fmt.Sprintf("%s does not compare with %s", l.kind, r.kind), "")
}

// lensJudged are the grades that can be compared with.
func lensJudged(v lensValue) []string { return v.values[:len(v.values)-1] }

// grade checks what a grade is compared with.
func (c *lensCompiler) grade(field, literal lensValue, at ast.Node) error {
	judged := lensJudged(field)
	switch {
	case slices.Contains(judged, literal.written):
		return nil
	case slices.Contains(field.values, literal.written):
		return c.fault(at, fmt.Sprintf("%s means that it cannot be judged, and compares with nothing", literal.written),
			fmt.Sprintf("ask unknown(%s)", field.path))
	}
	return c.fault(at, fmt.Sprintf("%q is no grade", literal.written), "write one of "+strings.Join(judged, ", "))
}

func (c *lensCompiler) compareGrade(q lensComparison) (lensTruth, error) {
	if err := c.grade(q.left, q.right, q.rightAt); err != nil {
		return nil, err
	}
	read, with, holds := q.left.grade, q.right.written, lensHolds(q.operator)
	return func(a *Account, _ string) lensAnswer {
		grade := read(a)
		if grade == "" {
			return lensUndecided
		}
		return lensAnswerOf(holds(cmp.Compare(grade, with)))
	}, nil
}

func compareLensNumbers(q lensComparison) lensTruth {
	left, right, holds := q.left.number, q.right.number, lensHolds(q.operator)
	return func(a *Account, item string) lensAnswer {
		x, stated := left(a, item)
		y, too := right(a, item)
		if !stated || !too {
			return lensUndecided
		}
		return lensAnswerOf(holds(cmp.Compare(x, y)))
	}
}

// lensHolds reads the result of [cmp.Compare] as an operator does.
func lensHolds(operator string) func(compared int) bool {
	switch operator {
	case "<":
		return func(i int) bool { return i < 0 }
	case "<=":
		return func(i int) bool { return i <= 0 }
	case ">":
		return func(i int) bool { return i > 0 }
	case ">=":
		return func(i int) bool { return i >= 0 }
	}
	return func(i int) bool { return i == 0 }
}

// compareDate asks where the bounds of a date lie. As with cuts, a day stands for
// all of itself: <= and > look at its end, < and >= at its beginning.
func (c *lensCompiler) compareDate(q lensComparison) (lensTruth, error) {
	d, err := domain.ParseEDTF(q.right.written)
	if err != nil {
		fault := c.fault(q.rightAt, fmt.Sprintf("%q is not EDTF", q.right.written), "")
		if why, ok := errors.AsType[*domain.EDTFError](err); ok {
			fault.Hint = why.Hint
		}
		return nil, fault
	}
	with := d.Bounds(c.zone)
	switch {
	case q.operator != "<" && q.operator != ">=" && with.Latest == domain.Future:
		return nil, c.fault(q.rightAt, fmt.Sprintf("%q has no end", q.right.written), lensUndatedHint(q.left))
	case q.operator != "<=" && q.operator != ">" && with.Earliest == domain.Past:
		return nil, c.fault(q.rightAt, fmt.Sprintf("%q has no beginning", q.right.written), lensUndatedHint(q.left))
	}
	read, zone := q.left.date, c.zone
	by := func(limit domain.Instant) lensTruth {
		return func(a *Account, _ string) lensAnswer {
			switch b := read(a, zone); {
			case b.Latest <= limit:
				return lensYes
			case b.Earliest > limit:
				return lensNo
			}
			return lensUndecided
		}
	}
	switch q.operator {
	case "<=":
		return by(with.Latest), nil
	case ">":
		return lensNot(by(with.Latest)), nil
	case "<":
		return by(with.Earliest - 1), nil
	case ">=":
		return lensNot(by(with.Earliest - 1)), nil
	}
	return lensAnd(by(with.Latest), lensNot(by(with.Earliest-1))), nil
}

func lensUndatedHint(field lensValue) string {
	return fmt.Sprintf("compare with a date that has both; ask unknown(%s) for dates without any bound", field.path)
}

// unknown tells whether nothing is known of a field: always yes or no.
func (v *lensValue) unknown(zone *time.Location) lensTruth {
	return lensTold(func(a *Account, item string) bool {
		switch v.kind {
		case lensIsGrade:
			return v.grade(a) == ""
		case lensIsDate:
			return v.date(a, zone) == domain.Bounds{Earliest: domain.Past, Latest: domain.Future}
		case lensIsNumber:
			_, stated := v.number(a, item)
			return !stated
		case lensIsList:
			return v.list.size(a) == 0
		default:
			text := v.text(a, item)
			return text == "" || text == lensUnknown && (v.absent == lensUnknown || slices.Contains(v.values, lensUnknown))
		}
	})
}
