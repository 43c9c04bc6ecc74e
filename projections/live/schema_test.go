package live

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/domain"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
)

// schemas compiles the schema of each form of published value.
func schemas(t *testing.T, text []byte, forms ...string) map[string]*jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	require.NoError(t, c.AddResource("published.json", document))
	out := map[string]*jsonschema.Schema{}
	for _, form := range forms {
		out[form], err = c.Compile("published.json#/$defs/" + form)
		require.NoError(t, err)
	}
	return out
}

func valid(s *jsonschema.Schema, raw []byte) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

// formOf tells by the key what stands under it.
func formOf(bucket, key string) string {
	parts := strings.Split(key, ".")
	switch {
	case bucket == PointerBucket:
		return "pointer"
	case parts[1] == markName:
		return "mark"
	case len(parts) == 4:
		return "page"
	}
	return "entity"
}

// Everything that is published is as its schema says: the worked example, long
// values, what has vanished, and a rebuild.
func TestSchema(t *testing.T) {
	all := schemas(t, SchemaJSON, "entity", "page", "mark", "pointer")
	b, m := startBroker(t), newMemory()
	log := exampleLog(t)
	m.append(example, log[:100]...)
	m.append("long", small("long", 0, 3000)...)
	p := b.process(m)
	head := uint64(len(m.entries))
	b.published(m, head, "long")
	m.append(example, log[100:]...)
	b.published(m, uint64(len(m.entries)), example)
	nc, js := b.connect()
	_, err := NewPublisher(nc, js, PublisherOptions{}).Rebuild(t.Context(), p.Hub(), nil)
	require.NoError(t, err)
	found := map[string]int{}
	for _, bucket := range Buckets() {
		stream, err := js.Stream(t.Context(), StreamOf(bucket))
		require.NoError(t, err)
		consumer, err := stream.OrderedConsumer(t.Context(), jetstream.OrderedConsumerConfig{})
		require.NoError(t, err)
		for range stream.CachedInfo().State.Msgs {
			msg, err := consumer.Next()
			require.NoError(t, err)
			form := formOf(bucket, strings.TrimPrefix(msg.Subject(), "$KV."+bucket+"."))
			require.NoError(t, valid(all[form], msg.Data()), "%s %s", msg.Subject(), msg.Data()[:min(300, len(msg.Data()))])
			if nats.Header(msg.Headers()).Get(operationHeader) != "" {
				form += " deleted"
			}
			found[form]++
		}
	}
	require.Equal(t, []string{"entity", "entity deleted", "mark", "page", "pointer"}, slices.Sorted(maps.Keys(found)))
}

// What is not as it should be is refused by the schema.
func TestSchemaRefuses(t *testing.T) {
	all := schemas(t, SchemaJSON, "entity", "page", "mark", "pointer")
	good := map[string]string{
		"entity":  `{"schema":1,"scope":"record","negotiation":"talks","projection":"rounds","id":"r","position":3,"view":"","value":{}}`,
		"page":    `{"schema":1,"scope":"record","negotiation":"talks","projection":"rounds","id":"r","position":3,"page":1,"pages":2,"text":"x"}`,
		"mark":    `{"schema":1,"scope":"record","negotiation":"talks","position":3,"version":1,"entities":0,"events":0}`,
		"pointer": `{"schema":1,"bucket":"parley-blue","version":1,"epoch":1,"since":"2025-12-01T00:00:00Z"}`,
	}
	for form, value := range good {
		require.NoError(t, valid(all[form], []byte(value)), form)
		for _, change := range [][2]string{
			{`"schema":1`, `"schema":2`},
			{`"schema":1,`, ``},
			{`}`, `,"more":1}`},
			{`"position":3`, `"position":-3`},
			{`"projection":"rounds"`, `"projection":"round"`},
			{`"value":{}`, `"pages":2`},
			{`parley-blue`, `parley`},
			{`"value":{}`, `"value":{},"deleted":true`},
			{`00Z"`, `"`},
		} {
			if worse := strings.Replace(value, change[0], change[1], 1); worse != value {
				require.Error(t, valid(all[form], []byte(worse)), "%s %s", form, worse)
			}
		}
	}
}

// Everything that is published of a branch is as its own schema says, which no value
// of the record fits; nor does one of a branch fit that of the record, so that who
// reads by it cannot take one for the other.
func TestSchemaOfBranches(t *testing.T) {
	forms := []string{"entity", "page", "mark"}
	all, record := schemas(t, BranchSchemaJSON, forms...), schemas(t, SchemaJSON, forms...)
	b, g := startBroker(t), newGrove()
	g.append("talks", small("talks", 0, 3)...)
	g.append("talks", long("talks"))
	g.open("talks", domain.BranchOpened{Branch: "b", Parent: domain.RecordName, At: "4", FollowParent: true, Without: []domain.EventRef{"e-1"}})
	p := b.branches(g, time.Hour)
	_, js := b.connect()
	_, err := p.publisher.Lease(t.Context(), "talks", "b")
	require.NoError(t, err)
	stream, err := js.Stream(t.Context(), StreamOf(BranchBucket))
	require.NoError(t, err)
	feed, err := b.feed(FeedPrefix + "." + BranchBucket + ".>")
	require.NoError(t, err)
	found := map[string]int{}
	hold := func(key string, body []byte, deleted bool) {
		_, plain := branched.split(key)
		form := formOf(BranchBucket, plain)
		if deleted && form == "page" {
			form = "entity" // as all that is deleted, but for marks
		}
		require.NoError(t, valid(all[form], body), "%s %s", key, body[:min(300, len(body))])
		require.Error(t, valid(record[form], body), key)
		if deleted {
			form += " deleted"
		}
		found[form]++
	}
	consumer, err := stream.OrderedConsumer(t.Context(), jetstream.OrderedConsumerConfig{})
	require.NoError(t, err)
	for range stream.CachedInfo().State.Msgs {
		msg, err := consumer.Next()
		require.NoError(t, err)
		hold(strings.TrimPrefix(msg.Subject(), "$KV."+BranchBucket+"."), msg.Data(), false)
	}
	g.drop("talks", "b", "answered")
	for found["mark deleted"] == 0 {
		msg, err := feed.NextMsg(soon)
		require.NoError(t, err)
		hold(strings.TrimPrefix(msg.Subject, FeedPrefix+"."+BranchBucket+"."), msg.Data, msg.Header.Get(operationHeader) != "")
	}
	require.Equal(t, []string{"entity", "entity deleted", "mark", "mark deleted", "page"}, slices.Sorted(maps.Keys(found)))
}

// The schema names every projection.
func TestSchemaProjections(t *testing.T) {
	for _, p := range Projections() {
		require.Contains(t, string(SchemaJSON), `"`+p+`"`)
		require.Contains(t, string(BranchSchemaJSON), `"`+p+`"`)
	}
}
