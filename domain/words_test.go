package domain_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"parley/domain"

	"github.com/stretchr/testify/require"
)

func TestISODuration(t *testing.T) {
	for text, want := range map[domain.ISODuration]float64{
		"PT18H": 64800, "P4D": 345600, "P1W": 604800, "P1W2D": 777600, "PT1H30M": 5400, "PT90S": 90,
		"P1DT12H": 129600, "PT0.5H": 1800, "P1.5D": 129600, "PT0S": 0, "PT007M": 420,
	} {
		got, err := text.Seconds()
		require.NoError(t, err, string(text))
		require.InDelta(t, want, got, 0, string(text))
	}
	for _, text := range []domain.ISODuration{
		"", "P", "PT", "18H", "P18H", "PT4D", "P1Y", "P1M", "P1DT", "PT1H1H", "PT30M1H", "P1.5DT2H", "PT.5H", "PT5.H", "PT1.2.3H",
		"PT1,5H", "pt1h", "P-1D", "PT1H ", "P1D1", "PT" + domain.ISODuration(strings.Repeat("9", 400)) + "H", "PTT1H", "P１D",
	} {
		_, err := text.Seconds()
		require.Error(t, err, string(text))
	}
}

func TestValidID(t *testing.T) {
	for _, id := range []string{"a", "istanbul-oct", "0", "-", strings.Repeat("x", domain.MaxIDLength)} {
		require.True(t, domain.ValidID(id), id)
	}
	for _, id := range []string{"", "A", "a b", "a_b", "ü", "a.b", strings.Repeat("x", domain.MaxIDLength+1)} {
		require.False(t, domain.ValidID(id), id)
	}
}

// The ids of keys are stored in logs and cited; these must never change.
func TestKeyedID(t *testing.T) {
	require.Equal(t, "ee0a86cf-dd6f-5778-9c6e-048504c6d6db", domain.KeyedID("pak-afg-2025", "s1-retraction").String())
	require.NotEqual(t, domain.KeyedID("a", "b-c"), domain.KeyedID("a-b", "c"))
}

func TestEventRefResolve(t *testing.T) {
	id := domain.KeyedID("talks", "k")
	require.Equal(t, id, domain.EventRef("k").Resolve("talks"))
	require.Equal(t, id, domain.EventRef(id.String()).Resolve("talks"))
	long := "not-a-uuid-but-of-the-same-length-36"
	require.Len(t, long, 36)
	require.Equal(t, domain.KeyedID("talks", long), domain.EventRef(long).Resolve("talks"))
}

func TestDidYouMean(t *testing.T) {
	columns := []string{"key", "round", "act.draft", "act.issue", "source.quote", "source.side", "links.same-act"}
	many := slices.Repeat([]string{"something"}, 13)
	for _, c := range []struct {
		read  string
		words []string
		want  string
	}{
		{"afghan-talban", []string{"pakistan", "afghan-taliban"}, "did you mean afghan-taliban?"},
		{"Afghan-Taliban ", []string{"afghan-taliban"}, "did you mean afghan-taliban?"},
		{"kab", []string{"kandahar", "kabul"}, "did you mean kabul?"},
		{"final", []string{"final", "near-final"}, "did you mean final?"},
		{"ended", []string{"declared", "violated"}, "write one of declared, violated"},
		{"zzz", many, ""},
		{"", many, ""},
		{"zzz", nil, ""},
		{"draft", columns, "did you mean act.draft?"},
		{"source", columns, "did you mean source.quote, source.side?"},
		{"act.draff", columns, "did you mean act.draft?"},
		{"Türkiye", []string{"turkiye"}, "did you mean turkiye?"},
	} {
		require.Equal(t, c.want, domain.DidYouMean(c.read, c.words), c.read)
	}
}

func TestPlacePrints(t *testing.T) {
	for want, p := range map[string]domain.Place{
		"in.csv, row 2, act.issue":       {File: "in.csv", Row: 2, Column: "act.issue"},
		"in.ndjson, row 2, /act/issue":   {File: "in.ndjson", Row: 2, Pointer: "/act/issue"},
		"/act/issue":                     {Pointer: domain.Pointer("act.issue")},
		"/odd~1name~0/links/refines-of/": {Pointer: domain.Pointer("odd/name~.links.refines-of.")},
		"":                               {},
	} {
		require.Equal(t, want, p.String())
	}
}

