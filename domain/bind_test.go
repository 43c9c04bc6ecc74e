package domain_test

import (
	"fmt"
	"strings"
	"testing"

	"parley/domain"
	"parley/domain/intake"

	"github.com/stretchr/testify/require"
)

// printed writes faults down: place, problem, what was read, reason; hint.
func printed(faults domain.Faults) []string {
	lines := []string{}
	for _, f := range faults {
		lines = append(lines, fmt.Sprintf("%s [%s] %q %s; %s", f.Place, f.Problem, f.Read, f.Reason, f.Hint))
	}
	return lines
}

// bindCase is a line of JSON that is bound, and the faults it has.
type bindCase struct {
	name   string
	line   string // members beside type, negotiation and occurred
	faults []string
}

// base is an event with nothing wrong; a case adds to it, or replaces it whole.
const base = `"type":"PositionStated","negotiation":"talks","occurred":"2025-10-27","act":{"issue":"written-form","stance":"rejects"%s}`

func (c bindCase) check(t *testing.T) {
	t.Helper()
	line := c.line
	switch {
	case strings.HasPrefix(line, "act:"):
		line = "{" + fmt.Sprintf(base, ","+strings.TrimPrefix(line, "act:")) + "}"
	case !strings.HasPrefix(line, "{"):
		line = "{" + fmt.Sprintf(base, "") + "," + line + "}"
	}
	got, fault := intake.Line(domain.Place{}, []byte(line))
	require.Nil(t, fault, line)
	if c.faults == nil {
		c.faults = []string{}
	}
	require.Equal(t, c.faults, printed(got.Faults), line)
}

func TestBindForms(t *testing.T) {
	for _, c := range []bindCase{
		{"nothing wrong", `"note":"n"`, nil},
		{"null is absent", `"round":null,"source":null,"actors":null`, nil},
		{"empty objects are absent", `"source":{},"clock":{},"links":{}`, nil},
		{"empty list is absent", `"actors":[]`, nil},
		{"dotted names", `"source.quote":"q","clock.start":"2025-10-27T20:00:00+03:00"`, nil},
		{"white space around a value", `"round":" istanbul-oct ","note":"\r\n n \n"`, nil},
		{
			"number for a text", `"note":5`,
			[]string{`/note [bad-value] "5" note holds text, not a number; put it in quotation marks`},
		},
		{
			"boolean for an id", `"round":true`,
			[]string{`/round [bad-value] "true" round holds id, not a boolean; put it in quotation marks`},
		},
		{
			"number for a word", `"credibility":2`,
			[]string{`/credibility [bad-value] "2" credibility holds word, not a number; put it in quotation marks`},
		},
		{
			"text for true or false", `act:"redLine":"true"`,
			[]string{`/act/redLine [bad-value] "true" act.redLine holds truth, not a string; leave out the quotation marks`},
		},
		{
			"number for true or false", `act:"redLine":1`,
			[]string{`/act/redLine [bad-value] "1" act.redLine holds truth, not a number; write truth: true where no compromise is possible`},
		},
		{
			"text for a list", `"actors":"pakistan"`,
			[]string{`/actors [bad-value] "pakistan" actors holds a list (actor id), not a string; write it in brackets: ["…"]`},
		},
		{
			"list for a text", `"round":["a","b"]`,
			[]string{`/round [bad-value] "a|b" round holds one value (id), not a list; write it without brackets`},
		},
		{
			"objects in a list", `"actors":[{"id":"pakistan"}]`,
			[]string{`/actors [bad-value] "" actors holds a list (actor id), not objects or null; `},
		},
		{
			"object for a text", `"round":{}`,
			[]string{`/round [bad-value] "" round holds id, not objects or null; `},
		},
		{
			"members of what has none", `"round":{"id":"a"}`,
			[]string{`/round/id [unknown-field] "round.id" no such field; `},
		},
		{
			"text for an object", `"source":"Dawn"`,
			[]string{`/source [unknown-field] "source" no such field; did you mean source.document, source.locator, source.quote, source.outlet?`},
		},
		{
			"the same value twice", `"note":"a","act.issue":"x"`,
			[]string{`/act/issue [bad-value] "x" act.issue stands twice; keep one`},
		},
		{
			"envelope of other forms", `{"type":["PositionStated"],"negotiation":true,"writer":{"a":1}}`,
			[]string{
				`/type [bad-value] "PositionStated" type holds one text, not a list; write it in quotation marks`,
				`/negotiation [bad-value] "true" negotiation holds one text, not a boolean; write it in quotation marks`,
				`/type [missing] "" type is required; write the type of the act, such as DraftFinalized`,
				`/writer/a [unknown-field] "writer.a" no such field; did you mean writer?`,
			},
		},
	} {
		t.Run(c.name, c.check)
	}
}

