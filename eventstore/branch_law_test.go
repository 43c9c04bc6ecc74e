package eventstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"parley/domain"
	"parley/eventstore/seal"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// branchWorld is a store on which branch operations are drawn, with what each branch
// must hold. Whatever is done to one, the record and the others stay as they are.
type branchWorld struct {
	store  *Store
	other  *Store // of another writer on the same server
	record []string
	root   *seal.Checkpoint
	key    seal.Key

	held    map[string][]string // the own events of each branch that stands, as they are stored
	parents map[string]string
	dropped map[string]bool
	count   int // events made so far
}

// newBranchWorld makes one in a folder of its own, until end is called.
func newBranchWorld(t testing.TB) (w *branchWorld, end func()) {
	w = &branchWorld{key: newKey(t), held: map[string][]string{}, parents: map[string]string{}, dropped: map[string]bool{}}
	o := Options{Dir: t.TempDir(), Kind: "test", Listen: "127.0.0.1:0"}
	s, err := Open(t.Context(), o)
	require.NoError(t, err)
	w.store = s
	w.other, err = Open(t.Context(), Options{Dir: o.Dir, Kind: "another writer"})
	require.NoError(t, err)
	begin(t, s, "talks")
	_, err = s.Append(t.Context(), Any(), statements("talks", "a", 5), AppendOptions{})
	require.NoError(t, err)
	w.record = rawOf(readAll(t, s, "talks", 1))
	w.root, _, err = s.Checkpoint(t.Context(), w.key, nil)
	require.NoError(t, err)
	return w, func() {
		require.NoError(t, w.other.Close())
		require.NoError(t, w.store.Close())
	}
}

// rawOf are the bytes of a log as they are stored.
func rawOf(log []domain.Entry) []string {
	var raw []string
	for _, e := range log {
		raw = append(raw, fmt.Sprintf("#%d %s", e.Position, e.Raw))
	}
	return raw
}

// seldom is true in one of five cases: most of what is drawn has to be done.
func seldom(t *rapid.T, what string) bool { return rapid.IntRange(0, 4).Draw(t, what) == 4 }

// any is a name, seldom one that no branch can have.
func (w *branchWorld) any(t *rapid.T) string {
	names := []string{"b0", "b1", "b2", "b3"}
	if seldom(t, "odd name") {
		names = []string{"no-such", domain.RecordName, "B 1"}
	}
	return rapid.SampledFrom(names).Draw(t, "branch")
}

// by is one of the two writers.
func (w *branchWorld) by(t *rapid.T) *Store {
	if rapid.Bool().Draw(t, "by the other writer") {
		return w.other
	}
	return w.store
}

func (w *branchWorld) stands(name string) bool {
	_, ok := w.held[name]
	return ok && !w.dropped[name]
}

func (w *branchWorld) open(ctx context.Context, t *rapid.T) {
	parent := w.any(t)
	if rapid.IntRange(0, 2).Draw(t, "on the record") == 0 {
		parent = domain.RecordName
	}
	o := opening(w.any(t), func(o *Opening) {
		o.Parent, o.FollowParent = parent, rapid.Bool().Draw(t, "follows")
		if seldom(t, "at a position") {
			o.At = rapid.SampledFrom([]string{"2", "99", "record:1;b0:2", "nonsense"}).Draw(t, "at")
		}
		refs := rapid.SampledFrom([][]domain.EventRef{nil, nil, nil, {"a-1"}, {"a-0", "a-2"}, {"no-such"}})
		o.Without, o.Replace = refs.Draw(t, "without"), refs.Draw(t, "replace")
		if seldom(t, "without purpose") {
			o.Purpose = ""
		}
	})
	b, err := w.by(t).OpenBranch(ctx, o)
	if err != nil {
		return // the check after it sees that nothing was done
	}
	again := b.Count == 0 // its parent may have been dropped since
	if !domain.ValidID(string(b.Branch)) || parent != domain.RecordName && !w.stands(parent) && !again {
		t.Fatalf("%s was opened on %s", b.Branch, parent)
	}
	if !w.stands(string(b.Branch)) {
		w.held[string(b.Branch)], w.parents[string(b.Branch)] = nil, parent
		w.sync(ctx, t, string(b.Branch), 1)
	}
}

