package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"parley/cmd/parley/internal/problem"
	"parley/domain"
	"parley/eventstore"
	"parley/projections"
	"parley/projections/live"

	"github.com/spf13/cobra"
)

func (p *program) projectionCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "projection",
		GroupID: groupAbout,
		Short:   "List, check and rebuild what is published",
		Long: `Projections are published to key-value buckets of NATS by parley serve, a key for
each entity: NEGOTIATION.PROJECTION.ID. The key "serving" of the bucket parley names
the bucket that is served. These commands look after it.`,
		Example: "  parley projection list\n  parley projection check --json",
		Args:    takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return &usageError{Reason: "parley projection needs a verb", Hint: "write list, check or rebuild"}
		},
	}
	cmd.AddCommand(p.projectionListCommand(), p.projectionCheckCommand(), p.projectionRebuildCommand())
	return cmd
}

func (p *program) projectionListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Show how far each negotiation is published",
		Long: `List shows which bucket is served, and for each negotiation the position that its
published state reflects, how many entries of the log it lags behind and since when the
first of them is recorded, and, where it cannot be folded, why. A negotiation may lag
because it takes long to fold; it delays no other, and /v1/system and the metrics of the
process that publishes tell of it as well. Branches that somebody watches are listed as well.`,
		Example: "  parley projection list\n  parley projection list -o csv",
		Args:    takes(),
	}
	to := addPublishing(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return p.withPublished(cmd, to, func(ctx context.Context, s *eventstore.Store, i *live.Inspection) error {
			list, err := listPublished(ctx, s, i)
			if err != nil {
				return err
			}
			return p.say(list.answer())
		})
	}
	return cmd
}

func (p *program) projectionCheckCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check [NEGOTIATION]",
		Short: "Compare what is published with a fresh fold",
		Long: `Check folds the log of each negotiation, or of one, from nothing, up to the position
that is published, and compares every entity. The exit code is 7 if one differs. An
entity that is missing, that should not be there, or of which pages are missing
differs as well. Branches that are published are compared in the same way.`,
		Example:           "  parley projection check\n  parley projection check pak-afg-2025 --json",
		Args:              takes("[NEGOTIATION]"),
		ValidArgsFunction: p.completeNegotiation(nil),
	}
	to := addPublishing(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.withPublished(cmd, to, func(ctx context.Context, s *eventstore.Store, i *live.Inspection) error {
			return p.checkPublished(ctx, s, i, args)
		})
	}
	return cmd
}

func (p *program) projectionRebuildCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rebuild",
		Short: "Publish everything anew",
		Long: `Rebuild reads the log from the beginning, folds it, and fills the bucket that is not
served. The other one is served and kept up to date meanwhile. When the new one is as
far, the pointer turns to it. A rebuild that is ended leaves everything as it was.
Then the branches that are published are written anew, each in its place.`,
		Example: "  parley projection rebuild",
		Args:    takes(),
	}
	to := addPublishing(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return p.rebuild(cmd, to) }
	return cmd
}