func TestBindValues(t *testing.T) {
	for _, c := range []bindCase{
		{"whole numbers of other programs", `{"type":"IncidentReported","negotiation":"talks","occurred":"2025","act":{"kind":"raid","countLow":4.0,"countBest":1e1,"countHigh":20}}`, nil},
		{
			"fractions", `{"type":"IncidentReported","negotiation":"talks","occurred":"2025","act":{"kind":"raid","countLow":4.5,"countBest":-1,"countHigh":1e10}}`,
			[]string{
				`/act/countLow [bad-value] "4.5" not a whole number from 0 to a thousand million; `,
				`/act/countBest [bad-value] "-1" not a whole number from 0 to a thousand million; `,
				`/act/countHigh [bad-value] "1e10" not a whole number from 0 to a thousand million; `,
			},
		},
		{
			"hours", `{"type":"RoundConcluded","negotiation":"talks","round":"r","occurred":"2025","act":{"outcome":"deadlock","days":0,"hours":-0.5}}`,
			[]string{
				`/act/days [bad-value] "0" not a whole number from 1 to a thousand million; `,
				`/act/hours [bad-value] "-0.5" not a number from 0 to a thousand million; `,
			},
		},
		{
			"dates", `"reported":"28/10/2025","clock":{"start":"2025-10-28 14:30","end":"2025-10-28T14:30:00,5Z"}`,
			[]string{
				`/reported [bad-date] "28/10/2025" not EDTF: want 4 digits of the year; write 2025-10-28`,
				`/clock/start [bad-value] "2025-10-28 14:30" not an RFC 3339 time; write 2025-10-28T14:30:00+05:00`,
				`/clock/end [bad-value] "2025-10-28T14:30:00,5Z" not an RFC 3339 time; write 2025-10-28T14:30:00+05:00`,
			},
		},
		{
			"durations", `"duration":{"value":"18 hours","approximate":true}`,
			[]string{`/duration/value [bad-value] "18 hours" not an ISO 8601 duration of weeks, days, hours, minutes and seconds; write PT18H or P4D`},
		},
		{
			"approximate alone", `"duration":{"approximate":true}`,
			[]string{`/duration/value [missing] "" duration.value is required where duration.approximate stands; write PT18H`},
		},
		{
			"ids", `"round":"Istanbul (Oct)","session":"—","after":["S1 retraction"],"key":"S1_draft"`,
			[]string{
				`/round [bad-value] "Istanbul (Oct)" not an id; write istanbul-oct (1 to 64 of a-z, 0-9 and -)`,
				`/session [bad-value] "—" not an id; use 1 to 64 of a-z, 0-9 and -`,
				`/after [bad-value] "S1 retraction" not an event key or id; write s1-retraction (1 to 64 of a-z, 0-9 and -)`,
				`/key [bad-value] "S1_draft" not a key; write s1-draft (1 to 64 of a-z, 0-9 and -)`,
			},
		},
		{
			"a key like an id", `"key":"01931f2e-0000-7000-8000-000000000000"`,
			[]string{`/key [bad-value] "01931f2e-0000-7000-8000-000000000000" looks like an id, and references to it would be read as one; choose another key`},
		},
		{
			"closed lists", `act:"setting":"publik"`,
			[]string{`/act/setting [bad-value] "publik" not a value of act.setting; did you mean public?`},
		},
		{
			"texts", `"note":"  ","coder":"a\u0007b","unnamedActors":["a|b"],"source":{"quote":"` + strings.Repeat("é", domain.MaxQuoteRunes+1) + `"}`,
			[]string{
				`/note [bad-value] "" note is empty; leave it out`,
				`/coder [bad-value] "a\ab" holds a control character, U+0007; take it out`,
				`/unnamedActors [bad-value] "a|b" an item of a list holds |, which separates items in tables; write another sign, or two items`,
				`/source/quote [too-large] "` + strings.Repeat("é", 120) + `…" the quote is longer than 600 characters; quote only what shows the act`,
			},
		},
		{"a bar in a text that is no list", `"note":"a|b","source":{"quote":"` + strings.Repeat("é", domain.MaxQuoteRunes) + `"}`, nil},
		{
			"fields of other types", `act:"draft":"d","isue":"x"`,
			[]string{
				`/act/draft [unknown-field] "act.draft" PositionStated has no such field; `,
				`/act/isue [unknown-field] "act.isue" PositionStated has no such field; did you mean act.issue?`,
			},
		},
		{
			"the end of a path", `"quote":"q","Note":"n"`,
			[]string{
				`/quote [unknown-field] "quote" no such field; did you mean source.quote?`,
				`/Note [unknown-field] "Note" no such field; did you mean note?`,
			},
		},
		{
			"unknown type", `{"type":"DraftFinalised","negotiation":"talks","act":{"draft":"d"},"nte":"n"}`,
			[]string{
				`/type [unknown-type] "DraftFinalised" no such type of act; did you mean DraftFinalized?`,
				`/nte [unknown-field] "nte" no such field; did you mean note?`,
			},
		},
		{
			"all that is required", `{"type":"RoundConcluded"}`,
			[]string{
				`/negotiation [missing] "" negotiation is required; write the id of the negotiation`,
				`/occurred [missing] "" occurred is required; write XXXX-XX-XX where nothing is known`,
				`/round [missing] "" round is required for RoundConcluded; write the id of the round`,
			},
		},
		{
			"all that an act requires", `{"type":"AgreementSigned","negotiation":"talks","occurred":"2025"}`,
			[]string{
				`/act/draft [missing] "" act.draft is required for AgreementSigned; write the id of the draft: the text`,
				`/act/form [missing] "" act.form is required for AgreementSigned; write one of signature, ad-referendum, initialling`,
			},
		},
		{
			"a required list that is empty", `{"type":"AgendaSet","negotiation":"talks","occurred":"2025","act":{"items":[]}}`,
			[]string{`/act/items [missing] "" act.items is empty; write the issue ids: issues on the agenda`},
		},
	} {
		t.Run(c.name, c.check)
	}
}

