package live

import (
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/nats-io/nats.go/jetstream"
)

// assembly puts the published state together from the values of a bucket, group by
// group.
type assembly map[string]*assembled

type assembled struct {
	mark     Mark
	values   map[string]Envelope       // by key
	pages    map[string]map[int]string // by key of the value
	deleted  map[string]Envelope       // by key: with the position at which it vanished
	stranger map[string]struct{}       // keys under which no value of ours stands
}

func (a assembly) of(negotiation string) *assembled {
	t := a[negotiation]
	if t == nil {
		t = &assembled{
			values: map[string]Envelope{}, pages: map[string]map[int]string{},
			deleted: map[string]Envelope{}, stranger: map[string]struct{}{},
		}
		a[negotiation] = t
	}
	return t
}

// take takes in a value.
func (a assembly) take(e jetstream.KeyValueEntry) {
	group, key := groupingOf(e.Bucket()).split(e.Key())
	t := a.of(group)
	if isMark(key) {
		t.mark = Mark{}
		if e.Operation() != jetstream.KeyValuePut {
			return
		}
		_ = json.Unmarshal(e.Value(), &t.mark) // what is no mark marks nothing
		return
	}
	_, page, err := ParseKey(key)
	if err != nil {
		if e.Operation() == jetstream.KeyValuePut {
			t.stranger[key] = struct{}{}
		}
		return
	}
	if page > 0 {
		t.takePage(e, key[:strings.LastIndexByte(key, '.')], page)
		return
	}
	var v Envelope
	err = json.Unmarshal(e.Value(), &v)
	delete(t.stranger, key)
	delete(t.values, key)
	delete(t.deleted, key)
	switch {
	case e.Operation() != jetstream.KeyValuePut:
		t.deleted[key] = v
	case err != nil:
		t.stranger[key] = struct{}{}
	default:
		t.values[key] = v
	}
}

func (t *assembled) takePage(e jetstream.KeyValueEntry, of string, page int) {
	if e.Operation() != jetstream.KeyValuePut {
		delete(t.pages[of], page)
		return
	}
	var p Page
	if json.Unmarshal(e.Value(), &p) != nil {
		p.Text = ""
	}
	if t.pages[of] == nil {
		t.pages[of] = map[int]string{}
	}
	t.pages[of][page] = p.Text
}

// value is the whole value of an envelope; ok is false if its pages do not fit it.
func (t *assembled) value(key string, e Envelope) (_ jsontext.Value, ok bool) {
	if e.Pages == 0 {
		return e.Value, len(t.pages[key]) == 0
	}
	var text strings.Builder
	for i := range e.Pages {
		text.WriteString(t.pages[key][i+1])
	}
	value := jsontext.Value(text.String())
	return value, len(t.pages[key]) == e.Pages && hexDigest(value) == e.Digest
}

// published is what the runner has to know of it.
func (a assembly) published() Published {
	out := Published{}
	for negotiation, t := range a {
		if t.mark.Position == 0 || t.mark.Filling > 0 || t.mark.Version != Version {
			continue // half done: readers of it begin anew
		}
		st := PublishedState{Position: t.mark.Position, Sum: ParseSum(t.mark.Log), Entities: map[string]map[string]PublishedEntity{}}
		put := func(key string, v Envelope, e PublishedEntity) {
			k := v.keyAt(key)
			if st.Entities[k.Projection] == nil {
				st.Entities[k.Projection] = map[string]PublishedEntity{}
			}
			st.Entities[k.Projection][k.ID] = e
		}
		for key, v := range t.values {
			value, _ := t.value(key, v)
			put(key, v, PublishedEntity{Position: v.Position, digest: digestOf(v.After, value)})
		}
		for key, v := range t.deleted {
			put(key, v, PublishedEntity{Position: v.Position, Deleted: true})
		}
		out[negotiation] = st
	}
	return out
}