func TestFaultsPrint(t *testing.T) {
	one := domain.Fault{Place: domain.Place{File: "f", Row: 1}, Read: "x", Reason: "is odd", Hint: "write y"}
	require.EqualError(t, domain.Faults{}, "no faults")
	require.EqualError(t, domain.Faults{one}, `f, row 1: "x": is odd; write y`)
	require.EqualError(t, domain.Faults{{Reason: "is odd"}, one}, "2 faults, first: is odd")
}

// TestEnums: the values of a closed list are words that need no quoting anywhere,
// each once; what Go code names is among them.
func TestEnums(t *testing.T) {
	for _, s := range domain.Catalogue() {
		for _, f := range slices.Concat(domain.BodyFields(), s.Fields()) {
			require.Equal(t, f.Kind == domain.Word, len(f.Values) > 0, f.Path)
			seen := map[string]bool{}
			for _, v := range f.Values {
				require.False(t, seen[v], "%s: %s", f.Path, v)
				require.NotContains(t, v, "|")
				require.Equal(t, strings.TrimSpace(v), v)
				seen[v] = true
			}
			require.NotEmpty(t, f.Doc, f.Path)
		}
	}
	for _, e := range []domain.Enum{
		domain.Asserted, domain.Historical, domain.Planned, domain.Negated,
		domain.SameAct, domain.SameStatement, domain.Corroborates, domain.Contradicts, domain.RefinesScope, domain.DerivedFrom,
		domain.For, domain.Against, domain.Demands, domain.Accepts, domain.Conditional, domain.Acknowledges, domain.Evades, domain.Rejects, domain.StanceUnknown,
		domain.AnyForm, domain.Final, domain.NearFinal,
		domain.RetractedConfirmation, domain.RetractedDraft, domain.RetractedSignature, domain.RetractedAssurance,
	} {
		require.Contains(t, e.Values(), reflect.ValueOf(e).String())
	}
	require.NotContains(t, domain.CeasefireUnknown.Values(), string(domain.CeasefireUnknown), "nobody declares that nothing is known")
}

func TestGradesAndRanks(t *testing.T) {
	for grade, judged := range map[domain.Reliability]bool{"A": true, "E": true, "F": false, "": false} {
		require.Equal(t, judged, grade.Judged(), grade)
	}
	for grade, judged := range map[domain.Credibility]bool{"1": true, "5": true, "6": false, "": false} {
		require.Equal(t, judged, grade.Judged(), grade)
	}
	for m, moves := range map[domain.Modality]bool{"": true, domain.Asserted: true, domain.Historical: true, domain.Planned: false, domain.Negated: false} {
		require.Equal(t, moves, m.Moves(), m)
	}
	require.Less(t, domain.Vantage("eyewitness").Rank(), domain.Vantage("official").Rank())
	require.Equal(t, domain.Vantage("unknown").Rank(), domain.Vantage("").Rank())
}

func TestSpecOf(t *testing.T) {
	for _, s := range domain.Catalogue() {
		for _, name := range []string{s.Name, s.FullName()} {
			found, ok := domain.SpecOf(name)
			require.True(t, ok, name)
			require.Same(t, s, found)
		}
		require.NotEmpty(t, s.Doc)
	}
	for _, name := range []string{"", "parley.", "parley.DraftFinalized", "parley.DraftFinalized.v2", "parley.DraftFinalized.v01", "draftfinalized", "other.DraftFinalized.v1"} {
		_, ok := domain.SpecOf(name)
		require.False(t, ok, name)
	}
	require.Empty(t, domain.TypeOf(nil))
	require.Empty(t, domain.TypeOf(&domain.DraftFinalized{}), "acts are values, not pointers")
}

func TestEventAccessors(t *testing.T) {
	e := &domain.Event{Body: domain.Body{Act: domain.EventsLinked{}}}
	require.True(t, e.Control())
	require.Equal(t, "EventsLinked", e.Type())
	require.Equal(t, domain.UnknownSide, e.SideOrUnknown())
	e.Source = &domain.Source{Side: "pakistan"}
	require.Equal(t, domain.ActorID("pakistan"), e.SideOrUnknown())
	require.False(t, (&domain.Event{}).Control())

	links := domain.Links{}
	require.True(t, links.IsZero())
	root := reflect.ValueOf(&links).Elem()
	for i, r := range domain.Relation("").Values() {
		refs := []domain.EventRef{domain.EventRef(r)}
		root.Field(i).Set(reflect.ValueOf(refs))
		require.Equal(t, refs, links.Of(domain.Relation(r)))
		require.False(t, links.IsZero())
	}
	require.Nil(t, links.Of("cause"))
}
