package reply

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"parley/cmd/parley/internal/problem"
	"parley/domain"
	"parley/eventstore"
	"parley/projections"
)

// NoNegotiation says that a record does not hold a negotiation, and which it holds.
func NoNegotiation(negotiation string, known []string, where string) error {
	hint := "it holds none yet; parley import records events"
	if len(known) > 0 {
		hint = cmp.Or(domain.DidYouMean(negotiation, known), "it holds "+Few(known, 12))
	}
	return &problem.NotFoundError{What: "negotiation", Name: fmt.Sprintf("%q", negotiation), Where: "in " + where, Hint: hint}
}

// TypeNames lists the types of acts in the order of the catalogue.
func TypeNames() []string {
	var names []string
	for _, s := range domain.Catalogue() {
		names = append(names, s.Name)
	}
	return names
}

// TypeNamed finds a type of act.
func TypeNamed(name string) (*domain.Spec, error) {
	if s, ok := domain.SpecOf(name); ok {
		return s, nil
	}
	for _, s := range domain.Catalogue() {
		if strings.EqualFold(s.Name, name) {
			return s, nil
		}
	}
	return nil, &problem.NotFoundError{What: "type", Name: name, Hint: cmp.Or(domain.DidYouMean(name, TypeNames()), "parley schema lists the types")}
}

// TypesNamed is the names of types as the catalogue has them.
func TypesNamed(names []string) ([]string, error) {
	var types []string
	for _, name := range names {
		spec, err := TypeNamed(name)
		if err != nil {
			return nil, err
		}
		types = append(types, spec.Name)
	}
	return types, nil
}

// NoProjection says that there is no such projection, and which there are.
func NoProjection(name string) error {
	return &problem.NotFoundError{What: "projection", Name: name, Hint: "the projections are " + WordList(projections.Projections())}
}

// WordList joins words as in a sentence: a, b and c.
func WordList(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// BranchLogs reads what a branch stands on. It says which branches there are if there is no such one.
func BranchLogs(ctx context.Context, s *eventstore.Store, negotiation, branch string) ([]domain.BranchLog, error) {
	logs, err := s.BranchLogs(ctx, negotiation, branch)
	missing, ok := errors.AsType[*eventstore.BranchError](err)
	if !ok || missing.Dropped {
		return logs, err
	}
	_, names, err := s.BranchNames(ctx, negotiation, branch)
	if err != nil {
		return nil, err
	}
	hint := "parley branch open makes one"
	if len(names) > 0 {
		hint = cmp.Or(domain.DidYouMean(missing.Branch, names), "parley branch list "+negotiation+" shows them")
	}
	return nil, &problem.NotFoundError{What: "branch", Name: strconv.Quote(missing.Branch), Where: "of " + negotiation, Hint: hint}
}
