package schema_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/domain"
	"parley/domain/domaintest"
	"parley/domain/intake"
	"parley/domain/schema"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// compile makes a validator of a schema, one that knows EDTF.
func compile(t testing.TB, text []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.RegisterFormat(&jsonschema.Format{Name: "edtf", Validate: func(v any) error {
		s, ok := v.(string)
		if !ok {
			return nil
		}
		_, err := domain.ParseEDTF(strings.TrimSpace(s))
		return err
	}})
	require.NoError(t, c.AddResource("schema.json", doc))
	s, err := c.Compile("schema.json")
	require.NoError(t, err)
	return s
}

func compiled(t testing.TB, s *schema.Schema) *jsonschema.Schema {
	t.Helper()
	text, err := s.Text()
	require.NoError(t, err)
	return compile(t, text)
}

func parse(t require.TestingT, text []byte) any {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err, string(text))
	return doc
}

// marshal writes what the validator reads, in which numbers are json.Number.
func marshal(t require.TestingT, v any) []byte {
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return b
}

// sample reads the frozen sample of a type.
func sample(t *testing.T, s *domain.Spec) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "testdata", "event", strings.TrimPrefix(s.FullName(), "parley.")+".json"))
	require.NoError(t, err)
	return raw
}

func official(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "testdata", "cloudevents", "cloudevents.json"))
	require.NoError(t, err)
	return compile(t, text)
}

// TestSamples: every frozen sample is valid, as it is stored and as input, and is
// a CloudEvent.
func TestSamples(t *testing.T) {
	cloudEvent, all := official(t), compiled(t, schema.All())
	for _, s := range domain.Catalogue() {
		t.Run(s.Name, func(t *testing.T) {
			event, input := compiled(t, schema.Event(s)), compiled(t, schema.Input(s))
			raw := sample(t, s)
			stored := parse(t, raw)
			require.NoError(t, event.Validate(stored))
			require.NoError(t, all.Validate(stored))
			require.NoError(t, cloudEvent.Validate(stored))

			e, err := domain.Decode(bytes.TrimSpace(raw))
			require.NoError(t, err)
			flat := parse(t, intake.JSON(e))
			require.NoError(t, input.Validate(flat))
			require.NoError(t, all.Validate(flat))
			require.Error(t, event.Validate(flat))
			require.Error(t, input.Validate(stored))
		})
	}
}

// TestBrokenSamples: whatever member is taken away that is required, added, or
// given a value of another kind, the schema says so.
func TestBrokenSamples(t *testing.T) {
	for _, s := range domain.Catalogue() {
		t.Run(s.Name, func(t *testing.T) {
			valid := compiled(t, schema.Event(s))
			root := parse(t, sample(t, s))
			invalid := func(what string, args ...string) {
				t.Helper()
				if valid.Validate(root) == nil {
					t.Error("valid with", what, args, root)
				}
			}
			each(root, "", func(o map[string]any, path string) {
				o["colour"] = "red"
				invalid("an unknown member", path)
				delete(o, "colour")
				for name, was := range o {
					if _, list := was.([]any); list {
						o[name] = []any{}
						invalid("an empty list", path, name)
					}
					for _, odd := range []any{nil, 0.5, "\x1b", []any{map[string]any{}}, map[string]any{"x": 1}} {
						if o[name] = odd; odd != 0.5 || name != "hours" {
							invalid("an odd value", path, name)
						}
					}
					o[name] = was
				}
				for _, name := range required(s, path) {
					was := o[name]
					delete(o, name)
					invalid("a member left out", path, name)
					o[name] = was
				}
			})
			require.NoError(t, valid.Validate(root), "everything was put back")
		})
	}
	s, _ := domain.SpecOf("ThanksExpressed")
	e, ok := parse(t, sample(t, s)).(map[string]any)
	require.True(t, ok)
	delete(e, "source")
	require.Error(t, official(t).Validate(e))
}

