package main

import (
	"strconv"
	"strings"

	"parley/projections"
	"parley/projections/ensemble"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// runsGround is what runs go on from and what made them, as every line of NDJSON tells
// it: a line may be read, stored and passed on alone. Author and purpose are those of who
// asked; a branch has its own.
type runsGround struct {
	View    string              `json:"view,omitzero"`
	Fork    string              `json:"fork"`
	Branch  *projections.Branch `json:"branch,omitzero"`
	Model   string              `json:"model,omitzero"`
	Version string              `json:"modelVersion,omitzero"`
	Seed    string              `json:"seed,omitzero"`
	Author  string              `json:"author,omitzero"`
	Purpose string              `json:"purpose,omitzero"`
}

// groundLine is the ground of a summary, made once for all lines.
func groundLine(s *ensemble.Summary) jsontext.Value {
	text, err := json.Marshal(runsGround{s.Base.View, s.Base.Fork, s.Base.Branch, s.Model, s.Version, s.Seed, s.Author, s.Purpose})
	if err != nil {
		return jsontext.Value(`null`) // texts can always be printed
	}
	return text
}

// ground is what runs go on from, as a summary tells it.
func ground(base *projections.Base, o ensemble.Options) *ensemble.Summary {
	seen := base.Picture().Seen()
	s := &ensemble.Summary{Model: o.Model, Version: o.Version, Seed: o.Seed, Author: o.Author, Purpose: o.Purpose}
	s.Base.View, s.Base.Branch, s.Base.Fork = seen.View, seen.Branch, strconv.FormatUint(seen.Position, 10)
	if seen.Branch != nil {
		s.Base.Fork = seen.Branch.Position
	}
	return s
}

// groundText says what runs go on from, and what made them.
func groundText(s *ensemble.Summary) string {
	on := "the record"
	if s.Base.Branch != nil {
		on = "branch " + s.Base.Branch.Name
	}
	text := on + " at #" + s.Base.Fork
	if s.Model != "" {
		text += " by model " + strings.TrimSpace(s.Model+" "+s.Version)
	}
	if s.Seed != "" {
		text += ", seed " + s.Seed
	}
	if s.Author != "" {
		text += ", for " + s.Author
	}
	if s.Purpose != "" {
		text += ": " + s.Purpose
	}
	return text
}

// ensembleText marks what runs come to; of one run, it says nothing of how many there are.
func ensembleText(s *ensemble.Summary) string {
	runs := ""
	if s.Runs > 0 {
		runs = count(s.Runs, "run", "runs") + " "
	}
	return "hypothetical: " + runs + "on " + groundText(s)
}

// cellText marks a row of CSV, also with what the branch under the runs supposes.
func cellText(s *ensemble.Summary) string {
	text := ensembleText(s)
	if b := supposedText(s.Base.Branch); b != "" {
		text += "; " + b
	}
	return text
}
