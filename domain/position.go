package domain

import (
	"fmt"
	"strconv"
	"strings"
)

// Position says how far a log is read: the record, and on a branch each branch
// that it stands on. Positions count in streams, from 1; 0 is an empty log.
//
// Its text is the number alone for the record, "43", and the logs with their
// numbers for a branch, from the record up: "record:43;b1:7". [ParsePosition]
// reads it back.
type Position struct {
	Record   uint64
	Branches []BranchPosition
}

// BranchPosition is how far the own events of one branch are read.
type BranchPosition struct {
	Branch BranchID
	At     uint64
}

// RecordName stands for the record where a branch could stand.
const RecordName = "record"

// String is the text of a position.
func (p Position) String() string {
	if len(p.Branches) == 0 {
		return strconv.FormatUint(p.Record, 10)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d", RecordName, p.Record)
	for _, l := range p.Branches {
		fmt.Fprintf(&b, ";%s:%d", l.Branch, l.At)
	}
	return b.String()
}

// ParsePosition reads the text of a position. The record may be left out of the
// text of a branch's, which leaves Record at 0. It is strict: no log stands twice,
// and the record comes first.
func ParsePosition(s string) (Position, error) {
	bad := func(why string) (Position, error) {
		return Position{}, fmt.Errorf("position %q: %s", s, why)
	}
	if n, err := parseCount(s); err == nil {
		return Position{Record: n}, nil
	}
	var p Position
	for i, part := range strings.Split(s, ";") {
		name, number, ok := strings.Cut(part, ":")
		if !ok {
			return bad("write a number, or logs with their numbers as in record:43;b1:7")
		}
		n, err := parseCount(number)
		if err != nil {
			return bad(fmt.Sprintf("%q is no number from 1 on", number))
		}
		switch {
		case name == RecordName && i == 0:
			p.Record = n
		case name == RecordName:
			return bad("the record comes first")
		case !ValidID(name):
			return bad(fmt.Sprintf("%q is no id of a branch", name))
		default:
			if _, twice := p.Of(BranchID(name)); twice {
				return bad(name + " stands in it twice")
			}
			p.Branches = append(p.Branches, BranchPosition{BranchID(name), n})
		}
	}
	return p, nil
}

// parseCount reads a number from 1 on, without sign or leading zero.
func parseCount(s string) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, 48)
	if err != nil {
		return 0, err
	}
	if s[0] == '0' || s[0] == '+' {
		return 0, strconv.ErrSyntax
	}
	return n, nil
}

// Of is how far a branch is read, if the position names it.
func (p Position) Of(b BranchID) (uint64, bool) {
	for _, l := range p.Branches {
		if l.Branch == b {
			return l.At, true
		}
	}
	return 0, false
}
