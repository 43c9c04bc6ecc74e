package projections

import (
	"cmp"
	"context"
	"slices"

	"parley/domain"

	"github.com/google/uuid"
)

// Sort says in which sense two views differ.
type Sort string

// The sorts: the world moved, the record learned, somebody believed, somebody
// supposed.
const (
	Moved    Sort = "moved"    // as-of
	Learned  Sort = "learned"  // known-by, recorded-by, a correction or withdrawal
	Believed Sort = "believed" // lens
	Supposed Sort = "supposed" // branch
)

// sortOf maps the step of a view that excludes an event to the sort of difference.
var sortOf = map[string]Sort{
	KeyAsOf: Moved, KeyKnownBy: Learned, KeyRecordedBy: Learned, stepRepair: Learned,
	KeyLens: Believed, KeyBranch: Supposed,
}

// stepRepair is the step of corrections and withdrawals.
const stepRepair = "repair"

// Diff is what changes between two views of one negotiation.
type Diff struct {
	From    Seen        `json:"from"`
	To      Seen        `json:"to"`
	First   *Divergence `json:"firstDivergence,omitzero"` // where either view is on a branch
	Changes []Change    `json:"changes"`
	Events  []Differ    `json:"events"`
}

// Change is a value that differs. A side without the value is null.
type Change struct {
	Path   string   `json:"path"`
	From   *Node    `json:"from"`
	To     *Node    `json:"to"`
	Sorts  []Sort   `json:"why"`
	Events []string `json:"events" doc:"those that make the difference, by name, at most 100"`
	More   int      `json:"more,omitzero" doc:"how many more make it"`
}

// MaxBehind is how many events a [Change] names.
const MaxBehind = 100

// Differ is an event that one of the views holds and the other does not, or that
// reads differently in them.
type Differ struct {
	Event string   `json:"event"`
	In    string   `json:"in"` // from, to, or both where it is corrected in one
	Steps []string `json:"steps"`
	Sorts []Sort   `json:"why"`
}

// Compare lists the values that differ between two pictures, with the events that
// make the difference and, for each, the steps of the views that had excluded it. It
// fails with the cause of a context that ends before it is done.
func Compare(ctx context.Context, from, to *Picture) (*Diff, error) {
	a, err := from.printCompared(ctx)
	if err != nil {
		return nil, err
	}
	b, err := to.printCompared(ctx)
	if err != nil {
		return nil, err
	}
	return compareTrees(ctx, from, to, a, b)
}

func (p *Picture) printCompared(ctx context.Context) (*Node, error) {
	out := object()
	for _, name := range compared {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if name == processEntity {
			out.put(name, p.printProcess())
			continue
		}
		out.put(name, printers[name](p))
	}
	return out, nil
}

// compared are the projections whose values are compared. The others show where values
// come from: see traces.
var compared = []string{
	"rounds", "drafts", "positions", "mandates", "ceasefires", "assurances", "evidence", "obligations", processEntity,
}

// compareTrees compares two pictures by trees that hold whatever prints otherwise in
// one than in the other.
func compareTrees(ctx context.Context, from, to *Picture, a, b *Node) (*Diff, error) {
	return compareAmong(ctx, from, to, from.present(), to.present(), a, b)
}

// compareAmong is compareTrees where of the accounts only these can differ.
func compareAmong(ctx context.Context, from, to *Picture, ours, theirs map[uuid.UUID]*Account, a, b *Node) (*Diff, error) {
	d := &Diff{From: from.Seen(), To: to.Seen(), Changes: []Change{}, Events: []Differ{}}
	differing := map[uuid.UUID]Differ{}
	here, err := sideOf(from, ours)
	if err != nil {
		return nil, err
	}
	there, err := sideOf(to, theirs)
	if err != nil {
		return nil, err
	}
	if from.Branch != nil || to.Branch != nil {
		d.First = diverge(from, to)
		here.supposed, there.supposed = from.supposed(), to.supposed()
	}
	for id := range union(here.accounts, there.accounts) {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if x, ok := differ(here, there, id); ok {
			differing[id] = x
			d.Events = append(d.Events, x)
		}
	}
	slices.SortFunc(d.Events, func(a, b Differ) int { return cmp.Compare(a.Event, b.Event) })
	w := comparison{Diff: d, differing: differing, kin: [2]map[int][]Differ{from.kin(differing), to.kin(differing)}}
	if err := w.walk(ctx, nil, within{a: a, b: b}); err != nil {
		return nil, err
	}
	return d, nil
}