// sync takes down what a branch holds now: so many entries more than it did, the
// former ones as they were.
func (w *branchWorld) sync(ctx context.Context, t *rapid.T, name string, more int) {
	w.store.branchRead.forget() // what is stored now is to be seen
	logs, err := w.store.BranchLogs(ctx, "talks", name)
	if err != nil {
		t.Fatalf("read %s: %v", name, err)
	}
	have, want := rawOf(logs[len(logs)-1].Entries), w.held[name]
	if len(have) != len(want)+more || !slices.Equal(have[:len(want)], want) {
		t.Fatalf("%s held %q and %d more; it holds %q", name, want, more, have)
	}
	for _, under := range logs[:len(logs)-1] { // dropped or not
		if have := rawOf(under.Entries); !slices.Equal(have, w.held[string(under.Name())]) {
			t.Fatalf("%s stands on %s, which held %q and holds %q", name, under.Name(), w.held[string(under.Name())], have)
		}
	}
	w.held[name] = have
}

func (w *branchWorld) input(t *rapid.T) []domain.Candidate {
	w.count++
	if seldom(t, "known or wrong") {
		wrong := statement("talks", "wrong")
		wrong.Actors = []domain.ActorID{"nobody"}
		return rapid.SampledFrom([][]domain.Candidate{offer(wrong), statements("talks", "a", 1), statements("no-such-talks", "x", 1)}).Draw(t, "input")
	}
	return statements("talks", fmt.Sprintf("own-%d", w.count), rapid.IntRange(1, 3).Draw(t, "events"))
}

func (w *branchWorld) append(ctx context.Context, t *rapid.T) {
	name, in := w.any(t), w.input(t)
	expect := rapid.SampledFrom([]Expect{Any(), Any(), Exactly(3), None()}).Draw(t, "expect")
	r, err := w.by(t).AppendBranch(ctx, name, expect, in, AppendOptions{DryRun: seldom(t, "dry")})
	if err == nil && len(r.Appended) > 0 && r.Appended[0].Position > 0 {
		if !w.stands(name) {
			t.Fatalf("%s took events, though it does not stand", name)
		}
		w.sync(ctx, t, name, len(r.Appended))
	}
}

func (w *branchWorld) drop(ctx context.Context, t *rapid.T) {
	name := w.any(t)
	err := w.by(t).DropBranch(ctx, "talks", name, "test", "done")
	if err != nil || w.dropped[name] {
		return
	}
	for child, parent := range w.parents {
		if parent == name && w.stands(child) {
			t.Fatalf("%s was dropped, though %s stands on it", name, child)
		}
	}
	w.dropped[name] = true
}

// race has two writers append to one branch, open one name and drop at once.
func (w *branchWorld) race(ctx context.Context, t *rapid.T) {
	name, rival := rapid.SampledFrom([]string{"b0", "b1"}).Draw(t, "branch"), rapid.SampledFrom([]string{"b2", "b3"}).Draw(t, "rival")
	was, rivalWas := w.stands(name), w.stands(rival) || w.dropped[rival]
	w.count += 2
	appended, opened := make([]int, 2), make([]error, 2)
	var all sync.WaitGroup
	for i, s := range []*Store{w.store, w.other} {
		all.Go(func() {
			r, _ := s.AppendBranch(ctx, name, Any(), statements("talks", fmt.Sprintf("race-%d-%d", w.count, i), 2), AppendOptions{})
			appended[i] = len(r.Appended)
		})
		all.Go(func() {
			_, opened[i] = s.OpenBranch(ctx, opening(rival, func(o *Opening) { o.Purpose = fmt.Sprintf("%d of writer %d", w.count, i) }))
		})
	}
	all.Wait()
	if lost := slices.DeleteFunc(slices.Clone(opened), func(err error) bool { return err == nil }); len(lost) != map[bool]int{false: 1, true: 2}[rivalWas] {
		t.Fatalf("two opened %s, which was taken: %v; the errors are %v", rival, rivalWas, opened)
	}
	if !rivalWas {
		w.held[rival], w.parents[rival] = nil, domain.RecordName
		w.sync(ctx, t, rival, 1)
	}
	if was {
		w.sync(ctx, t, name, appended[0]+appended[1])
	} else if appended[0]+appended[1] > 0 {
		t.Fatalf("%s took events, though it does not stand", name)
	}
}