func TestBindEnvelope(t *testing.T) {
	for _, c := range []bindCase{
		{"all of it", `"id":"01931f2e-0000-7000-8000-000000000000","writer":"mailto:a@example.org","time":"2025-11-01T12:00:00+05:00"`, nil},
		{
			"ids", `"id":"00000000-0000-0000-0000-000000000000"`,
			[]string{`/id [bad-value] "00000000-0000-0000-0000-000000000000" not a UUID; leave the id out and give a key`},
		},
		{
			"ids in other forms", `"id":"urn:uuid:01931f2e-0000-7000-8000-000000000000"`,
			[]string{`/id [bad-value] "urn:uuid:01931f2e-0000-7000-8000-000000000000" not a UUID; leave the id out and give a key`},
		},
		{
			"an id that is not the key's", `"id":"01931f2e-0000-7000-8000-000000000000","key":"k"`,
			[]string{`/id [bad-value] "01931f2e-0000-7000-8000-000000000000" is not the id that follows from the key; leave the id out`},
		},
		{"the id that is the key's", `"id":"` + domain.KeyedID("talks", "k").String() + `","key":"k"`, nil},
		{
			"writer and time", `"writer":"Jane Doe","time":"yesterday"`,
			[]string{
				`/writer [bad-value] "Jane Doe" not a URI reference; write mailto:name@example.org, a URL, or a name without spaces`,
				`/time [bad-value] "yesterday" not an RFC 3339 time; write 2025-10-28T14:30:00Z`,
			},
		},
		{
			"a year of five digits in UTC", `"time":"9999-12-31T23:59:59-01:00"`,
			[]string{`/time [bad-value] "9999-12-31T23:59:59-01:00" not an RFC 3339 time; write 2025-10-28T14:30:00Z`},
		},
	} {
		t.Run(c.name, c.check)
	}
}

