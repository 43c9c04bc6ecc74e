package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"parley/domain"
	"parley/eventstore"
	"parley/projections"
	"parley/projections/live"
)

// publishedBranch is how far a branch is published that somebody has asked for.
type publishedBranch struct {
	Negotiation string    `json:"negotiation"`
	Branch      string    `json:"branch"`
	Position    string    `json:"position"` // that is reflected
	Head        string    `json:"head"`     // of the logs that it stands on
	Lag         int       `json:"lag"`      // entries
	Entities    int       `json:"entities"`
	Events      int       `json:"events"`
	Version     int       `json:"version"`
	Until       time.Time `json:"until"` // if nobody asks again
	Fault       string    `json:"fault,omitzero"`
}

// goneText is why nothing should be published of a branch.
const goneText = "there is no such branch any more; whoever publishes takes it away"

func listBranches(ctx context.Context, s *eventstore.Store, i *live.Inspection) ([]publishedBranch, error) {
	list := []publishedBranch{}
	for _, m := range i.Branches() {
		x := publishedBranch{
			Negotiation: m.Negotiation, Branch: m.Branch.Name, Position: m.Branch.Position, Entities: m.Entities, Events: m.Events,
			Version: m.Version, Until: m.Until, Fault: m.Fault,
		}
		line, ok, err := lineageOf(ctx, s, m)
		if err != nil {
			return nil, err
		}
		if ok {
			at, _ := domain.ParsePosition(x.Position) // it was written by its pair
			x.Head, x.Lag = line.Position(nil).String(), len(line.Compose(m.Negotiation, nil))-len(line.UpTo(at).Compose(m.Negotiation, nil))
		} else {
			x.Fault = goneText
		}
		list = append(list, x)
	}
	return list, nil
}

// lineageOf reads what a published branch stands on; ok is false where it is no more.
func lineageOf(ctx context.Context, s *eventstore.Store, m live.Mark) (line domain.Lineage, ok bool, err error) {
	line, err = s.Lineage(ctx, m.Negotiation, m.Branch.Name)
	if _, gone := errors.AsType[*eventstore.BranchError](err); gone {
		return line, false, nil
	}
	return line, err == nil, err
}

// compareBranches folds the published branches of a negotiation, or of all, up to what
// is published of each, and compares.
func compareBranches(ctx context.Context, s *eventstore.Store, i *live.Inspection, only []string) ([]checked, error) {
	var all []checked
	for _, m := range i.Branches() {
		if len(only) > 0 && !slices.Contains(only, m.Negotiation) {
			continue
		}
		c := checked{Negotiation: m.Negotiation, Branch: m.Branch.Name, Position: m.Position, Reflects: m.Branch.Position, Entities: m.Entities, Differences: []live.Difference{}}
		line, ok, err := lineageOf(ctx, s, m)
		switch at, bad := domain.ParsePosition(m.Branch.Position); {
		case err != nil:
			return nil, err
		case !ok:
			c.Differences = append(c.Differences, live.Difference{Key: live.Key{Negotiation: m.Negotiation, ID: m.Branch.Name}, Problem: "surplus"})
		case bad != nil:
			c.Differences = append(c.Differences, live.Difference{Key: live.Key{Negotiation: m.Negotiation, ID: m.Branch.Name}, Problem: "broken"})
		default:
			was := line.UpTo(at)
			c.Lag = len(line.Compose(m.Negotiation, nil)) - len(was.Compose(m.Negotiation, nil))
			fresh, err := projections.Suppose(m.Negotiation, was, projections.View{Branch: m.Branch.Name})
			if err != nil {
				return nil, err
			}
			if c.Differences, err = i.Compare(fresh); err != nil {
				return nil, err
			}
			if c.Differences == nil {
				c.Differences = []live.Difference{}
			}
		}
		all = append(all, c)
	}
	return all, nil
}