// present indexes the accounts of a view.
func (s *Selection) present() map[uuid.UUID]*Account {
	out := make(map[uuid.UUID]*Account, len(s.Accounts))
	for _, a := range s.Accounts {
		out[a.ID] = a
	}
	return out
}

func union(a, b map[uuid.UUID]*Account) map[uuid.UUID]bool {
	out := make(map[uuid.UUID]bool, len(a)+len(b))
	for id := range a {
		out[id] = true
	}
	for id := range b {
		out[id] = true
	}
	return out
}

// side is one of the two views.
type side struct {
	*Picture
	accounts map[uuid.UUID]*Account        // that it holds
	supposed map[uuid.UUID]domain.BranchID // its uncut log; nil where neither view is on a branch
	key      keyCut                        // where its as-of cut lies, if that names an event
}

func sideOf(p *Picture, accounts map[uuid.UUID]*Account) (side, error) {
	s := side{Picture: p, accounts: accounts}
	if p.View.AsOf.Key == "" {
		return s, nil
	}
	var err error
	s.key, err = p.atKey(p.View.AsOf.Key)
	return s, err
}

// differ tells how the views differ in one event.
func differ(from, to side, id uuid.UUID) (Differ, bool) {
	a, b := from.accounts[id], to.accounts[id]
	switch {
	case a != nil && b != nil:
		if a.Branch != b.Branch { // one is replaced by the other
			return Differ{Event: b.Name(), In: "both", Steps: []string{KeyBranch}, Sorts: []Sort{Supposed}}, true
		}
		if a.CorrectedBy == b.CorrectedBy {
			return Differ{}, false
		}
		by := to
		if b.CorrectedBy == uuid.Nil || from.supposed[a.CorrectedBy] != "" {
			by, b = from, a
		}
		steps := []string{by.repairStep(b.CorrectedBy)}
		return Differ{Event: b.Name(), In: "both", Steps: steps, Sorts: sortsOf(steps)}, true
	case a != nil:
		steps := to.excluding(a)
		return Differ{Event: a.Name(), In: "from", Steps: steps, Sorts: sortsOf(steps)}, true
	default:
		steps := from.excluding(b)
		return Differ{Event: b.Name(), In: "to", Steps: steps, Sorts: sortsOf(steps)}, true
	}
}

// repairStep is the step that takes in a correction or withdrawal: one that a branch
// supposes is part of the branch.
func (s side) repairStep(by uuid.UUID) string {
	if s.supposed[by] != "" {
		return KeyBranch
	}
	return stepRepair
}

func find(in []*Account, id uuid.UUID) (*Account, bool) {
	i := slices.IndexFunc(in, func(a *Account) bool { return a.ID == id })
	if i < 0 {
		return nil, false
	}
	return in[i], true
}

func sortsOf(steps []string) []Sort {
	var out []Sort
	for _, s := range steps {
		if !slices.Contains(out, sortOf[s]) {
			out = append(out, sortOf[s])
		}
	}
	slices.Sort(out)
	return out
}

// excluding lists the steps of the view that exclude an account of another view,
// each tried alone.
func (s side) excluding(other *Account) []string {
	a, ok := s.links.index[other.ID]
	if !ok {
		by, within := s.supposed[other.ID]
		switch {
		case s.supposed != nil && (!within || by != other.Branch):
			return []string{KeyBranch}
		case s.withdrawn[other.ID] != uuid.Nil:
			return []string{s.repairStep(s.withdrawn[other.ID])}
		}
		return []string{KeyRecordedBy}
	}
	var out []string
	zone := s.Registry.Zone()
	if cut := s.View.KnownBy; !cut.IsZero() && !a.free && !s.admits(a.Known, cut.At(zone)) {
		out = append(out, KeyKnownBy)
	}
	if !s.lens.believes(a) {
		out = append(out, KeyLens)
	}
	if s.missesAsOf(a) {
		out = append(out, KeyAsOf)
	}
	return out
}

func (s *Selection) admits(b domain.Bounds, at domain.Instant) bool {
	return b.Latest <= at || s.View.Possibly && b.Earliest <= at
}

// missesAsOf tells whether the as-of cut alone would exclude an account.
func (s side) missesAsOf(a *Account) bool {
	cut := s.View.AsOf
	switch {
	case cut.IsZero(), a.free:
		return false
	case cut.Key == "":
		return !s.admits(a.Occurred, cut.At(s.Registry.Zone()))
	}
	return !s.key.precedes(a) && (s.key.follows(a) || !s.View.Possibly)
}