func TestBindReplacement(t *testing.T) {
	correct := func(replacement string) string {
		return `{"type":"EventCorrected","negotiation":"talks","act":{"target":"t","reason":"r","replacement":` + replacement + `}}`
	}
	nested := `{"type":"SessionHeld","round":"r","occurred":"2025"}`
	deepest := nested
	for range 7 {
		deepest = `{"type":"EventCorrected","act":{"target":"t","reason":"r","replacement":` + deepest + `}}`
	}
	tooDeep := `{"type":"EventCorrected","act":{"target":"t","reason":"r","replacement":` + deepest + `}}`
	for _, c := range []bindCase{
		{"nothing wrong", correct(nested), nil},
		{"full type name", correct(`{"type":"parley.SessionHeld.v1","round":"r","occurred":"2025"}`), nil},
		{"nested as deep as can be", correct(deepest), nil},
		{
			"nested too deep", correct(tooDeep),
			[]string{`/act` + strings.Repeat("/replacement/act", 8) + `/replacement [too-large] "" corrections of corrections are nested too deep; correct the event itself`},
		},
		{
			"every fault of it", correct(`{"type":"SessionHeld","key":"k","occurred":"soon","act":{"ordinal":"1","sate":"x"}}`),
			[]string{
				`/act/replacement/occurred [bad-date] "soon" not EDTF: want 4 digits of the year; `,
				`/act/replacement/act/ordinal [bad-value] "1" act.ordinal holds number, not a string; leave out the quotation marks`,
				`/act/replacement/act/sate [unknown-field] "act.sate" SessionHeld has no such field; did you mean act.state?`,
				`/act/replacement/round [missing] "" round is required for SessionHeld; write the id of the round`,
				`/act/replacement/key [not-allowed] "k" a corrected event keeps its key; leave it out`,
			},
		},
		{
			"no object", correct(`"DraftFinalized"`),
			[]string{`/act/replacement [bad-value] "DraftFinalized" act.replacement holds a whole event; write an object with type, occurred, act, …`},
		},
		{
			"empty", correct(`{}`),
			[]string{`/act/replacement/type [missing] "" type is required; write the type of the act, such as DraftFinalized`},
		},
	} {
		t.Run(c.name, c.check)
	}
}

// The id of an event without key and id follows from what it says.
func TestBindNames(t *testing.T) {
	bind := func(more string) *domain.Event {
		c, fault := intake.Line(domain.Place{}, []byte("{"+fmt.Sprintf(base, "")+more+"}"))
		require.Nil(t, fault)
		require.Empty(t, c.Faults)
		return c.Event
	}
	plain := bind("")
	require.Equal(t, plain.ID, bind(`,"writer":"somebody","time":"2025-11-01T12:00:00Z"`).ID)
	require.NotEqual(t, plain.ID, bind(`,"note":"n"`).ID)
	require.Equal(t, domain.KeyedID("talks", "k"), bind(`,"key":"k"`).ID)
	require.Equal(t, plain.ID.String(), plain.Name())
	require.Equal(t, "k", bind(`,"key":"k"`).Name())
}
