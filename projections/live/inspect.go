package live

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"parley/projections"

	"github.com/nats-io/nats.go/jetstream"
)

// Inspection is what is published, at one moment.
type Inspection struct {
	Pointer  Pointer
	talks    assembly
	branches assembly
}

// ErrUnpublished says that nothing is published where it was looked for.
var ErrUnpublished = errors.New("no projections are published")

// Inspect reads what is published. It waits until no publication is under way.
func Inspect(ctx context.Context, js jetstream.JetStream) (*Inspection, error) {
	none := func(err error) error {
		if errors.Is(err, jetstream.ErrBucketNotFound) {
			return ErrUnpublished
		}
		return err
	}
	open := func(bucket string) (kv jetstream.KeyValue, err error) {
		err = ask(ctx, func(ctx context.Context) error {
			kv, err = js.KeyValue(ctx, bucket)
			return err
		})
		return kv, none(err)
	}
	pointers, err := open(PointerBucket)
	if err != nil {
		return nil, err
	}
	i := &Inspection{talks: assembly{}, branches: assembly{}}
	var revision uint64
	if i.Pointer, revision, err = readPointer(ctx, pointers); err != nil {
		return nil, err
	}
	if revision == 0 {
		return nil, ErrUnpublished
	}
	kv, err := open(i.Pointer.Bucket)
	if err != nil {
		return nil, err
	}
	if err := read(ctx, kv, i.talks); err != nil {
		return nil, err
	}
	kv, err = js.KeyValue(ctx, BranchBucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		return i, nil // an older program published
	}
	if err != nil {
		return nil, err
	}
	return i, read(ctx, kv, i.branches)
}

// read takes in a bucket until every group ends with its mark.
func read(ctx context.Context, kv jetstream.KeyValue, into assembly) error {
	w, err := kv.WatchAll(ctx)
	if err != nil {
		return fmt.Errorf("read %s: %w", kv.Bucket(), err)
	}
	defer stopWatch(w)
	open := map[string]bool{}
	whole := false
	for !whole || len(open) > 0 {
		select {
		case <-ctx.Done():
			if whole {
				return fmt.Errorf("a publication of %s did not end: %w", strings.Join(slices.Sorted(maps.Keys(open)), ", "), ctx.Err())
			}
			return ctx.Err()
		case e, more := <-w.Updates():
			switch {
			case !more:
				return fmt.Errorf("read %s: %w", kv.Bucket(), errWatchEnded)
			case e == nil:
				whole = true
				continue
			}
			into.take(e)
			group, plain := groupingOf(kv.Bucket()).split(e.Key())
			if !isMark(plain) || into[group].mark.Filling > 0 {
				open[group] = true
			} else {
				delete(open, group)
			}
		}
	}
	return nil
}

// Marks tells how far each negotiation is published, by id.
func (i *Inspection) Marks() []Mark {
	var out []Mark
	for n, t := range i.talks {
		if t.mark.Position > 0 || t.mark.Filling > 0 {
			m := t.mark
			m.Negotiation = n
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b Mark) int { return cmp.Compare(a.Negotiation, b.Negotiation) })
	return out
}

// Difference is an entity that is not published as a fresh fold has it.
type Difference struct {
	Key
	Problem   string `json:"problem"` // missing, differs, surplus, ahead, broken
	Published string `json:"published,omitzero"`
	Fresh     string `json:"fresh,omitzero"`
}

// Branches are the marks of the branches that are published, by negotiation and name.
func (i *Inspection) Branches() []Mark {
	var out []Mark
	for _, group := range slices.Sorted(maps.Keys(i.branches)) {
		if m := i.branches[group].mark; m.Branch != nil {
			out = append(out, m)
		}
	}
	return out
}

// Compare compares what is published of a negotiation, or of the branch of a view, with
// a picture that was folded from nothing, of the log up to the position of its mark.
func (i *Inspection) Compare(fresh *projections.Picture) ([]Difference, error) {
	want, err := entitiesOf(fresh)
	if err != nil {
		return nil, err
	}
	t := i.talks.of(fresh.Negotiation)
	if name := fresh.View.Branch; name != "" {
		t = i.branches.of(groupOf(limb{fresh.Negotiation, name}))
	}
	var out []Difference
	seen := map[string]bool{}
	for _, e := range want {
		k := Key{fresh.Negotiation, e.projection, e.id}
		key := FormatKey(k)
		seen[key] = true
		v, ok := t.values[key]
		if !ok {
			out = append(out, Difference{Key: k, Problem: "missing", Fresh: string(e.value)})
			continue
		}
		value, whole := t.value(key, v)
		switch {
		case !whole:
			out = append(out, Difference{Key: k, Problem: "broken", Fresh: string(e.value)})
		case !bytes.Equal(value, e.value) || v.After != e.after || v.Key != k:
			out = append(out, Difference{Key: k, Problem: "differs", Published: string(value), Fresh: string(e.value)})
		case v.Position > t.mark.Position:
			out = append(out, Difference{Key: k, Problem: "ahead"})
		}
	}
	for key, v := range t.values {
		if !seen[key] {
			value, _ := t.value(key, v)
			out = append(out, Difference{Key: v.keyAt(key), Problem: "surplus", Published: string(value)})
		}
	}
	for key := range t.stranger {
		out = append(out, Difference{Key: Key{Negotiation: fresh.Negotiation, ID: key}, Problem: "surplus"})
	}
	slices.SortFunc(out, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.Projection, b.Projection), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}
