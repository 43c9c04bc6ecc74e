package eventstore

import "fmt"

// Expect is what an append expects of the log. The zero value is an error: there
// is no unsafe default for concurrency.
type Expect struct {
	kind     expectKind
	position uint64
}

type expectKind int

const (
	expectUnset expectKind = iota
	expectAny
	expectHead
)

// Any expects nothing: observations of the world, which hold whatever else has
// been recorded.
func Any() Expect { return Expect{kind: expectAny} }

// None expects that the negotiation has no log yet.
func None() Expect { return Expect{kind: expectHead} }

// Exactly expects that the last entry of the negotiation stands at this position:
// decisions about the record, made from what it said then.
func Exactly(position uint64) Expect { return Expect{kind: expectHead, position: position} }

func (e Expect) String() string {
	switch {
	case e.kind == expectAny:
		return "any"
	case e.kind == expectHead && e.position == 0:
		return "none"
	case e.kind == expectHead:
		return fmt.Sprintf("exactly #%d", e.position)
	default:
		return "unset"
	}
}

// check tells whether the expectation can be used for these negotiations.
func (e Expect) check(negotiations []string) error {
	switch {
	case e.kind == expectUnset:
		return &ExpectError{"no expectation was given; say Any, None or Exactly"}
	case e.kind == expectHead && len(negotiations) > 1:
		return &ExpectError{fmt.Sprintf("%s is about one negotiation, but the input names %d", e, len(negotiations))}
	}
	return nil
}