// raceDrop has one writer drop a branch while the other opens one on it. Whoever is told
// that he opened it can read it, with all that it stands on.
func (w *branchWorld) raceDrop(ctx context.Context, t *rapid.T) {
	parent, child := rapid.SampledFrom([]string{"b0", "b1"}).Draw(t, "parent"), rapid.SampledFrom([]string{"b2", "b3"}).Draw(t, "child")
	if !w.stands(parent) || w.parents[parent] == child || w.stands(child) || w.dropped[child] {
		return
	}
	var both sync.WaitGroup
	var opened, dropped error
	both.Go(func() { dropped = w.store.DropBranch(ctx, "talks", parent, "test", "done") })
	both.Go(func() {
		_, opened = w.other.OpenBranch(ctx, opening(child, func(o *Opening) { o.Parent = parent }))
	})
	both.Wait()
	if dropped == nil {
		w.dropped[parent] = true
	}
	var gone *BranchError
	switch {
	case opened == nil:
		w.held[child], w.parents[child] = nil, parent
		w.sync(ctx, t, child, 1)
	case dropped != nil || !errors.As(opened, &gone) || gone.Branch != parent:
		t.Fatalf("%s was opened on %s: %v; and that was dropped: %v", child, parent, opened, dropped)
	default:
		if _, err := w.other.Branch(ctx, "talks", child); err == nil { // it gave way
			w.held[child], w.dropped[child] = nil, true
		}
	}
}

// check holds the record and every branch against what they must be.
func (w *branchWorld) check(ctx context.Context, t *rapid.T) {
	l, err := w.other.Lineage(ctx, "talks", "")
	if err != nil {
		t.Fatal(err)
	}
	if have := rawOf(l.Record); !slices.Equal(have, w.record) {
		t.Fatalf("the record was %q and is %q", w.record, have)
	}
	for name := range w.held {
		switch {
		case !w.dropped[name]:
			w.sync(ctx, t, name, 0)
		default:
			if _, err := w.store.BranchLogs(ctx, "talks", name); err == nil {
				t.Fatalf("%s was dropped and is still read", name)
			}
		}
	}
}

// No sequence of branch operations, refused ones and races among them, changes a byte
// of the record, its root, or anything of a branch that they are not about.
func TestLawBranchesTouchNothingElse(t *testing.T) {
	const enough = 15 * time.Second // on a busy machine fewer sequences are tried
	begun := time.Now()
	rapid.Check(t, func(r *rapid.T) {
		if time.Since(begun) > enough {
			return
		}
		w, end := newBranchWorld(t)
		defer end()
		steps := map[string]func(context.Context, *rapid.T){"open": w.open, "append": w.append, "drop": w.drop, "race": w.race, "race to drop": w.raceDrop}
		for range rapid.IntRange(5, 20).Draw(r, "steps") {
			step := rapid.SampledFrom([]string{"open", "open", "append", "append", "append", "drop", "race", "race to drop"}).Draw(r, "step")
			steps[step](t.Context(), r)
			w.check(t.Context(), r)
		}
		require.NoError(t, verified(t, w.store, w.root).Err())
		root, _, err := w.store.Checkpoint(t.Context(), w.key, nil)
		require.NoError(t, err)
		require.Equal(t, w.root.Root, root.Root)
	})
}