// each calls f with every object of an event and its path.
func each(v any, path string, f func(o map[string]any, path string)) {
	if o, ok := v.(map[string]any); ok {
		for name, inner := range o {
			each(inner, path+"/"+name, f)
		}
		f(o, path)
	}
}

// required lists what an object of an event must have.
func required(s *domain.Spec, path string) []string {
	var names []string
	switch path {
	case "":
		return []string{"specversion", "id", "source", "type", "subject", "datacontenttype", "data"}
	case "/data":
		names = append(names, "act")
		if !s.Control {
			names = append(names, "occurred")
		}
	case "/data/act":
		for _, f := range s.Fields() {
			if f.Required {
				names = append(names, strings.TrimPrefix(f.Path, "act."))
			}
		}
	case "/data/duration":
		return []string{"value"}
	case "/data/act/replacement":
		return []string{"type", "act", "occurred", "round"}
	}
	return names
}

// TestLawStoredEventsAreValid: whatever the door accepts is valid when stored.
func TestLawStoredEventsAreValid(t *testing.T) {
	cloudEvent, all := official(t), compiled(t, schema.All())
	rapid.Check(t, func(t *rapid.T) {
		e := domaintest.Record([]*domain.Event{domaintest.Talks.Event().Draw(t, "event")})[0]
		stored := parse(t, e.Raw)
		require.NoError(t, all.Validate(stored), string(e.Raw))
		require.NoError(t, cloudEvent.Validate(stored))
		require.NoError(t, all.Validate(parse(t, intake.JSON(e.Event))))
	})
}

// oddities are values that some field accepts and most do not.
var oddities = []string{
	`""`, `" "`, `"x"`, `"X y"`, `"a|b"`, `"2025-10-28"`, `"2025-10-28T14:30:00Z"`, `"2025-10-28T14:30:00,5Z"`, `"PT18H"`, `"PT1.5H30M"`, `"P"`, `"yes"`, `"A"`, `"1"`,
	`0`, `1`, `-1`, `4.0`, `4.5`, `1e3`, `1e12`, `true`, `false`, `{}`, `{"x":1}`, `[]`, `["x"]`, `["x","y|z"]`, `["X y"]`, `[""]`, `[1]`, `[[]]`, `[{}]`, `"a\nb"`, `"a\u0007b"`,
}

// TestLawSchemaAgreesWithBind: a line is valid exactly if it has no faults. Left
// aside is what a regular expression cannot say: decimals in any but the last
// part of a duration.
func TestLawSchemaAgreesWithBind(t *testing.T) {
	validators := map[string]*jsonschema.Schema{}
	for _, s := range domain.Catalogue() {
		validators[s.Name] = compiled(t, schema.Input(s))
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(domain.Catalogue()).Draw(t, "type")
		e := domaintest.Talks.EventOf(s).Draw(t, "event")
		line, ok := parse(t, intake.JSON(e)).(map[string]any)
		require.True(t, ok)
		f := rapid.SampledFrom(append(domain.BodyFields(), s.Fields()...)).Draw(t, "field")
		odd := rapid.SampledFrom(oddities).Draw(t, "odd")
		if f.Kind == domain.Length && odd == `"PT1.5H30M"` {
			return
		}
		if f.Path == "key" {
			delete(line, "id") // it would have to follow from the key
		}
		put(line, strings.Split(f.Path, "."), parse(t, []byte(odd)))
		text := marshal(t, line)
		c, fault := intake.Line(domain.Place{}, text)
		require.Nil(t, fault)
		err := validators[s.Name].Validate(line)
		require.Equal(t, len(c.Faults) == 0, err == nil, "%s\nfaults: %v\nschema: %v", text, c.Faults, err)
	})
}

// put sets a value at a path.
func put(o map[string]any, path []string, v any) {
	for len(path) > 1 {
		inner, ok := o[path[0]].(map[string]any)
		if !ok {
			inner = map[string]any{}
			o[path[0]] = inner
		}
		o, path = inner, path[1:]
	}
	o[path[0]] = v
}