// withPublished opens the store and reads what is published.
func (p *program) withPublished(cmd *cobra.Command, to *publishing, do func(context.Context, *eventstore.Store, *live.Inspection) error) (err error) {
	s, err := p.openPublished(cmd, to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	b, err := p.connect(cmd, s, to)
	if err != nil {
		return err
	}
	defer b.close()
	ctx, cancel := context.WithTimeout(cmd.Context(), max(p.wait, inspectLeast))
	defer cancel()
	i, err := live.Inspect(ctx, b.js)
	if errors.Is(err, live.ErrUnpublished) {
		return &notFoundError{What: "publication", Name: "of projections", Where: "in " + s.Where(), Hint: "parley serve publishes them, as long as it runs"}
	}
	if err != nil {
		return fmt.Errorf("read what is published: %w", err)
	}
	return do(cmd.Context(), s, i)
}

// openPublished opens the store to read it. What a folder publishes only its server can
// tell, so one that is read from its files is refused at once, unless others publish.
func (p *program) openPublished(cmd *cobra.Command, to *publishing) (*eventstore.Store, error) {
	if to != nil && (to.url != "" || to.context != "") {
		return p.openToRead(cmd)
	}
	if err := p.mustExist(); err != nil {
		return nil, err
	}
	return eventstore.Open(cmd.Context(), p.options(cmd))
}

// published is how far a negotiation is published.
type published struct {
	Negotiation string `json:"negotiation"`
	Position    uint64 `json:"position"` // that is reflected
	Head        uint64 `json:"head"`     // of the log
	Lag         int    `json:"lag"`      // entries
	Entities    int    `json:"entities"`
	Events      int    `json:"events"`
	Parked      int    `json:"parked,omitzero"`
	Version     int    `json:"version"`
	Unpublished int    `json:"unpublished,omitzero"` // entities that the server does not take
	Fault       string `json:"fault,omitzero"`

	Since time.Time `json:"since,omitzero"` // it lags behind: when the first of the entries was recorded
}

// lag is how far it lags behind, for people.
func (x *published) lag() string {
	if x.Since.IsZero() {
		return count(x.Lag, "entry", "entries")
	}
	return fmt.Sprintf("%s, since %s", count(x.Lag, "entry", "entries"), x.Since.Local().Format(time.DateTime))
}

// publishedList is what parley projection list answers.
type publishedList struct {
	Where        string       `json:"where"`
	Serving      live.Pointer `json:"serving"`
	Negotiations []published  `json:"negotiations"`

	Branches []publishedBranch `json:"branches"`
}

func listPublished(ctx context.Context, s *eventstore.Store, i *live.Inspection) (*publishedList, error) {
	known, err := s.Negotiations(ctx)
	if err != nil {
		return nil, err
	}
	list := &publishedList{Where: s.Where(), Serving: i.Pointer, Negotiations: []published{}}
	marks := i.Marks()
	for _, n := range known {
		x := published{Negotiation: n.ID, Head: n.Head}
		if at := slices.IndexFunc(marks, func(m live.Mark) bool { return m.Negotiation == n.ID }); at >= 0 {
			m := marks[at]
			x.Position, x.Entities, x.Events, x.Parked, x.Version = m.Position, m.Entities, m.Events, m.Parked, m.Version
			x.Unpublished, x.Fault = m.Unpublished, faultOf(m)
			marks = slices.Delete(marks, at, at+1)
		}
		if x.Position > n.Head {
			x.Fault = aheadFault
		}
		if x.Lag, x.Since, err = countFrom(ctx, s, n.ID, x.Position+1); err != nil {
			return nil, err
		}
		list.Negotiations = append(list.Negotiations, x)
	}
	for _, m := range marks {
		list.Negotiations = append(list.Negotiations, published{
			Negotiation: m.Negotiation, Position: m.Position, Entities: m.Entities, Events: m.Events, Version: m.Version,
			Fault: "the record has no such negotiation; parley projection rebuild takes it away",
		})
	}
	list.Branches, err = listBranches(ctx, s, i)
	return list, err
}

// aheadFault is what is wrong with a negotiation of which more is published than there is.
const aheadFault = "more is published than the log has: it is of another record, or of one that this was restored from; parley projection rebuild publishes this one"

// faultOf is what is wrong with what is published of a negotiation, empty if nothing is.
func faultOf(m live.Mark) string {
	if m.Unpublished == 0 {
		return m.Fault
	}
	left := fmt.Sprintf("%s cannot be published: %s", count(m.Unpublished, "entity", "entities"), m.UnpublishedWhy)
	if m.Fault == "" {
		return left
	}
	return m.Fault + "; " + left
}

// countFrom counts the entries of a log from a position on, and tells when the first of
// them that is an event was recorded.
func countFrom(ctx context.Context, s *eventstore.Store, negotiation string, from uint64) (n int, since time.Time, err error) {
	for e, err := range s.Read(ctx, negotiation, from) {
		if err != nil {
			return n, since, err
		}
		n++
		if since.IsZero() && !e.Parked() {
			since = e.Event.Recorded
		}
	}
	return n, since, nil
}

// checked is a negotiation that was compared.
type checked struct {
	Negotiation string            `json:"negotiation"`
	Branch      string            `json:"branch,omitzero"`
	Position    uint64            `json:"position"`
	Reflects    string            `json:"reflects,omitzero"` // of a branch, its own position
	Lag         int               `json:"lag"`
	Entities    int               `json:"entities"`
	Differences []live.Difference `json:"differences"`
}

// checkedAll is what parley projection check answers.
type checkedAll struct {
	Well         bool      `json:"ok"`
	Bucket       string    `json:"bucket"`
	Negotiations []checked `json:"negotiations"`
	Branches     []checked `json:"branches"`
}

// each is what was compared, the branches last.
func (a *checkedAll) each() []checked { return slices.Concat(a.Negotiations, a.Branches) }

// differsError says that what is published is not what the log comes to.
type differsError struct{ First live.Difference }

func (e *differsError) Error() string {
	return fmt.Sprintf("what is published is not what the log comes to: %s %s", e.First.Key, problemText[e.First.Problem])
}

// Explain says what it means to the caller.
func (e *differsError) Explain() (problem.Kind, string) {
	return problem.Integrity, "parley projection rebuild publishes everything anew; the record itself is not touched"
}

// problemText says in words what is wrong with an entity.
var problemText = map[string]string{
	"missing": "is missing", "differs": "differs", "surplus": "should not be there", "ahead": "is ahead of the mark",
	"broken": "has pages that do not fit together", "unpublished": "is not published at all",
}

func (p *program) checkPublished(ctx context.Context, s *eventstore.Store, i *live.Inspection, only []string) error {
	known, err := s.Negotiations(ctx)
	if err != nil {
		return err
	}
	all := &checkedAll{Well: true, Bucket: i.Pointer.Bucket, Negotiations: []checked{}, Branches: []checked{}}
	for _, n := range known {
		if len(only) > 0 && n.ID != only[0] {
			continue
		}
		c, err := p.compareOne(ctx, s, i, n.ID)
		if err != nil {
			return err
		}
		all.Well = all.Well && len(c.Differences) == 0
		all.Negotiations = append(all.Negotiations, c)
	}
	if len(only) > 0 && len(all.Negotiations) == 0 {
		_, err := p.log(ctx, s, only[0]) // says what it holds
		return err
	}
	for _, m := range i.Marks() {
		if len(only) == 0 && !slices.ContainsFunc(known, func(n eventstore.Negotiation) bool { return n.ID == m.Negotiation }) {
			all.Well = false
			all.Negotiations = append(all.Negotiations, checked{Negotiation: m.Negotiation, Position: m.Position, Differences: []live.Difference{
				{Key: live.Key{Negotiation: m.Negotiation}, Problem: "surplus"},
			}})
		}
	}
	supposed, err := compareBranches(ctx, s, i, only)
	if err != nil {
		return err
	}
	for _, c := range supposed {
		all.Well = all.Well && len(c.Differences) == 0
	}
	all.Branches = append(all.Branches, supposed...)
	if err := p.say(all.answer()); err != nil {
		return err
	}
	if p.damage != nil {
		return p.damage // of what is left nothing follows about what is published
	}
	for _, c := range all.each() {
		if len(c.Differences) > 0 {
			return &differsError{c.Differences[0]}
		}
	}
	return nil
}

// compareOne folds a negotiation up to what is published of it, and compares.
func (p *program) compareOne(ctx context.Context, s *eventstore.Store, i *live.Inspection, negotiation string) (checked, error) {
	c := checked{Negotiation: negotiation, Differences: []live.Difference{}}
	for _, m := range i.Marks() {
		if m.Negotiation == negotiation {
			c.Position, c.Entities = m.Position, m.Entities
		}
	}
	var log []domain.Entry
	for e, err := range p.whole(ctx, s, negotiation) {
		if err != nil {
			return c, err
		}
		if e.Position > c.Position {
			c.Lag++
			continue
		}
		log = append(log, e)
	}
	if c.Position == 0 {
		c.Differences = append(c.Differences, live.Difference{Key: live.Key{Negotiation: negotiation}, Problem: "unpublished"})
		return c, nil
	}
	fresh, err := projections.Project(negotiation, log, projections.View{})
	if err != nil {
		return c, err
	}
	different, err := i.Compare(fresh)
	c.Differences = append(c.Differences, different...)
	return c, err
}
