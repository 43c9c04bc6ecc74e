package export

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"parley/domain"
	"parley/domain/domaintest"
	"parley/projections"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// readOCEL reads a log strictly: there is no member but those of OCEL 2.0, and every
// value is a string.
func readOCEL(t fataler, text string) ocelLog {
	t.Helper()
	var log ocelLog
	require.NoError(t, json.Unmarshal([]byte(text), &log, json.RejectUnknownMembers(true)))
	require.NotNil(t, log.ObjectTypes)
	require.NotNil(t, log.EventTypes)
	require.NotNil(t, log.Objects)
	require.NotNil(t, log.Events)
	return log
}

// declared maps types to their attributes and the types of those; no name twice.
func declared(t fataler, types []ocelType) map[string]map[string]string {
	t.Helper()
	out := map[string]map[string]string{}
	for _, typ := range types {
		require.NotContains(t, out, typ.Name)
		require.NotNil(t, typ.Attributes, "the schema demands the list")
		out[typ.Name] = map[string]string{}
		for _, a := range typ.Attributes {
			require.NotContains(t, out[typ.Name], a.Name)
			require.Contains(t, []string{"string", "time", "integer", "float", "boolean"}, a.Type)
			out[typ.Name][a.Name] = a.Type
		}
	}
	return out
}

// checkValue: a value has the type that is declared for it.
func checkValue(t fataler, kind, value string) {
	t.Helper()
	var err error
	switch kind {
	case "time":
		_, err = time.Parse(time.RFC3339, value)
	case "integer":
		_, err = strconv.ParseInt(value, 10, 64)
	case "float":
		_, err = strconv.ParseFloat(value, 64)
	case "boolean":
		_, err = strconv.ParseBool(value)
	case "":
		t.Errorf("an attribute is not declared: %s", value)
	}
	require.NoError(t, err)
}

// checkOCEL: ids are unique, types and attributes are declared, references lead to
// objects, times are RFC 3339 and never fall.
func checkOCEL(t fataler, log ocelLog) {
	t.Helper()
	objectTypes, eventTypes := declared(t, log.ObjectTypes), declared(t, log.EventTypes)
	objects := map[string]bool{}
	for _, o := range log.Objects {
		require.False(t, objects[o.ID], o.ID)
		objects[o.ID] = true
		require.Contains(t, objectTypes, o.Type)
		for _, v := range o.Attributes {
			checkValue(t, objectTypes[o.Type][v.Name], v.Value)
			checkValue(t, "time", v.Time)
		}
	}
	related := func(all []ocelRelation) {
		for i, r := range all {
			require.True(t, objects[r.ObjectID], r.ObjectID)
			require.NotEmpty(t, r.Qualifier)
			require.NotContains(t, all[:i], r)
		}
	}
	for _, o := range log.Objects {
		related(o.Relationships)
	}
	events, last := map[string]bool{}, firstSayable.Time()
	for _, e := range log.Events {
		require.False(t, events[e.ID], e.ID)
		events[e.ID] = true
		require.Contains(t, eventTypes, e.Type)
		at, err := time.Parse(time.RFC3339, e.Time)
		require.NoError(t, err)
		require.False(t, at.Before(last), "events stand in the order of their times")
		last = at
		names := map[string]bool{}
		for _, v := range e.Attributes {
			require.False(t, names[v.Name], v.Name)
			names[v.Name] = true
			checkValue(t, eventTypes[e.Type][v.Name], v.Value)
		}
		related(e.Relationships)
	}
}

func valueOf(e ocelEvent, name string) string {
	i := slices.IndexFunc(e.Attributes, func(v ocelValue) bool { return v.Name == name })
	if i < 0 {
		return ""
	}
	return e.Attributes[i].Value
}

// checkTimes: no event stands before one that it certainly follows, and what its
// time is stands beside it.
func checkTimes(t fataler, pic *projections.Picture, log ocelLog) {
	t.Helper()
	events := map[string]ocelEvent{}
	for _, e := range log.Events {
		events[e.ID] = e
	}
	require.Len(t, events, len(pic.Happenings))
	for i, h := range pic.Happenings {
		e := events[h.Name()]
		require.Equal(t, h.Lead.Event.Occurred.String(), valueOf(e, "edtf"))
		switch basis := valueOf(e, "timeBasis"); basis {
		case basisLatest, basisExact:
			latest, err := time.Parse(time.RFC3339, valueOf(e, "latest"))
			require.NoError(t, err)
			at, err := time.Parse(time.RFC3339, e.Time)
			require.NoError(t, err)
			require.True(t, at.Equal(latest))
			require.Equal(t, basis == basisExact, spanOf(h).Latest-spanOf(h).Earliest < 1000 && spanOf(h).Earliest != domain.Past)
		case basisRecorded:
			require.Empty(t, valueOf(e, "latest"), "it would be the time")
		case basisBefore:
			require.Equal(t, "0000-01-01T00:00:00.000Z", e.Time)
			require.Less(t, spanOf(h).Latest, firstSayable)
		default:
			t.Errorf("no basis of the time: %q", basis)
		}
		for _, before := range pic.Happenings[:i] {
			if pic.Precedes(before, h) {
				require.LessOrEqual(t, events[before.Name()].Time, e.Time, before.Name()+" before "+h.Name())
			}
		}
	}
}

func TestOCELOfTheExample(t *testing.T) {
	for _, view := range []string{"", "as-of=@s1-verbal-confirmation", "known-by=2025-10-29&possibly", "recorded-by=%231"} {
		pic := seen(t, example(t), view)
		log := readOCEL(t, drawn(t, "ocel.json", pic))
		checkOCEL(t, log)
		checkTimes(t, pic, log)
	}
}

// TestLawOCEL: so it is with random records, with all their vague dates.
func TestLawOCEL(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pic := seen(t, domaintest.Record(domaintest.Talks.History(12).Draw(t, "events")), "")
		log := readOCEL(t, drawn(t, "ocel.json", pic))
		checkOCEL(t, log)
		checkTimes(t, pic, log)
	})
}

// TestOCELTypes: only what somebody asserts has the type of the act, and objects are
// of the sort that the registry says.
func TestOCELTypes(t *testing.T) {
	log := readOCEL(t, drawn(t, "ocel.json", seen(t, golden(t), "")))
	types := map[string]string{}
	for _, e := range log.Events {
		types[e.ID] = e.Type
	}
	require.Equal(t, "AgreementSigned (planned)", types["sign"])
	require.Equal(t, "VerbalConfirmationGiven", types["yes"])
	sorts := map[string]string{}
	for _, o := range log.Objects {
		sorts[o.ID] = o.Type
	}
	require.Equal(t, map[string]string{
		"actor:a": "party", "actor:b": "party", "actor:m": "person", "draft:d": "draft", "issue:one": "issue",
		"negotiation:talks": "negotiation", "round:first": "round", "version:d/1": "version",
	}, sorts)
}
