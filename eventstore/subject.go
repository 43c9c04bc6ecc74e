package eventstore

import (
	"fmt"
	"strings"

	"parley/domain"
)

const (
	recordPrefix = "parley.record."
	branchPrefix = "parley.branch."
)

// Subject names one log: a negotiation in the record, or in a branch. Each log is
// one literal subject, for an expectation holds only on a literal one.
type Subject struct {
	Branch      string // empty in the record
	Negotiation string
}

// FormatSubject is the NATS subject of a log. It refuses ids that are not ids, so
// that no wildcard and no foreign subject can be named.
func FormatSubject(s Subject) (string, error) {
	if !domain.ValidID(s.Negotiation) {
		return "", fmt.Errorf("%q is no id of a negotiation", s.Negotiation)
	}
	if s.Branch == "" {
		return recordPrefix + s.Negotiation, nil
	}
	if !domain.ValidID(s.Branch) {
		return "", fmt.Errorf("%q is no id of a branch", s.Branch)
	}
	return branchPrefix + s.Branch + "." + s.Negotiation, nil
}

// ParseSubject reads what FormatSubject wrote, and nothing else.
func ParseSubject(subject string) (Subject, error) {
	var s Subject
	if n, ok := strings.CutPrefix(subject, recordPrefix); ok {
		s.Negotiation = n
	} else if rest, ok := strings.CutPrefix(subject, branchPrefix); ok {
		s.Branch, s.Negotiation, ok = strings.Cut(rest, ".")
		if !ok || s.Branch == "" {
			return Subject{}, fmt.Errorf("%q is no subject of a branch", subject)
		}
	} else {
		return Subject{}, fmt.Errorf("%q is no subject of the record or of a branch", subject)
	}
	if _, err := FormatSubject(s); err != nil {
		return Subject{}, fmt.Errorf("subject %q: %w", subject, err)
	}
	return s, nil
}
